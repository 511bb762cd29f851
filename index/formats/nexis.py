"""Take exports of LexisNexis apart: those of Nexis Uni and Lexis Advance, and the older ones of "1 of 9 DOCUMENTS".

A document of the former is, a line each: title, paper, date, copyright, fields, "Body", its text, "Classification",
more fields, "End of Document". One of the latter is: its number, paper, date, title, fields, its text, more fields.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

from index.formats.export_document import Document, day_of_line

MIN_MARKS = 2  # of a document, beside its end or its number
MAX_HEAD_LINES = 30

_ENDS = frozenset(("end of document", "ende des dokuments", "fin du document", "fin del documento"))
_BODIES = frozenset(("body", "text", "corps", "cuerpo"))
_CLASSIFICATIONS = frozenset(("classification", "klassifizierung", "clasificación"))
_GRAPHIC = "graphic"  # alone in its line, before captions
_HEAD_FIELDS = frozenset(
    "section length byline dateline highlight series edition correction column distribution type".split()
)
_TAIL_FIELDS = frozenset(
    "language load-date loaddate publication-type subject company organization organisation person geographic industry "
    "ticker journal-code acc-no document-type pub-type state country city url graphic".split()
)
_IN_ENGLISH = {  # the names of fields where Nexis is used in German, French or Spanish
    **{"länge": "length", "rubrik": "section", "autor": "byline", "ladedatum": "load-date", "update": "load-date"},
    **{"sprache": "language", "longueur": "length", "rubrique": "section", "auteur": "byline", "langue": "language"},
    **{"longitud": "length", "sección": "section", "idioma": "language", "date-de-chargement": "load-date"},
}
_FIELD = re.compile(r"([^\W\d_][^\W\d_ -]*+(?:[ -][^\W\d_ -]+)*+)\s*:(?:\s|$)")
_NUMBER = re.compile(
    r"\W*(?:do[ck]ument\s+)?(\d+)\s+(?:of|von|de)\s+(\d+)(?:\s+do[ck]ument(?:s|e|en|os)?)?\W*", re.IGNORECASE
)
_LISTED = re.compile(r"\d+\.\s+(\S.*)")


def documents_of_nexis(lines: Sequence[str]) -> list[Document]:
    """Give the documents of an export, without its cover sheet; none where it is no such export."""
    return _by_ends(lines) or _by_numbers(lines)


def _by_ends(lines: Sequence[str]) -> list[Document]:
    ends = [place for place, line in enumerate(lines) if line.strip().lower() in _ENDS]
    parts = [lines[begin + 1 : end] for begin, end in pairwise([-1, *ends])]
    if ends and _marks(rest := lines[ends[-1] + 1 :]) >= MIN_MARKS:  # of a file that was cut off
        parts.append(rest)
    if not _is_export(parts):
        return []
    return [_document(part) for part in [_without_cover(parts[0]), *parts[1:]]]


def _by_numbers(lines: Sequence[str]) -> list[Document]:
    """Cut before the numbers 1, 2, 3 ... of as many."""
    starts: list[int] = []
    whole = ""
    for place, line in enumerate(lines):
        found = _NUMBER.fullmatch(line)
        if found and int(found[1]) == len(starts) + 1 and (not starts or found[2] == whole):
            starts.append(place)
            whole = found[2]
    parts = [lines[begin + 1 : end] for begin, end in pairwise([*starts, len(lines)])]
    if not _is_export(parts):
        return []
    return [_older_document(part) for part in parts]


def _is_export(parts: Sequence[Sequence[str]]) -> bool:
    return sum(_marks(part) >= MIN_MARKS for part in parts) > len(parts) / 2


def _marks(part: Sequence[str]) -> int:
    alone = {line.strip().lower() for line in part} & (_BODIES | _CLASSIFICATIONS)
    return len(
        alone | {name for line in part if (name := _field(line)) in ("length", "load-date", "byline", "section")}
    )


def _field(line: str) -> str:
    """Name the field that a line holds, if it is one of an export's."""
    found = _FIELD.match(line)
    name = re.sub(r"\s+", "-", found[1].strip().lower()) if found else ""
    name = _IN_ENGLISH.get(name, name)
    return name if name in _HEAD_FIELDS or name in _TAIL_FIELDS else ""


def _without_cover(part: Sequence[str]) -> Sequence[str]:
    """Begin at the first title that the cover sheet lists, else two lines before the first date: title and paper."""
    listed = {found[1].strip() for line in part if (found := _LISTED.fullmatch(line))}
    title = next((place for place, line in enumerate(part) if line.strip() in listed), None)
    if title is None:
        day = _place_of_day(part)
        title = 0 if day is None else max(0, day - 2)
    return part[title:]


def _place_of_day(part: Sequence[str]) -> int | None:
    """Find the line of the date: the last one in front of the fields and of the text."""
    until = next(
        (place for place, line in enumerate(part) if _field(line) or line.strip().lower() in _BODIES), len(part)
    )
    days = (place for place in range(min(until, len(part)) - 1, 0, -1) if day_of_line(part[place]))
    return next(days, None)


def _document(part: Sequence[str]) -> Document:
    begin = next((place for place, line in enumerate(part) if line.strip().lower() in _BODIES), None)
    body_start = _end_of_head(part) if begin is None else begin + 1
    body_end = _end_of_body(part, body_start)
    day = _place_of_day(part)
    fields: dict[str, object] = {"title": part[0], "published": None, "publisher": None}
    if day is not None:
        fields |= {"published": day_of_line(part[day]), "publisher": part[day - 1] if day > 1 else None}
    body = [line for line in part[body_start:body_end] if line.strip().lower() != _GRAPHIC]
    return Document(part[: body_start if begin is None else begin], body, fields)


def _older_document(part: Sequence[str]) -> Document:
    """Read a document in which paper and date stand before the title."""
    body_start = _end_of_head(part)
    body_end = _end_of_body(part, body_start)
    day = next((place for place, line in enumerate(part[:body_start]) if day_of_line(line)), None)
    fields: dict[str, object] = {}
    if day is not None:
        between = [line for line in part[day + 1 : body_start] if not _field(line)]
        papers = [line for line in part[:day] if not re.match(r"\W*(?:copyright|©)", line, re.IGNORECASE)]
        fields = {
            "title": between[-1] if between else None,
            "published": day_of_line(part[day]),
            "publisher": papers[0] if papers else None,
        }
    return Document(part[:body_start], part[body_start:body_end], fields)


def _end_of_head(part: Sequence[str]) -> int:
    """Find where the text begins in a document that does not say so: behind the last field of the head."""
    fields = [place for place, line in enumerate(part[:MAX_HEAD_LINES]) if _field(line) in _HEAD_FIELDS]
    return fields[-1] + 1 if fields else 0


def _end_of_body(part: Sequence[str], body_start: int) -> int:
    places = range(len(part) - 1, body_start - 1, -1)
    classification = next((place for place in places if part[place].strip().lower() in _CLASSIFICATIONS), None)
    if classification is not None:
        return classification
    tail = [place for place in range(body_start, len(part)) if _field(part[place]) in ("load-date", "language")]
    return tail[0] if tail else len(part)
