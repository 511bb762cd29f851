"""Which articles a question is asked of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

HEAD_CHARS = 300  # of an article's text, in which the paper and the author stand


@dataclass(frozen=True)
class Filter:
    """Articles published from `since` to `until`, both included, whose id matches the GLOB pattern `article`.

    An article without a date is not among those of a time. In a pattern `*` stands for anything, `/` included, `?` for
    one character, `[…]` for one of several (https://sqlite.org/lang_expr.html#glob). A `source` is part of the
    publisher's name, or of what stands at the head of the text, in whatever case.
    """

    since: date | None = None
    until: date | None = None
    article: str | None = None
    source: str | None = None

    def __bool__(self) -> bool:
        return self != EVERYTHING


EVERYTHING = Filter()


@dataclass(frozen=True)
class RecordFilter:
    """A filter as a vector store takes it: the days yyyymmdd from `since` to `until`, and the keys of `articles`.

    Both days are included; None lets all through.
    """

    since: int | None = None
    until: int | None = None
    articles: Sequence[int] | None = None

    def is_of_days(self, day: int) -> bool:
        """Tell whether a day is one of those that are let through."""
        return (self.since is None or day >= self.since) and (self.until is None or day <= self.until)


EVERY_RECORD = RecordFilter()


def glob_of(article_id: str) -> str:
    """Write the GLOB pattern that an article's id alone matches."""
    return "".join(f"[{char}]" if char in "*?[" else char for char in article_id)
