"""Cases are checked when they are read, metrics agree with their definitions, verdicts with the files."""

import json
import os
from pathlib import Path

import pytest
from conftest import MakeFolder

from evals.cases import draw, load_cases, load_squad
from evals.metrics import exact_match, f1, normalize
from evals.report import Report
from evals.run import judge, stands_in_file
from index.article_index import ArticleIndex
from index.errors import UsageError
from qa.answer import Span
from qa.ask import ask
from qa.testing import HashingEmbedding, ScriptedLLM

SEEDS = Path(__file__).parent.parent / "evals" / "seeds.jsonl"


def test_the_seed_set_is_large_enough_and_a_third_of_it_cannot_be_answered(seeds: Path) -> None:
    cases = load_cases(SEEDS, seeds)
    unanswerable = [case for case in cases if not case.answerable]
    assert len(cases) >= 40
    assert len(unanswerable) >= len(cases) / 3
    assert len({case.question for case in cases}) == len(cases)


def test_every_seed_answer_but_paraphrases_stands_in_its_evidence(seeds: Path) -> None:
    text = (seeds / "000_a545c6f73c904d3a.txt").read_text(encoding="utf-8")
    for case in load_cases(SEEDS, seeds):
        assert not case.answerable or any(answer in text for answer in case.answers), case.question
        assert case.answerable == bool(case.evidence)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{", "line 2"),
        ('{"id": 1, "question": "q"}', "line 2: no field 'answers'"),
        ('{"id": "1", "question": "q", "answers": [], "evidence": [{"article": "a.txt", "quote": "no"}]}', "not hold"),
        ('{"id": "1", "question": "q", "answers": [], "evidence": [{"article": "b.txt", "quote": "no"}]}', "b.txt"),
        ('{"id": "0", "question": "q", "answers": []}', "the id 0 is there twice"),
        ("[]", "line 2"),
    ],
)
def test_a_bad_case_is_named_with_its_line(tmp_path: Path, line: str, complaint: str) -> None:
    (tmp_path / "a.txt").write_text("Some text.")
    (tmp_path / "cases.jsonl").write_text('{"id": "0", "question": "q", "answers": []}\n' + line)
    with pytest.raises(UsageError, match=complaint):
        load_cases(tmp_path / "cases.jsonl", tmp_path)


def test_a_file_without_cases_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "cases.jsonl").write_text("\n")
    with pytest.raises(UsageError, match="holds no case"):
        load_cases(tmp_path / "cases.jsonl", tmp_path)


def test_normalising_follows_squad() -> None:
    assert normalize("The  U.S. Navy, an army!") == "us navy army"


@pytest.mark.parametrize(
    ("prediction", "golds", "em", "best"),
    [
        ("the Lavrov", ["Lavrov"], 1.0, 1.0),
        ("Sergei Lavrov", ["Lavrov", "Putin"], 0.0, 2 / 3),
        ("Putin", ["Lavrov"], 0.0, 0.0),
        ("a b b", ["b b c d"], 0.0, 2 * 2 / (2 + 4)),
        ("", ["x"], 0.0, 0.0),
        ("x", [], 0.0, 0.0),
    ],
)
def test_em_and_f1_are_the_definitions(prediction: str, golds: list[str], em: float, best: float) -> None:
    assert exact_match(prediction, golds) == em
    assert f1(prediction, golds) == pytest.approx(best)


def test_a_squad_file_becomes_a_folder_whose_spans_are_exact(tmp_path: Path) -> None:
    def asked(number: str, *answers: dict[str, object]) -> dict[str, object]:
        return {"id": number, "question": "Who?", "is_impossible": not answers, "answers": answers}

    ada, bob = {"text": "Ada", "answer_start": 0}, {"text": "Bob", "answer_start": 0}
    paragraphs = [
        {"context": "Ada wrote. 😀", "qas": [asked("1", ada)]},
        {"context": "Bob read.", "qas": [asked("2", bob), asked("3")]},
    ]
    (tmp_path / "s.json").write_text(json.dumps({"data": [{"title": "A/B", "paragraphs": paragraphs}]}))
    cases = load_squad(tmp_path / "s.json", tmp_path / "articles")
    text = (tmp_path / "articles" / "A_B.txt").read_bytes().decode()
    assert [[text[span.start : span.end] for span in case.evidence] for case in cases] == [["Ada"], ["Bob"], []]
    assert [case.answerable for case in cases] == [True, True, False]


def test_a_draw_is_the_same_for_the_same_seed_and_two_thirds_answerable(seeds: Path) -> None:
    cases = load_cases(SEEDS, seeds)
    drawn = draw(cases, 12, seed=3)
    assert drawn == draw(cases, 12, seed=3) != draw(cases, 12, seed=4)
    assert sum(case.answerable for case in drawn) == 8


def test_quote_stands_where_a_text_file_says_it_now_or_an_article_of_another_format_as_it_is_indexed(
    make_folder: MakeFolder, tmp_path: Path
) -> None:
    quote = "The café 🦉 opened."
    text = f"So it is.\r\n{quote}"
    folder = make_folder(
        {
            "a.txt": text.encode("utf-8-sig"),
            "b.md": text.encode("utf-16"),
            os.fsdecode(b"caf\xe9.txt"): text,
            "c.html": f"<meta charset='utf-8'><p>So it is.</p><p>{quote}</p>",
            "d.jsonl": json.dumps({"text": text}),
        }
    )
    index = ArticleIndex(folder, tmp_path / "index", HashingEmbedding())
    index.sync()
    for article_id in ("a.txt", "b.md", "caf\\xe9.txt", "c.html", "d.jsonl#1"):
        assert stands_in_file(Span(article_id, 11, 30), quote, index)
        assert not stands_in_file(Span(article_id, 10, 29), quote, index)
    make_folder({"a.txt": "Another text."})
    assert not stands_in_file(Span("a.txt", 11, 30), quote, index)
    assert not stands_in_file(Span("e.html", 11, 30), quote, index)
    index.close()


def test_figures_tell_right_wrong_and_abstained_apart(seeds: Path, tmp_path: Path) -> None:
    index = ArticleIndex(seeds, tmp_path / "index", HashingEmbedding())
    index.sync()
    by_question = {case.question: case for case in load_cases(SEEDS, seeds)}
    script = {
        "Who did Rubio call?": "Sergei Lavrov [1]",
        "Who is Trump's special envoy?": "CNN [1]",
        "Where was Trump when he spoke about land and power plants?": "not stated",
        "Who did Blinken call?": "not stated",
        "How old is Keir Starmer?": "Keir Starmer [1]",
    }
    verdicts = [judge(by_question[q], ask(q, index, ScriptedLLM(replies=[r])), index) for q, r in script.items()]
    figures = Report(verdicts, {}).figures()
    assert [verdict.right for verdict in verdicts] == [True, False, False, True, False]
    assert figures["right"] == pytest.approx(1 / 3)
    assert figures["wrongly_abstained"] == pytest.approx(1 / 3)
    assert figures["abstained"] == 0.5
    assert figures["refusal_precision"] == 0.5
    assert figures["citation_validity"] == 1.0
    assert figures["citation_recall"] == 1.0
    text = Report(verdicts, {}).to_text()
    assert "3 of 5 missed" in text
    assert "How old is Keir Starmer?" in text
