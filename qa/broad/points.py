"""What a broad answer is made of, before its citations are checked."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from qa.answer import Evidence
from qa.text import one_line
from qa.wording.dates import with_dates


@dataclass(frozen=True)
class Point:
    """One statement and the sentences that carry it, the first of them best; `cells` are those of a table's row."""

    text: str
    carried_by: tuple[Evidence, ...]
    cells: dict[str, str] = field(default_factory=dict)


def worded(sentence: Evidence) -> str:
    """Give a sentence on one line, its days dated from the article's publication."""
    text = one_line(sentence.text)
    return with_dates(text, text, sentence.published)


def once_an_article(sentences: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """Give the first sentence of each article."""
    once: dict[str, Evidence] = {}
    for each in sentences:
        once.setdefault(each.span.article_id, each)
    return tuple(once.values())
