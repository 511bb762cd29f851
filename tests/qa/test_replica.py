"""Questions that are answered from a replica of the index: what they read, and how old they say that it is."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evals.robustness.servers import Server
from qa import UsageError, open_folder
from qa.as_json import answer_as_dict
from qa.cli.main import app
from qa.opening import open_catalog
from qa.paths import index_place, reading_place
from qa.settings import load_settings
from qa.testing import ScriptedLLM
from tests.support.articles import MakeFolder

QUESTION = "When did the bridge in Lowmoor open?"
WAIT_S = 60.0


@pytest.fixture
def articles(
    make_folder: MakeFolder, postgres: Server, follower: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """A folder that is indexed on PostgreSQL, and that the replica has."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    folder = make_folder({"a.txt": "The bridge in Lowmoor opened on Tuesday."})
    with open_folder(folder, index=postgres.url) as opened:
        opened.sync()
    own = index_place(load_settings(articles=folder, index=postgres.url))
    replica = index_place(load_settings(articles=folder, index=follower.url))
    latest = time.monotonic() + WAIT_S
    while replica.identity() != own.identity() or open_catalog(replica).meta("state") != "complete":
        assert time.monotonic() < latest, "the replica does not follow"
        time.sleep(0.05)
    yield folder
    own.delete()


def test_answer_tells_how_old_the_state_is_that_it_was_read_from(
    articles: Path, make_folder: MakeFolder, postgres: Server, follower: Server
) -> None:
    make_folder({"later.txt": "The bridge in Lowmoor was closed on Friday."})
    llm = ScriptedLLM(replies=["Tuesday [1]"] * 4)
    with open_folder(articles, llm, index=postgres.url, replica=follower.url, max_replica_age_s=600) as folder:
        answer = folder.ask(QUESTION)
    assert answer.state_age_s is not None
    assert 0 <= answer.state_age_s < 600
    assert answer_as_dict(answer)["state_age_s"] == answer.state_age_s
    assert {each.span.article_id for each in answer.evidence} == {"a.txt"}, "a question takes nothing in"
    with open_folder(articles, ScriptedLLM(replies=["Tuesday [1]"] * 4), index=postgres.url) as folder:
        assert folder.ask(QUESTION).state_age_s is None


def test_status_tells_of_the_replica(
    articles: Path, postgres: Server, follower: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QA_REPLICA", follower.url)
    monkeypatch.setenv("QA_MAX_REPLICA_AGE_S", "600")
    places = ("--articles", str(articles), "--index", postgres.url)
    status = json.loads(CliRunner().invoke(app, ["status", "--json", *places]).stdout)
    assert (status["replica"], status["articles"]) == (follower.url, 1)
    assert 0 <= status["replica_age_s"] < 600
    assert f"{follower.url}, at most " in CliRunner().invoke(app, ["status", *places]).stdout


def test_replica_is_one_of_a_database(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the index lies in a folder: set index"):
        reading_place(load_settings(index=str(tmp_path), replica="postgresql://copy/news"))
