"""A NoMIRACL question is asked of a folder with its own passages."""

import json
from pathlib import Path
from typing import Any

import pytest

from evals.formats.nomiracl import read_nomiracl
from index.errors import UsageError


def line(number: str, answerable: bool = True, *titles: str) -> dict[str, Any]:
    passages = [{"title": title, "text": f"{title} is here."} for title in titles or ("Ada",)]
    return {"id": number, "question": f"Who is {number}?", "answerable": answerable, "passages": passages}


def written(folder: Path, *lines: dict[str, Any]) -> Path:
    (folder / "n.jsonl").write_text("\n".join(map(json.dumps, lines)))
    return folder / "n.jsonl"


def test_each_question_has_a_folder_with_a_file_a_passage(tmp_path: Path) -> None:
    cases, articles = read_nomiracl(written(tmp_path, line("48#0", True, "Ada", "Bob", "ada"), line("48*0", False)))
    assert articles == {
        "48_0/Ada.txt": "Ada\n\nAda is here.",
        "48_0/Bob.txt": "Bob\n\nBob is here.",
        "48_0/ada_2.txt": "ada\n\nada is here.",
        "48_0_2/Ada.txt": "Ada\n\nAda is here.",
    }
    assert [(case.id, case.answerable, case.only) for case in cases] == [
        ("48#0", True, "48_0/*"),
        ("48*0", False, "48_0_2/*"),
    ]


def test_what_answers_a_question_is_not_known(tmp_path: Path) -> None:
    (case,), _ = read_nomiracl(written(tmp_path, line("1")))
    assert (case.answers, case.evidence) == ((), ())


def test_all_lines_at_fault_are_named(tmp_path: Path) -> None:
    wrong = [line("1"), line("1"), line("2") | {"answerable": "yes"}, line("3") | {"passages": []}, {}]
    with pytest.raises(UsageError) as raised:
        read_nomiracl(written(tmp_path, *wrong))
    told = [each.partition("n.jsonl, ")[2] for each in str(raised.value).split("\n")]
    assert told[:3] == [
        'line 2: the id "1" is on line 1 too',
        "line 3: answerable must be true or false",
        "line 4: passages must not be empty",
    ]
    assert {each.partition(":")[0] for each in told[3:]} == {"line 5"}


def test_a_file_without_questions_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no question"):
        read_nomiracl(written(tmp_path))
