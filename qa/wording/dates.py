"""Say which days "Tuesday", "last month" or "March 3" are in an article whose day of publication is known.

A wrong date is far worse than none. A bare weekday or a date without its year counts from the publication only where
the verb it goes with tells past from future; words whose readings differ (on a Wednesday, "next Friday"), words in
quotation marks, and sentences that speak of other years are left as they are. English only.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from qa.text import one_line
from qa.wording.statement import quoted_positions
from qa.wording.tense import SPEECH, Direction, direction_of

MAX_DAYS_INTO_LAST_YEAR = 92

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_NUMBERS = ("a", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December|"
    r"(?:Jan|Feb|Aug|Sept|Oct|Nov|Dec)\.)"
)
_WEEKDAY = f"(?:{'|'.join(_WEEKDAYS)})"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_COUNT = rf"(?i:\d{{1,2}}|{'|'.join(_NUMBERS)})"

_WORDS = re.compile(
    rf"\b(?:(?P<named>(?i:yesterday|today|tonight|tomorrow|last night))|"
    rf"(?P<which>(?i:last|this|next)) (?P<unit>weekend|week|month|year)|"
    rf"(?:(?P<side>(?i:last|this|next)) )?(?P<weekday>{_WEEKDAY})(?: (?:morning|afternoon|evening|night))?|"
    rf"(?P<ago>{_COUNT}) (?P<unit_ago>day|week)s? ago|(?i:in) (?P<ahead>{_COUNT}) (?P<unit_ahead>day|week)s?|"
    rf"(?P<month>{_MONTH}) (?P<day>{_DAY})|(?P<day_first>{_DAY}) (?P<month_last>{_MONTH})|"
    rf"(?<=\b[Ii]n )(?P<month_alone>{_MONTH}))(?![\w-])"
)

# What stands around words that name no one time, or a time that counts from elsewhere, or one that is dated already.
_NO_TIME_BEFORE = re.compile(
    r"(?:\b(?:the|an?|his|her|its|their|our|my|your|every|each|any|one|some|that|than|about|following|previous|over|"
    r"nearly|almost|around|least|most|like)|[-–/’'])\s*$",
    re.IGNORECASE,
)
_WEEKDAY_BEFORE = re.compile(rf"\b({_WEEKDAY}),? $")
_NO_DAY_BEFORE = re.compile(r"(?:\b(?:of|and|or|to|between|before|after|through)|(?<!^)\b[A-Z][\w.’'-]*)\s*$")
_NO_TIME_AFTER = re.compile(
    rf"[’']|\s?[-–—/]| of | \(?\d|, \d{{4}}|,? (?:the )?(?:{_MONTH} \d|\d{{1,2}}(?:st|nd|rd|th)? (?:of )?{_MONTH})|"
    rf",? (?:and|or|to|through|until) (?:\d|{_WEEKDAY}|{_MONTH}|yesterday|today|tomorrow|last|this|next)|"
    r" (?:morning|afternoon|evening|night)\b"
)


@dataclass(frozen=True)
class Period:
    """The days from `first` to `last`, both included; one day where they are the same."""

    first: date
    last: date

    def __str__(self) -> str:
        """Write it as short as it is exact: 18 March 2025, 10–16 March 2025, February 2025, 2024."""
        first, last = self.first, self.last
        if first == last:
            return _written(first, "%B %Y")
        if (first.day, last) == (1, _month(first).last):
            return f"{first:%B %Y}"
        if (first, last) == (date(first.year, 1, 1), date(first.year, 12, 31)):
            return str(first.year)
        if first.year != last.year:
            return f"{_written(first, '%B %Y')} – {_written(last, '%B %Y')}"
        if first.month != last.month:
            return f"{_written(first, '%B')} – {_written(last, '%B %Y')}"
        return f"{first.day}–{_written(last, '%B %Y')}"


def resolve_dates(text: str, published: date | None) -> list[tuple[int, int, Period]]:
    """Give the spans of a sentence's words for days that are relative to `published`, with the days that they mean."""
    return [(start, end, period) for start, end, period in _times(text, published) if period]


def with_dates(statement: str, sentence: str, published: date | None) -> str:
    """Write the days in brackets behind the words for them in a statement: "Tuesday (18 March 2025)".

    What they mean is told from the `sentence` that the statement is from, where the same words must mean the same.
    """
    sentence = one_line(sentence)
    meant = [(sentence[start:end].lower(), period) for start, end, period in _times(sentence, published)]
    for found in reversed(list(_WORDS.finditer(statement))):
        periods = {period for words, period in meant if found[0].lower() in words}
        period = periods.pop() if len(periods) == 1 else None
        if period:
            note = str(period.first.year) if re.search(_MONTH, found[0]) else str(period)
            statement = f"{statement[: found.end()]} ({note}){statement[found.end() :]}"
    return statement


def _times(text: str, published: date | None) -> Iterator[tuple[int, int, Period | None]]:
    """Find the words for days and what they mean, None where that is not clear."""
    quoted = quoted_positions(text)
    unquoted = "".join("_" if position in quoted and char != " " else char for position, char in enumerate(text))
    years = [int(year) for year in re.findall(r"\b(?:1\d|20)\d\d\b", text)]
    for found in _WORDS.finditer(text):
        period = None
        if published and found.start() not in quoted and all(abs(year - published.year) <= 1 for year in years):
            period = _meaning(found, unquoted, published)
        yield found.start(), found.end(), period


def _meaning(found: re.Match[str], text: str, published: date) -> Period | None:
    before, behind = text[: found.start()], text[found.end() :]
    is_bare = (found["weekday"] and not found["side"]) or found["month"] or found["month_last"]
    if _NO_TIME_BEFORE.search(before) or _NO_TIME_AFTER.match(behind):
        return None
    weekday = _WEEKDAY_BEFORE.search(before)
    if is_bare and not weekday and _NO_DAY_BEFORE.search(before):
        return None
    if found["weekday"] and re.match(r" [A-Z]", behind):  # Sunday Times
        return None
    direction = direction_of(text, weekday.start() if weekday else found.start(), found.end())
    if found["named"]:
        return _named(found["named"], before, direction, published)
    if found["unit"]:
        return _unit(found["which"].lower(), found["unit"], direction, published)
    if found["weekday"]:
        return _weekday(found["side"], _WEEKDAYS.index(found["weekday"]), direction, published)
    if found["ago"] or found["ahead"]:
        return _count(found, direction, published)
    period = _without_year(found, before, direction, published)
    is_on_it = not period or not weekday or period.first.weekday() == _WEEKDAYS.index(weekday[1])
    return period if is_on_it else None


def _named(words: str, before: str, direction: Direction, published: date) -> Period | None:
    is_title = words[0].isupper() and not re.search(r"(?:^|[.!?:]) ?$", before)
    if is_title or re.search(r"\b(?:of|before|after|until) $", before):
        return None
    words = words.lower()
    is_nowadays = words == "today" and direction != Direction.FUTURE and not re.search(rf"\b{SPEECH} $", before)
    away = {"yesterday": -1, "last night": -1, "tomorrow": 1}.get(words, 0)
    return None if is_nowadays else _days(published + timedelta(away))


def _unit(which: str, unit: str, direction: Direction, published: date) -> Period | None:
    step = {"last": -1, "this": 0, "next": 1}[which]
    if direction == {-1: Direction.FUTURE, 1: Direction.PAST}.get(step):
        return None
    if unit == "year":
        return Period(date(published.year + step, 1, 1), date(published.year + step, 12, 31))
    if unit == "month":
        return _month(_month(published).first + timedelta({-1: -1, 0: 0, 1: 31}[step]))
    return _week(step, published) if unit == "week" else _weekend(step, direction, published)


def _week(step: int, published: date) -> Period | None:
    """Count weeks from Monday; on a Sunday the last is the one that is ending, and this and the next are not clear."""
    if published.weekday() == 6:
        return _days(published - timedelta(6), published) if step < 0 else None
    monday = published + timedelta(7 * step - published.weekday())
    return _days(monday, monday + timedelta(6))


def _weekend(step: int, direction: Direction, published: date) -> Period | None:
    saturday = published + timedelta(5 - published.weekday())
    is_weekend = published >= saturday
    if step < 0 and not is_weekend:
        return _days(saturday - timedelta(7), saturday - timedelta(6))
    if step == 0 and (is_weekend or direction == Direction.FUTURE):
        return _days(saturday, saturday + timedelta(1))
    return None


def _weekday(side: str | None, weekday: int, direction: Direction, published: date) -> Period | None:
    """Take the nearest such day in the verb's direction; with "last" or "next", where all readings are that one."""
    side = side and side.lower()
    ago, ahead = (published.weekday() - weekday) % 7, (weekday - published.weekday()) % 7
    if side in ("last", "next"):
        ago, ahead = ago or 7, ahead or 7
    if side == "last":  # of the week before, be its first day Monday or Sunday
        is_one = ago > published.weekday() and ago > published.isoweekday() % 7
        return _days(published - timedelta(ago)) if is_one and direction != Direction.FUTURE else None
    if side == "next":
        is_one = ahead > 6 - published.weekday() and ahead > 6 - published.isoweekday() % 7
        return _days(published + timedelta(ahead)) if is_one and direction != Direction.PAST else None
    if direction == Direction.FUTURE:
        return _days(published + timedelta(ahead)) if ahead else None
    return _days(published - timedelta(ago)) if direction == Direction.PAST and not side else None


def _count(found: re.Match[str], direction: Direction, published: date) -> Period | None:
    """Count days exactly, and weeks to the seven days around the one they end on."""
    if found["ahead"] and direction != Direction.FUTURE:  # "in two weeks" may be how long it took
        return None
    words = (found["ago"] or found["ahead"]).lower()
    count = int(words) if words.isdecimal() else max(1, _NUMBERS.index(words))
    is_weeks = "week" in (found["unit_ago"], found["unit_ahead"])
    away = timedelta(count * (7 if is_weeks else 1))
    day = published - away if found["ago"] else published + away
    return _days(day - timedelta(3), day + timedelta(3)) if is_weeks else _days(day)


def _without_year(found: re.Match[str], before: str, direction: Direction, published: date) -> Period | None:
    """Take the nearest such day or month in the verb's direction, the day of publication among those past.

    One of an earlier year is taken up to `MAX_DAYS_INTO_LAST_YEAR` ago: newspapers leave out no other, history does.
    """
    month = _MONTHS.index((found["month"] or found["month_last"] or found["month_alone"])[:3]) + 1
    day = int(re.sub(r"\D", "", found["day"] or found["day_first"] or "1"))
    if re.search(r"\bborn\b", before):
        return None
    years = {Direction.PAST: (0, -1), Direction.FUTURE: (0, 1), Direction.UNCLEAR: ()}[direction]
    for year in (published.year + step for step in years):
        if not 1 <= day <= monthrange(year, month)[1]:
            return None
        period = _month(date(year, month, 1)) if found["month_alone"] else _days(date(year, month, day))
        if found["month_alone"] and period.first <= published <= period.last:  # this one, or that of another year
            return None
        if (period.first > published) == (direction == Direction.FUTURE):
            is_old = period.first.year < published.year and (published - period.first).days > MAX_DAYS_INTO_LAST_YEAR
            return None if is_old else period
    return None


def _days(first: date, last: date | None = None) -> Period:
    return Period(first, last or first)


def _month(day: date) -> Period:
    return Period(day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1]))


def _written(day: date, form: str) -> str:
    return f"{day.day} {day.strftime(form)}"
