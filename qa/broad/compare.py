"""Lay the sides of a comparison beside each other: what the articles say of each, or that they are silent on it."""

import re
from collections.abc import Iterator, Sequence

from index.article_index import ArticleIndex
from index.filter import Filter
from qa.answer import Evidence
from qa.broad.gather import Gathered, gather, says_something
from qa.broad.points import Point
from qa.broad.themes import definite, most_telling, themes_of
from qa.question.days import Days
from qa.question.words import stems
from qa.text import one_line
from qa.wording.dates import resolve_dates, with_dates

TOLD_OF_EACH = 2
NEAR = 2  # sentences behind one that names a side which may still be about it
MAX_SIDES = 4

_BETWEEN_SIDES = re.compile(r"\s*(?:,|;|\b(?:and|or|vs|versus|with|to|from|than|against|und|et|y|e|en)\b\.?)\s*")


def compare(
    topic: str, days: Sequence[Days], gathered: Gathered, index: ArticleIndex, only: Filter
) -> tuple[list[Point], list[str]]:
    """Tell what is said of each side in turn, and which sides the articles are silent on.

    The sides are the days that the question names, or the names among the words of its topic.
    """
    if len(days) > 1:
        sides = [(each.words, [one for one in gathered.found if _is_of(one, each)]) for each in days]
        shared = topic
    else:
        names = sides_in(topic)
        shared = " ".join(word for word in topic.split() if not any(word in name.split() for name in names))
        sides = [(name, _naming(name, shared, index, only)) for name in names]
    points, silent = list[Point](), list[str]()
    for name, sentences in sides[:MAX_SIDES]:
        told = list(_told(name, sentences, shared, index))
        points += told
        silent += [] if told else [name]
    return points, silent


def sides_in(topic: str) -> list[str]:
    """Give the names in a topic's words that stand beside each other: runs of words with capital letters."""
    runs = re.findall(r"[A-Z][\w.’'-]*(?: [A-Z][\w.’'-]*)*", topic)
    return list(dict.fromkeys(runs)) if len(runs) > 1 else topic.split()[:2]


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


def _is_of(sentence: Evidence, days: Days) -> bool:
    meant = [period.first for _, _, period in resolve_dates(sentence.text, sentence.published)]
    return sentence.published in days or any(day in days for day in meant)


def _told(name: str, sentences: Sequence[Evidence], topic: str, index: ArticleIndex) -> Iterator[Point]:
    said = [each for each in sentences if says_something(each)]
    themes = themes_of(said, topic or name, index.embedder, [definite(each) for each in said])
    for each in most_telling(themes, TOLD_OF_EACH):
        sentence = one_line(each.sentences[0].text)
        told = with_dates(sentence, sentence, each.sentences[0].published)
        yield Point(f"{name}: {told}", each.sentences[:1], {"side": name, "says": told})
