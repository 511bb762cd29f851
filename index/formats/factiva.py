"""Take exports of Factiva apart: the code of each field of a document stands before it, alone or in its line."""

import re
from collections.abc import Sequence
from itertools import pairwise

from index.formats.export_document import Document, day_of_line

_HEADLINE, _DATE, _PAPER, _END = "HD", "PD", "SN", "AN"
_TEXT = ("LP", "TD")  # the lead, and the rest
_HEAD = frozenset("SE HD BY CR WC PD ET SN SC ED PG VOL LA CY CLM".split())
_CODES = _HEAD | frozenset("LP TD CT RF CO IN NS RE IPC IPD PUB AN ART NGC GC DLN".split())
_LINE = re.compile(r"([A-Z]{2,3})(?:\s*\|\s*(.*))?")


_INLINE = re.compile(r"([A-Z]{2,3})\s+(\S.*)")


def documents_of_factiva(lines: Sequence[str]) -> list[Document]:
    """Give the documents of an export, each with headline, date, paper and text; none where it is no such export."""
    coded = list(map(_coded, lines))
    starts = [place for place, (code, _) in enumerate(coded) if code == _HEADLINE]
    if not starts:
        coded = list(map(_coded_inline, lines))
        starts = [place for place, (code, _) in enumerate(coded) if code == _HEADLINE]
    starts = [place - (place > 0 and coded[place - 1][0] == "SE") for place in starts]
    parts = [_fields(coded[begin:end]) for begin, end in pairwise([*starts, len(coded)])]
    if not parts or not all(_DATE in part and (_PAPER in part or _END in part) for part in parts):
        return []
    if not any(code in part for part in parts for code in _TEXT):
        return []
    return [_document(part) for part in parts]


def _coded(line: str) -> tuple[str, str]:
    """Give the code that a line begins with, if it is one, and what follows it."""
    line = line.strip("| ")
    found = _LINE.fullmatch(line)
    return (found[1], found[2] or "") if found and found[1] in _CODES else ("", line)


def _coded_inline(line: str) -> tuple[str, str]:
    """Give the code in front of a line, behind the text only where a list of terms or the document's number follows."""
    found = _INLINE.fullmatch(line)
    if found and found[1] in _CODES:
        is_indexed = " : " in found[2] or (found[1] == _END and found[2].startswith("Document "))
        if is_indexed or found[1] in _HEAD or found[1] in _TEXT:
            return found[1], found[2]
    return "", line


def _fields(coded: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    """Give each field its lines; what follows the last field of a document, its number, belongs to none."""
    fields: dict[str, list[str]] = {}
    last = ""
    for code, text in coded:
        is_behind = any(each in fields for each in _TEXT) and code in _HEAD
        if code and code not in fields and _END not in fields and not is_behind:
            last = code
            fields[code] = []
        elif code:
            text = f"{code} {text}".strip()  # a word of a text that looks like a code
        if last and text and not (last == _END and fields[_END]):
            fields[last].append(text)
    return fields


def _document(fields: dict[str, list[str]]) -> Document:
    head = [f"{code} {' '.join(lines)}" for code, lines in fields.items() if code not in _TEXT and lines]
    known = {
        "title": " ".join(fields[_HEADLINE]),
        "published": day_of_line(" ".join(fields[_DATE])),
        "publisher": " ".join(fields.get(_PAPER, [])),
    }
    return Document(head, [line for code in _TEXT for line in fields.get(code, [])], known)
