"""BM25 as SQL: what a row scores by the terms of a question."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

K1, B = 1.2, 0.75
MIN_IDF = 1e-6  # as FTS5 has it, of a term that most rows hold


@dataclass(frozen=True)
class Term:
    """A term of a question; `passages` have it, `idf` is what it weighs."""

    term: int
    passages: int
    idf: float

    @property
    def most(self) -> float:
        """The score that no passage exceeds by this term alone."""
        return self.idf * (K1 + 1)


@dataclass(frozen=True)
class Score:
    """The score of a row as an expression, and the joins that it needs, each with its parameters."""

    sql: str
    values: list[Any]
    joined: str
    joined_values: list[Any]


def score_of(terms: Sequence[Term], table: str, length: float, title_weight: float = 1.0) -> Score:
    """Write the score of a row by BM25: an expression, and what a row is joined with for it, once for all terms.

    A long row's arrays lie outside of it, compressed, and are read anew by each expression that names them. `length` is
    the average length of a row in words, `title_weight` what a word of the title counts.
    """

    def count_at(number: int) -> str:
        text = f"coalesce(get_byte(held_counts, at_{number}), 0)"
        title = f"coalesce(get_byte(held_title_counts, at_{number}), 0)"
        return (
            f"{text} + {title_weight - 1} * {title} as of_{number}" if title_weight != 1 else f"{text} as of_{number}"
        )

    numbers = range(len(terms))
    held = [f"{table}.terms || '{{}}'::bigint[] as held", f"{table}.counts || ''::bytea as held_counts"]
    held += [f"{table}.title_counts || ''::bytea as held_title_counts"] if title_weight != 1 else []
    places = [f"array_position(held, %s::bigint) - 1 as at_{number}" for number in numbers]
    norm = f"{K1} * (1 - {B} + {B} * {table}.length / %s::float8) as norm"
    parts = [f"%s::float8 * of_{number} * {K1 + 1} / (of_{number} + norm)" for number in numbers]
    return Score(
        f"({' + '.join(parts) or '0::float8'})",
        [each.idf for each in terms],
        f"cross join lateral (select {', '.join(held)} offset 0) as held "
        f"cross join lateral (select {', '.join(places) or '0'} offset 0) as places "
        f"cross join lateral (select {', '.join([*map(count_at, numbers), norm])} offset 0) as counted",
        [*(each.term for each in terms), max(length, 1.0)],
    )


def idf_of(rows: int, total: int) -> float:
    """Weigh a term that so many rows of all have."""
    idf = math.log((total - rows + 0.5) / (rows + 0.5)) if total >= rows else 0.0
    return idf if idf > 0 else MIN_IDF
