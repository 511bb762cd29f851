"""Rows of an answer: each statement's cells with the place that carries it; a spreadsheet runs nothing of them."""

import csv
import json
from io import StringIO

import pytest

from qa.answer import Answer, Citation, Coverage, Kind, Span, Statement
from qa.cli.as_text import answer_lines
from qa.cli.options import Format
from qa.cli.rows import rows_of, write_rows


def citation(number: int) -> Citation:
    return Citation(Span(f"{number}.txt", 0, 7), "Kelvane", f"Title {number}", None)


ANSWER = Answer(
    "Which firms?",
    statements=(
        Statement("Kelvane", (0, 1, 2, 3), {"item": "Kelvane"}),
        Statement("=HYPERLINK(1)", (1,), {"item": "=HYPERLINK(1)", "note": "a | b\u202e"}),
    ),
    citations=tuple(map(citation, range(4))),
    kind=Kind.LIST,
    coverage=Coverage(4, 12, 30, 1040, uncertain=2),
    not_stated=("the other side",),
)


def test_a_row_has_the_cells_and_the_place_of_its_first_citation() -> None:
    assert rows_of(ANSWER)[0] == {"item": "Kelvane", "source": "0.txt", "start": "0", "end": "7"}
    plain = Answer("Who?", statements=(Statement("Rubio", (0,)),), citations=(citation(0),))
    assert rows_of(plain) == [{"answer": "Rubio", "source": "0.txt", "start": "0", "end": "7"}]


def test_rows_as_csv_run_nothing() -> None:
    rows = list(csv.DictReader(StringIO(write_rows(ANSWER, Format.CSV))))
    assert [row["item"] for row in rows] == ["Kelvane", "'=HYPERLINK(1)"]
    assert rows[1]["note"] == "a | b"
    assert rows[0]["note"] == ""


def test_rows_as_markdown_and_json_and_table() -> None:
    assert write_rows(ANSWER, Format.MARKDOWN).splitlines()[3].startswith("| =HYPERLINK(1) | 1.txt | 0 | 7 | a \\| b |")
    assert json.loads(write_rows(ANSWER, Format.JSON))[0] == {
        "item": "Kelvane",
        "source": "0.txt",
        "start": 0,
        "end": 7,
    }
    assert "Kelvane" in write_rows(ANSWER, Format.TABLE)


@pytest.mark.parametrize("form", Format)
def test_an_abstention_has_no_rows(form: Format) -> None:
    assert "Kelvane" not in write_rows(Answer("Which firms?"), form)


def test_a_broad_answer_is_a_line_a_statement_with_its_first_citations_and_what_it_rests_on() -> None:
    lines = [line.plain for line in answer_lines(ANSWER, lambda _: None)]
    assert lines[:4] == [
        "- Kelvane [1][2][3] and 1 more",
        "- =HYPERLINK(1) [2]",
        "- Not stated: the other side",
        "(4 of 12 articles; 30 of 1,040 sentences read, 2 uncertain)",
    ]
    assert not any(line.startswith("[4]") for line in lines)
