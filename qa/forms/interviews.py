"""Interviews: whose turn is a question, and which question a turn answers."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from index.sentences import Offsets
from qa.forms.paragraphs import Paragraph

MAX_ANSWER_PARAGRAPHS = 3  # of a turn that no label ends
MIN_LABELLED = 4  # turns, from which labels are those of speakers
MIN_EMPHASISED = 3  # questions, from which what is set apart as they are is the interviewer's
MAX_SHORT_ANSWER_WORDS = 3
MAX_QUESTION_CHARS = 240

_LABEL = re.compile(
    r"\W{0,3}(?P<name>[A-Z][\w.'’-]*(?: [A-Z][\w.'’-]*){0,3})(?:[*_]{0,2}:[*_]{0,2}|(?<=^Q)\.|(?<=^A)\.)\s+"
)
_EMPHASISED = re.compile(r"\s*(?P<mark>\*\*|__|[*_])(?![\s*_])(?:(?!(?P=mark)).)+(?P=mark)\s*", re.DOTALL)
_ASKERS = frozenset("q question interviewer host moderator frage".split())
_QUESTION_END = re.compile(r"\?[\s\"”’'*_)\]»]*$")
_MARKS = ("**", "__", "*", "_")
_FIRST_SENTENCE = re.compile(r"\S(?:[^.!?]|[.!?](?=\S))*", re.DOTALL)
_QUOTED = re.compile(r"\W*[\"“]")


@dataclass(frozen=True)
class Turn:
    """Consecutive paragraphs of one speaker; `said_from` is where the words begin behind a label."""

    first: int
    last: int
    said_from: int
    name: str = ""


@dataclass(frozen=True)
class Answered:
    """Sentences `first` to `last` inclusive answer the question at `question`; `said_from` as in `Turn`."""

    first: int
    last: int
    said_from: int
    question: Offsets


def is_question(sentence: str) -> bool:
    """Tell whether a sentence asks, be it marked up; one that quotes a question from its first word on does not."""
    return bool(_QUESTION_END.search(sentence)) and not _QUOTED.match(sentence)


def first_sentence(answer: str) -> str:
    """Give the first sentence of an answer without the point behind it: "Never" of "Never. I got a fruit basket."."""
    found = _FIRST_SENTENCE.match(answer)
    return found[0] if found else answer


def asked_in(text: str, sentences: Sequence[Offsets], whole: Sequence[Paragraph]) -> Iterator[int]:
    """Give the sentences of turns that ask: what is said around a question there is the interviewer's as well."""
    turns, askers = _turns(text, sentences, whole)
    for turn in turns:
        if turn.name and turn.name in askers and _question_of(text, sentences, turn):
            yield from range(turn.first, turn.last + 1)


def answered(text: str, sentences: Sequence[Offsets], whole: Sequence[Paragraph]) -> Iterator[Answered]:
    """Give the turns that answer a question which has a turn, or a paragraph, of its own."""
    turns, askers = _turns(text, sentences, whole)
    is_labelled = askers.isdisjoint(("", *_MARKS))
    question: Offsets | None = None
    paragraphs_left = 0
    for turn in turns:
        asked = _question_of(text, sentences, turn) if turn.name in askers else None
        if asked:
            question, paragraphs_left = asked, MAX_ANSWER_PARAGRAPHS
        elif question and paragraphs_left and not _is_heading(text, turn):
            yield Answered(turn.first, turn.last, turn.said_from, question)
            paragraphs_left -= not is_labelled
        else:
            question = None


def _turns(text: str, sentences: Sequence[Offsets], whole: Sequence[Paragraph]) -> tuple[list[Turn], set[str]]:
    """Give the turns of an article, and the labels of those who ask: "" where nothing but a question tells them."""
    if labelled := _labelled_turns(text, whole):
        return labelled, _askers(text, sentences, labelled)
    turns = [_unlabelled_turn(text, sentences, each) for each in whole]
    for mark in _MARKS:
        marked = [i for i, turn in enumerate(turns) if turn.name == mark]
        asking = [i for i in marked if _question_of(text, sentences, replace(turns[i], name=""))]
        if len(asking) >= MIN_EMPHASISED and 2 * len(asking) >= len(marked):
            # What is set apart before the first question tells who is asked.
            return [turn if i >= asking[0] else replace(turn, name="") for i, turn in enumerate(turns)], {mark}
    return [replace(turn, name="") for turn in turns], {""}


def _unlabelled_turn(text: str, sentences: Sequence[Offsets], paragraph: Paragraph) -> Turn:
    """Give a paragraph as a turn; where all of it is in emphasis the mark is its label."""
    found = _EMPHASISED.fullmatch(text, paragraph.start, paragraph.end)
    return Turn(paragraph.first, paragraph.last, sentences[paragraph.first][0], found["mark"] if found else "")


def _labelled_turns(text: str, whole: Sequence[Paragraph]) -> list[Turn]:
    """Give the turns between labels such as "Q:" or "Beck:"; none where the labels are not those of speakers.

    A paragraph without a label belongs to the turn before it, and what stands before the first label to none.
    """
    turns: list[Turn] = []
    for each in whole:
        found = _LABEL.match(text, each.start, each.end)
        if found:
            turns.append(Turn(each.first, each.last, found.end(), found["name"].lower()))
        elif turns:
            turns[-1] = Turn(turns[-1].first, each.last, turns[-1].said_from, turns[-1].name)
    recurring = Counter(each.name for each in turns)
    speakers = [each for each in turns if recurring[each.name] > 1 or each.name in _ASKERS]
    return turns if len(speakers) >= MIN_LABELLED else []


def _askers(text: str, sentences: Sequence[Offsets], turns: Sequence[Turn]) -> set[str]:
    """Give the labels whose turns mostly ask, and that do so most of all."""
    asked = Counter(each.name for each in turns if _question_of(text, sentences, each))
    said = Counter(each.name for each in turns)
    most = max((asked[name] / said[name] for name in said if said[name] > 1), default=0.0)
    return {name for name in said if name in _ASKERS or (asked[name] / said[name] >= max(0.5, most))}


def _question_of(text: str, sentences: Sequence[Offsets], turn: Turn) -> Offsets | None:
    """Give the span of what a turn asks, from its first sentence on where that is not long; None where it asks nothing.

    A turn without a label asks where its last sentence does, a labelled one wherever it does, and one in emphasis even
    where it only says something.
    """
    spans = sentences[turn.first : turn.last + 1]
    asking = [i for i, span in enumerate(spans) if is_question(text[slice(*span)])]
    if not asking and turn.name in _MARKS:
        asking = [len(spans) - 1]
    if not asking or (not turn.name and asking[-1] < len(spans) - 1):
        return None
    start, end = max(spans[0][0], turn.said_from), spans[asking[-1]][1]
    return (start, end) if end - start <= MAX_QUESTION_CHARS else spans[asking[-1]]


def _is_heading(text: str, turn: Turn) -> bool:
    return not turn.name and text[text.rfind("\n", 0, turn.said_from) + 1 : turn.said_from].lstrip().startswith("#")
