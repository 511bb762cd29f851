"""A run is kept case by case, goes on after an interruption, and belongs to one process at a time."""

from pathlib import Path
from typing import Any

import pytest

from evals.run_file import RunLog, code_revision, load_run, runs_folder
from index.errors import UsageError

IDENTITY = {"cases_file": "seeds.jsonl", "seed": 1}


@pytest.fixture(autouse=True)
def own_data_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def case(number: int) -> dict[str, Any]:
    return {"id": f"case-{number}", "question": "Who?", "answerable": True}


def test_an_interrupted_run_goes_on_with_what_it_had(tmp_path: Path) -> None:
    log = RunLog(IDENTITY)
    with log.writing():
        log.add(case(1))
    again = RunLog(IDENTITY, tmp_path / "run.json")
    assert again.done == {"case-1": case(1)}
    with again.writing():
        again.add(case(2))
        run = again.finish({}, {}, list(again.done.values()))
    assert [each["id"] for each in load_run(tmp_path / "run.json")["cases"]] == ["case-1", "case-2"]
    assert run["finished"] is True
    assert RunLog(IDENTITY).done == {}


def test_a_line_that_was_cut_is_asked_again() -> None:
    log = RunLog(IDENTITY)
    with log.writing():
        log.add(case(1))
        log.add(case(2))
    (partial,) = runs_folder().glob("*.partial.jsonl")
    partial.write_text(partial.read_text()[:-10])
    again = RunLog(IDENTITY)
    assert set(again.done) == {"case-1"}
    with again.writing():
        again.add(case(3))
    assert set(RunLog(IDENTITY).done) == {"case-1", "case-3"}


@pytest.mark.parametrize("other", [{"seed": 2}, {"cases_file": "other.jsonl"}, {"more": None}])
def test_another_run_begins_at_the_beginning(other: dict[str, Any]) -> None:
    log = RunLog(IDENTITY)
    with log.writing():
        log.add(case(1))
    assert RunLog(IDENTITY | other).done == {}


def test_one_run_belongs_to_one_process_at_a_time() -> None:
    with RunLog(IDENTITY).writing(), pytest.raises(UsageError, match="at this very run"), RunLog(IDENTITY).writing():
        pass


def test_finished_runs_lie_in_the_users_folder_under_their_names() -> None:
    log = RunLog(IDENTITY)
    with log.writing():
        log.finish({}, {}, [])
    assert load_run(runs_folder() / f"{log.id}.json")["cases_file"] == "seeds.jsonl"
    assert log.id.endswith("-seeds")
    assert [file.name for file in runs_folder().iterdir()] == [f"{log.id}.json"]


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    log = RunLog(IDENTITY, tmp_path / "file" / "run.json")
    with log.writing(), pytest.raises(UsageError, match="cannot be written"):
        log.finish({}, {}, [])


def test_the_code_is_named_by_version_and_commit() -> None:
    revision = code_revision()
    assert revision["product"]
    assert revision["git"] is None or len(revision["git"].split()[0]) == 40
