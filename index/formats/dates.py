"""Read a day as people and programs write it, only where it is one beyond doubt: 16/03/2025, but not 03/04/2025."""

import re
from datetime import UTC, date, datetime, timedelta

FIRST_YEAR = 1600

# Where months are not written in English; each costs dateparser some milliseconds once.
LANGUAGES = (
    "de fr es it pt nl pl ru uk cs sk sv da nb fi tr ro hu el bg hr sr sl ca lt lv et id vi ar he fa hi ko ja zh"
).split()

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\.?,? )?"
_ZONE = r"(?: ?(?:z|[a-z]{1,5})?(?:[+-]\d{1,2}:?\d{0,2})?)(?: \([a-z ]+\)?)?"
_CLOCK = r"\d{1,2}(?:[:.h]\d{2}){1,2}(?:[.,]\d+)?"
_TIME = rf"(?:(?:at|um|à|om|kl\.?) )?(?:{_CLOCK}(?: ?[ap]\.?m\b\.?)?{_ZONE}|\d{{1,2}} ?[ap]\.?m\b\.?{_ZONE})"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>\d{4})"
_DAYS = (
    rf"{_YEAR}(?P<mark>[-/.])(?P<month>\d{{1,2}})(?P=mark){_DAY}",
    rf"(?P<one>\d{{1,2}})(?P<mark>[-/.])(?P<other>\d{{1,2}})(?P=mark){_YEAR}",
    rf"{_DAY}(?: of)?[ -]{_MONTH},?[ -]{_YEAR}",
    rf"{_MONTH} {_DAY},? {_YEAR}",
    rf"{_MONTH} {_DAY} {_CLOCK}{_ZONE} {_YEAR}",
    rf"{_YEAR} ?[年년] ?(?P<month>\d{{1,2}}) ?[月월] ?{_DAY} ?[日일]",
)
_FORMS = [re.compile(rf"(?:{_TIME},? )?{_WEEKDAY}{day}(?:(?:,? (?:[-–] )?|T){_TIME})?", re.I) for day in _DAYS]
_IN_NUMBERS = _FORMS[1]
_TIME_BEHIND = re.compile(rf",? (?:[-–] )?{_TIME}$", re.I)

# As many words, and no more, as a date has beside its day and year in any of `LANGUAGES`.
_FOREIGN = re.compile(
    r"(?:[^\d\s]+ ){0,2}\d{1,2}[^\d\s]{0,2}(?: \S+){1,4}? \d{4}(?: ?[^\d\s]{1,5})?|\d{4}\S? \S+ \d{1,2}\S?"
)
_MAX_CHARS = 80

DAY_FIRST, MONTH_FIRST = "day first", "month first"
WITH_POINTS = " with points"  # behind either: 03.05.2024, which no locale of Unicode CLDR writes with the month first


def parse_date(value: object) -> date | None:
    """Give the day that a field of a record names: a date, a time stamp, seconds or milliseconds since 1970, or text.

    A time zone is left aside: the day is the one that is written. A day to come, or of the years before `FIRST_YEAR`,
    is none.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, datetime):
        return _plausible(value.date())
    if isinstance(value, date):
        return _plausible(value)
    if isinstance(value, int | float):
        return _from_number(value)
    if not isinstance(value, str):
        return None
    if re.fullmatch(r"\d{8,19}(?:\.\d{1,9})?", value.strip(), re.ASCII):
        return _from_number(float(value))
    if compact := re.fullmatch(r"(\d{8})T\d{4}(?:\d{2})?(?:Z|[+-]\d{2}:?\d{2})?", value.strip(), re.ASCII):
        return _from_number(float(compact[1]))  # ISO 8601 in its basic form
    return parse_written(value)


def parse_written(text: str, foreign: bool = True) -> date | None:
    """Give the day that `text` as a whole is, with or without its weekday and time; `foreign`: in any language."""
    if len(text) > _MAX_CHARS or not re.search(r"\d", text):
        return None
    text = _trimmed(text)
    for form in _FORMS:
        if found := form.fullmatch(text):
            return _of_parts(found.groupdict())
    return _foreign(_TIME_BEHIND.sub("", text)) if foreign else None


def day_order(value: object) -> str | None:
    """Tell which number of a day in numbers is the day: of 25/05/2024 the first; None where it may be either."""
    first, second, _ = _numbers(value) or (0, 0, 0)
    return DAY_FIRST if first > 12 >= second > 0 else MONTH_FIRST if second > 12 >= first > 0 else None


def has_points(value: object) -> bool:
    """Tell whether a day in numbers is written with points, as 25.05.2024 is."""
    found = _IN_NUMBERS.fullmatch(_trimmed(value)) if isinstance(value, str) and len(value) <= _MAX_CHARS else None
    return found is not None and found["mark"] == "."


def in_doubt(value: object) -> dict[str, date] | None:
    """Give the days that 03/05/2024 can be, by their order; None for whatever is no such day."""
    first, second, year = _numbers(value) or (0, 0, 0)
    if first == second or max(first, second) > 12:
        return None
    days = {DAY_FIRST: _of_numbers(year, second, first), MONTH_FIRST: _of_numbers(year, first, second)}
    return {order: day for order, day in days.items() if day} or None


def _numbers(value: object) -> tuple[int, int, int] | None:
    """Give the numbers of a day that is written as 03/05/2024, with or without its weekday and time."""
    found = _IN_NUMBERS.fullmatch(_trimmed(value)) if isinstance(value, str) and len(value) <= _MAX_CHARS else None
    return (int(found["one"]), int(found["other"]), int(found["year"])) if found else None


def _trimmed(text: str) -> str:
    return " ".join(text.split()).strip(".,;:()[]*_#>–—- ")


def _of_parts(parts: dict[str, str | None]) -> date | None:
    year = int(parts["year"] or 0)
    if name := parts.get("name"):
        return _of_numbers(year, _MONTHS.index(name[:3].lower()) + 1, int(parts["day"] or 0))
    if not parts.get("one"):
        return _of_numbers(year, int(parts["month"] or 0), int(parts["day"] or 0))
    small, large = sorted((int(parts["one"] or 0), int(parts["other"] or 0)))
    return None if small != large <= 12 else _of_numbers(year, small, large)


def _of_numbers(year: int, month: int, day: int) -> date | None:
    try:
        return _plausible(date(year, month, day))
    except ValueError:
        return None


def _plausible(day: date) -> date | None:
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    return day if day.year >= FIRST_YEAR and day <= tomorrow else None


def _from_number(number: float) -> date | None:
    """Take a number by its size: 20250316, or seconds, or their fractions to nanoseconds, since 1970."""
    if not 1e7 <= number < 5e18:
        return None
    if number < 1e8:
        day = int(number)
        return _of_numbers(day // 10_000, day // 100 % 100, day % 100)
    seconds = next(number / unit for unit in (1, 1e3, 1e6, 1e9) if number / unit < 1e10)
    return _plausible(datetime.fromtimestamp(seconds, UTC).date())


def _foreign(text: str) -> date | None:
    if not _FOREIGN.fullmatch(text) or not re.search(r"[^\W\d_]", text):
        return None
    import dateparser

    strictly = {
        "STRICT_PARSING": True,
        "REQUIRE_PARTS": ["day", "month", "year"],
        "PARSERS": ["absolute-time"],
        "DATE_ORDER": "DMY",
    }
    found = dateparser.parse(text, languages=LANGUAGES, settings=strictly)
    return _plausible(found.date()) if found else None
