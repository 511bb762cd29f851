"""Write a table as Markdown, whose rows are read with their header; one whose header is uncertain is not written so."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

MAX_ROW_CHARS = 700  # a longer row is layout, its cells are texts of their own
MAX_COLUMNS = 50

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
        """Give the lines of a table, or nothing where it is no table of short cells below a header."""
        if self.is_layout:
            return ""
        grid = _grid(self.rows)
        if len(grid) < 2 or len(grid[0]) < 2 or any(len(row) != len(grid[0]) for row in grid):
            return ""
        if any(sum(map(len, row)) > MAX_ROW_CHARS for row in grid):
            return ""
        heads = self._heads(grid)
        if not 0 < heads < len(grid):
            return ""
        header = [" ".join(dict.fromkeys(filter(None, column))) for column in zip(*grid[:heads], strict=True)]
        return "\n".join(map(_line, [header, ["---"] * len(header), *grid[heads:]]))

    def rows_of_numbers(self) -> str:
        """Give each row a line of its own where it has a column of numbers; what they are of is not told."""
        grid = _grid(self.rows)
        columns = list(zip(*grid, strict=True)) if len({len(row) for row in grid}) == 1 else []
        if not any(all(map(_is_number, column)) for column in columns[1:]):
            return ""
        return "\n\n".join(" | ".join(filter(None, row)) for row in grid)

    def _heads(self, grid: Sequence[Sequence[str]]) -> int:
        """Count the rows above that are the header: those that are marked, else the first if it can only be that."""
        marked = [all(cell.is_head for cell in row) for row in self.rows]
        if True in marked and marked[0]:
            return [*marked, False].index(False)
        return int(_is_header(grid[0], grid[1:], self.says_first_row_is_head))


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


def _grid(rows: Sequence[Sequence[Cell]]) -> list[list[str]]:
    """Give each row a text for each column: a cell that spans rows stands in each of them, one over columns once."""
    grid: list[list[str]] = []
    above: dict[int, tuple[str, int]] = {}  # by column: the text of a cell that reaches below, and how many rows more
    for cells in rows:
        row: list[str] = []
        for cell in cells:
            _take_from_above(row, above)
            text = grid[-1][len(row)] if cell.goes_on and grid and len(row) < len(grid[-1]) else cell.text
            for each in [text, *[text if cell.is_head else ""] * (min(cell.columns, MAX_COLUMNS) - 1)]:
                if cell.rows > 1:
                    above[len(row)] = (each, cell.rows - 1)
                row.append(each)
        _take_from_above(row, above)
        if any(row):
            grid.append(row)
        if len(row) > MAX_COLUMNS:
            return []
    return grid


def _take_from_above(row: list[str], above: dict[int, tuple[str, int]]) -> None:
    while len(row) in above and len(row) < MAX_COLUMNS:
        text, left = above.pop(len(row))
        if left > 1:
            above[len(row)] = (text, left - 1)
        row.append(text)


def _line(cells: Sequence[str]) -> str:
    return "".join(f"| {cell.replace('|', chr(92) + '|')} " for cell in cells).replace("|  ", "| ") + "|"
