"""A PostgreSQL server of the tests' own; the measurements start it in the same way."""

from evals.robustness.servers import NOT_HERE, Server, find_programs, serving

__all__ = ["NOT_HERE", "Server", "find_programs", "serving"]
