"""The gate is red when answers get worse by more than chance allows, names what got worse, and is green otherwise."""

import random
from pathlib import Path
from typing import Any

import pytest

from evals.gate import Change, compare, failures, load_baseline, to_text, write_baseline
from evals.run_file import write_run
from index.errors import UsageError


def run_of(right: list[bool], validity: float = 1.0) -> dict[str, Any]:
    """Make a run of answerable cases, each answered with one citation."""
    cases = [
        {
            "id": f"case-{number}",
            "question": f"Who came {number}th?",
            "answerable": True,
            "answers": ["Ada"],
            "gold": [{"article": "a.txt", "start": 0, "end": 3, "quote": "Ada"}],
            "scored": True,
            "right": each,
            "exact_match": float(each),
            "f1": float(each),
            "reciprocal_rank": 1.0 if each else 0.5,
            "cited_spans": 1,
            "valid": validity,
            "holding": int(each),
            "touching": 1,
            "answer": {"answer": "Ada", "short_answer": "Ada", "abstained": False, "reason": None, "confidence": 0.5}
            | {"citations": []},
        }
        for number, each in enumerate(right)
    ]
    settings = {"articles": "/home/ada/news", "index": None, "models_dir": "/home/ada/models", "llm": "local"}
    return {"version": 1, "id": "r", "settings": settings, "figures": {}, "cases": cases}


def named(changes: list[Change]) -> set[str]:
    return {each.name for each in changes}


def test_the_same_run_is_green() -> None:
    changes = compare(run_of([True, False] * 20), run_of([True, False] * 20))
    assert failures(changes) == []
    assert all(each.difference == 0 and not each.fallen and not each.risen for each in changes)


def test_what_got_much_worse_is_red_and_its_cases_are_named() -> None:
    changes = compare(run_of([True] * 40), run_of([False] * 8 + [True] * 32))
    red = failures(changes)
    assert named(red) == {"exact_match", "f1", "right", "mrr", "citation_recall"}
    (right,) = (each for each in red if each.name == "right")
    assert right.fallen == tuple(f"case-{number}  Who came {number}th?" for number in range(8))
    text = to_text(changes)
    assert "WORSE" in text
    assert "Who came 7th?" in text


def test_what_chance_allows_is_green() -> None:
    changes = compare(run_of([True] * 40), run_of([False] + [True] * 39))
    assert failures(changes) == []
    assert next(each for each in changes if each.name == "right").fallen == ("case-0  Who came 0th?",)


def test_as_many_better_as_worse_is_green() -> None:
    changes = compare(run_of([True] * 10 + [False] * 10), run_of([False] * 10 + [True] * 10))
    assert failures(changes) == []


def test_what_got_better_is_no_failure() -> None:
    changes = compare(run_of([False] * 20 + [True] * 20), run_of([True] * 40))
    assert failures(changes) == []
    assert "right" in {each.name for each in changes if each.better}


def test_one_invalid_citation_is_red() -> None:
    worse = run_of([True] * 40)
    worse["cases"][0]["valid"] = 0
    assert named(failures(compare(run_of([True] * 40), worse))) == {"citation_validity"}


def test_only_cases_with_the_same_words_are_compared() -> None:
    after = run_of([False] * 40)
    for case in after["cases"][:38]:
        case["question"] += " Tell me."
    (right,) = (each for each in compare(run_of([True] * 40), after) if each.name == "right")
    assert (right.n, right.before, right.after) == (2, 1.0, 0.0)


def test_runs_without_a_common_case_cannot_be_compared() -> None:
    after = run_of([True])
    after["cases"][0]["id"] = "another"
    with pytest.raises(UsageError, match="no case in common"):
        compare(run_of([True]), after)


def test_the_order_of_cases_does_not_count() -> None:
    before, after = run_of([True] * 30 + [False] * 10), run_of([True] * 22 + [False] * 18)
    same = compare(before, after)
    random.Random(1).shuffle(before["cases"])
    assert compare(before, after) == same


def test_a_baseline_keeps_what_is_compared_and_no_place_of_the_machine(tmp_path: Path) -> None:
    run = run_of([True, False] * 10)
    write_baseline(run, tmp_path / "baseline.json")
    assert "/home/ada" not in (tmp_path / "baseline.json").read_text(encoding="utf-8")
    kept = load_baseline(tmp_path / "baseline.json")
    assert [each.difference for each in compare(kept, run)] == [0] * len(compare(run, run))
    assert run["settings"]["articles"] == "/home/ada/news"


@pytest.mark.parametrize("content", [None, "", "{}", '{"version": 99, "cases": []}', "[1]"])
def test_what_is_no_baseline_is_told_with_its_cure(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "b.json").write_text(content)
    with pytest.raises(UsageError, match=r"make (it|one) with"):
        load_baseline(tmp_path / "b.json")


def test_a_run_reads_as_it_was_written(tmp_path: Path) -> None:
    run = run_of([True]) | {"odd": "caf\u00e9 \ud800"}
    write_run(run, tmp_path / "deep" / "run.json")
    assert load_baseline(tmp_path / "deep" / "run.json") == run
    assert len((tmp_path / "deep" / "run.json").read_text().splitlines()) > 10


def test_broad_questions_are_compared_as_others_are() -> None:
    before, after = run_of([True] * 20), run_of([True] * 20)
    for case, worse in zip(before["cases"], after["cases"], strict=True):
        case |= {"kind": "overview", "scores": {"points_carried": 0.75, "set_recall": 1.0}}
        worse |= {"kind": "overview", "scores": {"points_carried": 0.5, "set_recall": 0.5}}
    changes = compare(before, after)
    assert {"points_carried", "set_recall"} <= {each.name for each in changes if each.worse}
    assert named(failures(changes)) == {"points_carried"}, "of a set its F1 is what counts"
    assert "points carried" in to_text(changes)
