"""Tables in Markdown: the header that a row stands under, and the cell of the column that is asked for."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from index.sentences import Offsets
from qa.question.words import names_asked, stems

_DASHES = r":?-+:?[ \t]*+"
_RULE = re.compile(rf"^[ \t]*+\|?[ \t]*+{_DASHES}(?:\|[ \t]*+{_DASHES})*+\|?[ \t]*+\r?$", re.MULTILINE)
MIN_ALIKE = 75  # of rapidfuzz's 0 to 100, of words with the same first three letters: lose, lost


@dataclass(frozen=True)
class Row:
    """The half-open offsets of a row and of the header above it, without white space around."""

    span: Offsets
    header: Offsets


@dataclass(frozen=True)
class Cell:
    """A value of a table, with the label of its row and the head of its column."""

    label: str
    column: str
    value: str


def rows(text: str) -> Iterator[Row]:
    """Give the rows of the tables of a text: the lines with a bar below a line of dashes, which is below a header."""
    for rule in _RULE.finditer(text):
        header = _line_before(text, rule.start())
        if header is None or "|" not in text[slice(*header)]:
            continue
        at = rule.end() + 1
        while "|" in (line := text[at : end if (end := text.find("\n", at)) >= 0 else len(text)]):
            yield Row(_stripped(text, at, at + len(line)), header)
            at += len(line) + 1


def cells(row: str) -> list[str]:
    """Give the cells of a row, without the space and the emphasis around them."""
    inner = row.strip().removeprefix("|").removesuffix("|")
    return [each.strip(" \t*_`") for each in re.split(r"(?<!\\)\|", inner)]


def cell_asked(question: str, header: str, row: str) -> Cell | None:
    """Give the cell of the one column whose head shares most words with a question about the row; else None.

    A question is about a row where it has a word of its label, the first cell, and does not name its value already.
    """
    heads, values = cells(header), cells(row)
    label = set(stems(values[0]))
    asked = set(stems(question)) - label
    if len(heads) != len(values) or not label & set(stems(question)):
        return None
    scores = [len(set(stems(head)) & asked) for head in heads[1:]]
    if not any(scores):
        scores = [_alike(head, asked) for head in heads[1:]]
    best = max(scores, default=0)
    if len(scores) > 1 and (not best or scores.count(best) > 1):
        return None
    column = scores.index(best) + 1
    value = values[column]
    return None if not value or set(stems(value)) <= asked else Cell(values[0], heads[column], value)


def is_row_asked(question: str, label: str, labels: Sequence[str]) -> bool:
    """Tell whether of the rows of a table the one with this label shares most with the names of a question."""
    asked = set(names_asked(question)) | set(stems(question))
    shared = [len(set(stems(each)) & asked) for each in labels]
    return bool(shared) and len(set(stems(label)) & asked) == max(shared) > 0


def _alike(head: str, asked: set[str]) -> int:
    """Count the words of a head that are forms of one another with words that are asked."""
    return sum(
        any(word[:3] == other[:3] and fuzz.ratio(word, other) >= MIN_ALIKE for other in asked) for word in stems(head)
    )


def _line_before(text: str, at: int) -> Offsets | None:
    end = at - 1
    return _stripped(text, text.rfind("\n", 0, end) + 1, end) if end > 0 else None


def _stripped(text: str, start: int, end: int) -> Offsets:
    line = text[start:end]
    return start + len(line) - len(line.lstrip()), end - len(line) + len(line.rstrip())
