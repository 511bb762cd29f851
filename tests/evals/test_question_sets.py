"""A set's format is told from its name and content, and what it brings is written for the chosen cases only."""

import json
from pathlib import Path
from typing import Any

import pytest

from evals.cases import Case
from evals.question_sets import Format, bring_set, find_format, load_set
from index.article_index import ArticleIndex
from index.errors import UsageError
from index.filter import Filter
from qa.ask import ask
from qa.testing import HashingEmbedding, ScriptedLLM

CASE = {"id": "1", "question": "Who wrote?", "answers": ["Ada"]}


def question(number: int, name: str) -> dict[str, Any]:
    return {"id": str(number), "question": f"Who wrote {number}?", "answers": [{"text": name, "answer_start": 0}]}


def paragraph(number: int, name: str) -> dict[str, Any]:
    return {"context": f"{name} wrote book {number}.", "qas": [question(number, name)]}


SQUAD = {"data": [{"title": "[Books]", "paragraphs": [paragraph(1, "Ada"), paragraph(2, "Bob")]}]}
NOMIRACL = [
    {
        "id": f"q{n}",
        "question": "Who wrote?",
        "answerable": True,
        "passages": [{"title": name, "text": f"{name} wrote."}],
    }
    for n, name in enumerate(["Ada", "Bob", "Eve"])
]


@pytest.fixture
def squad(tmp_path: Path) -> Path:
    (tmp_path / "set.json").write_text(json.dumps(SQUAD))
    return tmp_path / "set.json"


@pytest.fixture
def nomiracl(tmp_path: Path) -> Path:
    (tmp_path / "set.jsonl").write_text("\n".join(map(json.dumps, NOMIRACL)))
    return tmp_path / "set.jsonl"


def files_below(folder: Path) -> set[str]:
    return {each.relative_to(folder).as_posix() for each in folder.rglob("*.txt")}


@pytest.mark.parametrize(
    ("name", "text", "form"),
    [
        ("a.csv", '{"data": []}', Format.CSV),
        ("a.JSON", json.dumps(SQUAD, indent=1), Format.SQUAD),
        ("a.json", json.dumps(CASE), Format.JSONL),
        ("a.jsonl", "\n\n" + json.dumps(NOMIRACL[0]), Format.NOMIRACL),
        ("a.jsonl", "\ufeff" + json.dumps(NOMIRACL[0]) + "\n{", Format.NOMIRACL),
        ("a.jsonl", json.dumps(CASE), Format.JSONL),
        ("a.jsonl", "[" * 100_000, Format.JSONL),
        ("a.txt", "", Format.JSONL),
    ],
)
def test_the_format_is_told_from_name_and_content(tmp_path: Path, name: str, text: str, form: Format) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert find_format(tmp_path / name) is form


def test_a_format_that_is_named_is_taken(tmp_path: Path) -> None:
    assert find_format(tmp_path / "none.csv", "SQuAD") is Format.SQUAD
    with pytest.raises(UsageError, match="no format 'xml': use one of jsonl, squad, nomiracl, csv"):
        find_format(tmp_path / "none.csv", "xml")


def test_a_file_that_is_not_there_has_no_format(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        find_format(tmp_path / "none.jsonl")


def test_two_formats_ask_of_a_persons_folder(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps(CASE))
    (tmp_path / "a.csv").write_text("id,question,answer\n1,Who wrote?,Ada\n")
    read = [load_set(tmp_path / f"a.{form}", form, lambda _: None) for form in (Format.JSONL, Format.CSV)]
    assert read[0] == read[1] == [Case("1", "Who wrote?", ("Ada",), (), True)]
    assert [form for form in Format if form.brings_articles] == [Format.SQUAD, Format.NOMIRACL]


def test_a_whole_folder_is_written_even_for_one_question(squad: Path, tmp_path: Path) -> None:
    cases = bring_set(squad, Format.SQUAD, tmp_path / "f", choose=lambda cases: cases[:1])
    assert [case.id for case in cases] == ["1"]
    assert (tmp_path / "f" / "_Books_.txt").read_text() == "Ada wrote book 1.\n\nBob wrote book 2."


def test_only_the_paragraphs_and_passages_of_chosen_cases_are_written(
    squad: Path, nomiracl: Path, tmp_path: Path
) -> None:
    bring_set(squad, Format.SQUAD, tmp_path / "f", reading=True, choose=lambda cases: cases[1:])
    assert files_below(tmp_path / "f") == {"_Books_/0002.txt"}
    bring_set(nomiracl, Format.NOMIRACL, tmp_path / "f", choose=lambda cases: cases[1:])
    assert files_below(tmp_path / "f") == {"q1/Bob.txt", "q2/Eve.txt"}
    bring_set(nomiracl, Format.NOMIRACL, tmp_path / "f")
    assert files_below(tmp_path / "f") == {"q0/Ada.txt", "q1/Bob.txt", "q2/Eve.txt"}


@pytest.mark.parametrize("form", [Format.SQUAD, Format.NOMIRACL])
def test_a_question_is_asked_of_its_own_articles_only(
    squad: Path, nomiracl: Path, tmp_path: Path, form: Format
) -> None:
    path = squad if form is Format.SQUAD else nomiracl
    cases = bring_set(path, form, tmp_path / "f", reading=True)
    index = ArticleIndex(tmp_path / "f", tmp_path / "index", HashingEmbedding())
    index.sync()
    shown = []
    for case in cases:
        answer = ask(case.question, index, ScriptedLLM(replies=["not stated"]), only=Filter(article=case.only))
        shown.append({each.text.partition(" ")[0] for each in answer.evidence if " wrote" in each.text})
    index.close()
    assert shown == [{"Ada"}, {"Bob"}, {"Eve"}][: len(cases)]
