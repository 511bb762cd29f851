"""Read the records of CSV and TSV, with a row of names or without one."""

import csv
import re
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import TextIO

from index.formats.dates import in_doubt, parse_date, parse_written
from index.formats.extract import UnreadableError
from index.formats.metadata import bare_name
from index.formats.quoted_rows import read_rows
from index.formats.record_fields import LOST_BYTES, Fields, Record, has_lost_bytes, names_wanted, no_text, require_text
from index.formats.text import find_encoding

SAMPLE_ROWS = 50
MAX_SAMPLE_CHARS = 1_000_000
MIN_SENTENCE_WORDS = 9  # of a cell that is no name
MIN_TEXT_WORDS = 3
MIN_TITLE_WORDS = 1.5  # on average

_DELIMITERS = ",;\t|"
_SEPARATOR = re.compile(r"sep=([,;\t|])\s*$")  # the first line that Excel takes the delimiter from

Row = list[str] | str


def read_table(path: Path, fields: Fields) -> Iterator[Record]:
    """Give the rows, numbered from 1 behind the names; without names the columns are guessed by what is in them.

    Raises:
        UnreadableError: no column is known to hold the text, or it is broken in its encoding.
    """
    encoding = find_encoding(path)
    encoding = "utf-8-sig" if encoding == "utf-8" else encoding
    with path.open(encoding=encoding, errors="surrogateescape", newline="") as file:
        try:
            told = _SEPARATOR.match(file.readline(MAX_SAMPLE_CHARS))
            start = file.tell() if told else 0
            delimiter = told[1] if told else "\t" if path.suffix.lower() == ".tsv" else ""
            if not delimiter:
                file.seek(start)
                delimiter = _delimiter_of(_sample(file), fields)
            file.seek(start)
            yield from _records(read_rows(file, delimiter), fields)
        except UnicodeDecodeError as error:
            raise UnreadableError(f"broken {encoding}: {error.reason}") from None


def _records(rows: Iterator[Row], fields: Fields) -> Iterator[Record]:
    sample = list(islice(rows, SAMPLE_ROWS))
    first = next((row for row in sample if isinstance(row, list)), [])
    if not first:
        raise UnreadableError("holds no record")
    by_place = any(str(name).isdecimal() for name in (fields.title, fields.text, fields.published) if name)
    if _is_header(first, fields):
        names = first
        sample.remove(first)
        if not by_place:
            require_text(names, fields)
    else:
        names = [str(place) for place in range(1, len(first) + 1)] if by_place else _guessed_names(sample, len(first))
    if not names or (not by_place and not set(map(bare_name, names)) & names_wanted(fields)):
        raise no_text(first, fields)
    for number, row in enumerate(chain(sample, rows), 1):
        yield _record(str(number), row, names, by_place)


def _record(place: str, row: Row, names: list[str], by_place: bool) -> Record:
    if isinstance(row, str):
        return Record(place, {}, row)
    if len(row) > len(names):
        return Record(place, {}, "more fields than the first row has")
    values: dict[str, object] = dict(zip(names, row + [""] * (len(names) - len(row)), strict=True))
    if by_place:
        values |= {str(column): cell for column, cell in enumerate(row, 1)}
    return Record(place, values, missing=LOST_BYTES if any(map(has_lost_bytes, row)) else None)


def _sample(file: TextIO) -> list[str]:
    return [line for _ in range(SAMPLE_ROWS) if (line := file.readline(MAX_SAMPLE_CHARS // SAMPLE_ROWS))]


def _delimiter_of(sample: list[str], fields: Fields) -> str:
    """Take the one that parts the names from each other, else the one by which the rows are equally wide."""
    wanted = names_wanted(fields)
    scores = []
    for delimiter in _DELIMITERS:
        rows = [row for row in csv.reader(sample, delimiter=delimiter) if row]
        width = len(rows[0]) if rows else 0
        named = width > 1 and any(bare_name(cell) in wanted for cell in rows[0])
        alike = sum(len(row) == width for row in rows) / max(len(rows), 1)
        scores.append((named, alike if width > 1 else 0, width))
    return _DELIMITERS[scores.index(max(scores))]


def _is_header(first: list[str], fields: Fields) -> bool:
    """Tell names from data: what reads as a day, an address or a sentence is none, a number only beside known names."""
    if any(map(_reads_as_data, first)):
        return False
    known = bool({bare_name(cell) for cell in first} & names_wanted(fields))
    return known or not any(_is_number(cell) for cell in first)


def _reads_as_data(cell: str) -> bool:
    words = cell.split()
    is_sentence = len(words) >= MIN_SENTENCE_WORDS or (len(words) > 1 and words[-1][-1] in ".!?…。！？")
    return is_sentence or _is_link(cell) or _is_day(cell)


def _guessed_names(sample: list[Row], width: int) -> list[str]:
    """Name the columns by what most of their cells are: the longest text, the one before it, a day, an address."""
    columns = list(zip(*(row for row in sample if isinstance(row, list) and len(row) == width), strict=True))
    names = [str(place) for place in range(1, width + 1)]
    sizes: dict[int, float] = {}
    for place, cells in enumerate(columns):
        filled = [cell for cell in cells if cell.strip()]
        if filled and all(map(_is_day, filled)):
            names[place] = "published"
        elif filled and all(map(_is_link, filled)):
            names[place] = "url"
        elif filled and not all(map(_is_number, filled)):
            sizes[place] = sum(len(cell.split()) or 1 for cell in filled) / len(filled)
    longest = max(sizes, key=lambda place: (sizes[place], sum(map(len, columns[place]))), default=None)
    if longest is None or sum(map(len, columns[longest])) / len(columns[longest]) < MIN_TEXT_WORDS * 2:
        return []
    names[longest] = "text"
    sizes.pop(longest)
    if titles := [place for place, words in sizes.items() if words >= MIN_TITLE_WORDS]:
        kinds = {place: len(set(columns[place])) / len(columns[place]) for place in titles}  # of a paper's name few
        names[max(titles, key=lambda place: (place < longest, kinds[place], sizes[place]))] = "title"
    return names


def _is_day(cell: str) -> bool:
    return (parse_written(cell, foreign=False) or in_doubt(cell)) is not None or (
        re.fullmatch(r"(?:19|20)\d{6}", cell.strip()) is not None and parse_date(cell) is not None
    )


def _is_link(cell: str) -> bool:
    return re.match(r"\s*https?://\S+\s*\Z", cell) is not None


def _is_number(cell: str) -> bool:
    return re.fullmatch(r"\s*[+-]?\d[\d.,]*\s*", cell) is not None
