"""What each sentence of an article is in the form of that article."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from index.sentences import Offsets
from qa.forms.interviews import MAX_SHORT_ANSWER_WORDS, Answered, answered, asked_in, is_question
from qa.forms.live_blogs import Entry, entries
from qa.forms.notes import notes
from qa.forms.paragraphs import Paragraph, paragraphs
from qa.forms.tables import rows

KEPT_ARTICLES = 64


class Kind(StrEnum):
    """What a sentence is; of `PART` another one has taken it in, of `FRAME` nothing answers a question."""

    TEXT = "text"
    QUESTION = "question"
    ANSWER = "answer"
    ENTRY = "entry"
    NOTE = "note"
    ROW = "row"
    PART = "part"
    FRAME = "frame"


@dataclass(frozen=True)
class Shape:
    """How a sentence is read: `span` may hold more or less than the sentence.

    `lead` is what it answers to or stands under: an interviewer's question, a table's header. `entry` is the entry of a
    live blog that it belongs to.
    """

    kind: Kind
    span: Offsets
    lead: Offsets | None = None
    entry: Entry | None = None


@lru_cache(KEPT_ARTICLES)
def shapes_of(text: str, sentences: tuple[Offsets, ...]) -> dict[int, Shape]:
    """Give the shape of each sentence that is more than running text, by its position in the article."""
    if not sentences:
        return {}
    whole = paragraphs(text, sentences)
    shapes = {i: Shape(Kind.QUESTION, span) for i, span in enumerate(sentences) if is_question(text[slice(*span)])}
    shapes |= {i: Shape(Kind.QUESTION, sentences[i]) for i in asked_in(text, sentences, whole)}
    for each in answered(text, sentences, whole):
        shapes |= {i: shape for i, shape in _answer(text, sentences, each) if i not in shapes}
    shapes |= _entries(text, sentences, whole)
    shapes |= _notes(text, sentences, whole)
    return shapes | _rows(text, sentences)


def _answer(text: str, sentences: Sequence[Offsets], turn: Answered) -> Iterator[tuple[int, Shape]]:
    """Give the sentences of a turn under their question; one of few words takes in the next ("No. It is too late.")."""
    at = turn.first
    while at <= turn.last:
        start, end = max(sentences[at][0], turn.said_from), sentences[at][1]
        first = at
        is_short = len(text[start:end].split()) <= MAX_SHORT_ANSWER_WORDS
        if is_short and at < turn.last and "\n" not in text[end : sentences[at + 1][0]]:
            at += 1
            end = sentences[at][1]
            yield at, Shape(Kind.PART, sentences[at])
        yield first, Shape(Kind.ANSWER if start < end else Kind.FRAME, (start, end), turn.question)
        at += 1


def _entries(text: str, sentences: Sequence[Offsets], whole: Sequence[Paragraph]) -> dict[int, Shape]:
    """Give the sentences of the entries; the first one has the clock time in front, a time alone is a frame."""
    shapes = {}
    for entry in entries(text, whole):
        for i in range(entry.first, entry.last + 1):
            start, end = sentences[i]
            if end <= entry.said_from:
                shapes[i] = Shape(Kind.FRAME, (start, end), entry=entry)
                continue
            is_beside_clock = start <= entry.said_from and "\n" not in text[entry.clock_from : end]
            span = (entry.clock_from, end) if is_beside_clock else (start, end)
            shapes[i] = Shape(Kind.ENTRY, span, entry=entry)
    return shapes


def _notes(text: str, sentences: Sequence[Offsets], whole: Sequence[Paragraph]) -> dict[int, Shape]:
    shapes: dict[int, Shape] = {}
    for first, last in notes(text, sentences, whole):
        shapes |= {i: Shape(Kind.PART, sentences[i]) for i in range(first + 1, last + 1)}
        shapes[first] = Shape(Kind.NOTE, (sentences[first][0], sentences[last][1]))
    return shapes


def _rows(text: str, sentences: Sequence[Offsets]) -> dict[int, Shape]:
    shapes: dict[int, Shape] = {}
    spans = {row.span: row.header for row in rows(text)}
    for span, header in spans.items():
        inside = [i for i, (start, end) in enumerate(sentences) if start < span[1] and end > span[0]]
        shapes |= {i: Shape(Kind.PART, sentences[i]) for i in inside[1:]}
        shapes |= {i: Shape(Kind.ROW, span, header) for i in inside[:1]}
    headers = set(spans.values())
    shapes |= {
        i: Shape(Kind.FRAME, each) for i, each in enumerate(sentences) if any(_overlap(each, h) for h in headers)
    }
    return shapes


def _overlap(one: Offsets, other: Offsets) -> bool:
    return one[0] < other[1] and other[0] < one[1]
