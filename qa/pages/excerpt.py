"""Cut out of an article what is around some spans of it, the spans marked."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

WORD_CHARS = 40

Offsets = tuple[int, int]


def windows(spans: Sequence[Offsets], text: str, context_chars: int) -> list[Offsets]:
    """Widen spans, sorted by their starts, to whole words around them; those that meet are one."""
    found: list[Offsets] = []
    for span in spans:
        start, end = _word_start(text, span[0] - context_chars), _word_end(text, span[1] + context_chars)
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def segments(text: str, window: Offsets, spans: Sequence[Offsets]) -> Iterator[tuple[str, list[int]]]:
    """Give the text of a window in pieces, each with the positions of the spans that hold it."""
    start, end = window
    edges = {edge for span in spans for edge in span if start < edge < end}
    for left, right in pairwise(sorted(edges | {start, end})):
        yield text[left:right], [i for i, span in enumerate(spans) if span[0] <= left and right <= span[1]]


def _word_start(text: str, at: int) -> int:
    if at <= 0:
        return 0
    spaces = (place + 1 for place in range(at - 1, at + WORD_CHARS) if text[place : place + 1].isspace())
    return next(spaces, at)


def _word_end(text: str, at: int) -> int:
    if at >= len(text):
        return len(text)
    return next((place for place in range(at, at - WORD_CHARS, -1) if text[place].isspace()), at)
