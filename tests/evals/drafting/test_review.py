"""Every decision of a review is in the file at once, and nothing hostile of an article reaches the terminal."""

import json
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from evals.drafting.propose import PROPOSED
from evals.drafting.review import ReviewReport, review
from index.errors import UsageError

QUOTE = "Eva Lund bought Tirnholm in May 1962."
TEXTS = {"a.txt": f"Before it. {QUOTE} After \x1b[31mit\u202e[bold]x[/bold]. Again: Tom Berg sold it."}


def proposal(number: int, **fields: Any) -> dict[str, Any]:
    evidence = [{"article": "a.txt", "quote": QUOTE}]
    case = {"id": f"draft-{number}", "question": f"Who bought Tirnholm in round {number}?", "answers": ["Eva Lund"]}
    return case | {"evidence": evidence, "tags": ["who"], "status": PROPOSED} | fields


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "cases.jsonl"
    unanswerable = proposal(2, answers=[], evidence=[], tags=["unanswerable", "swap"])
    path.write_text("".join(json.dumps(each) + "\n" for each in (proposal(1), unanswerable, proposal(3))))
    return path


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def reviewed(path: Path, *typed: str, texts: dict[str, str] = TEXTS) -> tuple[ReviewReport, str]:
    """Review with what is typed, the end of input behind it; give the report and what the terminal showed."""
    shown = StringIO()
    console = Console(file=shown, force_terminal=True, width=500, color_system=None)
    waiting: Iterator[str] = iter(typed)

    def read_line(prompt: str) -> str:
        try:
            return next(waiting)
        except StopIteration:
            raise EOFError from None

    report = review(path, texts.get, console, read_line)
    return report, f"{shown.getvalue()}\n{report.to_text(path, Path('my news'))}"


def test_accepted_cases_are_plain_and_deleted_ones_gone(file: Path) -> None:
    report, shown = reviewed(file, "a", "a", "d")
    assert lines(file) == [{k: v for k, v in each.items() if k != "status"} for each in lines(file)]
    assert [each["id"] for each in lines(file)] == ["draft-1", "draft-2"]
    assert (report.accepted, report.deleted, report.left, report.cases) == (2, 1, 0, 2)
    assert f"qa eval {file} --articles 'my news'" in shown


def test_each_decision_is_in_the_file_before_the_next_is_asked_for(file: Path) -> None:
    states = []

    def read_line(prompt: str) -> str:
        states.append([each.get("status") for each in lines(file)])
        return "a" if len(states) < 3 else "q"

    review(file, TEXTS.get, Console(file=StringIO(), force_terminal=True), read_line)
    assert states == [[PROPOSED] * 3, [None, PROPOSED, PROPOSED], [None, None, PROPOSED]]
    assert [each.name for each in file.parent.iterdir()] == ["cases.jsonl"]


def test_a_review_goes_on_where_it_was_left(file: Path) -> None:
    first, shown = reviewed(file, "a", "q")
    assert (first.left, first.cases) == (2, 1)
    assert f"qa eval review {file} --articles 'my news'" in shown
    second, shown = reviewed(file, "s", "a")
    assert "draft" not in shown
    assert "round 1" not in shown
    assert (second.skipped, second.accepted, second.left) == (1, 1, 1)


def test_the_end_of_input_leaves_the_rest_proposed(file: Path) -> None:
    report, _ = reviewed(file)
    assert report.left == 3
    report, _ = reviewed(file, "e", "Who bought the isle of Tirnholm?")
    assert lines(file)[0]["question"] == "Who bought Tirnholm in round 1?"


def test_an_edit_changes_question_answers_and_quote_and_is_shown_again(file: Path) -> None:
    report, shown = reviewed(file, "e", "Who bought Tirnholm?", "Eva Lund | Lund", "Eva Lund bought Tirnholm", "a", "q")
    case = lines(file)[0]
    assert case["question"] == "Who bought Tirnholm?"
    assert case["answers"] == ["Eva Lund", "Lund"]
    assert case["evidence"] == [{"article": "a.txt", "quote": "Eva Lund bought Tirnholm"}]
    assert "status" not in case
    assert shown.count("Who bought Tirnholm?") == 1
    assert (report.edited, report.accepted) == (1, 1)


def test_enter_keeps_what_was_there(file: Path) -> None:
    before = lines(file)[0]
    reviewed(file, "e", "", "", "", "q")
    assert lines(file)[0] == before


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        (("", "", "Eva Lund sold Tirnholm."), "does not hold the quote"),
        (("", "Tom Berg", ""), "none of the answers stands in the quote"),
    ],
)
def test_an_edit_that_does_not_stand_in_the_article_is_refused(
    file: Path, typed: tuple[str, ...], complaint: str
) -> None:
    before = lines(file)
    report, shown = reviewed(file, "e", *typed, "q")
    assert complaint in shown
    assert report.edited == 0
    assert lines(file) == before


@pytest.mark.parametrize("texts", [{}, {"a.txt": "Another text."}])
def test_a_case_whose_quote_is_gone_is_not_accepted(file: Path, texts: dict[str, str]) -> None:
    report, shown = reviewed(file, "a", "d", "q", texts=texts)
    assert "Not accepted" in shown
    assert (report.accepted, report.deleted) == (0, 1)


def test_the_quote_is_shown_in_its_context_without_control_characters_or_markup(file: Path) -> None:
    _, shown = reviewed(file, "q")
    assert f"Before it. {QUOTE} After [31mit[bold]x[/bold]." in shown
    assert "\x1b" not in shown
    assert "\u202e" not in shown


def test_a_hostile_proposal_is_shown_on_its_lines_without_control_characters(file: Path) -> None:
    file.write_text(json.dumps(proposal(1, question="Who\x1b]0;x\x07?\nAnswer: [red]no", answers=["a\x9bb"])) + "\n")
    _, shown = reviewed(file, "q")
    assert "Who]0;x? Answer: [red]no" in shown
    assert not {"\x1b", "\x07", "\x9b"} & set(shown)


def test_what_is_typed_wrongly_is_asked_again(file: Path) -> None:
    report, _ = reviewed(file, "", "x", "A", "q")
    assert report.accepted == 1


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{", "line 4"),
        ('{"id": "x", "question": "Who?"}', "'answers' is missing"),
        ('{"id": "x", "question": 1, "answers": []}', "must be text"),
        ('"x"', "line 4"),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_written(file: Path, line: str, complaint: str) -> None:
    with file.open("a") as opened:
        opened.write(line)
    before = file.read_bytes()
    with pytest.raises(UsageError, match=complaint):
        reviewed(file, "a")
    assert file.read_bytes() == before


def test_a_missing_file_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="qa eval draft FOLDER --out"):
        reviewed(tmp_path / "none.jsonl")


def test_when_every_proposal_is_deleted_the_report_says_so(file: Path) -> None:
    _, shown = reviewed(file, "d", "d", "d")
    assert "No case is left" in shown
    assert lines(file) == []


def test_without_a_terminal_it_says_so(file: Path) -> None:
    code = "import sys; from evals.drafting.review import *; review_in_terminal(Path(sys.argv[1]), {}.get)"
    run = subprocess.run([sys.executable, "-c", code, str(file)], input="a\n", capture_output=True, text=True)
    assert "UsageError: Proposals are reviewed in a terminal" in run.stderr
    assert all(each["status"] == PROPOSED for each in lines(file))


def broad_proposal(**fields: Any) -> dict[str, Any]:
    case = {"id": "draft-9", "question": "What is the article about?", "kind": "overview", "status": PROPOSED}
    quotes = [QUOTE, "Tom Berg sold it."]
    return (
        case
        | {
            "points": [{"text": quote, "evidence": [{"article": "a.txt", "quote": quote}]} for quote in quotes],
            "items": [{"names": ["Eva Lund", "Lund"], "evidence": [{"article": "a.txt", "quote": QUOTE}]}],
            "number": 2,
            "articles": ["a.txt"],
        }
        | fields
    )


def reviewed_broad(path: Path, *typed: str, **fields: Any) -> tuple[dict[str, Any], str]:
    path.write_text(json.dumps(broad_proposal(**fields)) + "\n")
    _, shown = reviewed(path, *typed)
    return lines(path)[0], shown


def test_a_broad_proposal_is_shown_with_all_that_a_good_answer_holds(file: Path) -> None:
    case, shown = reviewed_broad(file, "a")
    assert "status" not in case
    for told in ("Kind: overview", "Number: 2", "Article: a.txt", f"Point: {QUOTE}", "Item: Eva Lund | Lund"):
        assert told in shown
    assert shown.count("Again: Tom Berg sold it.") == 3, "points and items stand amid their article"
    assert "\x1b[31m" not in shown


def test_a_broad_proposal_is_edited_field_by_field(file: Path) -> None:
    case, _ = reviewed_broad(file, "e", "What is it about?", "Lund bought it.", "-", "3", "", "a")
    assert case["question"] == "What is it about?"
    assert [each["text"] for each in case["points"]] == ["Lund bought it."]
    assert (case["number"], case["articles"]) == (3, ["a.txt"])
    assert "status" not in case


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        (("", "", "", "three", ""), "number must be a number"),
        (("", "", "", "", "b.txt"), 'there is no article "b.txt"'),
    ],
)
def test_an_edit_of_a_broad_proposal_that_makes_no_case_is_refused(
    file: Path, typed: tuple[str, ...], complaint: str
) -> None:
    case, shown = reviewed_broad(file, "e", *typed, "q")
    assert f"Not changed: {complaint}" in shown
    assert case == broad_proposal()
