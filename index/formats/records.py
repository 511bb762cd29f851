"""Read dumps, where a file holds many articles: JSON Lines, JSON, CSV, TSV and Parquet, a record at a time."""

import csv
import html
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from dataclasses import fields as fields_of
from itertools import chain
from pathlib import Path
from typing import Any, TextIO

from index.errors import UsageError
from index.formats.extract import Extract, UnreadableError
from index.formats.markup import strip_tags
from index.formats.metadata import NAMES, bare_name, from_mapping, plain_text, storable
from index.formats.text import decode, find_encoding

LINES_SUFFIXES = (".jsonl", ".ndjson")
SUFFIXES = (*LINES_SUFFIXES, ".json", ".csv", ".tsv", ".parquet")
MAX_RECORD_CHARS = 10_000_000
PARQUET_BATCH_ROWS = 16  # a row may hold megabytes
MAX_COLUMN_BYTES = 1_000_000_000  # of a row group, uncompressed
MAX_NAMES_CHARS = 200

TEXT_NAMES = (
    *("text", "body", "content", "article", "maintext", "fulltext", "articlebody", "articletext", "bodytext"),
    *("contenttext", "story"),
)


@dataclass(frozen=True)
class Fields:
    """Names that a person gives to the fields of their dumps; one that is not given is guessed."""

    title: str | None = None
    text: str | None = None
    published: str | None = None
    publisher: str | None = None
    url: str | None = None


@dataclass(frozen=True)
class _Record:
    """A record with its number in the file, or the reason why there is none at this number."""

    number: int | None
    values: Mapping[str, object] = field(default_factory=dict)
    broken: str | None = None


def parse_fields(given: str) -> Fields:
    """Read "text=body,title=headline".

    Raises:
        UsageError: a part of it is no `field=name`, or names a field that articles do not have.
    """
    known_names = [each.name for each in fields_of(Fields)]
    names: dict[str, str] = {}
    for part in filter(str.strip, given.split(",")):
        known, equals, name = (each.strip() for each in part.partition("="))
        if known not in known_names or not equals or not name:
            raise UsageError(
                f'"{part.strip()}" names no field: write for example "text=body,title=headline"; '
                f"articles have the fields {', '.join(known_names)}"
            )
        names[known] = name
    return Fields(**names)


def read_records(path: Path, fields: Fields) -> Iterator[Extract]:
    """Read the articles of a dump; `record` is the line of JSON Lines, else the place in the list or table, from 1.

    A record that is broken or holds no text is passed over. A JSON file may also be a single article, without `record`.

    Raises:
        UnreadableError: the file cannot be read, or (at its end) not one of its records is an article.
    """
    place = "line" if path.suffix.lower() in LINES_SUFFIXES else "record"
    reason, found = None, False
    try:
        for record in _READERS[path.suffix.lower()](path, fields):
            try:
                yield _extract(record, fields)
                found = True
            except UnreadableError as error:
                reason = reason or (f"{place} {record.number}: {error}" if record.number else str(error))
    except OSError as error:
        raise UnreadableError(error.strerror or str(error)) from error
    if not found:
        raise UnreadableError(reason or "holds no record")


def _extract(record: _Record, fields: Fields) -> Extract:
    if record.broken:
        raise UnreadableError(record.broken)
    text = _text_of(record.values, fields)
    if text is None:
        raise UnreadableError(_no_text(record.values, fields))
    if not text.strip():
        raise UnreadableError("holds no text")
    metadata = from_mapping(record.values, "record", _metadata_names(fields))
    if metadata.title:
        metadata = replace(metadata, title=html.unescape(strip_tags(metadata.title)))
    return Extract(strip_tags(storable(text)), metadata, record=str(record.number) if record.number else None)


def _text_of(values: Mapping[str, object], fields: Fields) -> str | None:
    """Give the first text field that has a word, an empty one where there is no other, or None without any."""
    bare = {bare_name(name): value for name, value in reversed(list(values.items()))}
    texts = [text for name in _text_names(fields) if (text := _joined(bare.get(name))) is not None]
    return next((text for text in texts if text.strip()), texts[0] if texts else None)


def _joined(value: object) -> str | None:
    """Give a field's text; a list of paragraphs is joined."""
    if isinstance(value, list):
        return "\n\n".join(each for each in value if isinstance(each, str)) or None
    return plain_text(value, ("rendered", "text", "value"))


def _text_names(fields: Fields) -> tuple[str, ...]:
    return (bare_name(fields.text),) if fields.text else TEXT_NAMES


def _metadata_names(fields: Fields) -> Mapping[str, tuple[str, ...]]:
    given = {name: getattr(fields, name) for name in NAMES}
    return {name: (bare_name(given[name]),) if given[name] else guesses for name, guesses in NAMES.items()}


def _no_text(names: Iterable[object], fields: Fields) -> str:
    shown = ", ".join(map(str, names))[:MAX_NAMES_CHARS] or "none"
    wanted = f'no field is named "{fields.text}"' if fields.text else "no field is known to hold the text"
    return f"{wanted} (fields: {shown}): name it with --fields text=NAME"


def _require_text_column(names: list[str], fields: Fields) -> None:
    if not {bare_name(name) for name in names} & set(_text_names(fields)):
        raise UnreadableError(_no_text(names, fields))


def _lines(path: Path, fields: Fields) -> Iterator[_Record]:
    with path.open("rb") as file:
        marked = file.read(4).startswith((b"\xff\xfe", b"\xfe\xff"))  # UTF-16; any other JSON is UTF-8
    encoding = "utf-16" if marked else "utf-8-sig"
    with path.open(encoding=encoding, errors="surrogateescape", newline="\n") as file:
        try:
            yield from (_parse_line(number, line) for number, line in _numbered(file) if line.strip())
        except UnicodeDecodeError as error:
            raise UnreadableError(f"broken {encoding}: {error.reason}") from None


def _numbered(file: TextIO) -> Iterator[tuple[int, str]]:
    """Give each line with its number; of one longer than the limit only the beginning, which is no JSON."""
    number, whole = 1, True
    while line := file.readline(MAX_RECORD_CHARS):
        if whole:
            yield number, line
        whole = line.endswith("\n")
        number += whole


def _parse_line(number: int, line: str) -> _Record:
    try:
        line.encode("utf-8")  # a byte that is no UTF-8 became a lone surrogate
        value = json.loads(line)
    except UnicodeEncodeError:
        return _Record(number, broken="not UTF-8")
    except (ValueError, RecursionError) as error:
        cause = getattr(error, "msg", str(error)).removesuffix(" at")
        return _Record(number, broken=f"no JSON: {cause}")
    return _Record(number, value) if isinstance(value, dict) else _Record(number, broken="no JSON object")


def _json(path: Path, fields: Fields) -> Iterator[_Record]:
    text = decode(path.read_bytes())
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data" and error.lineno > 1:  # JSON Lines by another name
            yield from _lines(path, fields)
            return
        raise UnreadableError(f"no JSON: {error}") from None
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"no JSON: {error}") from None
    if isinstance(value, dict) and _text_of(value, fields) is not None:
        yield _Record(None, value)
        return
    records = _list_of_objects(value, fields)
    yield from (_Record(number, each) for number, each in enumerate(records, 1) if isinstance(each, dict))


def _list_of_objects(value: object, fields: Fields) -> list[object]:
    """Give the list that is `value` or stands somewhere in it, below objects only; among several, one with texts."""
    lists: list[list[object]] = []
    inside = [value]
    for each in inside:  # grows on the way
        if isinstance(each, list) and any(isinstance(item, dict) for item in each):
            lists.append(each)
        elif isinstance(each, dict):
            inside.extend(each.values())
    with_text = (
        each for each in lists if any(isinstance(item, dict) and _text_of(item, fields) is not None for item in each)
    )
    found = next(chain(with_text, lists), None)
    if found is None:
        names = value if isinstance(value, dict) else ()
        raise UnreadableError(_no_text(names, fields) if names else "holds no list of objects")
    return found


def _table(path: Path, fields: Fields) -> Iterator[_Record]:
    csv.field_size_limit(MAX_RECORD_CHARS)
    encoding = find_encoding(path)
    with path.open(encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline="") as file:
        try:
            delimiter = "\t" if path.suffix.lower() == ".tsv" else _delimiter_of(file.readline(MAX_RECORD_CHARS))
            file.seek(0)
            rows = csv.DictReader(file, delimiter=delimiter)
            _require_text_column(list(rows.fieldnames or ()), fields)
            for number, row in enumerate(rows, 1):
                too_long = "more fields than the first row has names" if None in row else None
                yield _Record(number, row, too_long)
        except csv.Error as error:
            raise UnreadableError(f"line {rows.reader.line_num}: {error}") from None
        except UnicodeDecodeError as error:
            raise UnreadableError(f"broken {encoding}: {error.reason}") from None


def _delimiter_of(header: str) -> str:
    """Sniff in the row of names alone: texts below it are full of commas."""
    try:
        return csv.Sniffer().sniff(header[:10_000], ",;\t|").delimiter
    except csv.Error:
        return ","


def _parquet(path: Path, fields: Fields) -> Iterator[_Record]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise UnreadableError('reading Parquet needs an extra: pip install "article-qa[parquet]"') from None
    try:
        with parquet.ParquetFile(path) as table:
            names = table.schema_arrow.names
            _require_text_column(names, fields)
            known = set(_text_names(fields)).union(*_metadata_names(fields).values())
            columns = [name for name in names if bare_name(name) in known]
            _refuse_bomb(table.metadata)
            batches = table.iter_batches(PARQUET_BATCH_ROWS, columns=columns)
            rows = chain.from_iterable(map(_rows_of, batches))
            yield from (_Record(number, row) for number, row in enumerate(rows, 1))
    except (pyarrow.ArrowException, ValueError, OverflowError) as error:
        raise UnreadableError(f"no Parquet: {error}") from None


def _refuse_bomb(metadata: Any) -> None:
    """Refuse a file whose columns would be larger in memory than any honest one's."""
    for group in map(metadata.row_group, range(metadata.num_row_groups)):
        for column in map(group.column, range(metadata.num_columns)):
            if column.total_uncompressed_size > MAX_COLUMN_BYTES:
                raise UnreadableError(f"a column inflates to more than {MAX_COLUMN_BYTES // 1_000_000} MB")


def _rows_of(batch: Any) -> Iterator[dict[str, object]]:
    """Give the rows as mappings; a time is written as text, for one of nanoseconds has no other form in Python."""
    from pyarrow import string, types

    written = (types.is_temporal, types.is_binary, types.is_large_binary)
    columns = [column.cast(string()) if any(kind(column.type) for kind in written) else column for column in batch]
    for values in zip(*(column.to_pylist() for column in columns), strict=True):
        yield dict(zip(batch.schema.names, values, strict=True))


_READERS: Mapping[str, Callable[[Path, Fields], Iterator[_Record]]] = {
    ".jsonl": _lines,
    ".ndjson": _lines,
    ".json": _json,
    ".csv": _table,
    ".tsv": _table,
    ".parquet": _parquet,
}
