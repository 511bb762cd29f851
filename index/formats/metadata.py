"""What is known of an article beside its text: from its fields, its first lines and its file's name, in that order."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from itertools import islice
from pathlib import PurePath

from index.formats.dates import WITH_POINTS, day_order, has_points, in_doubt, parse_date, parse_written
from index.formats.extract import Metadata

MAX_TITLE_CHARS = 160  # of a first line: a longer one is a paragraph
MAX_FIELD_CHARS = 500
HEAD_LINES = 5
HEAD_CHARS = 4_000
MAX_LINE_CHARS = 250

# Names that fields have, as `_bare` writes them, the surest first.
NAMES: Mapping[str, tuple[str, ...]] = {
    "title": ("title", "headline", "webtitle", "articletitle"),
    "published": (
        *("published", "publishedat", "publisheddate", "publishedtime", "publishedon", "datepublished", "pubdate"),
        *("firstpublished", "firstpublishedat", "datefirstpublished"),
        *("publicationdate", "publishdate", "webpublicationdate", "date", "datetime", "createdat", "created"),
        *("createdutc", "timestamp"),
    ),
    "publisher": ("publisher", "source", "outlet", "site", "sitename", "sourcename", "publication", "newspaper"),
    "url": ("url", "link", "canonical", "canonicalurl", "permalink", "weburl", "articleurl", "source"),
}

# Beside the fields, `sources` keeps in which order a day in numbers is written, and one that may be either, such as
# "day first 2024-05-03 month first 2024-03-05", with `WITH_POINTS` behind; `index.catalog.day_order` reads both.
ORDER, DOUBT = "day order", "day in doubt"

_FIRST_LINES = {"title": "first lines", "published": "first lines"}
_LINK = re.compile(r"https?://[^\s\"'<>]{1,2000}")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_ISO_HEAD = re.compile(
    r"\s*+(?:(?:date|published|(?P<weak>updated))\b\s*+:?\s*+)?(?P<date>\d{4}-\d{2}-\d{2})"
    r"(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?(?!\w)[ \t]*",
    re.IGNORECASE | re.ASCII,
)
_FIELD_LINE = re.compile(  # a value that ends as a sentence is one: "Source: The deal is under review."
    rf"(?P<name>title|headline|source|publisher|url|link)\s*:\s*(?P<value>\S.{{,{MAX_TITLE_CHARS}}}(?<!\.))",
    re.IGNORECASE,
)
_PUBLISHED = re.compile(
    r"(?:(?:first|originally|date|article) )?(?:published|posted|issued|released|date|dated|publication date|publié|"
    r"veröffentlicht|erschienen|datum|publicado|publicada|fecha|pubblicato|gepubliceerd|publicerad|opublikowano|"
    r"data|опубликовано|дата)\b(?: (?:online|on|at|le|am|el|em|il|op|dne|den))?[\s:]*",
    re.IGNORECASE,
)
_UPDATED = re.compile(
    r"(?:last )?(?:updated|modified|revised|edited|mis à jour|modifié|aktualisiert|stand|actualizado|atualizado|"
    r"aggiornato|bijgewerkt|uppdaterad|обновлено)\b(?: (?:on|at|le|am|el|em|il|op))?[\s:]*",
    re.IGNORECASE,
)
_BETWEEN_PARTS = re.compile(r"\s*[|•·;]\s*|\t| {3,}| / ")
_BYLINE = re.compile(r"(?:^|\s)by\s|^(?:von|par|por|di|de|door|av|af|автор:?)\s(?=(?-i:[^\W\d_a-z]))", re.IGNORECASE)
_DASH = re.compile(r"\s-\s|\s*(?:--|—|–)\s*")
_NAME = re.compile(
    r"[^\W\d_a-z][\w.’'&-]*+(?: [^\W\d_a-z][\w.’'&-]*+| (?:&|and|of|the|de|du|la|der|am)){0,5}(?:, |\s*[—–]\s*| - )"
)
_AGENCY = re.compile(r"\s*(?:\([^()]{2,40}\)|/[^/]{2,40}/)$")
_HEADING = re.compile(r"#{1,6}\s+(.+)")
_FILE_DATE = re.compile(
    r"(?<![0-9A-Za-z])((?:19|20)\d{2}|\d{4}(?=\D))([-_./ ]?)(\d{2})\2(\d{2})"
    r"(?:[T_ -]?\d{2}[-_.]?\d{2}(?:[-_.]?\d{2})?Z?)?(?![0-9A-Za-z])",
    re.ASCII,
)

_Day = tuple[bool, date]  # whether it is only that of an update, which any other is better than


def merge(*found: Metadata) -> Metadata:
    """Take each field from the first that knows it, with its source; what cannot be used as such is not known."""
    known: dict[str, object] = {}
    sources: dict[str, str] = {}
    for each in found:
        for name in NAMES.keys() - known.keys():
            value = _usable(name, getattr(each, name))
            if value is not None:
                known[name] = value
                sources.update({name: each.sources[name]} if name in each.sources else {})
    for note in (ORDER, DOUBT):
        sources |= next(({note: each.sources[note]} for each in found if note in each.sources), {})
    return _metadata(known, sources)


def from_mapping(values: Mapping[str, object], source: str, names: Mapping[str, tuple[str, ...]] = NAMES) -> Metadata:
    """Find the fields of a front matter or a record by their `names`, whatever their case, hyphens and underscores."""
    bare = {bare_name(name): value for name, value in reversed(list(values.items()))}
    known: dict[str, object] = {}
    for field, candidates in names.items():
        usable = (_usable(field, bare[name]) for name in candidates if name in bare)
        if (value := next((each for each in usable if each is not None), None)) is not None:
            known[field] = value
    days = [bare[name] for name in names.get("published", ()) if name in bare]
    return _metadata(known, dict.fromkeys(known, source) | _notes_on(days))


def from_first_lines(text: str, body_start: int = 0) -> tuple[Metadata, int]:
    """Read title and date from the lines that `text[body_start:]` begins with, and say where the sentences begin.

    They begin behind lines that hold a date or a named field and nothing else, as long as no other line precedes these.
    A date counts where it stands alone, behind "Published:" or a byline, or in a dateline; never inside a sentence.
    """
    fields: dict[str, object] = {}
    days: list[_Day] = []
    lines_start = body_start
    if (found := _ISO_HEAD.match(text, body_start)) and (day := parse_written(found["date"], foreign=False)):
        days.append((found["weak"] is not None, day))
        lines_start = body_start = found.end()
    leading = True
    for start, end in _first_lines(text, lines_start):
        line = text[start:end].replace("*", "").strip("_#> \t")
        stated = _days_of(line)
        days += stated or _dateline(line) or _name_and_day(line)
        if field := _FIELD_LINE.fullmatch(line):
            fields[field["name"].lower()] = field["value"]
        leading = leading and (field is not None or (bool(stated) and _begins_with_day(line)))
        body_start = end if leading else body_start
    known = from_mapping(fields, "first lines")
    notes = _notes_on(
        [part for start, end in _first_lines(text, lines_start) for part in _dated_parts(text[start:end])]
    )
    published = min(days, key=lambda each: each[0], default=(False, None))[1]
    title = _title_of(text[body_start : body_start + HEAD_CHARS])
    return merge(known, Metadata(title, published, sources=_FIRST_LINES | notes)), body_start


def from_file_name(path: PurePath) -> Metadata:
    """Read a date such as 2025-03-16, 2025_03_16 or 20250316 out of a path below the folder; the title is the rest."""
    known: dict[str, object] = {}
    words = path.stem
    if found := _day_of_name(path.stem):
        known["published"], (start, end) = found
        words = f"{words[:start]} {words[end:]}"
    elif found := _day_of_name(path.parent.as_posix()):
        known["published"] = found[0]
    words = re.sub(r"[\s_-]+", " ", words).strip(" .")
    known["title"] = words if re.search(r"\w", words) else path.stem
    return _metadata(known, dict.fromkeys(known, "file name"))


def bare_name(name: object) -> str:
    """Write a field's name without case, hyphens and underscores: `publishedAt` and `published_at` are one."""
    return _bare(str(name))


def plain_text(value: object, inner: Sequence[str] = ("name", "title", "rendered", "text", "value")) -> str | None:
    """Give a field's value if it is text; of an object, such as {"name": "Reuters"}, the first text that is `inner`."""
    if isinstance(value, Mapping):
        return next((text for name in inner if isinstance(text := value.get(name), str)), None)
    return value if isinstance(value, str) else None


def storable(text: str) -> str:
    """Put U+FFFD for NUL and lone surrogates, which no database takes; every offset stays."""
    return _UNSTORABLE.sub("\ufffd", text)


@lru_cache(maxsize=4096)
def _bare(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).lower()


def _metadata(known: Mapping[str, object], sources: Mapping[str, str]) -> Metadata:
    return Metadata(**known, sources=dict(sources))  # type: ignore[arg-type]  # each is `_usable`


def _notes_on(days: Sequence[object]) -> dict[str, str]:
    """Note the order of days that are written in numbers, and the first that may be either of two days."""
    orders = (f"{order}{_mark(each)}" for each in days if (order := day_order(each)))
    doubts = (
        " ".join(f"{order} {day}" for order, day in doubt.items()) + _mark(each)
        for each in days
        if (doubt := in_doubt(each))
    )
    notes = {ORDER: next(orders, ""), DOUBT: next(doubts, "")}
    return {name: note for name, note in notes.items() if note}


def _mark(day: object) -> str:
    return WITH_POINTS if has_points(day) else ""


def _usable(field: str, value: object) -> str | date | None:
    if field == "published":
        return parse_date(value)
    text = storable(" ".join((plain_text(value) or "").split()))
    if field == "url":
        return text if _LINK.fullmatch(text) else None
    return text[:MAX_FIELD_CHARS] if re.search(r"\w", text) and not _LINK.fullmatch(text) else None


def _day_of_name(name: str) -> tuple[date, tuple[int, int]] | None:
    for found in _FILE_DATE.finditer(name):
        if day := parse_written("-".join(found.group(1, 3, 4)), foreign=False):
            return day, found.span()
    return None


def _first_lines(text: str, start: int) -> Iterator[tuple[int, int]]:
    """Give the first lines that are not blank, up to one that is a paragraph rather than a line of a head."""
    lines = re.compile(r"[^\r\n]+").finditer(text, start, start + HEAD_CHARS)
    for found in islice((line for line in lines if not line[0].isspace()), HEAD_LINES):
        yield found.span()
        if len(found[0]) > MAX_LINE_CHARS:
            return


def _days_of(line: str) -> list[_Day]:
    """Give the days that a line is there to tell."""
    if len(line) > MAX_LINE_CHARS:
        return []
    return [day for part in _BETWEEN_PARTS.split(line) for day in _day_of_part(part)]


def _dated_parts(line: str) -> Iterator[str]:
    """Give what may be a day in numbers: a part of a line without the label or the author before it."""
    for part in _BETWEEN_PARTS.split(line[:MAX_LINE_CHARS].replace("*", "").strip("_#> \t")):
        label = _UPDATED.match(part) or _PUBLISHED.match(part)
        yield part[label.end() :] if label else part
        if _BYLINE.match(part):
            yield part.partition(", ")[2]


def _begins_with_day(line: str) -> bool:
    """Tell whether a line begins with a date or byline, and so holds no title and no sentence."""
    return _BYLINE.match(line) is not None or bool(_day_of_part(_BETWEEN_PARTS.split(line)[0]))


def _day_of_part(part: str) -> list[_Day]:
    weak = _UPDATED.match(part)
    label = weak or _PUBLISHED.match(part)
    before, *byline = _BYLINE.split(part[label.end() :] if label else part, maxsplit=1)
    day = parse_written(before) or (_day_behind(byline[0]) if byline and not before else None)
    return [(weak is not None, day)] if day else []


def _day_behind(byline: str) -> date | None:
    """Give the day that "Jane Doe, March 16, 2025" ends with."""
    tails = (byline[space.end() :] for space in re.finditer(r"[\s,]+", byline[:MAX_TITLE_CHARS]))
    return next((day for tail in tails if (day := parse_written(tail))), None)


def _dateline(line: str) -> list[_Day]:
    """Give the day of "LONDON, March 16, 2025 (Reuters) - The bridge ..." where text follows, and no second day."""
    parts = [part for part in _DASH.split(line[:MAX_TITLE_CHARS]) if part]
    head = [bare for part in parts[:-1] if (bare := _AGENCY.sub("", part))]
    if not head or parse_written(parts[-1], foreign=False):
        return []
    agency = any(_AGENCY.search(part) for part in parts[:-1])
    places = [(head[0][: comma.start()], head[0][comma.end() :]) for comma in re.finditer(r",\s*", head[0])]
    places += [(head[0], head[1])] if len(head) > 1 else []
    days = (
        parse_written(rest)
        for place, rest in places
        if place.partition(",")[0].isupper() or (agency and place.istitle())
    )
    return [(False, day) for day in days if day][:1]


def _name_and_day(line: str) -> list[_Day]:
    """Give the day of a line that is "Tolne, 10 February 2026" or "Tolne Courier — 10 February 2026" and no more."""
    found = _NAME.match(line)
    day = parse_written(line[found.end() :], foreign=False) if found else None
    return [(False, day)] if day else []


def _title_of(body: str) -> str | None:
    """Take a Markdown heading, or a short first line that no sentence ends and that more text follows."""
    first, _, rest = body.strip().partition("\n")
    first = first.strip()
    if heading := _HEADING.match(first):
        return re.sub(r"\s+#+$", "", heading[1])
    if rest.strip() and 0 < len(first) <= MAX_TITLE_CHARS and first[-1] not in ".!?:;,\"”'’)":
        return first
    return None
