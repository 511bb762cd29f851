"""A trace has a line for each step as soon as it ended, and nothing that is secret."""

import json
from pathlib import Path
from typing import Any

import pytest

from index.article_index import ArticleIndex
from index.errors import UsageError
from qa.ask import ask
from qa.cli.trace_file import TraceFile
from qa.testing import ScriptedLLM
from qa.trace import Trace


def lines_of(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_every_step_of_a_question_is_a_line_with_its_time(seed_index: ArticleIndex, tmp_path: Path) -> None:
    trace = Trace(TraceFile(tmp_path / "trace.ndjson"))
    trace.begin("Who did Rubio call?")
    answer = ask("Who did Rubio call?", seed_index, ScriptedLLM(replies=["Sergei Lavrov [1]"]), trace=trace)
    lines = lines_of(tmp_path / "trace.ndjson")
    steps = {line["step"]: line for line in lines}
    assert [line["step"] for line in lines] == "asked plan retrieve evidence chat generate decide state".split()
    assert {line["question"] for line in lines} == {1}
    assert all(line["ms"] >= 0 and line["began"].endswith("+00:00") for line in lines)
    assert steps["asked"]["text"] == "Who did Rubio call?"
    assert steps["evidence"]["sentences"][0]["text"] in steps["chat"]["messages"][-1]["content"]
    assert steps["chat"]["said"] == "Sergei Lavrov [1]"
    assert steps["decide"]["proposals"][0]["phrase"] == "Sergei Lavrov"
    assert steps["state"]["text"] == answer.text
    assert answer.timings_ms["generate"] == steps["generate"]["ms"]


def test_what_was_done_before_a_failure_is_in_the_file_at_once(seed_index: ArticleIndex, tmp_path: Path) -> None:
    trace = Trace(TraceFile(tmp_path / "trace.ndjson"))
    trace.begin("Who did Rubio call?")
    with pytest.raises(IndexError):
        ask("Who did Rubio call?", seed_index, ScriptedLLM(replies=[]), trace=trace)
    lines = lines_of(tmp_path / "trace.ndjson")
    assert [line["step"] for line in lines] == "asked plan retrieve evidence chat generate".split()
    assert lines[-1]["failed"] == lines[-2]["failed"] == "IndexError"
    assert lines[-2]["messages"]


def test_questions_are_numbered(tmp_path: Path) -> None:
    trace = Trace(TraceFile(tmp_path / "trace.ndjson"))
    for question in ("one", "other"):
        trace.begin(question)
        with trace("retrieve"):
            pass
    assert [line["question"] for line in lines_of(tmp_path / "trace.ndjson")] == [1, 1, 2, 2]


def test_a_file_that_cannot_be_written_is_told_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot be written .*--trace FILE"):
        TraceFile(tmp_path / "missing" / "trace.ndjson")
    full = Path("/dev/full")
    if full.exists():
        with pytest.raises(UsageError, match="No space left"):
            Trace(TraceFile(full)).begin("Who?")
