"""Tell what happened in the order in which it did: by the day that a sentence names, else by its publication."""

from datetime import date

from index.article_index import ArticleIndex
from qa.answer import Evidence
from qa.broad.gather import Gathered, telling
from qa.broad.overview import leads_of
from qa.broad.points import Point, worded
from qa.broad.themes import definite, most_telling, themes_of
from qa.question.days import days_named
from qa.reading.shaped_sentences import shapes_in
from qa.wording.dates import resolve_dates

MOST_EVENTS = 10


def timeline_of(gathered: Gathered, index: ArticleIndex) -> list[Point]:
    """Tell the events that matter most in order, each behind its day; what has no day at all comes last."""
    said = telling(gathered)
    extra = [weight + definite(each) for each, weight in zip(said, leads_of(said, gathered), strict=True)]
    chosen = most_telling(themes_of(said, gathered.topic, index.embedder, extra), MOST_EVENTS)
    events = sorted((each.sentences for each in chosen), key=lambda each: _when(each[0], gathered, index))
    return [told_on(day_of(each[0]), worded(each[0]), each) for each in events]


def day_of(sentence: Evidence) -> date | None:
    """Give the day of what a sentence tells: the first that it names, else that of its article."""
    published = sentence.published
    named = days_named(sentence.text, [published] if published else [])
    exact = [each.first for each in named if each.first and each.first == each.last]
    meant = [period.first for _, _, period in resolve_dates(sentence.text, published) if period.first == period.last]
    return next(iter([*exact, *meant]), published)


def _when(sentence: Evidence, gathered: Gathered, index: ArticleIndex) -> tuple[date, int, int]:
    """Give what events are sorted by: the day, in a live blog the minute of the entry, the place in the article."""
    ordinal = gathered.ordinals[sentence.span]
    shape = shapes_in(sentence.span.article_id, index.catalog).get(ordinal)
    return day_of(sentence) or date.max, shape.entry.minutes if shape and shape.entry else 0, ordinal


def told_on(day: date | None, told: str, sentences: tuple[Evidence, ...]) -> Point:
    """Tell something behind its day, if it has one."""
    written = f"{day.day} {day:%B %Y}" if day else ""
    cells = {"day": day.isoformat() if day else "", "event": told}
    return Point(f"{written}: {told}" if written else told, sentences, cells)
