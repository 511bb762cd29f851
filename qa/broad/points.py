"""What a broad answer is made of, before its citations are checked."""

from dataclasses import dataclass, field

from qa.answer import Evidence


@dataclass(frozen=True)
class Point:
    """One statement and the sentences that carry it, the first of them best; `cells` are those of a table's row."""

    text: str
    carried_by: tuple[Evidence, ...]
    cells: dict[str, str] = field(default_factory=dict)
