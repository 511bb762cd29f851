"""Verdicts agree with the files, figures with the verdicts."""

import dataclasses
import json
import os
from pathlib import Path
from typing import Any

import pytest

from evals.case_verdict import Verdict, judge_answer, judge_retrieval, stands_in_file
from evals.cases import Case, load_cases
from evals.figures import counts, figures, figures_by_kind, to_text
from index.article_index import ArticleIndex
from qa.answer import Span
from qa.ask import ask
from qa.reading.confidence import confidence_of
from qa.testing import HashingEmbedding, ScriptedLLM
from tests.support import ROOT
from tests.support.articles import MakeFolder

SEEDS = ROOT / "evals" / "seeds.jsonl"


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


def seed_cases(index: ArticleIndex) -> dict[str, Case]:
    return {case.question: case for case in load_cases(SEEDS, index.catalog.text_of)}


def verdict(case: Case, reply: str, index: ArticleIndex) -> Verdict:
    passages = index.retriever().retrieve(case.question)
    answer = ask(case.question, index, ScriptedLLM(replies=[reply]))
    return Verdict(**judge_retrieval(case, passages, answer.evidence, index) | judge_answer(case, answer, index))


def test_figures_tell_right_wrong_and_abstained_apart(seed_index: ArticleIndex) -> None:
    cases = seed_cases(seed_index)
    script = {
        "Who did Rubio call?": "Sergei Lavrov [1]",
        "Who is Trump's special envoy?": "CNN [1]",
        "Where was Trump when he spoke about land and power plants?": "not stated",
        "Who did Blinken call?": "not stated",
        "How old is Keir Starmer?": "Putin [1]",
    }
    verdicts = [verdict(cases[question], reply, seed_index) for question, reply in script.items()]
    found = {name: figure.value for name, figure in figures(verdicts).items()}
    assert [each.right for each in verdicts] == [True, False, False, True, False]
    assert found["right"] == pytest.approx(1 / 3)
    assert found["wrongly_abstained"] == pytest.approx(1 / 3)
    assert found["abstained"] == found["hallucinated"] == found["refusal_precision"] == 0.5
    assert found["citation_validity"] == found["citation_recall"] == found["citation_precision"] == 1.0
    assert found["recall_at_10"] == found["evidence_recall"] == 1.0
    assert counts(verdicts) == {"answerable": 3, "unanswerable": 2, "unscored": 0}


def test_figures_of_confidence_are_over_the_answers_alone(seed_index: ArticleIndex) -> None:
    cases = seed_cases(seed_index)
    right = verdict(cases["Who did Rubio call?"], "Sergei Lavrov [1]", seed_index)
    abstained = verdict(cases["Who did Blinken call?"], "not stated", seed_index)
    assert right.confidence == confidence_of(right.signals)
    assert abstained.confidence is None
    found = figures([right, abstained])
    assert (found["brier"].n, found["ece"].n, found["aurc"].n) == (1, 1, 1)
    assert found["brier"].value == pytest.approx((1 - (right.confidence or 0)) ** 2)
    assert found["aurc"].value == 0.0


def test_the_text_names_what_was_missed_and_what_could_not_be_judged(seed_index: ArticleIndex) -> None:
    cases = seed_cases(seed_index)
    missed = verdict(cases["How old is Keir Starmer?"], "Putin [1]", seed_index)
    failed = Verdict(id="f", question="Who failed?", answerable=True, unscored_reason="the model failed")
    text = to_text(as_run([missed, failed]))
    assert "1 of 2 missed" in text
    assert "How old is Keir Starmer?" in text
    assert "not judged: the model failed" in text


def test_what_was_not_judged_is_counted_and_never_wrong(seed_index: ArticleIndex) -> None:
    right = verdict(seed_cases(seed_index)["Who did Rubio call?"], "Sergei Lavrov [1]", seed_index)
    failed = Verdict(id="f", question="Who failed?", answerable=True, unscored_reason="the model failed")
    found = figures([right, failed])
    assert (found["right"].value, found["right"].n) == (1.0, 1)
    assert counts([right, failed])["unscored"] == 1


def test_an_answer_without_known_words_is_neither_right_nor_wrong(seed_index: ArticleIndex) -> None:
    case = Case("n", "Who did Rubio call?", (), (), answerable=True)
    answered, abstained = (verdict(case, reply, seed_index) for reply in ("Sergei Lavrov [1]", "not stated"))
    assert (answered.right, answered.f1) == (None, None)
    assert (abstained.right, abstained.f1) == (None, None)
    found = figures(
        [answered, abstained, verdict(seed_cases(seed_index)["How old is Keir Starmer?"], "Starmer [1]", seed_index)]
    )
    assert found["wrongly_abstained"].value == 0.5
    assert (found["right"].n, found["brier"].n, found["aurc"].n) == (0, 0, 0)
    assert (found["recall_at_1"].n, found["citation_recall"].n) == (0, 0)


def test_a_verdict_is_the_same_after_it_was_written_and_read(seed_index: ArticleIndex) -> None:
    before = verdict(seed_cases(seed_index)["Who did Rubio call?"], "Sergei Lavrov [1]", seed_index)
    assert Verdict.of(json.loads(json.dumps(dataclasses.asdict(before))) | {"later": 1}) == before


def test_abstention_is_counted_as_the_field_does() -> None:
    outcomes = [(True, False)] * 6 + [(True, True)] * 2 + [(False, False)] + [(False, True)] * 3
    verdicts = [
        Verdict(str(n), "Who?", answerable, scored=True, answer={"abstained": abstained, "confidence": None})
        for n, (answerable, abstained) in enumerate(outcomes)
    ]
    found = figures(verdicts)
    assert (found["hallucinated"].value, found["wrongly_abstained"].value) == (1 / 4, 2 / 8)
    assert (found["refusal_precision"].value, found["abstained"].value) == (3 / 5, 3 / 4)
    assert figures(verdicts[:1])["refusal_precision"].value is None


def as_run(verdicts: list[Verdict]) -> dict[str, Any]:
    return {
        "figures": {name: dataclasses.asdict(figure) for name, figure in figures(verdicts).items()},
        "cases": [dataclasses.asdict(each) for each in verdicts],
    }


def broad_verdict(number: int, kind: str, right: bool, **scores: float) -> Verdict:
    lacking = [] if right else ["The dock was closed."]
    answer = {"abstained": False, "confidence": None, "answer": "It is open. " * 40}
    return Verdict(
        f"b{number}",
        f"What of {number}?",
        answerable=True,
        gold=[{"article": "a.txt"}],
        scored=True,
        right=right,
        cited_spans=2,
        valid=2,
        seconds=number,
        answer=answer,
        kind=kind,
        scores=scores,
        missed=lacking,
    )


def test_broad_questions_have_figures_of_their_kind_beside_those_of_all(seed_index: ArticleIndex) -> None:
    fact = verdict(seed_cases(seed_index)["Who did Rubio call?"], "Sergei Lavrov [1]", seed_index)
    overviews = [broad_verdict(number, "overview", number > 1, points_carried=number / 4) for number in (1, 2, 3)]
    verdicts = [fact, *overviews, broad_verdict(4, "list", True, set_f1=0.6, set_recall=0.5, set_precision=0.75)]
    found = figures(verdicts)
    assert (found["points_carried"].value, found["points_carried"].n) == (0.5, 3)
    assert (found["set_f1"].value, found["right"].value) == (0.6, 0.8)
    assert found["citation_recall"].n == found["exact_match"].n == 1, "a broad answer is cited and worded otherwise"
    assert found["citation_validity"].n == 5
    by_kind = figures_by_kind(verdicts)
    assert list(by_kind) == ["list", "overview"]
    assert by_kind["overview"].keys() == {"right", "wrongly_abstained", "points_carried", "seconds_median"}
    assert by_kind["overview"]["right"].value == pytest.approx(2 / 3)
    assert by_kind["overview"]["points_carried"].low == pytest.approx(0.25)
    assert by_kind["list"]["seconds_median"].value == 4


def test_the_text_has_a_table_for_each_kind_and_what_a_missed_answer_lacks() -> None:
    verdicts = [broad_verdict(1, "timeline", False, points_carried=0.0), broad_verdict(2, "timeline", True)]
    kinds = {
        kind: {n: dataclasses.asdict(f) for n, f in found.items()} for kind, found in figures_by_kind(verdicts).items()
    }
    text = to_text(as_run(verdicts) | {"kinds": kinds})
    table = text.partition("\ntimeline\n")[2]
    assert table.startswith("right  ")
    assert "1 of 2 missed" in table
    assert "lacks:  The dock was closed." in table
    assert max(map(len, text.splitlines())) < 230, "a long answer is cut"


def test_a_fact_that_is_called_one_has_its_plan_judged(seed_index: ArticleIndex) -> None:
    case = seed_cases(seed_index)["Who did Rubio call?"]
    named = verdict(dataclasses.replace(case, kind="fact"), "Sergei Lavrov [1]", seed_index)
    assert (named.scores, named.is_broad, named.f1) == ({"kind_planned": 1.0}, False, 1.0)
    assert verdict(case, "Sergei Lavrov [1]", seed_index).scores == {}
