"""A PostgreSQL server of the tests' own; the measurements start it in the same way."""

from evals.robustness.servers import (
    NO_PGVECTOR,
    NOT_HERE,
    Server,
    find_programs,
    find_programs_with_pgvector,
    serving,
)

__all__ = ["NOT_HERE", "NO_PGVECTOR", "Server", "find_programs", "find_programs_with_pgvector", "serving"]
