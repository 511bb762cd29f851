"""Read the rows of CSV and TSV so that a quotation mark that is not closed costs its own row, not those behind it."""

import csv
from collections import deque
from collections.abc import Iterator
from typing import TextIO

from index.formats.extract import UnreadableError

MAX_FIELD_CHARS = 10_000_000
MAX_ROW_CHARS = 20_000_000
MAX_REREAD_CHARS = 200_000_000  # of rows that were read into one by mistake
OPEN_QUOTE = "a quotation mark that is not closed"


class _TooLongError(Exception):
    pass


class _Lines:
    """Hands lines to a parser, and takes back those that were no part of its row."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._given_back: deque[str] = deque()
        self._reread_chars = 0
        self._chars = 0
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._given_back.popleft() if self._given_back else self._file.readline(MAX_ROW_CHARS)
        if not line:
            raise StopIteration
        self.taken.append(line)
        self._chars += len(line)
        if len(line) == MAX_ROW_CHARS and line[-1] not in "\r\n":
            while (
                (rest := self._file.readline(MAX_ROW_CHARS)) and len(rest) == MAX_ROW_CHARS and rest[-1] not in "\r\n"
            ):
                pass
        if self._chars >= MAX_ROW_CHARS:
            raise _TooLongError
        return line

    def begin_row(self) -> None:
        self.taken, self._chars = [], 0

    def give_back_all_but_the_first(self) -> None:
        self._given_back.extendleft(reversed(self.taken[1:]))
        self._reread_chars += self._chars
        if self._reread_chars > MAX_REREAD_CHARS:
            raise UnreadableError("too many quotation marks that are not closed")


def read_rows(file: TextIO, delimiter: str) -> Iterator[list[str] | str]:
    """Give the cells of each row, or the reason why there are none; blank lines are no rows.

    Raises:
        UnreadableError: hardly a row closes its quotation marks.
    """
    csv.field_size_limit(MAX_FIELD_CHARS)
    lines = _Lines(file)
    rows = csv.reader(lines, delimiter=delimiter)
    width = 0
    while True:
        lines.begin_row()
        try:
            cells, reason = next(rows), ""
        except StopIteration:
            return
        except (csv.Error, _TooLongError) as error:
            cells, reason = [], str(error) or f"longer than {MAX_ROW_CHARS // 1_000_000} million characters"
        if reason or (len(lines.taken) > 1 and not _is_whole(cells, lines.taken, width, delimiter)):
            lines.give_back_all_but_the_first()
            rows = csv.reader(lines, delimiter=delimiter)  # the old one is still inside the quotation
            cells = [] if reason else _row_of_line(lines.taken, width, delimiter)
            if not cells:
                yield reason or OPEN_QUOTE
        if cells:
            width = width or len(cells)
            yield cells


def _is_whole(cells: list[str], taken: list[str], width: int, delimiter: str) -> bool:
    """Tell whether a row of several lines is one: as wide as the others, its quotation marks closed."""
    if width and len(cells) != width:
        return False
    try:
        list(csv.reader(taken, delimiter=delimiter, strict=True))
    except csv.Error as error:
        if "unexpected end" in str(error):
            return False
        return not any(_is_row(line, width, delimiter) for line in taken[1:])
    return True


def _row_of_line(taken: list[str], width: int, delimiter: str) -> list[str]:
    """Give the cells of the first line where the one behind it is a row of its own, so that nothing is lost."""
    if len(taken) > 1 and width > 1 and not _is_row(taken[1], width, delimiter):
        return []
    cells = next(csv.reader(taken[:1], delimiter=delimiter), [])
    return [*cells[:-1], cells[-1].rstrip("\r\n")] if len(cells) == width else []


def _is_row(line: str, width: int, delimiter: str) -> bool:
    return width > 1 and len(next(csv.reader([line], delimiter=delimiter), [])) == width
