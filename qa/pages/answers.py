"""One HTML page of answers: each beside its articles, the cited spans marked there and linked from their numbers."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from index.catalog.place import Place
from index.catalog.reader import CatalogReader
from qa.answer import Answer, Span
from qa.files import check_writable, write_text
from qa.pages.excerpt import Offsets, segments, windows
from qa.pages.template import load_template

WHOLE_ARTICLE_CHARS = 4_000
CONTEXT_CHARS = 800
CLOSEST_SHOWN = 3


@dataclass(frozen=True)
class Source:
    """A sentence that is cited, or comes close to an answer, under its number; `day` is its article's."""

    number: int
    article: str
    title: str
    day: str | None
    start: int
    end: int
    quote: str
    also_in: Sequence[str] = ()


@dataclass(frozen=True)
class Stretch:
    """A piece of an article; `numbers` are the sources that it belongs to, `begins` those that begin in it."""

    text: str
    numbers: Sequence[int]
    begins: Sequence[int]


@dataclass(frozen=True)
class ShownArticle:
    """What is shown of an article that holds sources; `chars` is 0 where it is gone or has changed: quotes alone."""

    id: str
    title: str
    day: str | None
    publisher: str | None
    url: str | None
    chars: int
    excerpts: Sequence[Sequence[Stretch]]
    from_start: bool = True
    to_end: bool = True


@dataclass(frozen=True)
class Entry:
    """A question with its answer and the articles beside it, or why it is no question."""

    question: str
    answer: Answer | None = None
    sources: Sequence[Source] = ()
    articles: Sequence[ShownArticle] = ()
    error: str = ""


class AnswerPage:
    """The page that `file` becomes: what is added is written when it is closed, even where an error ends the work.

    Raises:
        UsageError: the file cannot be written; told at once.
    """

    def __init__(self, file: Path, place: Place) -> None:
        check_writable(file)
        self._file = file
        self._place = place
        self._entries: list[Entry] = []

    def add(self, answer: Answer) -> None:
        """Add an answer with its articles as they are indexed now."""
        with closing(self._place.open(read_only=True)) as catalog:
            self._entries.append(entry(answer, catalog))

    def add_failure(self, question: str, error: Exception) -> None:
        """Add what cannot be a question."""
        self._entries.append(Entry(question, error=str(error)))

    def close(self) -> None:
        """Write the page, if there is anything on it."""
        if self._entries:
            write_text(page(self._entries), self._file)


def entry(answer: Answer, catalog: CatalogReader) -> Entry:
    """Put an answer beside the articles that it cites, an abstention beside those that come closest."""
    sources = list(_closest(answer) if answer.abstained else _cited(answer))
    ids = dict.fromkeys(each.article for each in sources)
    return Entry(answer.question, answer, sources, [_article(id_, sources, catalog) for id_ in ids])


def page(entries: Sequence[Entry]) -> str:
    """Write a page, complete in itself: a browser loads nothing else, runs nothing, and is told not to.

    Whatever the entries hold is shown as visible text: no markup, no control or format characters. No link leads away.
    """
    return load_template("qa.pages", "answer.html").render(entries=entries)


def _cited(answer: Answer) -> Iterator[Source]:
    for number, each in enumerate(answer.citations, 1):
        yield _source(number, each.span, each.title, each.published, each.quote, each.also_in)


def _closest(answer: Answer) -> Iterator[Source]:
    best = sorted(answer.evidence, key=lambda each: -each.score)[:CLOSEST_SHOWN]
    for number, each in enumerate(best, 1):
        yield _source(number, each.span, each.title, each.published, each.text)


def _source(number: int, span: Span, title: str, day: date | None, quote: str, also_in: Sequence[str] = ()) -> Source:
    return Source(
        number, span.article_id, title, day.isoformat() if day else None, span.start, span.end, quote, also_in
    )


def _article(article_id: str, sources: Sequence[Source], catalog: CatalogReader) -> ShownArticle:
    here = sorted((each for each in sources if each.article == article_id), key=lambda each: each.start)
    article = catalog.article(article_id)
    if article is None or any(article.text[each.start : each.end] != each.quote for each in here):
        quotes = [[Stretch(each.quote, [each.number], [each.number])] for each in here]
        return ShownArticle(article_id, here[0].title, here[0].day, None, None, 0, quotes)
    spans = [(each.start, each.end) for each in here]
    size = len(article.text)
    shown = windows(spans, article.text, CONTEXT_CHARS) if size > WHOLE_ARTICLE_CHARS else [(0, size)]
    return ShownArticle(
        article_id,
        article.title,
        article.published.isoformat() if article.published else None,
        article.publisher,
        article.url,
        size,
        [list(_stretches(article.text, window, spans, here)) for window in shown],
        from_start=shown[0][0] == 0,
        to_end=shown[-1][1] == size,
    )


def _stretches(text: str, window: Offsets, spans: Sequence[Offsets], here: Sequence[Source]) -> Iterator[Stretch]:
    at = window[0]
    for piece, held in segments(text, window, spans):
        numbers = [here[position].number for position in held]
        yield Stretch(piece, numbers, [here[position].number for position in held if here[position].start == at])
        at += len(piece)
