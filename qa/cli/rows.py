"""An answer as the rows of a table, each statement with the place that carries it: for spreadsheets and scripts."""

import csv
import json
from collections.abc import Callable, Sequence
from io import StringIO

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from qa.answer import Answer
from qa.cli.options import Format
from qa.text import one_line

PLACE = ("source", "start", "end")
PLAIN_WIDTH = 200  # where no terminal tells its own

Rows = Sequence[dict[str, str]]


def rows_of(answer: Answer) -> list[dict[str, str]]:
    """Give a row for each statement: its cells, or its text, and article and offsets of its first citation."""
    rows = []
    for each in answer.statements:
        span = answer.citations[each.citations[0]].span
        place = dict(zip(PLACE, (span.article_id, str(span.start), str(span.end)), strict=True))
        rows.append((each.cells or {"answer": each.text}) | place)
    return rows


def write_rows(answer: Answer, form: Format) -> str:
    """Write the rows of an answer; an abstention has none."""
    rows = [{name: one_line(value) for name, value in row.items()} for row in rows_of(answer)]
    return _WRITERS[form](rows, list(dict.fromkeys(name for row in rows for name in row)))


def _csv(rows: Rows, columns: Sequence[str]) -> str:
    written = StringIO()
    writer = csv.DictWriter(written, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _no_formula(value) for name, value in row.items()} for row in rows)
    return written.getvalue()


def _no_formula(value: str) -> str:
    """Keep a spreadsheet from running a cell that an article wrote (owasp.org/www-community/attacks/CSV_Injection)."""
    return f"'{value}" if value.startswith(("=", "+", "-", "@")) else value


def _markdown(rows: Rows, columns: Sequence[str]) -> str:
    lines = [columns, ["---"] * len(columns), *([row.get(name, "") for name in columns] for row in rows)]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def _json(rows: Rows, columns: Sequence[str]) -> str:
    return json.dumps([row | {name: int(row[name]) for name in PLACE[1:]} for row in rows], ensure_ascii=False) + "\n"


def _table(rows: Rows, columns: Sequence[str]) -> str:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in columns:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(Text(row.get(name, "")) for name in columns))
    written = StringIO()
    Console(file=written, width=PLAIN_WIDTH, highlight=False).print(table)
    return "".join(f"{line.rstrip()}\n" for line in written.getvalue().splitlines())


_WRITERS: dict[Format, Callable[[Rows, Sequence[str]], str]] = {
    Format.TABLE: _table,
    Format.CSV: _csv,
    Format.MARKDOWN: _markdown,
    Format.JSON: _json,
}
