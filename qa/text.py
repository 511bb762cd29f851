"""Text of articles and models made safe to show: only what is visible."""

import unicodedata


def one_line(text: str) -> str:
    """Give a text without control and format characters, its white space collapsed."""
    visible = "".join(char for char in text if char.isspace() or unicodedata.category(char) not in ("Cc", "Cf"))
    return " ".join(visible.split())
