"""Write a table as Markdown, whose rows are read with their header; one whose header is uncertain is not written so."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

MAX_ROW_CHARS = 700  # a longer row is layout, its cells are texts of their own
MAX_COLUMNS = 50
MAX_HEADS = 3  # rows of a header

_NUMBER = re.compile(r"[^\w]*\d[\d\s.,:/%‰€$£+–-]*[^\w]*")
_YEAR = re.compile(r"(?:1[6-9]|20)\d\d(?:\s?[-–/]\s?\d{2,4})?")


@dataclass
class Cell:
    """A cell as it is collected: `columns` and `rows` are what it spans; one that `goes_on` is part of that above."""

    text: str = ""
    columns: int = 1
    rows: int = 1
    is_head: bool = False
    goes_on: bool = False


@dataclass
class Table:
    """A table as it is collected; `begins` is whatever its collector has to remember of its place."""

    begins: int | None = None
    rows: list[list[Cell]] = field(default_factory=list)
    is_layout: bool = False
    is_head_row: bool = False  # the row that is open
    says_first_row_is_head: bool = False

    def markdown(self) -> str:
        """Give the lines of a table, or nothing where it is no table of short cells below a header.

        A first row that is one cell is its title, and stands before it as a paragraph.
        """
        if self.is_layout:
            return ""
        title, rows = _titled([row for row in self.rows if row])
        heads, is_marked = _heads(rows)
        grid, heads = _grid(rows, heads)
        if len(grid) < 2 or len(grid[0]) < 2 or any(len(row) != len(grid[0]) for row in grid):
            return ""
        if any(sum(map(len, row)) > MAX_ROW_CHARS for row in grid):
            return ""
        header = [" ".join(dict.fromkeys(filter(None, column))) for column in zip(*grid[:heads], strict=True)]
        if not 0 < heads < len(grid):
            return ""
        if not is_marked and not _is_header(header, grid[heads:], self.says_first_row_is_head):
            return ""
        lines = "\n".join(map(_line, [header, ["---"] * len(header), *grid[heads:]]))
        return f"{title}\n\n{lines}" if title else lines

    def rows_of_numbers(self) -> str:
        """Give each row a line of its own where it has a column of numbers; what they are of is not told."""
        grid = _grid(self.rows, 0)[0]
        columns = list(zip(*grid, strict=True)) if len({len(row) for row in grid}) == 1 else []
        if not any(all(map(_is_number, column)) for column in columns[1:]):
            return ""
        return "\n\n".join(" | ".join(filter(None, row)) for row in grid)


def _titled(rows: Sequence[list[Cell]]) -> tuple[str, Sequence[list[Cell]]]:
    """Part a first row that is one cell over all columns from the others."""
    width = max((sum(cell.columns for cell in row) for row in rows[1:]), default=0)
    if rows and len(rows[0]) == 1 and rows[0][0].text and 1 < width <= rows[0][0].columns:
        return rows[0][0].text, rows[1:]
    return "", rows


def _heads(rows: Sequence[list[Cell]]) -> tuple[int, bool]:
    """Count the rows above that would be the header, and tell whether they are marked as such."""
    marked = [all(cell.is_head for cell in row) for row in rows]
    heads = [*marked, False].index(False)
    is_marked = heads > 0
    heads = max(heads, 1)
    while heads < min(MAX_HEADS, len(rows)) and _goes_below(rows[:heads], rows[heads]):
        heads += 1
    return heads, is_marked


def _goes_below(heads: Sequence[list[Cell]], below: list[Cell]) -> bool:
    """Tell whether a row belongs to the header above: cells of it reach there, or it parts those that span columns."""
    if any(_is_number(cell.text) and not _YEAR.fullmatch(cell.text) for cell in below):
        return False
    if any(cell.rows > len(heads) - place for place, row in enumerate(heads) for cell in row):
        return True
    if any(cell.goes_on for cell in below):
        return True
    return any(cell.columns > 1 for cell in heads[-1]) and not (heads[-1][0].text and below[0].text)


def _is_header(first: Sequence[str], others: Sequence[Sequence[str]], is_said: bool) -> bool:
    """Tell a header by its words or years above columns of numbers, or where the document says so, by its words."""
    names = first[1:]
    if not all(names) or len(set(first)) < len(first) or any(map(_is_number, first[:1])):
        return False
    if any(_is_number(name) and not _YEAR.fullmatch(name) for name in names):
        return False
    columns = [list(filter(None, column)) for column in zip(*others, strict=True)][1:]
    if any(column and all(map(_is_number, column)) for column in columns):
        return True
    return is_said and len(first) > 2 and not any(re.search(r"\d", name) for name in first)


def _is_number(text: str) -> bool:
    return _NUMBER.fullmatch(text) is not None


def _grid(rows: Sequence[Sequence[Cell]], heads: int) -> tuple[list[list[str]], int]:
    """Give each row a text for each column, without rows that are empty, and how many of the `heads` are left.

    A cell that spans rows stands in each of them, one over columns once, in a header in each.
    """
    grid: list[list[str]] = []
    above: dict[int, tuple[str, int]] = {}  # by column: the text of a cell that reaches below, and how many rows more
    left = 0
    for place, cells in enumerate(rows):
        row: list[str] = []
        for cell in cells:
            _take_from_above(row, above)
            text = grid[-1][len(row)] if cell.goes_on and grid and len(row) < len(grid[-1]) else cell.text
            is_head = cell.is_head or place < heads
            for each in [text, *[text if is_head else ""] * (min(cell.columns, MAX_COLUMNS) - 1)]:
                if cell.rows > 1:
                    above[len(row)] = (each, cell.rows - 1)
                row.append(each)
        _take_from_above(row, above)
        if any(row):
            grid.append(row)
            left += place < heads
        if len(row) > MAX_COLUMNS:
            return [], 0
    return grid, left


def _take_from_above(row: list[str], above: dict[int, tuple[str, int]]) -> None:
    while len(row) in above and len(row) < MAX_COLUMNS:
        text, left = above.pop(len(row))
        if left > 1:
            above[len(row)] = (text, left - 1)
        row.append(text)


def _line(cells: Sequence[str]) -> str:
    return "".join(f"| {cell.replace('|', chr(92) + '|')} " for cell in cells).replace("|  ", "| ") + "|"
