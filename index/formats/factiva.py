"""Take exports of Factiva apart: those with a code before each field, alone or in its line, and those without codes.

A document of the latter is, a line each: headline, author, number of words, date, time, paper, its code, language,
copyright, the text, "Document" and its number. The words of this are those of the language that Factiva was used in.
"""

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
_DOCUMENT = re.compile(r"(?:Do[ck]ument\w*|Документ|文件|文書)\s+(?P<paper>[A-Z][A-Z0-9]{2,7}?)\d{10,20}\w{5,14}")
_WORDS = re.compile(r"[\d.,\s]+(?:words|Wörter|mots|palabras|parole|palavras|woorden|слов\w*|słów|ord)", re.IGNORECASE)
_BY = re.compile(r"(?:by|von|par|por|di|door)\s", re.IGNORECASE)
_RIGHTS = re.compile(r"(?:copyright\b|©|\(c\)\s)", re.IGNORECASE)
MAX_HEAD_LINES, MAX_AUTHOR_WORDS = 20, 8


def documents_of_factiva(lines: Sequence[str]) -> list[Document]:
    """Give the documents of an export, each with headline, date, paper and text; none where it is no such export."""
    coded = list(map(_coded, lines))
    starts = [place for place, (code, _) in enumerate(coded) if code == _HEADLINE]
    if not starts:
        coded = list(map(_coded_inline, lines))
        starts = [place for place, (code, _) in enumerate(coded) if code == _HEADLINE]
    starts = [place - (place > 0 and coded[place - 1][0] == "SE") for place in starts]
    parts = [_fields(coded[begin:end]) for begin, end in pairwise([*starts, len(coded)])]
    if not parts:
        return _documents_without_codes(lines)
    if not all(_DATE in part and (_PAPER in part or _END in part) for part in parts):
        return []
    if not any(code in part for part in parts for code in _TEXT):
        return []
    return [_document(part) for part in parts]


def _documents_without_codes(lines: Sequence[str]) -> list[Document]:
    """Give the documents that each end with their number; none where the number of words and a date lack in any."""
    ends = [place for place, line in enumerate(lines) if _DOCUMENT.fullmatch(line)]
    parts = [lines[begin + 1 : end] for begin, end in pairwise([-1, *ends])]
    documents = [_document_without_codes(part) for part in parts]
    return [each for each in documents if each] if all(documents) else []


def _document_without_codes(part: Sequence[str]) -> Document | None:
    words = next((place for place, line in enumerate(part) if _WORDS.fullmatch(line)), None)
    if not words:
        return None
    head = part[words + 1 : words + 1 + MAX_HEAD_LINES]
    day = next((place for place, line in enumerate(head) if day_of_line(line)), None)
    if day is None:
        return None
    rights = next((place for place, line in enumerate(head) if _RIGHTS.match(line)), day + 3)
    paper = next((line for line in head[day + 1 :] if re.search(r"[^\W\d_]", line)), None)
    body_start = words + 1 + rights + 1
    body = part[body_start:]
    if body and (body[-1] == paper or body[-1] in part[body_start - 1]):  # whose text it is
        body = body[:-1]
    title = part[words - 2] if words > 1 and _is_author(part[words - 1]) else part[words - 1]
    return Document(part[:body_start], body, {"title": title, "published": day_of_line(head[day]), "publisher": paper})


def _is_author(line: str) -> bool:
    names = line.split()
    return len(names) <= MAX_AUTHOR_WORDS and (
        _BY.match(line) is not None or all(name[0].isupper() or len(name) < 4 for name in names)
    )


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
