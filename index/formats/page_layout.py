"""Put the lines of a page into the order of reading by where they stand, whatever the order in which they are drawn.

A page is cut at the gutters between columns, and at the lines that reach across one, as in the recursive XY-cut (Nagy,
Seth: Hierarchical representation of optically scanned documents, 1984).
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from heapq import nlargest
from itertools import groupby, pairwise
from statistics import mean, median_low

from index.formats.tables import Cell, Table

SAME_BASELINE = 2.0  # in points, 1/72 inch
MIN_COLUMN_LINES = 3
MIN_COLUMN_CHARS = 15  # of a line, on average: what is shorter is a column of a table
MIN_LETTER_SHARE = 0.6
MAX_CROSSING_SHARE = 0.34  # of the lines of the shorter column, that may reach across a gutter
MIN_ROWS = 3
APART = 1.5  # of the distance of most rows
WIDER = 1.1  # of the size of most letters
MAX_CELL_CHARS = 60
MAX_GUTTERS = 8  # that are looked at closely
MAX_PARTS = 3_000  # of a page, above which it is a drawing with words
MAX_DEPTH = 8


@dataclass(frozen=True)
class Line:
    """A line as it is set: its text, where its baseline begins and ends in points, and the size of its letters.

    A line of a page as it is drawn may be several parts, with wide gaps between; a table is one line.
    """

    text: str
    left: float
    right: float
    height: float
    size: float
    is_table: bool = False


Drawn = Sequence[Line]  # the parts of what is drawn as one line


@dataclass(frozen=True)
class _Gutter:
    """White space between columns, from `left` to `right`."""

    left: float
    right: float

    def side(self, part: Line) -> int:
        """Tell where a part stands: 0 on the left, 1 on the right, -1 across, as tables do with nothing beside them."""
        if part.is_table:
            return -1
        if part.left >= self.right - 1:
            return 1
        return 0 if part.right <= self.left + 1 else -1


def in_reading_order(drawn: Sequence[Drawn]) -> list[Line]:
    """Give the lines of a page, column by column; where there are no columns, or these are drawn so, as drawn."""
    parts = [part for line in drawn for part in line]
    if len(parts) > MAX_PARTS:
        return list(map(_joined, drawn))
    parts = _with_tables(parts)
    has_table = any(part.is_table for part in parts)
    head, middle, foot = _head_and_foot(parts)
    edges = {part for row in (*head, *foot) for part in row}
    inside = [line for line in drawn if line[0] not in edges]
    if not has_table and _is_drawn_so(inside):
        return list(map(_joined, drawn))
    return list(map(_joined, [*head, *_ordered(middle, MAX_DEPTH), *foot]))


def _head_and_foot(parts: Sequence[Line]) -> tuple[list[Drawn], Sequence[Line], list[Drawn]]:
    """Part the first and the last row of a page from its columns where they stand apart, in letters of no title."""
    rows = list(_rows(parts))
    if len(rows) < MIN_ROWS + 2:
        return [], parts, []
    gaps = [above[0].height - row[0].height for above, row in pairwise(rows)]
    apart, size = APART * median_low(gaps), max(median_low([part.size for part in parts]), 1)
    head, foot = (
        [row] if gap > apart and all(part.size < WIDER * size and not part.is_table for part in row) else []
        for row, gap in ((rows[0], gaps[0]), (rows[-1], gaps[-1]))
    )
    return head, [part for row in rows[len(head) : len(rows) - len(foot)] for part in row], foot


def _ordered(parts: Sequence[Line], depth: int) -> Iterator[Drawn]:
    parts = _with_tables(parts)
    gutter = _gutter_of(parts) if depth else None
    if gutter is None:
        yield from _rows(parts)
        return
    for is_across, group in groupby(_from_above(parts), key=lambda part: gutter.side(part) < 0):
        band = list(group)
        if is_across:
            yield from _rows(band)
        else:
            for side in (0, 1):
                yield from _ordered([part for part in band if gutter.side(part) == side], depth - 1)


def _from_above(parts: Sequence[Line]) -> list[Line]:
    return sorted(parts, key=lambda part: (-part.height, part.left))


def _rows(parts: Sequence[Line]) -> Iterator[Drawn]:
    """Put the parts that stand beside each other together."""
    row: list[Line] = []
    for part in _from_above(parts):
        if row and row[0].height - part.height > SAME_BASELINE:
            yield sorted(row, key=lambda each: each.left)
            row = []
        row.append(part)
    if row:
        yield sorted(row, key=lambda each: each.left)


def _is_drawn_so(drawn: Sequence[Drawn], depth: int = MAX_DEPTH) -> bool:
    """Tell whether the columns are drawn one after the other, from the left, between lines that reach across."""
    gutter = _gutter_of([part for line in drawn for part in line]) if depth else None
    if gutter is None:
        return True
    if any(len({gutter.side(part) for part in line}) > 1 for line in drawn):
        return False
    sides = [(side, list(lines)) for side, lines in groupby(drawn, key=lambda line: gutter.side(line[0]))]
    if any(last >= 0 <= side and (last, side) != (0, 1) for (last, _), (side, _) in pairwise(sides)):
        return False
    return all(_is_drawn_so(lines, depth - 1) for side, lines in sides if side >= 0)


def _gutter_of(parts: Sequence[Line]) -> _Gutter | None:
    """Find the white space that divides most lines: with enough lines of text on both sides, which few lines cross."""
    lefts, rights = sorted(part.left for part in parts), sorted(part.right for part in parts)
    least = min((part.size for part in parts), default=0) * 0.8
    likely: list[tuple[int, float, _Gutter]] = []
    for edge in sorted({round(right) for right in rights}):
        before, after = bisect_right(rights, edge + 0.5), bisect_right(lefts, edge + 0.5)
        if after < len(lefts) and lefts[after] - edge >= least and min(before, len(lefts) - after) >= MIN_COLUMN_LINES:
            crossing = len(parts) - before - (len(lefts) - after)
            score = min(before, len(lefts) - after) - 2 * crossing
            likely.append((score, lefts[after] - edge, _Gutter(edge, lefts[after])))
    best = nlargest(MAX_GUTTERS, likely, key=lambda each: each[:2])
    found = [(divided, gutter) for *_, gutter in best if (divided := _divided(parts, gutter))]
    return max(found, key=lambda each: each[0])[1] if found else None


def _divided(parts: Sequence[Line], gutter: _Gutter) -> int:
    """Count the lines of the shorter side that have lines beside them, less those across; 0 where it is no gutter."""
    sides = [[part for part in parts if gutter.side(part) == side] for side in (0, 1)]
    if min(map(len, sides)) < MIN_COLUMN_LINES:
        return 0
    low = max(min(part.height for part in own) for own in sides)
    high = min(max(part.height for part in own) for own in sides)
    beside = [[part for part in own if low - 1 <= part.height <= high + 1] for own in sides]
    if not all(beside):
        return 0
    lines = [len(list(_rows(each))) for each in beside]
    if min(lines) < MIN_COLUMN_LINES or not all(map(_is_text, beside)):
        return 0
    crossing = sum(gutter.side(part) < 0 and low <= part.height <= high for part in parts)
    return min(lines) - crossing if crossing <= MAX_CROSSING_SHARE * min(lines) else 0


def _is_text(parts: Sequence[Line]) -> bool:
    """Tell text by the length of its lines and by its letters."""
    characters = "".join("".join(part.text.split()) for part in parts)
    is_long = mean(len(part.text) for part in parts) >= MIN_COLUMN_CHARS
    return is_long and sum(map(str.isalpha, characters)) >= MIN_LETTER_SHARE * len(characters)


def _with_tables(parts: Sequence[Line]) -> list[Line]:
    """Put one line for the parts of each table that has a header and nothing beside it."""
    rows = list(_rows(parts))
    found: list[Line] = []
    at = 0
    while at < len(rows):
        end = _end_of_table(rows, at)
        table = _table_of(rows[at:end])
        found += [table] if table else [part for row in rows[at:end] for part in row]
        at = end
    return found


def _end_of_table(drawn: Sequence[Drawn], at: int) -> int:
    """Find how far lines of as many short parts go on that stand below each other; at least one line."""
    end = at + 1
    if len(drawn[at]) < 2 or any(len(part.text) > MAX_CELL_CHARS for part in drawn[at]):
        return end
    while end < len(drawn) and _is_below(drawn[end - 1], drawn[end]):
        end += 1
    return end


def _is_below(above: Drawn, line: Drawn) -> bool:
    if len(line) != len(above) or above[0].height <= line[0].height:
        return False
    return all(len(part.text) <= MAX_CELL_CHARS for part in line) and _are_columns(above, line)


def _are_columns(one: Drawn, other: Drawn) -> bool:
    """Tell whether the parts of two lines stand below each other; of three or more, between those beside them too.

    A name in the middle of its column need not stand above numbers at the column's edge.
    """
    if all(
        part.left <= below.right + 1 and below.left <= part.right + 1 for part, below in zip(one, other, strict=True)
    ):
        return True
    return len(one) > 2 and all(
        part.right < behind.left
        for first, second in ((one, other), (other, one))
        for part, behind in zip(first[:-1], second[1:], strict=True)
    )


def _table_of(drawn: Sequence[Drawn]) -> Line | None:
    if len(drawn) < MIN_ROWS:
        return None
    table = Table(rows=[[Cell(part.text) for part in line] for line in drawn])
    first, last = _joined(drawn[0]), _joined(drawn[-1])
    text = table.markdown() or table.rows_of_numbers()
    return replace(first, text=text, right=max(first.right, last.right), is_table=True) if text else None


def _joined(line: Drawn) -> Line:
    if len(line) == 1:
        return line[0]
    size = max(line, key=lambda part: len(part.text)).size  # that of a bullet may be another
    return replace(line[0], text=" ".join(part.text for part in line), right=line[-1].right, size=size)
