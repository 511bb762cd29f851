"""Cases from a table, as a person exports it from a spreadsheet."""

import csv
import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from evals.cases import Case, check_cases
from evals.checked_lines import read_text, shorten
from evals.quotes import TextOf
from index.errors import UsageError
from qa.text import one_line

REQUIRED, OPTIONAL = ("question", "answer"), ("id", "article", "quote", "tags")
ALTERNATIVES = "|"
DELIMITERS = ",;\t"
ID_DIGITS = 12


def load_csv(path: Path, text_of: TextOf) -> list[Case]:
    """Read a table with the columns `question` and `answer`, and perhaps `id`, `article`, `quote` and `tags`.

    Accepted answers, and tags, are separated by `|`; an empty answer means that the articles do not say. A question
    without an id gets one of its own words, which stays when lines are moved. Cells are separated by whichever of
    comma, semicolon and tab the header has most of.

    Raises:
        UsageError: the file is no such table, or as `check_cases`.
    """
    rows = _rows(path, read_text(path))
    return check_cases(path, ((number, _fields(row)) for number, row in rows), text_of)


def _rows(path: Path, text: str) -> Iterator[tuple[int, dict[str, str]]]:
    header = text.lstrip().partition("\n")[0]
    delimiter = max(DELIMITERS, key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    columns: list[str] = []
    last = 0
    try:
        for cells in reader:
            number, last = last + 1, reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if not columns:
                columns = _columns(path, number, cells)
            elif len(cells) != len(columns):
                raise UsageError(
                    f"{path}, line {number}: {len(cells)} cells under {len(columns)} columns: "
                    "put a cell that holds the separator in quotation marks"
                )
            else:
                yield number, dict(zip(columns, map(str.strip, cells), strict=True))
    except csv.Error as error:
        raise UsageError(f"{path}, line {last + 1}: not CSV: {error}") from error


def _columns(path: Path, number: int, cells: list[str]) -> list[str]:
    columns = [cell.strip().lower() for cell in cells]
    strange = [column for column in columns if column not in REQUIRED + OPTIONAL]
    if strange or len(set(columns)) < len(columns) or not set(REQUIRED) <= set(columns):
        raise UsageError(
            f"{path}, line {number}: the first line must name the columns {' and '.join(REQUIRED)}, and may name "
            f"{', '.join(OPTIONAL)}, each once; it is {shorten(','.join(cells))}"
        )
    return columns


def _fields(row: dict[str, str]) -> dict[str, Any]:
    """Give the fields of a JSONL case."""
    article, quote = row.get("article", ""), row.get("quote", "")
    return {
        "id": row.get("id") or _id(row["question"]),
        "question": row["question"],
        "answers": _alternatives(row["answer"]),
        "evidence": [{"article": article, "quote": quote}] if article or quote else [],
        "tags": _alternatives(row.get("tags", "")),
    }


def _alternatives(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(ALTERNATIVES) if part.strip()]


def _id(question: str) -> str:
    words = one_line(question).casefold().encode("utf-8", "surrogatepass")
    return f"q-{hashlib.sha256(words).hexdigest()[:ID_DIGITS]}"
