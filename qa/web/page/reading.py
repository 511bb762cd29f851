"""Articles as they are read beside an answer: in paragraphs, the spans marked, and where in the article these lie."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.catalog.reader import CatalogReader
from qa.pages.excerpt import Offsets, segments, windows

CONTEXT_CHARS = 800
BLOCK_CHARS = 4_000
LONG_CHARS = 60_000  # an article beyond that is drawn block by block, as it comes into sight
RAIL_HEIGHT = 1_000
LEAST_TICK = 6

_EMPTY_LINE = re.compile(r"(?:\r\n|[\n\r])[^\S\n\r]*(?:\r\n|[\n\r])\s*")
_LINE_END = re.compile(r"[\n\r]\s*")


@dataclass(frozen=True)
class Mark:
    """A span of an article that carries a statement; `hue` is the colour that it shares with it, 0 of none."""

    number: int
    hue: int
    article: str
    start: int
    end: int
    quote: str
    title: str = ""
    day: str | None = None


@dataclass(frozen=True)
class Piece:
    """A stretch of a paragraph; `numbers` are the marks that hold it, `begins` those that begin in it."""

    text: str
    hue: int
    numbers: Sequence[int]
    begins: Sequence[int]


@dataclass(frozen=True)
class Tick:
    """Where a mark lies on the rail, from its top, of `RAIL_HEIGHT` in all."""

    number: int
    hue: int
    top: int
    height: int


Block = Sequence[Sequence[Piece]]


@dataclass(frozen=True)
class Shown:
    """An article, whole or what is around its marks; `chars` is 0 where it is gone or has changed: quotes alone."""

    id: str
    title: str
    day: str | None
    publisher: str | None
    url: str | None
    chars: int
    excerpts: Sequence[Sequence[Block]]
    ticks: Sequence[Tick]
    marks: Sequence[Mark]
    is_whole: bool
    from_start: bool = True
    to_end: bool = True

    @property
    def is_long(self) -> bool:
        """Whether it is to be drawn block by block."""
        return self.chars > LONG_CHARS


def shown(article_id: str, marks: Sequence[Mark], catalog: CatalogReader, whole_chars: int) -> Shown | None:
    """Show an article with its marks, whole if it has at most so many characters; None if there is none to show."""
    article = catalog.article(article_id)
    here = sorted((each for each in marks if each.article == article_id), key=lambda each: (each.start, each.end))
    if article is None or any(article.text[each.start : each.end] != each.quote for each in here):
        return _quotes_alone(article_id, here) if here else None
    size = len(article.text)
    spans = [(each.start, each.end) for each in here]
    is_whole = size <= whole_chars or not here
    around = [(0, size)] if is_whole else windows(spans, article.text, CONTEXT_CHARS)
    return Shown(
        article.id,
        article.title,
        article.published.isoformat() if article.published else None,
        article.publisher,
        article.url,
        chars=size,
        excerpts=_excerpts(article.text, around, here),
        ticks=[_tick(each, size) for each in here],
        marks=here,
        is_whole=is_whole or around == [(0, size)],
        from_start=around[0][0] == 0,
        to_end=around[-1][1] == size,
    )


def paragraphs(text: str, window: Offsets) -> Iterator[Offsets]:
    """Give the paragraphs of a window: what stands between empty lines, or every line where there are none."""
    ending = _EMPTY_LINE if _EMPTY_LINE.search(text) else _LINE_END
    at, end = window
    for found in ending.finditer(text, at, end):
        if text[at : found.start()].strip():
            yield at, found.start()
        at = found.end()
    if text[at:end].strip():
        yield at, end


def _quotes_alone(article_id: str, here: Sequence[Mark]) -> Shown:
    pieces = [[[[Piece(each.quote, each.hue, [each.number], [each.number])]]] for each in here]
    return Shown(article_id, here[0].title, here[0].day, None, None, 0, pieces, [], here, is_whole=True)


def _tick(mark: Mark, size: int) -> Tick:
    top, bottom = (round(RAIL_HEIGHT * at / size) for at in (mark.start, mark.end))
    height = max(LEAST_TICK, bottom - top)
    return Tick(mark.number, mark.hue, min(top, RAIL_HEIGHT - height), height)


def _excerpts(text: str, around: Sequence[Offsets], here: Sequence[Mark]) -> list[list[Block]]:
    begun = set[int]()
    return [list(_blocks(text, window, here, begun)) for window in around]


def _blocks(text: str, window: Offsets, here: Sequence[Mark], begun: set[int]) -> Iterator[Block]:
    """Gather paragraphs into blocks of at least `BLOCK_CHARS`."""
    block, began = list[Sequence[Piece]](), window[0]
    for start, end in paragraphs(text, window):
        inside = [each for each in here if each.start < end and start < each.end]
        block.append(list(_pieces(text, (start, end), inside, begun)))
        if end - began >= BLOCK_CHARS:
            yield block
            block, began = [], end
    if block:
        yield block


def _pieces(text: str, paragraph: Offsets, inside: Sequence[Mark], begun: set[int]) -> Iterator[Piece]:
    for piece, held in segments(text, paragraph, [(each.start, each.end) for each in inside]):
        numbers = [inside[position].number for position in held]
        begins = [number for number in numbers if number not in begun]
        begun.update(begins)
        yield Piece(piece, inside[held[0]].hue if held else 0, numbers, begins)
