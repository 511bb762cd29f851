"""Cases come from a table as spreadsheets write it, and its faults are named by line."""

from pathlib import Path

import pytest

from evals.cases import Case
from evals.formats.csv_cases import load_csv
from index.errors import UsageError
from qa.answer import Span


def load(folder: Path, text: str, encoding: str = "utf-8") -> list[Case]:
    (folder / "t.csv").write_bytes(text.encode(encoding))
    return load_csv(folder / "t.csv", {"a.txt": "Ada wrote.\nBob read."}.get)


def test_a_table_of_questions_and_answers_is_enough(tmp_path: Path) -> None:
    cases = load(tmp_path, "question,answer\nWho wrote?,Ada | Ada Lovelace\nWho sang?,\n")
    assert [(case.question, case.answers, case.answerable) for case in cases] == [
        ("Who wrote?", ("Ada", "Ada Lovelace"), True),
        ("Who sang?", (), False),
    ]


def test_an_id_is_of_the_question_and_stays_when_lines_move(tmp_path: Path) -> None:
    first, second = load(tmp_path, "question,answer\nWho wrote?,Ada\nWho sang?,\n")
    moved = load(tmp_path, "answer,question\n,Who sang?\nAda,Who  wrote?\nBob,Who read?\n")
    assert [case.id for case in moved[:2]] == [second.id, first.id]
    assert len({case.id for case in moved}) == 3


def test_other_columns_give_id_quote_and_tags(tmp_path: Path) -> None:
    text = 'id,question,answer,article,quote,tags\nx1,"Who wrote, and read?",Ada,a.txt,"Ada wrote.\nBob",who|easy\n'
    (case,) = load(tmp_path, text)
    assert case == Case("x1", "Who wrote, and read?", ("Ada",), (Span("a.txt", 0, 14),), True, ("who", "easy"))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_may_be_as_a_spreadsheet_exports_it(tmp_path: Path, delimiter: str) -> None:
    text = "Question,Answer\r\nWho wrote?,Ada\r\n,\r\n\r\n".replace(",", delimiter)
    (case,) = load(tmp_path, text, "utf-8-sig")
    assert (case.question, case.answers) == ("Who wrote?", ("Ada",))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "holds no case"),
        ("question,answer\n", "holds no case"),
        ("Who?,Ada\n", "line 1: the first line must name the columns question and answer"),
        ("question,answer,answers\n", "line 1: .* each once; it is"),
        ("question,answer,answer\n", "line 1: .* each once; it is"),
        ("\nquestion\nWho?\n", "line 2: the first line must name"),
        ("question,answer\nWho, me?,Ada\n", "line 2: 3 cells under 2 columns: put a cell"),
        ('question,answer\n"Who\nwrote?",Ada\n,Bob\n', "line 4: question must not be empty"),
        ('question,answer\n,"Ada\nLovelace"\n', "line 2: question must not be empty"),
        ('question,answer\nWho?,Ada\n"Who,Bob\n', "line 3: not CSV: unexpected end of data"),
        ("question,answer\nWho?,Ada\nwho?,Bob\n", "line 3: the id .* on line 2 too"),
        ("question,answer,article,quote\nWho?,Ada,a.txt,Eve\n", "line 2: a.txt does not hold the quote"),
        ("question,answer,article\nWho?,Ada,a.txt\n", "line 2: evidence.0.quote must not be empty"),
        ("question,answer,quote\nWho?,Ada,Ada\n", "line 2: evidence.0.article must not be empty"),
    ],
)
def test_a_bad_table_is_named_with_its_line(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        load(tmp_path, text)


def test_all_bad_lines_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as raised:
        load(tmp_path, "question,answer\n,Ada\nWho?,Ada\n,Bob\n")
    assert [line.partition(", ")[2] for line in str(raised.value).split("\n")] == [
        "line 2: question must not be empty",
        "line 4: question must not be empty",
    ]
