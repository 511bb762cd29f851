"""The days that a question names: "in March 2025", "on 10 and 18 January", "since May". English only."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December|"
    r"(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?)"
)
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_YEAR = r"(?:1[6-9]|20)\d\d"
_DAYS = re.compile(
    rf"(?:\b(?P<how>since|from|after|until|till|before|in|on|of|during|for)\s+)?(?:the\s+)?(?:"
    rf"(?P<iso>{_YEAR}-\d\d-\d\d)|"
    rf"(?P<days>{_DAY}(?:(?:,\s*|\s+and\s+(?:on\s+)?){_DAY})*)\s+(?:of\s+)?(?P<month>{_MONTH})(?:,?\s+(?P<year>{_YEAR}))?|"
    rf"(?P<month_first>{_MONTH})\s+(?P<days_behind>{_DAY}(?:(?:,\s*|\s+and\s+){_DAY}(?!\d))*)(?!\d)(?:,?\s+(?P<year_behind>{_YEAR}))?|"
    rf"(?P<month_alone>{_MONTH})(?:\s+(?P<year_of_month>{_YEAR}))?|(?P<year_alone>{_YEAR}))(?![\w-])",
    re.IGNORECASE,
)
_OPEN_END, _OPEN_START = ("since", "from", "after"), ("until", "till", "before")


@dataclass(frozen=True)
class Days:
    """The days from `first` to `last`, both included, null where that side is open, and the words that name them."""

    first: date | None
    last: date | None
    words: str

    def __contains__(self, day: date | None) -> bool:
        return day is not None and (not self.first or self.first <= day) and (not self.last or day <= self.last)


def days_named(question: str, known: Sequence[date]) -> list[Days]:
    """Give the days that a question names; a year that is not named is the last one of which a day is `known`."""
    return [each for found in _DAYS.finditer(question) for each in _meant(found, known)]


def day_words(question: str) -> list[str]:
    """Give the words with which a question names days, as they stand: "since May", "on 10 and 18 January"."""
    return [found[0].strip() for found in _DAYS.finditer(question) if not _is_no_day(found)]


def without_days(question: str) -> str:
    """Give a question without the words for days."""
    return " ".join(_DAYS.sub(lambda found: found[0] if _is_no_day(found) else " ", question).split())


def _meant(found: re.Match[str], known: Sequence[date]) -> Iterator[Days]:
    if _is_no_day(found):
        return
    how = (found["how"] or "").lower()
    for first, last in _periods(found, known):
        if how in _OPEN_END:
            yield Days(first + timedelta(how == "after"), None, found[0].strip())
        elif how in _OPEN_START:
            yield Days(None, last if how in ("until", "till") else first - timedelta(1), found[0].strip())
        else:
            yield Days(first, last, f"{first.day} {first:%B %Y}" if first == last else found[0].strip())


def _is_no_day(found: re.Match[str]) -> bool:
    """Tell whether "may" and "march" are verbs: a month alone has a capital letter, or a year behind it."""
    alone = found["month_alone"]
    return (
        bool(alone) and not found["year_of_month"] and (not alone[0].isupper() or (alone == "May" and not found["how"]))
    )


def _periods(found: re.Match[str], known: Sequence[date]) -> Iterator[tuple[date, date]]:
    try:
        if found["iso"]:
            yield (date.fromisoformat(found["iso"]),) * 2
        elif found["year_alone"]:
            yield date(int(found["year_alone"]), 1, 1), date(int(found["year_alone"]), 12, 31)
        elif name := found["month"] or found["month_first"]:
            month = _number(name)
            for day in re.findall(r"\d{1,2}(?=\D|$)", found["days"] or found["days_behind"]):
                year = int(found["year"] or found["year_behind"] or 0) or _year(known, month, int(day))
                yield (date(year, month, int(day)),) * 2
        else:
            month = _number(found["month_alone"])
            first = date(int(found["year_of_month"] or 0) or _year(known, month), month, 1)
            yield first, (first + timedelta(31)).replace(day=1) - timedelta(1)
    except ValueError:
        return  # the 31st of June


def _number(name: str) -> int:
    return _MONTHS.index(name[:3].lower()) + 1


def _year(known: Sequence[date], month: int, day: int | None = None) -> int:
    """Give the last year of which this day is known, or this month; the last of all where it is of none."""
    exact = [each.year for each in known if each.month == month and day in (None, each.day)]
    near = [each.year for each in known if each.month == month]
    return max(exact or near or [each.year for each in known] or [date.today().year])
