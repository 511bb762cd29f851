"""The address of a page is its state: the lines of a thread, what they are asked of, and as what."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Protocol, Self
from urllib.parse import urlencode

from index.errors import UsageError
from index.filter import Filter
from qa.answer import Kind, kind_named
from qa.question.limits import check_question

MAX_LINES = 9  # of a thread: the question and eight before it


class Query(Protocol):
    """The parameters of a request, of which one may be there several times."""

    def get(self, key: str, /) -> str | None:
        """Give the last value of a parameter."""

    def getlist(self, key: str, /) -> list[Any]:
        """Give all values of a parameter, in order."""


@dataclass(frozen=True)
class Address:
    """What a page shows: the `lines` of a thread, oldest first, and which articles they are asked of.

    `article` is a GLOB of ids, `source` a part of the publisher's name.
    """

    lines: tuple[str, ...] = ()
    folder: str | None = None
    since: date | None = None
    until: date | None = None
    article: str | None = None
    source: str | None = None
    kind: Kind | None = None

    @classmethod
    def of(cls, query: Query) -> Self:
        """Read the parameters of a request.

        Raises:
            UsageError: a day is none, a kind is unknown, or a question is too long; too many lines are in the thread.
        """
        lines = tuple(check_question(line) for line in query.getlist("q") if line.strip())
        if len(lines) > MAX_LINES:
            raise UsageError(f"A thread has at most {MAX_LINES} questions: ask this one anew")
        return cls(
            lines,
            query.get("folder") or None,
            _day(query.get("since")),
            _day(query.get("until")),
            query.get("article") or None,
            query.get("source") or None,
            kind_named(query.get("kind") or None),
        )

    @property
    def question(self) -> str:
        """The last line, which is answered; empty where nothing is asked."""
        return self.lines[-1] if self.lines else ""

    @property
    def history(self) -> tuple[str, ...]:
        """The lines before it."""
        return self.lines[:-1]

    @property
    def only(self) -> Filter:
        """The articles that are asked."""
        return Filter(self.since, self.until, self.article, self.source)

    @property
    def is_full(self) -> bool:
        """Whether no further line goes into the thread."""
        return len(self.lines) >= MAX_LINES

    @property
    def fields(self) -> list[tuple[str, str]]:
        """The parameters but for the lines, for a form's hidden fields."""
        given = {name: getattr(self, name) for name in ("folder", "since", "until", "article", "source", "kind")}
        return [(name, str(value)) for name, value in given.items() if value is not None]

    def url(self, path: str = "/", **changed: Any) -> str:
        """Write the address with some of it changed."""
        there = replace(self, **changed)
        query = urlencode([*(("q", line) for line in there.lines), *there.fields], errors="replace")
        return f"{path}?{query}" if query else path

    def asking(self, *lines: str, path: str = "/", **changed: Any) -> str:
        """Write the address of other lines asked in the place of these."""
        return self.url(path, lines=lines, **changed)

    def thread(self) -> Sequence[tuple[str, str]]:
        """Give the lines before the last, each with its own address."""
        return [(line, self.url(lines=self.lines[: at + 1])) for at, line in enumerate(self.history)]


def _day(text: str | None) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text} is no day: write it as 2025-03-16") from None
