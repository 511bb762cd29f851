"""Text of articles and models made safe to show: only what is visible."""

import json
import unicodedata

# What is drawn as nothing though it is no format character: fillers, joiners, variation selectors, and what Unicode
# keeps for more of them (Default_Ignorable_Code_Point in DerivedCoreProperties.txt, Unicode 16).
_DRAWN_AS_NOTHING = frozenset(
    {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2065, 0x3164, 0xFFA0}
    | {*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xFFF0, 0xFFF9), *range(0xE0000, 0xE1000)}
)


def one_line(text: str) -> str:
    """Give a text without control and format characters, its white space collapsed."""
    return " ".join(visible(text).split())


def visible(text: str) -> str:
    """Give a text without the control and format characters in it, white space as it is."""
    return text if text.isascii() and text.isprintable() else "".join(text[i] for i in visible_positions(text))


def visible_positions(text: str) -> list[int]:
    """Give where the characters stand that `visible` keeps."""
    return [position for position, char in enumerate(text) if char.isspace() or not _is_invisible(char)]


def escape_invisible(line: str) -> str:
    """Write the control and format characters in a line of JSON as `\\uXXXX`, which says the same."""
    return "".join(json.dumps(char)[1:-1] if _is_invisible(char) else char for char in line)


def _is_invisible(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cf") or ord(char) in _DRAWN_AS_NOTHING
