"""What has to be read beside the evidence: the note that corrects it, the newest entry of its live blog."""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from index.article_index import ArticleIndex
from qa.forms.notes import corrects
from qa.forms.shape import Kind, Shape
from qa.question.words import stems
from qa.reading.shaped_sentences import read_in_form, shape, shapes_in

if TYPE_CHECKING:
    from qa.reading.evidence import Candidate

MIN_ABOUT = 0.5  # of the question's words that the entry has that is most about it
_LATEST = re.compile(
    r"\b(?:latest|newest|most recent(?:ly)?|current(?:ly)?|now(?:adays)?|so far|still|as of|at the moment|to date|"
    r"at present|up to date)\b",
    re.IGNORECASE,
)


def words_asked(question: str) -> set[str]:
    """Give the stems of what a question is about, without the words that ask how things stand."""
    return set(stems(_LATEST.sub("", question)))


def prefers_latest(question: str) -> bool:
    """Tell whether a question asks how things stand, in which the newest entry is right."""
    return bool(_LATEST.search(question))


def with_companions(question: str, chosen: Sequence["Candidate"], index: ArticleIndex) -> list["Candidate"]:
    """Add to sentences the notes of their articles that correct one of them, and the newest entry on what is asked."""
    known = {each.span for each in chosen}
    added: dict[int, Candidate] = {}
    for each in chosen:
        for ordinal in _beside(question, each, index):
            companion = shape(each, ordinal, index.catalog)
            if companion.span not in known:
                known.add(companion.span)
                added[len(added)] = companion
    companions = list(added.values())
    for each, read in zip(companions, read_in_form(question, companions), strict=True):
        each.read = read
    return [*chosen, *companions]


def _beside(question: str, candidate: "Candidate", index: ArticleIndex) -> Iterator[int]:
    """Give the positions of the sentences that have to be read beside one."""
    article_id = candidate.span.article_id
    shapes = shapes_in(article_id, index.catalog)
    text = index.catalog.text_of(article_id) or ""
    if candidate.form != Kind.NOTE:
        for ordinal, found in shapes.items():
            if found.kind is Kind.NOTE and corrects(text[slice(*found.span)], candidate.text):
                yield ordinal
    if candidate.entry is not None and prefers_latest(question):
        yield from _newest_about(question, text, shapes)


def _newest_about(question: str, text: str, shapes: dict[int, Shape]) -> Iterator[int]:
    """Give the sentence of the newest entry that has enough of the question's words, the one that has most of them."""
    asked = words_asked(question)
    words = {i: set(stems(text[slice(*each.span)])) for i, each in shapes.items() if each.kind is Kind.ENTRY}
    held: dict[int, set[str]] = {}
    for i, said in words.items():
        entry = shapes[i].entry
        assert entry
        held[entry.rank] = held.get(entry.rank, set()) | said & asked
    most = max(map(len, held.values()), default=0)
    if not most:
        return
    newest = max(rank for rank, shared in held.items() if len(shared) >= MIN_ABOUT * most)
    inside = [i for i in words if (entry := shapes[i].entry) and entry.rank == newest]
    yield max(inside, key=lambda i: (len(words[i] & asked), -i))
