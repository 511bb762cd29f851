"""Give what a wiki's templates show inside a sentence: quantities, dates, words of another language, marks.

Templates that are not known show nothing. Sources: the documentation of Wikipedia's Template:Convert, Template:Lang,
Template:Birth date, Template:As of and those beside them, and of their like in French, Spanish and German.
"""

import re
from collections.abc import Callable
from typing import Any

MAX_NUMBERS = 6  # of a quantity such as 3 by 4 by 5 metres

_Shown = Callable[[Any], str]

_FIRST = frozenset(  # that show their first value
    "nowrap|nobr|nobreak|no wrap|small|smaller|big|large|larger|em|strong|abbr|abbrlink|tooltip|hover title|sic|ill|"
    "interlanguage link|flag|flagcountry|flagu|nobold|normal|noitalic|visible anchor|vanchor|nombre|smallcaps|sc|mono|"
    "petites capitales|keypress|samp|not a typo|proper name|formatnum|ship|nts|number table sorting".split("|")
)
_SECOND = frozenset("lang|langue|transl|transliteration|translit|script|font|langx|color|fontcolor|fs".split("|"))
_BLOCKS = frozenset("quote|blockquote|cquote|quotation|zitat|citation bloc|cita|bq|quote box".split("|"))
_MARKS = {
    **{"'": "'", "'s": "'s", "ndash": "–", "en dash": "–", "mdash": "—", "em dash": "—", "nbsp": " ", "space": " "},
    **{"snd": " – ", "spnd": " – ", "spaced ndash": " – ", "spaced en dash": " – ", "emdash": "—", "endash": "–"},
    **{
        "!": "|",
        "=": "=",
        "pipe": "|",
        "dot": " · ",
        "·": " · ",
        "•": " • ",
        "&": "&",
        "°": "°",
        "deg": "°",
        "1er": "1er",
    },
}
_MONEY = {"us$": "US$", "usd": "US$", "€": "€", "euro": "€", "eur": "€", "£": "£", "gbp": "£", "inr": "₹", "¥": "¥"}
_UNITS = {"c": "°C", "f": "°F", "sqmi": "sq mi", "sqft": "sq ft", "km2": "km²", "m2": "m²", "m3": "m³", "cuft": "cu ft"}
_RANGES = {
    "to": "to",
    "to(-)": "to",
    "-": "–",
    "–": "–",
    "and": "and",
    "or": "or",
    "x": "×",
    "by": "by",
    "×": "×",
    "+/-": "±",
}
_MONTHS = "January February March April May June July August September October November December".split()
_DATES = re.compile(
    r"(?:birth|death|start|end|film|release|opening)[ -]?date(?: and age|2)?|(?:bda|dda|dob|dts|birth year and age)"
)
_NUMBER = re.compile(r"[-−+]?\d[\d.,/ ]*(?:e\d+)?")


def shown_by(template: Any, shown: _Shown) -> str:
    """Give what a template of mwparserfromhell shows; `shown` gives the text of a value."""
    name, colon, argument = str(template.name).strip().replace("_", " ").partition(":")
    name = name.lower()
    if colon:
        return argument.strip() if name in ("formatnum", "lc", "uc", "lcfirst", "ucfirst") else ""
    values = _Values(template, shown)
    if name in _MARKS:
        return _MARKS[name]
    if name in _FIRST or name in _BLOCKS:
        first = values.named("text", "1", "quote") or values.at(0)
        return f"\n\n{first}\n\n" if name in _BLOCKS and first else values.named("lt") or first
    if name in _SECOND:
        return values.named("text", "2") or values.at(1)
    if name.startswith("lang-"):
        return values.at(0)
    if name in _MONEY:
        return f"{_MONEY[name]}{values.at(0)}" if values.at(0) else ""
    return _counted_or_dated(name, values)


class _Values:
    """The values of a template as texts."""

    def __init__(self, template: Any, shown: _Shown) -> None:
        pairs = [(str(each.name).strip(), each) for each in template.params]
        self.placed = [" ".join(shown(each.value).split()) for _, each in pairs if not each.showkey]
        self._named = {name: " ".join(shown(each.value).split()) for name, each in pairs if each.showkey}

    def at(self, place: int) -> str:
        return self.placed[place] if place < len(self.placed) else ""

    def named(self, *names: str) -> str:
        return next((self._named[name] for name in names if self._named.get(name)), "")


def _counted_or_dated(name: str, values: _Values) -> str:
    match name:
        case "convert" | "cvt" | "unité" | "unidad" | "conv":
            return _quantity(values.placed)
        case "val":
            return " ".join(filter(None, (values.at(0), values.named("u", "ul"))))
        case "frac" | "fraction" | "sfrac":
            return (
                "/".join(values.placed[-2:])
                if len(values.placed) < 3
                else f"{values.at(0)} {'/'.join(values.placed[1:3])}"
            )
        case "circa" | "c." | "ca" | "ca." | "floruit" | "fl.":
            short = "fl." if name.startswith("fl") else "c."
            return " – ".join(f"{short} {each}" for each in values.placed[:2] if each) or short
        case "as of":
            return _as_of(values)
        case "date" | "date-" | "fecha" | "dms":
            return " ".join(filter(None, values.placed[:3]))
        case "s" | "siècle" | "siglo":
            return f"{values.at(0)}e siècle" if name != "siglo" else f"siglo {values.at(0)}"
    return _date(values.placed, values.named("df", "dayfirst")) if _DATES.fullmatch(name) else ""


def _quantity(placed: list[str]) -> str:
    """Give a quantity as it was written, not what it is converted to: {{convert|5|to|6|km|mi}}, {{cvt|5|ft|9|in}}."""
    words: list[str] = []
    at = 0
    while at < len(placed) and len(words) < 2 * MAX_NUMBERS and _NUMBER.fullmatch(placed[at]):
        between = placed[at + 1] if at + 1 < len(placed) else ""
        words += [placed[at], _RANGES.get(between) or _UNITS.get(between.lower(), between)]
        at += 2
    return " ".join(filter(None, words)).replace(" – ", "–")


def _date(placed: list[str], day_first: str) -> str:
    """Give the day that the first numbers are, or a day that is written out."""
    if not placed or not placed[0].isdecimal():
        return placed[0] if placed else ""
    numbers = [each for each in placed[:3] if each.isdecimal()]
    month = int(numbers[1]) if len(numbers) > 1 else 0
    if not 1 <= month <= len(_MONTHS):
        return numbers[0]
    if len(numbers) < 3:
        return f"{_MONTHS[month - 1]} {numbers[0]}"
    if day_first.lower() in ("y", "yes", "true", "1"):
        return f"{int(numbers[2])} {_MONTHS[month - 1]} {numbers[0]}"
    return f"{_MONTHS[month - 1]} {int(numbers[2])}, {numbers[0]}"


def _as_of(values: _Values) -> str:
    if alternative := values.named("alt"):
        return alternative
    word = "since" if values.named("since") else "as of"
    date = _date(values.placed, values.named("df") or "y")
    return f"{word if values.named('lc') else word.capitalize()} {date}"
