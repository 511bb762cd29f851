"""Which articles a question is asked of."""

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

    def sql(self) -> tuple[str, list[str]]:
        """Give the condition on the table `articles` and its parameters."""
        given: dict[str, str] = {}
        if self.since:
            given["published >= ?"] = self.since.isoformat()
        if self.until:
            given["published <= ?"] = self.until.isoformat()
        if self.article is not None:
            given["articles.id glob ?"] = self.article
        if self.source:
            head = f"substr(articles.text, 1, {HEAD_CHARS})"
            given[f"instr(lower(coalesce(articles.publisher, '') || char(10) || {head}), ?) > 0"] = self.source.lower()
        return " and ".join(given) or "1", list(given.values())

    def passages_sql(self) -> tuple[str, list[str]]:
        """Give the condition on the tables `passages` and `articles` that tells which passages are retrieved.

        What an original says too is retrieved from there alone, unless the filter keeps the original out.
        """
        if not self:
            return "repeated = 0", []
        condition, values = self.sql()
        without_original = f"original not in (select key from articles where {condition})"
        return f"{condition} and (repeated = 0 or {without_original})", values * 2


EVERYTHING = Filter()


def glob_of(article_id: str) -> str:
    """Write the GLOB pattern that an article's id alone matches."""
    return "".join(f"[{char}]" if char in "*?[" else char for char in article_id)
