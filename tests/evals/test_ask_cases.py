"""A run asks every case once, keeps what fails apart, and its cases may come from a file or a folder."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.base.llms.types import ChatMessage, ChatResponse

from evals.ask_cases import Request, ask_cases, judge_case, run_cases
from evals.broad_gold import BroadGold, Point
from evals.cases import Case
from evals.run_file import RunLog, load_run
from index.article_index import ArticleIndex
from index.errors import ModelError, UsageError
from qa.answer import Span
from qa.events import nobody
from qa.settings import Settings
from qa.testing import ScriptedLLM

ARTICLE = "000_a545c6f73c904d3a.txt"
CASES = [
    Case("call", "Who did Rubio call?", ("Sergei Lavrov",), (Span(ARTICLE, 1290, 1303),), answerable=True),
    Case("blinken", "Who did Blinken call?", (), (), answerable=False),
    Case("envoy", "Who is Trump's special envoy?", ("Steve Witkoff",), (), answerable=True),
]
REPLIES = ["Sergei Lavrov [1]", "not stated", "Steve Witkoff [1]"]


class FailingLLM(ScriptedLLM):
    """A model that fails where its reply would be "fail"."""

    def chat(self, messages: Any, **kwargs: Any) -> ChatResponse:
        reply = super().chat(messages, **kwargs)
        if reply.message.content == "fail":
            raise ModelError("the endpoint is gone")
        return ChatResponse(message=ChatMessage(content=reply.message.content))


@pytest.fixture(autouse=True)
def own_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def run(index: ArticleIndex, replies: list[str], out: Path, settings: Settings | None = None) -> dict[str, Any]:
    judge = partial(judge_case, index=index, llm=FailingLLM(replies=replies), settings=settings or Settings())
    return ask_cases(CASES, RunLog({"cases_file": "c.jsonl", "out": str(out)}, out), nobody, judge)


def test_a_run_holds_every_answer_with_its_evidence_and_signals(seed_index: ArticleIndex, tmp_path: Path) -> None:
    made = run(seed_index, REPLIES, tmp_path / "run.json")
    assert made == load_run(tmp_path / "run.json")
    first, second, _ = made["cases"]
    assert [case["right"] for case in made["cases"]] == [True, True, True]
    assert made["figures"]["right"]["value"] == 1.0
    assert any("Rubio called" in each["text"] for each in first["answer"]["evidence"])
    assert first["signals"]["stated"] > -2
    assert len(first["retrieved"]) > 0
    assert second["answer"]["abstained"] is True


def test_a_case_that_fails_is_unscored_and_the_others_go_on(seed_index: ArticleIndex, tmp_path: Path) -> None:
    made = run(seed_index, ["Sergei Lavrov [1]", "fail", "Steve Witkoff [1]"], tmp_path / "run.json")
    failed = made["cases"][1]
    assert (failed["unscored_reason"], failed.get("right")) == ("the endpoint is gone", None)
    assert made["counts"] == {"answerable": 2, "unanswerable": 1, "unscored": 1}
    assert made["figures"]["abstained"]["n"] == 0


def test_a_model_that_answers_nothing_ends_the_run_and_nothing_is_lost(
    seed_index: ArticleIndex, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match="the endpoint is gone"):
        run(seed_index, ["fail"] * 3, tmp_path / "run.json")
    assert not (tmp_path / "run.json").exists()


def test_an_interrupted_run_asks_only_what_is_left(seed_index: ArticleIndex, tmp_path: Path) -> None:
    with pytest.raises(IndexError):  # the script is at its end, as if the process had been
        run(seed_index, REPLIES[:2], tmp_path / "run.json")
    made = run(seed_index, REPLIES[2:], tmp_path / "run.json")
    assert [case["right"] for case in made["cases"]] == [True, True, True]


def test_uncertain_answers_are_withheld_as_the_setting_says(seed_index: ArticleIndex, tmp_path: Path) -> None:
    made = run(seed_index, list(REPLIES), tmp_path / "run.json", Settings(max_error=0.0))
    sure, unsure = (
        [case["answer"] for case in made["cases"] if case["answer"]["reason"] == reason]
        for reason in (None, "the answer that was found is too uncertain")
    )
    assert unsure
    assert max(each["confidence"] for each in unsure) < min([each["confidence"] for each in sure], default=1.0)


@pytest.mark.parametrize(
    ("request_", "complaint"),
    [
        (Request(Path("nowhere.jsonl")), "cannot be read"),
        (Request(Path(__file__).parent), "holds no .jsonl file"),
        (Request(reading=True), "--reading is for SQuAD"),
        (Request(format="odd"), "no format"),
    ],
)
def test_what_cannot_be_run_is_told(seeds: Path, tmp_path: Path, request_: Request, complaint: str) -> None:
    settings = Settings(articles=seeds, index=tmp_path / "index", llm=str(tmp_path / "none.gguf"))
    with pytest.raises(UsageError, match=complaint):
        run_cases(Request(**{**vars(request_), "retrieval_only": True}), settings, nobody)


BROAD = Case(
    "about",
    "What is the article about?",
    (),
    (Span(ARTICLE, 1290, 1303),),
    answerable=True,
    kind="overview",
    broad=BroadGold((Point("Rubio called Lavrov.", (Span(ARTICLE, 1240, 1303),)),)),
)


def test_a_broad_question_is_asked_as_its_kind_and_judged_by_what_it_holds(
    seed_index: ArticleIndex, tmp_path: Path
) -> None:
    judge = partial(
        judge_case, index=seed_index, llm=ScriptedLLM(replies=REPLIES[:1]), settings=Settings(), kinds_told=True
    )
    log = RunLog({"cases_file": "c.jsonl"}, tmp_path / "run.json")
    made = ask_cases([BROAD, CASES[0]], log, nobody, judge)
    assert made == load_run(tmp_path / "run.json")
    broad, fact = made["cases"]
    assert (broad["kind"], broad["answer"]["kind"], fact["kind"]) == ("overview", "overview", None)
    assert broad["expected"] == ["Rubio called Lavrov."]
    assert broad["scores"].keys() >= {"kind_planned", "points_carried", "coverage_honest", "broad_citation_recall"}
    assert (broad["retrieved"], broad["recall_at_10"], broad["f1"]) == ([], None, None)
    assert broad["valid"] == broad["cited_spans"] > 0
    assert made["kinds"]["overview"]["kind_planned"]["value"] == 1.0
    assert made["figures"]["points_carried"]["n"] == 1
    assert fact["right"] is True


def test_the_cases_of_some_kinds_are_asked_alone() -> None:
    assert Request(kinds=("overview",)).choose([BROAD, *CASES]) == [BROAD]
    assert Request(kinds=("fact",)).choose([BROAD, *CASES]) == CASES
    with pytest.raises(UsageError, match=r"No case of .* is of the kind list or count"):
        Request(kinds=("list", "count")).choose([BROAD, *CASES])
