"""Paragraphs of an article, as lists of its sentences."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from index.sentences import Offsets

_BLANK_LINE = re.compile(r"\n[^\S\n]*\r?\n")


@dataclass(frozen=True)
class Paragraph:
    """Sentences `first` to `last` inclusive, and the half-open offsets of their text with what marks it up."""

    first: int
    last: int
    start: int
    end: int


def paragraphs(text: str, sentences: Sequence[Offsets]) -> list[Paragraph]:
    """Give the paragraphs: what blank lines part, or single newlines in a text without a blank line between sentences.

    Markup that no sentence holds, such as the `#` before a heading, belongs to the paragraph that follows it.
    """
    gaps = [text[before[1] : after[0]] for before, after in pairwise(sentences)]
    parts = _BLANK_LINE if any(map(_BLANK_LINE.search, gaps)) else re.compile("\n")
    firsts = [0, *(i for i, gap in enumerate(gaps, 1) if parts.search(gap))]
    lasts = [*(first - 1 for first in firsts[1:]), len(sentences) - 1]
    return [_paragraph(text, sentences, *bounds) for bounds in zip(firsts, lasts, strict=True) if sentences]


def _paragraph(text: str, sentences: Sequence[Offsets], first: int, last: int) -> Paragraph:
    line_start = text.rfind("\n", 0, sentences[first][0]) + 1
    line_end = text.find("\n", sentences[last][1])
    return Paragraph(first, last, line_start, len(text) if line_end < 0 else line_end)
