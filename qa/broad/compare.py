"""Lay the sides of a comparison beside each other: what the articles say of each, or that they are silent on it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from index.article_index import ArticleIndex
from index.filter import Filter
from qa.answer import Evidence
from qa.broad.gather import Gathered, gather, is_of, says_something, telling
from qa.broad.items import items_in
from qa.broad.overview import overview_of_topic
from qa.broad.points import Point, worded
from qa.broad.themes import definite, most_telling, themes_of
from qa.question.days import Days
from qa.question.words import names_asked, stems, tokens
from qa.reading.reader import Context, load_reader

TOLD_OF_EACH = 2
NEAR = 2  # sentences behind one that names a side which may still be about it
MAX_SIDES = 4
NAMED_WEIGHT = 0.3  # of a sentence that names its side

WHO_SAID = "Who said that?"
# Of the reader, that a sentence states who says something: in six invented articles all 12 that do, 2 of 33 others.
SPEAKING_LOGIT = -3.3
MAX_READ, MAX_SPEAKERS = 200, 6

_NAME = re.compile(r"[^\W\d_][\w.’'-]*(?: [A-Z][\w.’'-]*)*")
_ENDING = re.compile(r"(?:[’']s)?\W*$")  # of a possessive, or of the question
_BETWEEN = re.compile(r"\s(?:vs\.?|versus|and|or|with|und|et|y|e|en)\s", re.IGNORECASE)


def compare(
    question: str, topic: str, days: Sequence[Days], gathered: Gathered, index: ArticleIndex, only: Filter
) -> tuple[list[Point], list[str]]:
    """Tell what is said of each side in turn, and which sides the articles are silent on.

    Where the question names no two sides, they are those who say something, or else it is told what the articles say.
    """
    sides, shared = sides_of(question, topic, days, gathered, index, only)
    if len(sides) < 2:
        sides = speakers_in(gathered)
    if not sides:
        return overview_of_topic(gathered, index), []
    points, silent = list[Point](), list[str]()
    for name, sentences in sides.items():
        told = list(_told(name, sentences, shared, index))
        points += told
        silent += [] if told else [name]
    return points, silent


def sides_of(
    question: str, topic: str, days: Sequence[Days], gathered: Gathered, index: ArticleIndex, only: Filter
) -> tuple[dict[str, list[Evidence]], str]:
    """Give the sides with the sentences on each, and the topic that they share.

    The sides are the days that the question names, or the names, or the words of the topic beside an "and".
    """
    if len(days) > 1:
        return {each.words: [one for one in gathered.found if is_of(one, each)] for each in days[:MAX_SIDES]}, topic
    names = sides_in(question, topic)[:MAX_SIDES]
    of_sides = {word for name in names for word in tokens(name)}
    shared = " ".join(word for word in topic.split() if not of_sides & set(tokens(word)))
    return {name: _naming(name, shared, index, only) for name in names}, shared


def sides_in(question: str, topic: str) -> list[str]:
    """Give the names of a question; where it has not two, the words of its topic on both sides of an "and"."""
    named = set(names_asked(question))
    runs = (
        " ".join(_ENDING.sub("", word) for word in found[0].split() if named & set(tokens(word)))
        for found in _NAME.finditer(question)
    )
    if len(sides := list(dict.fromkeys(filter(None, runs)))) > 1:
        return sides
    asked = topic.split()
    for between in _BETWEEN.finditer(question):
        before = [word for word in _words(question[: between.start()]) if word in asked]
        behind = [word for word in _words(question[between.end() :]) if word in asked]
        if before and behind:
            return [before[-1], behind[0]]
    return sides


def speakers_in(gathered: Gathered) -> dict[str, list[Evidence]]:
    """Give those who say something in the sentences gathered, each with these, who says most first."""
    said = telling(gathered)[:MAX_READ]
    contexts = [Context(each.text, before.text if (before := gathered.before.get(each.span)) else "") for each in said]
    spoken = [
        replace(each, stated=reading.logit, phrase=reading.phrase)
        for each, reading in zip(said, load_reader().read(WHO_SAID, contexts), strict=True)
        if reading.logit >= SPEAKING_LOGIT
    ]
    speakers = sorted(items_in("", spoken), key=lambda each: -len(each.named_in))
    return {each.name: list(each.named_in) for each in speakers[:MAX_SPEAKERS]}


def _naming(name: str, shared: str, index: ArticleIndex, only: Filter) -> list[Evidence]:
    """Give the sentences on the shared topic that name a side, or stand shortly behind one that does."""
    found = gather(f"{name} {shared}".strip(), index, only)
    asked = set(stems(name))
    named = {
        (each.span.article_id, found.ordinals[each.span] + behind)
        for each in found.found
        if asked & set(stems(each.text))
        for behind in range(NEAR + 1)
    }
    return [each for each in found.found if (each.span.article_id, found.ordinals[each.span]) in named]


def _words(text: str) -> list[str]:
    return [_ENDING.sub("", word) for word in text.split()]


def _told(name: str, sentences: Sequence[Evidence], topic: str, index: ArticleIndex) -> Iterator[Point]:
    said = [each for each in sentences if says_something(each)]
    asked = set(stems(name))
    lead = [definite(each) + NAMED_WEIGHT * (not asked.isdisjoint(stems(each.text))) for each in said]
    themes = themes_of(said, topic or name, index.embedder, lead)
    for each in most_telling(themes, TOLD_OF_EACH):
        told = worded(each.sentences[0])
        yield Point(f"{name}: {told}", each.sentences[:1], {"side": name, "says": told})
