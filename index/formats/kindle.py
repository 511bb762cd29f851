"""Take the clippings of a Kindle apart: each is a document under its book's title; bookmarks hold no text."""

import re
from collections.abc import Sequence
from itertools import pairwise

from index.formats.export_document import Document

MAX_ABOUT_CHARS = 300
RULE = re.compile(r"={10}")
_ABOUT = re.compile(r"-\s.*\d.*\|.*\d{4}.*")  # "- Your Highlight on page 12 | Added on Friday, 14 March 2025 09:12:44"
_AUTHOR = re.compile(r"\s*\([^()]*\)$")


def documents_of_kindle(lines: Sequence[str]) -> list[Document]:
    """Give the clippings; none where it is no such file. The only day is that of reading, and so none is told."""
    cuts = [place for place, line in enumerate(lines) if RULE.fullmatch(line)]
    parts = [lines[begin + 1 : end] for begin, end in pairwise([-1, *cuts])]
    if not parts or not all(len(part) > 1 and _is_about(part[1]) for part in parts):
        return []
    return [
        Document(part[:2], part[2:], {"title": _AUTHOR.sub("", part[0].lstrip("\ufeff"))}) for part in parts if part[2:]
    ]


def _is_about(line: str) -> bool:
    return len(line) <= MAX_ABOUT_CHARS and _ABOUT.fullmatch(line) is not None
