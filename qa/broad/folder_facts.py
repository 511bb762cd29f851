"""Answer questions about the articles themselves, from the catalog: which there are, how many, the newest, by whom."""

import re
from collections.abc import Callable, Sequence
from datetime import date

from index.article_index import ArticleIndex
from index.catalog.rows import NamedArticle
from index.catalog.writer import Catalog
from index.filter import Filter
from qa.answer import Evidence, Span
from qa.broad.points import Point
from qa.question.asked import NOTHING_TOLD, Plan, Told
from qa.question.words import names, tokens
from qa.reading.same_person import is_named_in_full
from qa.text import one_line

MAX_LISTED = 100
MAX_SENTENCES = 10_000
HEAD_CHARS = 1_000  # in which a byline stands
NO_DAY = "without a date"

_WORD = re.compile(r"\w+")


def answer_of_folder(
    plan: Plan, topic: str, index: ArticleIndex, only: Filter, told: Told = NOTHING_TOLD
) -> tuple[list[Point], int]:
    """Tell what is asked of the articles that hold the topic's words; give how many these are, too.

    Of many the first `MAX_LISTED` are told, and cited for their number; none that was `told` before.
    """
    found = mentioning(topic, index.catalog, only, plan.of_one or plan.fact in _OF_ONE)
    if told.spans:
        before = {each.article_id for each in told.spans}
        found = [each for each in found if each.id not in before]
    return _TOLD[plan.fact or "list"](found, topic, index) if found else [], len(found)


def mentioning(topic: str, catalog: Catalog, only: Filter, best_first: bool = False) -> list[NamedArticle]:
    """Give the articles that hold all words of a topic, or were published by whom it names; the newest come first.

    With `best_first` those come first that hold them oftenest, in their title above all. Somebody's full name is held
    by an article that has the surname of which the index knows no other bearer, too.
    """
    words = list(dict.fromkeys(tokens(topic)))
    if not words:
        return catalog.articles_of(only)
    if by := catalog.articles_by(topic.lower(), only):
        return by
    found = catalog.articles_with(words, only, best_first)
    if len(words) == len(names(topic)) == 2:
        first, last = words
        others = catalog.articles_with([last], only, best_first, MAX_LISTED)
        found += [each for each in others if each not in found and _is_meant(each.id, first, last, catalog)]
        if not best_first:
            found.sort(key=lambda each: each.published or "", reverse=True)
    return found


def _is_meant(article_id: str, first: str, last: str, catalog: Catalog) -> bool:
    text = catalog.text_of(article_id)
    return text is not None and is_named_in_full(first, last, text, catalog)


def _list(found: Sequence[NamedArticle], topic: str, index: ArticleIndex) -> list[Point]:
    return [_told(each, topic, index) for each in found[:MAX_LISTED]]


def _count(found: Sequence[NamedArticle], topic: str, index: ArticleIndex) -> list[Point]:
    what = "article mentions" if len(found) == 1 else "articles mention"
    cells = {"articles": str(len(found))}
    told = f"{len(found):,} {what} {topic}" if topic else f"{len(found):,} articles"
    if topic and len(found) <= MAX_LISTED:
        cells["times"] = str(sum(_times(index.catalog.text_of(each.id) or "", topic) for each in found))
        told += f" ({cells['times']} times in all)"
    return [Point(f"{told}.", tuple(_place(each.id, topic, index) for each in found[:MAX_LISTED]), cells)]


def _newest(found: Sequence[NamedArticle], topic: str, index: ArticleIndex) -> list[Point]:
    last = max((each.published for each in found if each.published), default=None)
    return _list([each for each in found if last and each.published == last], topic, index)


def _oldest(found: Sequence[NamedArticle], topic: str, index: ArticleIndex) -> list[Point]:
    first = min((each.published for each in found if each.published), default=None)
    return _list([each for each in found if first and each.published == first], topic, index)


def _date(found: Sequence[NamedArticle], topic: str, index: ArticleIndex) -> list[Point]:
    return [_fact(found[0], f"published on {_written(found[0].published)}", index)] if found[0].published else []


def _author(found: Sequence[NamedArticle], topic: str, index: ArticleIndex) -> list[Point]:
    article = index.catalog.article(found[0].id)
    byline = article and _BYLINE.search(article.text[:HEAD_CHARS])
    by = one_line(byline["by"]) if byline else None
    facts = [f"written {by[0].lower()}{by[1:]}"] if by else []
    facts += [f"published by {one_line(article.publisher)}"] if article and article.publisher else []
    return [_fact(found[0], ", ".join(facts), index, by)] if facts else []


def _length(found: Sequence[NamedArticle], topic: str, index: ArticleIndex) -> list[Point]:
    text = index.catalog.text_of(found[0].id) or ""
    return [_fact(found[0], f"{len(_WORD.findall(text)):,} words, {len(text):,} characters", index)]


_OF_ONE = ("date", "author", "length")
_TOLD: dict[str, Callable[[Sequence[NamedArticle], str, ArticleIndex], list[Point]]] = {
    "list": _list,
    "count": _count,
    "newest": _newest,
    "oldest": _oldest,
    "date": _date,
    "author": _author,
    "length": _length,
}
_BYLINE = re.compile(
    r"(?:^|[|·•,–—])[#*_>\s]*(?P<by>(?:By|Von|Par|Por|Di|Door)\s+(?:[A-Z][\w.’'-]+)"
    r"(?:[ ,]+(?:and |und |et |y |e )?[A-Z][\w.’'-]+){0,8})",
    re.MULTILINE,
)


def _told(named: NamedArticle, topic: str, index: ArticleIndex) -> Point:
    article = index.catalog.article(named.id)
    title, publisher = (one_line(article.title), one_line(article.publisher or "")) if article else (named.id, "")
    cells = {"article": named.id, "title": title, "published": named.published or "", "publisher": publisher}
    facts = ", ".join(each for each in (_written(named.published), publisher) if each)
    return Point(f"{title} ({facts})", (_place(named.id, topic, index),), cells)


def _fact(named: NamedArticle, fact: str, index: ArticleIndex, words: str | None = None) -> Point:
    article = index.catalog.article(named.id)
    title = one_line(article.title) if article else named.id
    return Point(f"{title}: {fact}.", (_place(named.id, words or "", index),), {"article": named.id, "fact": fact})


def _place(article_id: str, topic: str, index: ArticleIndex) -> Evidence:
    """Give the first sentence of an article that has most of some words, of none its first one."""
    text = index.catalog.text_of(article_id) or ""
    asked = set(tokens(topic))
    offsets = index.catalog.sentences(article_id, 0, MAX_SENTENCES if asked else 0) or [(0, len(text))]
    start, end = max(offsets, key=lambda each: len(asked & set(tokens(text[slice(*each)]))))
    return Evidence(Span(article_id, start, end), text[start:end], "", None, 0.0)


def _times(text: str, topic: str) -> int:
    """Count how often a text has the topic as it stands, a name's words one behind the other."""
    said, asked = tokens(text), tokens(topic)
    return sum(said[at : at + len(asked)] == asked for at in range(len(said) - len(asked) + 1))


def _written(published: str | None) -> str:
    day = published and date.fromisoformat(published)
    return f"{day.day} {day:%B %Y}" if day else NO_DAY
