"""Text of articles and models made safe to show: only what is visible."""

import json
import unicodedata


def one_line(text: str) -> str:
    """Give a text without control and format characters, its white space collapsed."""
    visible = "".join(char for char in text if char.isspace() or not _is_invisible(char))
    return " ".join(visible.split())


def escape_invisible(line: str) -> str:
    """Write the control and format characters in a line of JSON as `\\uXXXX`, which says the same."""
    return "".join(json.dumps(char)[1:-1] if _is_invisible(char) else char for char in line)


def _is_invisible(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cf")
