"""Split an article into sentences with exact offsets."""

import re
from collections.abc import Iterator
from itertools import pairwise

import nupunkt

SPLITTER = "nupunkt-3"
MAX_SENTENCE_CHARS = 800

_NEWLINES = re.compile(r"[\r\n]+")
_BLANK_LINE = re.compile(
    r"(?>\r\n|\r|\n)[^\S\r\n]*(?:\r\n|\r|\n)\s*"
    r"|(?<=\|)[^\S\r\n]*[\r\n]+|[\r\n]+(?=[^\S\r\n]*\|)"  # a row of a table is no line of running text
)
_PAGE_WIDTH_CHARS = range(40, 101)
_LONG_WORD = re.compile(r"\S{500,}")  # "?!?!…" without end, over which Punkt's time grows with the square
_FULL_WIDTH_END = re.compile(r"[。！？]+[”’」』）]*")  # Punkt knows no sentence ends but those of Latin script

# After "U.S." and its kind a sentence ends only where the next word is one that begins sentences: Punkt alone cuts
# "Moscow said U.S. Secretary of State Marco Rubio called ..." in two.
_INITIALISM_END = re.compile(r"\b(?:[A-Z]\.){2,}\s*$")
_STARTER = re.compile(
    r"[\"“‘'(\[]?(?:The|A|An|It|Its|He|His|She|Her|They|Their|We|Our|You|I|This|That|These|Those|There|In|On|At|By|"
    r"For|From|But|And|Or|As|After|Before|When|While|If|Since|Although|However|Meanwhile|Some|Many|Most|One|What|Who)\b"
)

Offsets = tuple[int, int]


def split(text: str, start: int = 0) -> list[Offsets]:
    """Give the half-open offsets of the sentences of `text[start:]`, in order, without overlap.

    A blank line always ends a sentence, a single newline unless the text is hard-wrapped. No sentence is longer than
    `MAX_SENTENCE_CHARS`: a longer one is cut, at a space where there is one. None begins or ends with white space, and
    none is without a letter or digit.
    """
    return [
        piece
        for paragraph in _paragraphs(text, start)
        for sentence in _join_initialisms(text, _punkt_spans(text, paragraph))
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

    Rows of tables are none of these lines.
    """
    lines = [line.rstrip() for line in text.split("\n")]
    widths = [
        len(line) for line, following in pairwise(lines) if line and following and "|" not in line[:1] + line[-1:]
    ]
    return len(widths) >= 3 and sum(width in _PAGE_WIDTH_CHARS for width in widths) >= 0.8 * len(widths)


def _punkt_spans(text: str, paragraph: Offsets) -> list[Offsets]:
    begin, end = paragraph
    plain = _LONG_WORD.sub(lambda word: re.sub(r"[.?!…]", " ", word[0]), text[begin:end])
    return [
        (begin + first + start, begin + first + stop)
        for first, last in nupunkt.sent_spans(plain)
        for start, stop in _full_width_spans(plain[first:last])
    ]


def _full_width_spans(sentence: str) -> Iterator[Offsets]:
    start = 0
    for found in _FULL_WIDTH_END.finditer(sentence):
        yield start, found.end()
        start = found.end()
    if start < len(sentence):
        yield start, len(sentence)


def _join_initialisms(text: str, spans: list[Offsets]) -> list[Offsets]:
    joined: list[Offsets] = []
    for position, (begin, end) in enumerate(spans):
        if joined and _INITIALISM_END.search(text[slice(*spans[position - 1])]) and not _STARTER.match(text, begin):
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((begin, end))
    return joined


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
