"""Split an article into sentences with exact offsets."""

import re
from collections.abc import Iterator
from itertools import pairwise

from index.boundaries import Offsets as Offsets
from index.boundaries import SentenceEnds

SPLITTER = "sentencex-4"
MAX_SENTENCE_CHARS = 800

_NEWLINES = re.compile(r"[\r\n]+")
_BLANK_LINE = re.compile(
    r"(?>\r\n|\r|\n)[^\S\r\n]*(?:\r\n|\r|\n)\s*"
    r"|(?<=\|)[^\S\r\n]*[\r\n]+|[\r\n]+(?=[^\S\r\n]*\|)"  # a row of a table is no line of running text
)
_PAGE_WIDTH_CHARS = range(40, 101)
_TIMED = re.compile(
    r"[\[(<\u200e ]{0,3}\d{1,4}(?:[./-]\d{1,2}[./-]\d{2,4}\b|:\d{2}\b)"
)  # a message of a chat, a line of a log
MAX_TIMED = 0.3


def split(text: str, start: int = 0) -> list[Offsets]:
    """Give the half-open offsets of the sentences of `text[start:]`, in order, without overlap.

    A blank line always ends a sentence, a single newline unless the text is hard-wrapped. No sentence is longer than
    `MAX_SENTENCE_CHARS`: a longer one is cut, at a space where there is one. None begins or ends with white space, and
    none is without a letter or digit.
    """
    ends = SentenceEnds(text, start)
    return [
        piece
        for paragraph in _paragraphs(text, start)
        for sentence in ends.in_paragraph(paragraph)
        for piece in _cut(text, sentence)
        if re.search(r"\w", text[slice(*piece)])
    ]


def _paragraphs(text: str, start: int) -> Iterator[Offsets]:
    separator = _BLANK_LINE if _is_wrapped(text[start:]) else _NEWLINES
    for found in separator.finditer(text, start):
        yield start, found.start()
        start = found.end()
    yield start, len(text)


def _is_wrapped(text: str) -> bool:
    """Tell whether single newlines only end lines: nearly every line that another one follows is as wide as a page.

    Rows of tables are none of these lines, and where many begin with a time each is a message.
    """
    lines = [line.rstrip() for line in text.split("\n")]
    if sum(_TIMED.match(line) is not None for line in lines) > MAX_TIMED * sum(map(bool, lines)):
        return False
    widths = [
        len(line) for line, following in pairwise(lines) if line and following and "|" not in line[:1] + line[-1:]
    ]
    return len(widths) >= 3 and sum(width in _PAGE_WIDTH_CHARS for width in widths) >= 0.8 * len(widths)


def _cut(text: str, sentence: Offsets) -> Iterator[Offsets]:
    begin, end = sentence
    while end - begin > MAX_SENTENCE_CHARS:
        space = text.rfind(" ", begin + 1, begin + MAX_SENTENCE_CHARS)
        middle = space if space > begin else begin + MAX_SENTENCE_CHARS
        yield _strip(text, begin, middle)
        begin = middle
    yield _strip(text, begin, end)


def _strip(text: str, begin: int, end: int) -> Offsets:
    piece = text[begin:end]
    return begin + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())
