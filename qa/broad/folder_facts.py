"""Answer questions about the articles themselves, from the catalog: which there are, how many, the newest, by whom."""

import re
from collections.abc import Callable, Sequence
from datetime import date

from index.article_index import ArticleIndex
from index.catalog.reader import StoredArticle
from index.catalog.writer import Catalog
from index.filter import Filter
from qa.answer import Evidence, Span
from qa.broad.points import Point
from qa.question.plan import Plan
from qa.question.words import names, tokens
from qa.reading.same_person import is_named_in_full
from qa.text import one_line

MAX_LISTED = 100
NO_DAY = "without a date"

_WORD = re.compile(r"\w+")


def answer_of_folder(plan: Plan, topic: str, index: ArticleIndex, only: Filter) -> tuple[list[Point], int]:
    """Tell what is asked of the articles that hold the topic's words; give how many these are, too."""
    found = mentioning(topic, index, only, plan.of_one or plan.fact in _OF_ONE)
    return _TOLD[plan.fact or "list"](found, topic, index) if found else [], len(found)


def mentioning(topic: str, index: ArticleIndex, only: Filter, best_first: bool = False) -> list[StoredArticle]:
    """Give the articles that hold all words of a topic, or were published by whom it names; the newest come first.

    With `best_first` those come first that hold them in their title, and the rarest oftenest.
    """
    condition, values = only.sql()
    words = list(dict.fromkeys(tokens(topic)))
    catalog = index.catalog
    order = "order by published is null, published desc, articles.id"
    if words:
        *first, last = words
        is_name = len(words) == len(names(topic)) == 2
        match = " AND ".join(f'"{word}"' for word in ([last] if is_name else words))
        rows = catalog.db.execute(
            "select id from articles join articles_fts on articles_fts.rowid = key "
            f"where articles_fts match ? and {condition} {'order by rank' if best_first else order}",
            (match, *values),
        ).fetchall()
        by = catalog.db.execute(
            f"select id from articles where publisher is not null and lower(publisher) like ? and {condition} {order}",
            (f"%{topic.lower()}%", *values),
        ).fetchall()
        rows = by or rows
        if is_name and not by:
            rows = [row for row in rows if _mentions(row[0], first[0], last, catalog)]
    else:
        rows = catalog.db.execute(f"select id from articles where {condition} {order}", values).fetchall()
    found = [article for (article_id,) in rows if (article := catalog.article(article_id))]
    if best_first:
        held = set(words)
        found.sort(key=lambda each: not held <= set(tokens(each.title)))
    return found


def _mentions(article_id: str, first: str, last: str, catalog: Catalog) -> bool:
    """Tell whether an article mentions somebody: in full, or by a surname that nobody else bears."""
    article = catalog.article(article_id)
    said = set(tokens(f"{article.title} {article.text}")) if article else set[str]()
    return first in said or bool(article and is_named_in_full(first, last, article.text, catalog))


def _list(found: Sequence[StoredArticle], topic: str, index: ArticleIndex) -> list[Point]:
    return [_article(each, topic, index) for each in found[:MAX_LISTED]]


def _count(found: Sequence[StoredArticle], topic: str, index: ArticleIndex) -> list[Point]:
    what = "article mentions" if len(found) == 1 else "articles mention"
    times = sum(_times(each, topic) for each in found) if topic else 0
    told = f"{len(found)} {what} {topic} ({times} times in all)." if topic else f"{len(found)} articles."
    carried = tuple(_place(each, topic, index) for each in found)
    return [Point(told, carried, {"articles": str(len(found))} | ({"times": str(times)} if topic else {}))]


def _newest(found: Sequence[StoredArticle], topic: str, index: ArticleIndex) -> list[Point]:
    dated = [each for each in found if each.published]
    return [_article(each, topic, index) for each in dated if each.published == dated[0].published]


def _oldest(found: Sequence[StoredArticle], topic: str, index: ArticleIndex) -> list[Point]:
    dated = [each for each in found if each.published]
    return [_article(each, topic, index) for each in dated if each.published == dated[-1].published]


def _date(found: Sequence[StoredArticle], topic: str, index: ArticleIndex) -> list[Point]:
    return [_fact(found[0], f"published on {_written(found[0].published)}", index)] if found[0].published else []


def _author(found: Sequence[StoredArticle], topic: str, index: ArticleIndex) -> list[Point]:
    article = found[0]
    byline = _byline(article)
    facts = [f"written {byline[0].lower()}{byline[1:]}"] if byline else []
    facts += [f"published by {one_line(article.publisher)}"] if article.publisher else []
    return [_fact(article, ", ".join(facts), index, byline)] if facts else []


def _length(found: Sequence[StoredArticle], topic: str, index: ArticleIndex) -> list[Point]:
    words = len(_WORD.findall(found[0].text))
    return [_fact(found[0], f"{words:,} words, {len(found[0].text):,} characters", index)]


_OF_ONE = ("date", "author", "length")
_TOLD: dict[str, Callable[[Sequence[StoredArticle], str, ArticleIndex], list[Point]]] = {
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


def _byline(article: StoredArticle) -> str | None:
    found = _BYLINE.search(article.text[:1000])
    return one_line(found["by"]) if found else None


def _article(article: StoredArticle, topic: str, index: ArticleIndex) -> Point:
    cells = {
        "article": article.id,
        "title": one_line(article.title),
        "published": article.published.isoformat() if article.published else "",
        "publisher": one_line(article.publisher or ""),
    }
    facts = ", ".join(each for each in (_written(article.published), cells["publisher"]) if each)
    told = f"{one_line(article.title)} ({facts})"
    return Point(told, (_place(article, topic, index),), cells)


def _fact(article: StoredArticle, fact: str, index: ArticleIndex, words: str | None = None) -> Point:
    return Point(f"{one_line(article.title)}: {fact}.", (_place(article, words or "", index),), {"article": article.id})


def _place(article: StoredArticle, topic: str, index: ArticleIndex) -> Evidence:
    """Give the first sentence of an article that has most of some words, of none its first one."""
    asked = set(tokens(topic))
    offsets = index.catalog.sentences(article.id, 0, 10_000 if asked else 0)
    if not offsets:
        offsets = [(0, len(article.text))]
    start, end = max(offsets, key=lambda each: len(asked & set(tokens(article.text[slice(*each)]))))
    return Evidence(Span(article.id, start, end), article.text[start:end], article.title, article.published, 0.0)


def _times(article: StoredArticle, topic: str) -> int:
    """Count how often an article's text has the topic as it stands, a name's words one behind the other."""
    said, asked = tokens(article.text), tokens(topic)
    return sum(said[at : at + len(asked)] == asked for at in range(len(said) - len(asked) + 1))


def _written(day: date | None) -> str:
    return f"{day.day} {day:%B %Y}" if day else NO_DAY
