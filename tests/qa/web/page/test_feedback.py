"""A thumb becomes a case that `qa eval review` takes; what is wrong is accepted by nobody before it is mended."""

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from evals.cases import load_cases
from evals.drafting.propose import PROPOSED
from evals.drafting.review import ReviewReport, review
from index.catalog.writer import Catalog
from index.errors import UsageError
from qa.web.page import feedback
from qa.web.page.feedback import case_of, feedback_file, keep, kept, sent
from tests.qa.web.page.answers import BOUGHT, SECOND, abstention, counted, fact, listed, timeline, unheard

Told = Callable[[Catalog], dict[str, Any]]


def case(answer: dict[str, Any], catalog: Catalog, right: bool, note: str = "", silent: bool = False) -> dict[str, Any]:
    returned = sent(json.dumps(kept(answer)), catalog.text_of)
    return case_of(returned, right, note, silent, catalog.text_of)


def reviewed(file: Path, catalog: Catalog, *typed: str) -> tuple[ReviewReport, str]:
    lines: Iterator[str] = iter(typed)

    def read_line(_: str) -> str:
        try:
            return next(lines)
        except StopIteration:
            raise EOFError from None

    out = io.StringIO()
    return review(file, catalog.text_of, Console(file=out, width=200), read_line), out.getvalue()


@pytest.mark.parametrize("told", [fact, timeline, listed, counted, abstention, unheard])
def test_what_is_right_is_accepted_as_it_stands(told: Told, catalog: Catalog, tmp_path: Path) -> None:
    file = tmp_path / "cases.jsonl"
    keep(case(told(catalog), catalog, True), file)
    report, shown = reviewed(file, catalog, "a")
    assert (report.accepted, report.left) == (1, 0), shown
    (accepted,) = load_cases(file, catalog.text_of)
    assert accepted.tags == ("feedback", "thumb up")
    assert accepted.answerable == (told not in (abstention, unheard))


@pytest.mark.parametrize("told", [fact, timeline, listed, counted, abstention, unheard])
def test_what_is_wrong_is_not_accepted_before_it_is_mended(told: Told, catalog: Catalog, tmp_path: Path) -> None:
    file = tmp_path / "cases.jsonl"
    keep(case(told(catalog), catalog, False), file)
    report, shown = reviewed(file, catalog, "a", "s")
    assert (report.accepted, report.left) == (0, 1)
    assert "Not accepted" in shown


def test_what_was_listed_and_counted_is_what_a_good_answer_holds(catalog: Catalog) -> None:
    people, articles = case(listed(catalog), catalog, True), case(counted(catalog), catalog, True)
    assert [each["names"] for each in people["items"]] == [["Ida Brandt"], ["Tove Lind"]]
    assert (people["number"], articles["number"]) == (2, 2)
    assert articles["articles"] == ["vote/first.md", "vote/second.md"]
    points = case(timeline(catalog), catalog, True)["points"]
    assert [each["text"].partition(":")[0] for each in points] == ["3 March 2025", "14 April 2025"]


def test_a_reviewer_mends_what_is_wrong(catalog: Catalog, tmp_path: Path) -> None:
    file = tmp_path / "cases.jsonl"
    keep(case(fact(catalog), catalog, False), file)
    report, shown = reviewed(file, catalog, "e", "", "14 April 2025", "", "a")
    assert (report.accepted, report.edited) == (1, 1), shown
    assert load_cases(file, catalog.text_of)[0].answers == ("14 April 2025",)


def test_a_reader_says_what_would_be_right(catalog: Catalog, tmp_path: Path) -> None:
    noted = case(abstention(catalog), catalog, False, note="2.4 million crowns")
    assert noted["evidence"][0]["quote"] == BOUGHT
    silent = case(fact(catalog), catalog, False, silent=True)
    assert (silent["answers"], silent["evidence"]) == ([], [])
    for number, each in enumerate((noted, silent)):
        file = tmp_path / f"{number}.jsonl"
        keep(each, file)
        report, shown = reviewed(file, catalog, "a")
        assert report.accepted == 1, shown


def test_a_question_has_one_proposal_and_keeps_what_was_reviewed(catalog: Catalog, tmp_path: Path) -> None:
    file = tmp_path / "new" / "cases.jsonl"
    keep(case(fact(catalog), catalog, False), file)
    keep(case(fact(catalog), catalog, True), file)
    (line,) = file.read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["status"] == PROPOSED == feedback.PROPOSED
    reviewed(file, catalog, "a")
    keep(case(fact(catalog), catalog, False), file)
    assert len(file.read_text(encoding="utf-8").splitlines()) == 2


def test_a_case_is_one_line_whatever_is_in_it(catalog: Catalog, tmp_path: Path) -> None:
    answer = fact(catalog) | {"short_answer": "line\u2028\x85\x1b[31mred"}
    keep(case(answer, catalog, True), tmp_path / "cases.jsonl")
    text = (tmp_path / "cases.jsonl").read_text(encoding="utf-8")
    assert len(text.splitlines()) == 1
    assert "\x1b" not in text
    assert json.loads(text)["answers"] == ["line\u2028\x85\x1b[31mred"]


@pytest.mark.parametrize(
    "change",
    [
        {"citations": [{"article": SECOND, "start": 0, "quote": "Something else"}]},
        {"citations": [{"article": "../../etc/passwd", "start": 0, "quote": "root"}]},
        {"statements": [{"text": "x", "citations": [7]}]},
        {"statements": "x"},
        {"kind": "poem"},
        {"evidence": [{"article": 1, "start": 0, "end": 1}]},
        {"question": ""},
    ],
)
def test_what_was_not_answered_here_is_refused(change: dict[str, Any], catalog: Catalog) -> None:
    with pytest.raises(UsageError):
        case_of(sent(json.dumps(kept(fact(catalog)) | change), catalog.text_of), True, "", False, catalog.text_of)


@pytest.mark.parametrize("text", ["", "[]", "null", "{}", '{"question": 1}', "[" * 10_000])
def test_what_is_no_answer_is_refused(text: str, catalog: Catalog) -> None:
    with pytest.raises(UsageError, match="ask again"):
        sent(text, catalog.text_of)


def test_the_file_lies_among_the_users_data_whatever_the_folder_is_called() -> None:
    for name in ("news", "../../x", "a/b", "..", "\0", "نشرة"):
        assert feedback_file(name).parent == feedback_file("news").parent
        assert feedback_file(name).name.endswith(".jsonl")
        assert not feedback_file(name).name.startswith(".")
