"""Text of articles, models and settings made safe to show: only what is visible."""

import json
import re
import unicodedata
from functools import lru_cache

# Nothing is drawn for these either (Default_Ignorable_Code_Point, unicode.org/reports/tr44), though they are letters,
# marks or unassigned: a text can be hidden in them.
_IGNORABLE = (
    (0x034F, 0x034F),  # combining grapheme joiner
    (0x115F, 0x1160),  # Hangul fillers
    (0x17B4, 0x17B5),  # Khmer inherent vowels
    (0x180B, 0x180F),  # Mongolian variation selectors
    (0x2065, 0x2065),
    (0x3164, 0x3164),  # Hangul filler
    (0xFE00, 0xFE0F),  # variation selectors
    (0xFFA0, 0xFFA0),  # halfwidth Hangul filler
    (0xFFF0, 0xFFF8),
    (0xE0000, 0xE0FFF),  # tags, more variation selectors
)
_UNUSUAL = re.compile(r"[^\x20-\x7e]")
_LINE_END = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")


def one_line(text: str) -> str:
    """Give a text without control, format and ignorable characters, its white space collapsed."""
    return " ".join(_UNUSUAL.sub(lambda found: _shown(found[0]), text).split())


def visible(text: str) -> str:
    """Give a text as `one_line` does, but with its lines, and with a space for each character of white space."""
    lines = _LINE_END.split(text)
    return "\n".join(re.sub(r"\s", " ", _UNUSUAL.sub(lambda found: _shown(found[0]), line)) for line in lines)


def visible_positions(text: str) -> list[int]:
    """Give where in a text the characters stand that are visible or white space."""
    return [position for position, char in enumerate(text) if _shown(char)]


def escape_invisible(line: str) -> str:
    """Write what is not visible in a line of JSON, ends of lines too, as `\\uXXXX`, which says the same."""
    return _UNUSUAL.sub(lambda found: _escaped(found[0]), line)


@lru_cache(10_000)
def _shown(char: str) -> str:
    """Give a character that is visible or white space, nothing for another, U+FFFD for a lone surrogate."""
    if unicodedata.category(char) == "Cs":
        return "\ufffd"
    return "" if _is_invisible(char) and not char.isspace() else char


@lru_cache(10_000)
def _escaped(char: str) -> str:
    hidden = _is_invisible(char) or unicodedata.category(char) in ("Cs", "Zl", "Zp")
    return json.dumps(char)[1:-1] if hidden else char


def _is_invisible(char: str) -> bool:
    if unicodedata.category(char) in ("Cc", "Cf"):
        return True
    return any(first <= ord(char) <= last for first, last in _IGNORABLE)
