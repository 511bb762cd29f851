"""Take exports of ProQuest apart: a document between lines of underscores, its text in the field "Full text"."""

import re
from collections.abc import Sequence
from itertools import pairwise

from index.formats.export_document import Document, day_of_line

MIN_MARKS = 3  # of `_MARKS`, in most documents
_MARKS = frozenset(("full text", "publication date", "publication title", "proquest document id", "document url"))
_FIELDS = _MARKS | frozenset(
    "title|abstract|author|links|subject|location|people|company / organization|company|publication year|publication|"
    "publication info|publication subject|publisher|place of publication|country of publication|section|pages|page|"
    "first page|volume|issue|number of pages|issn|e-issn|source type|language of publication|document type|dateline|"
    "copyright|last updated|database|column|edition|classification|identifier / keyword|business indexing term|"
    "supplemental data|proquest document link|credit|illustration|start page|doi|year|journal subject".split("|")
)
_FIELD = re.compile(r"([A-Z][A-Za-z/ -]{2,30}?)\s*:(?:\s+(.*)|$)")
_RULE = re.compile(r"_{20,}")
_NUMBER = re.compile(r"Document (\d+) of \d+")


def documents_of_proquest(lines: Sequence[str]) -> list[Document]:
    """Give the documents of an export; none where it is no such export."""
    cuts = [place for place, line in enumerate(lines) if _RULE.fullmatch(line) or _NUMBER.fullmatch(line)]
    parts = [lines[begin + 1 : end] for begin, end in pairwise([-1, *cuts, len(lines)])]
    marked = [part for part in parts if len(_MARKS & {name for line in part if (name := _field(line)[0])}) >= MIN_MARKS]
    return [_document(part) for part in marked]


def _field(line: str) -> tuple[str, str]:
    found = _FIELD.match(line)
    name = found[1].lower() if found else ""
    return (name, (found[2] or "").strip()) if found and name in _FIELDS else ("", "")


def _document(part: Sequence[str]) -> Document:
    """Read a document: its text runs from "Full text", or from "Abstract" without one, to the next field."""
    named = [(place, *field) for place, line in enumerate(part) if (field := _field(line))[0]]
    values = {name: value for _, name, value in reversed(named)}
    body: list[str] = []
    head = list(part)
    for wanted in ("full text", "abstract"):
        place = next((place for place, name, _ in named if name == wanted), None)
        if place is None:
            continue
        end = next((other for other, _, _ in named if other > place), len(part))
        body = [line for line in (_field(part[place])[1], *part[place + 1 : end]) if line]
        if len(body) > 1 or (body and len(body[0]) > len("None available.")):
            head = [*part[:place], *part[end:]]
            break
        body = []
    first = part[0] if part and not _field(part[0])[0] else None
    fields = {
        "title": values.get("title") or first,
        "published": day_of_line(values.get("publication date", "")),
        "publisher": values.get("publication title"),
        "url": values.get("document url"),
    }
    return Document(head, body, fields)
