"""Read the records of JSON and JSON Lines, be they bare or wrapped in the reply of a news service."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TextIO, TypeGuard, cast

from index.formats.extract import UnreadableError
from index.formats.record_fields import LOST_BYTES, Fields, Record, has_lost_bytes, no_text, rank_of
from index.formats.text import UTF16_SAMPLE_BYTES, decode_counting, unmarked_utf16

MAX_RECORD_CHARS = 10_000_000
MAX_RANKED = 50  # records of a list that tell whether these are articles

_Found = list[object] | dict[str, object]

_JSON_FEED = "https://jsonfeed.org/version/"


def read_lines(path: Path, fields: Fields) -> Iterator[Record]:
    """Give an object a line, or the records that a line wraps, as `5.2`.

    Raises:
        UnreadableError: it is broken UTF-16.
    """
    with path.open("rb") as file:
        sample = file.read(UTF16_SAMPLE_BYTES)
    marked = sample.startswith((b"\xff\xfe", b"\xfe\xff"))
    encoding = "utf-16" if marked else unmarked_utf16(sample) or "utf-8-sig"  # any other JSON is UTF-8
    with path.open(encoding=encoding, errors="surrogateescape", newline="\n") as file:
        try:
            for number, line in _numbered(file):
                if line.strip():
                    yield from _records_of_line(str(number), line, fields)
        except UnicodeDecodeError as error:
            raise UnreadableError(f"broken {encoding}: {error.reason}") from None


def read_json(path: Path, fields: Fields) -> Iterator[Record]:
    """Give the records of the list that a file holds, wherever it stands, or its one article, which has no place.

    Raises:
        UnreadableError: it is no JSON, or holds no list of objects.
    """
    text, lost = decode_counting(path.read_bytes())
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data" and error.lineno > 1:  # JSON Lines by another name
            yield from read_lines(path, fields)
            return
        raise UnreadableError(f"no JSON: {error}") from None
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"no JSON: {error}") from None
    found = value if isinstance(value, dict) and rank_of(value, fields) == 3 else _records_in(value, fields)
    for number, each in enumerate([found] if isinstance(found, dict) else found, 1):
        if isinstance(each, dict):
            missing = LOST_BYTES if lost and "\ufffd" in json.dumps(each, ensure_ascii=False) else None
            yield Record(None if each is found else str(number), each, missing=missing)


def _numbered(file: TextIO) -> Iterator[tuple[int, str]]:
    """Give each line with its number; of one longer than the limit only the beginning, which is no JSON."""
    number, whole = 1, True
    while line := file.readline(MAX_RECORD_CHARS):
        if whole:
            yield number, line
        whole = line.endswith("\n")
        number += whole


def _records_of_line(place: str, line: str, fields: Fields) -> Iterator[Record]:
    record = _parse_line(place, line)
    if record.broken or rank_of(record.values, fields):
        yield record
        return
    try:
        inner = _records_in(record.values, fields)
    except UnreadableError:
        inner = []
    objects = [each for each in inner if isinstance(each, dict)] if isinstance(inner, list) else [inner]
    if not any(rank_of(each, fields) for each in objects[:MAX_RANKED]):
        yield record
        return
    yield from (Record(f"{place}.{number}", each, missing=record.missing) for number, each in enumerate(objects, 1))


def _parse_line(place: str, line: str) -> Record:
    missing = None
    if has_lost_bytes(line):
        missing = LOST_BYTES
        line = line.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        cause = getattr(error, "msg", str(error)).removesuffix(" at")
        return Record(place, {}, f"no JSON: {cause}")
    return Record(place, value, missing=missing) if isinstance(value, dict) else Record(place, {}, "no JSON object")


def _records_in(value: object, fields: Fields) -> _Found:
    """Give the list that is `value` or stands somewhere in it, below objects only; among several, one with texts.

    Where only an object has a text, give that; where `value` is a list of replies, give the records of all of them.
    """
    best: _Found | None = None
    best_rank = -1
    inside: list[object] = [value]
    for each in inside:  # grows on the way
        rank = _rank_of_list(each, fields) if isinstance(each, list) else _rank_of_object(each, fields)
        if rank > best_rank:
            best, best_rank = cast(_Found, _with_site(each, value)), rank
        if isinstance(each, dict):
            inside.extend(each.values())
        elif rank <= 0 and _is_wrapper(each):
            inside.extend(each[0].values())
    if best_rank <= 0 and isinstance(value, list) and (records := _of_replies(value, fields)):
        return records
    if best is None:
        raise (
            no_text(value, fields) if isinstance(value, dict) and value else UnreadableError("holds no list of objects")
        )
    return best


def _is_wrapper(items: object) -> TypeGuard[list[dict[str, object]]]:
    """Tell a list of one object that holds nothing itself, as {"db": [{"meta": {...}, "data": {"posts": [...]}}]}."""
    if not isinstance(items, list) or len(items) != 1 or not isinstance(items[0], dict):
        return False
    return all(isinstance(inner, dict | list) for inner in items[0].values())


def _rank_of_list(items: list[object], fields: Fields) -> int:
    objects = [each for each in items[:MAX_RANKED] if isinstance(each, dict)]
    if not objects:
        return 0 if any(isinstance(each, dict) for each in items) else -1
    return max(rank_of(each, fields) for each in objects)


def _rank_of_object(value: object, fields: Fields) -> int:
    rank = rank_of(value, fields) if isinstance(value, dict) else 0
    return rank if rank == 3 else -1  # what wraps articles often has a title, an address and a description


def _with_site(found: object, whole: object) -> object:
    """Let the items of a JSON Feed know whose they are."""
    if not isinstance(whole, dict) or not str(whole.get("version", "")).startswith(_JSON_FEED):
        return found
    site = {"sitename": whole.get("title")}
    return [site | each if isinstance(each, dict) else each for each in found] if isinstance(found, list) else found


def _of_replies(replies: list[object], fields: Fields) -> list[object]:
    found: list[object] = []
    for reply in replies:
        if isinstance(reply, dict) and any(isinstance(each, Mapping | list) for each in reply.values()):
            try:
                inner = _records_in(reply, fields)
            except UnreadableError:
                continue
            found += inner if isinstance(inner, list) else [inner]
    ranked = (rank_of(each, fields) for each in found[:MAX_RANKED] if isinstance(each, dict))
    return found if any(ranked) else []
