"""Read dumps, where a file holds many articles: JSON Lines, JSON, CSV, TSV, Parquet and RIS, a record at a time."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from index.formats.delimited import read_table
from index.formats.extract import Extract, UnreadableError
from index.formats.json_records import read_json, read_lines
from index.formats.left_out import LeftOut
from index.formats.parquet import read_parquet
from index.formats.record_fields import Fields as Fields
from index.formats.record_fields import Record, Values, facts_of, text_of
from index.formats.record_fields import parse_fields as parse_fields
from index.formats.ris import read_ris

LINES_SUFFIXES = (".jsonl", ".ndjson")
SUFFIXES = (*LINES_SUFFIXES, ".json", ".csv", ".tsv", ".parquet", ".ris")

_READERS: Mapping[str, Callable[[Path, Fields], Iterator[Record]]] = {
    ".jsonl": read_lines,
    ".ndjson": read_lines,
    ".json": read_json,
    ".csv": read_table,
    ".tsv": read_table,
    ".parquet": read_parquet,
    ".ris": read_ris,
}


def read_records(path: Path, fields: Fields, suffix: str | None = None) -> Iterator[Extract]:
    """Read the articles of a dump; `record` is the line of JSON Lines, else the place in the list or table, from 1.

    A JSON file may also be a single article, without `record`. `suffix` tells the format where a file's name does not.

    Raises:
        UnreadableError: the file cannot be read, or (at its end) records are left out: one that is broken, or holds no
            text, or of which something is missing: all but its beginning, or what could not be decoded.
    """
    suffix = suffix or path.suffix.lower()
    left_out = LeftOut("line" if suffix in LINES_SUFFIXES else "record")
    found = False
    try:
        for record in _READERS[suffix](path, fields):
            try:
                yield _extract(record, fields, left_out)
                found = True
            except UnreadableError as error:
                left_out.add(record.place, str(error))
    except OSError as error:
        raise UnreadableError(error.strerror or str(error)) from error
    if not found:
        raise left_out.refuse()
    if left_out:
        raise left_out.told()


def _extract(record: Record, fields: Fields, left_out: LeftOut) -> Extract:
    if record.broken:
        raise UnreadableError(record.broken)
    values = Values(record.values)
    text, missing = text_of(values, fields)
    for each in filter(None, (missing, record.missing)):
        left_out.add(record.place, each)
    return Extract(text, facts_of(values, fields), record=record.place)
