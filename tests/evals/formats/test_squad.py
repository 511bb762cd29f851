"""A SQuAD file becomes files whose spans are exact, as a folder or paragraph by paragraph."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.formats.squad import read_squad
from index.errors import UsageError


def gold(text: str, start: int) -> dict[str, Any]:
    return {"text": text, "answer_start": start}


def asked(number: str, *answers: dict[str, Any]) -> dict[str, Any]:
    return {"id": number, "question": f"Who is {number}?", "is_impossible": not answers, "answers": answers}


def paragraph(context: str, *questions: dict[str, Any]) -> dict[str, Any]:
    return {"context": context, "qas": questions}


ADA = paragraph("Ada wrote. 😀", asked("1", gold("Ada", 0), gold("Ada", 0), gold("Ada wrote", 0)))
BOB = paragraph("Bob read.", asked("2", gold("Bob", 0)), asked("3"))


@pytest.fixture
def squad(tmp_path: Path) -> Path:
    return written(tmp_path, {"title": "A/B", "paragraphs": [ADA, BOB]})


def written(folder: Path, *articles: dict[str, Any]) -> Path:
    (folder / "s.json").write_text(json.dumps({"version": "v2.0", "data": articles}))
    return folder / "s.json"


def test_a_folder_has_a_file_an_article_and_spans_that_are_shifted(squad: Path) -> None:
    cases, articles = read_squad(squad)
    assert articles == {"A_B.txt": "Ada wrote. 😀\n\nBob read."}
    said = [[articles[span.article_id][span.start : span.end] for span in case.evidence] for case in cases]
    assert said == [["Ada", "Ada wrote"], ["Bob"], []]
    assert [case.answers for case in cases] == [("Ada", "Ada wrote"), ("Bob",), ()]
    assert [case.answerable for case in cases] == [True, True, False]
    assert {case.only for case in cases} == {None}


def test_reading_has_a_file_a_paragraph_and_asks_each_question_of_its_own(squad: Path) -> None:
    cases, articles = read_squad(squad, reading=True)
    assert articles == {"A_B/0001.txt": "Ada wrote. 😀", "A_B/0002.txt": "Bob read."}
    assert [case.only for case in cases] == ["A_B/0001.txt", "A_B/0002.txt", "A_B/0002.txt"]
    said = [[articles[span.article_id][span.start : span.end] for span in case.evidence] for case in cases]
    assert said == [["Ada", "Ada wrote"], ["Bob"], []]


def test_articles_of_one_title_are_two_files(tmp_path: Path) -> None:
    path = written(tmp_path, {"title": "X", "paragraphs": [ADA]}, {"title": "x", "paragraphs": [BOB]})
    assert list(read_squad(path)[1]) == ["X.txt", "x_2.txt"]
    assert list(read_squad(path, reading=True)[1]) == ["X/0001.txt", "x_2/0001.txt"]


def test_squad_1_says_nothing_of_impossible_questions(tmp_path: Path) -> None:
    question = {"id": "1", "question": "Who?", "answers": [gold("Ada", 0)]}
    (case,), _ = read_squad(written(tmp_path, {"title": "X", "paragraphs": [paragraph("Ada.", question)]}))
    assert case.answerable


def test_plausible_answers_of_an_impossible_question_are_none(tmp_path: Path) -> None:
    question = asked("1") | {"plausible_answers": [gold("Ada", 0)]}
    (case,), _ = read_squad(written(tmp_path, {"title": "X", "paragraphs": [paragraph("Ada.", question)]}))
    assert (case.answers, case.evidence, case.answerable) == ((), (), False)


@given(st.lists(st.text(alphabet="aé😀\n \ufeff\r", min_size=3, max_size=12), min_size=1, max_size=5), st.booleans())
def test_every_span_holds_its_answer(
    tmp_path_factory: pytest.TempPathFactory, contexts: list[str], reading: bool
) -> None:
    contexts = [f"x{context}" for context in contexts]
    paragraphs = [paragraph(text, asked(str(n), gold(text[:2], 0))) for n, text in enumerate(contexts)]
    cases, articles = read_squad(
        written(tmp_path_factory.mktemp("s"), {"title": "T", "paragraphs": paragraphs}), reading
    )
    for case, context in zip(cases, contexts, strict=True):
        (span,) = case.evidence
        assert articles[span.article_id][span.start :].startswith(context)
        assert articles[span.article_id][span.start : span.end] == case.answers[0]


@pytest.mark.parametrize(
    ("paragraphs", "complaint"),
    [
        (
            [paragraph("Ada.", asked("q7", gold("Bob", 0)))],
            'question "q7": the answer "Bob" does not stand at answer_st',
        ),
        (
            [paragraph("Ada.", asked("q7", gold("Ada", 99)))],
            'question "q7": .* at answer_start 99 of its context, but ""',
        ),
        ([ADA, ADA], 'the question id "1" is there twice'),
        ([], "holds no question"),
        ([paragraph("Ada.", asked("1", {"text": "Ada"}))], "paragraphs.0.qas.0.answers.0.answer_start is missing"),
        ([paragraph("Ada.", asked("1", gold("", 0)))], "answers.0.text must not be empty"),
        ([paragraph("Ada.", {"id": 5, "question": "q"})], "qas.0.id must be text, in quotes"),
        ([{"context": 1, "qas": []}], "data.0.paragraphs.0.context must be text, in quotes"),
    ],
)
def test_a_malformed_file_is_named_with_the_place(tmp_path: Path, paragraphs: list[Any], complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint) as raised:
        read_squad(written(tmp_path, {"title": "X", "paragraphs": paragraphs}))
    assert str(raised.value).startswith(str(tmp_path / "s.json"))


@pytest.mark.parametrize("text", ["", "{", "[]", '{"data": {}}', '{"data": [{"title": "x"}]}', '"\\ud800"'])
def test_what_is_no_squad_file_is_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "s.json").write_text(text)
    with pytest.raises(UsageError, match=r"s\.json is no SQuAD file: \S"):
        read_squad(tmp_path / "s.json")
