"""The commands on an index that lies on PostgreSQL, and what they never print."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evals.robustness.servers import Server
from index.article_files import index_folder_of
from index.article_index import ArticleIndex
from qa.ask import ask
from qa.cli.main import app
from qa.opening import open_catalog
from qa.paths import index_place
from qa.settings import load_settings
from qa.testing import HashingEmbedding, ScriptedLLM
from tests.support.articles import MakeFolder
from tests.support.robustness import on_linux

SECRET = "open-sesame"
FILES: dict[str, str | bytes] = {
    "a.txt": "2025-03-16\nThe bridge opened on Tuesday.",
    "b.txt": "Owls nest in the tower.",
}


@pytest.fixture(autouse=True)
def own_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def articles(make_folder: MakeFolder, postgres: Server) -> Iterator[Path]:
    """A folder whose index lies on PostgreSQL, in the schema that follows from it."""
    folder = make_folder(FILES)
    place = index_place(load_settings(articles=folder, index=postgres.url))
    with closing(ArticleIndex(folder, place, HashingEmbedding())) as index:
        index.sync()
    yield folder
    place.delete()


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 0, result.output
    return result.stdout


def test_status_tells_of_the_schema(articles: Path, postgres: Server) -> None:
    status = json.loads(run("status", "--json", "--articles", str(articles), "--index", postgres.url))
    assert (status["articles"], status["passages"], status["waiting"], status["complete"]) == (2, 2, 0, True)
    assert status["index_folder"].endswith(f"&schema=article_qa_{index_folder_of(articles).name}")
    assert status["bytes"] > 100_000


def test_doctor_looks_at_the_database(articles: Path, postgres: Server) -> None:
    result = CliRunner().invoke(app, ["doctor", "--json", "--articles", str(articles), "--index", postgres.url])
    findings = {each["subject"]: each["found"] for each in map(json.loads, result.stdout.splitlines())}
    assert findings["database"].startswith("PostgreSQL 1")
    assert (findings["lock"], findings["catalog"]) == ("free", "2 articles, 2 passages")


def test_question_is_answered_from_the_database(articles: Path, postgres: Server) -> None:
    place = index_place(load_settings(articles=articles, index=postgres.url))
    with closing(ArticleIndex(articles, place, HashingEmbedding())) as index:
        answer = ask("Where do owls nest?", index, ScriptedLLM(replies=["in the tower [1]"]))
    assert answer.short_answer == "in the tower"
    assert [citation.quote for citation in answer.citations] == [FILES["b.txt"]]


def test_article_is_shown_from_the_database(articles: Path, postgres: Server) -> None:
    places = ("--articles", str(articles), "--index", postgres.url)
    assert run("show", "b.txt", "--text", *places) == FILES["b.txt"]


def test_index_is_copied_out_of_the_database_and_into_it(articles: Path, postgres: Server, tmp_path: Path) -> None:
    out = json.loads(run("index", "copy", postgres.url, str(articles), "--json"))
    assert out["articles"] == 2
    with closing(open_catalog(index_place(load_settings(articles=articles)))) as catalog:
        assert sorted(catalog.hashes()) == sorted(FILES)
    refused = CliRunner().invoke(app, ["index", "copy", postgres.url, str(articles)])
    assert refused.exit_code == 2
    assert "There is an index at" in refused.stderr
    back = json.loads(run("index", "copy", str(articles), f"{postgres.url}&schema=again", "--json"))
    assert back["digest"] == out["digest"]
    folder = json.loads(run("index", "copy", f"{postgres.url}&schema=again", str(tmp_path / "plain"), "--json"))
    assert (folder["digest"], folder["to"]) == (out["digest"], str(tmp_path / "plain"))
    index_place(load_settings(index=f"{postgres.url}&schema=again")).delete()


def test_database_that_does_not_answer_is_one_line_without_its_password(
    make_folder: MakeFolder, tmp_path: Path
) -> None:
    url = f"postgresql://ada:{SECRET}@/news?host={tmp_path}"
    for command in (["status"], ["show", "a.txt"], ["doctor", "--json"], ["index", "copy", url, str(tmp_path / "new")]):
        given = [] if "copy" in command else ["--articles", str(make_folder(FILES)), "--index", url]
        if "copy" in command:
            command[2] += "&schema=s"
        result = CliRunner().invoke(app, [*command, *given])
        assert result.exit_code == 12
        assert SECRET not in result.output
        assert "cannot be reached" in result.output
        assert "Traceback" not in result.output


def test_no_password_is_shown_kept_or_read_from_a_project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    url = f"postgresql://ada:{SECRET}@db.example/news"
    monkeypatch.setenv("QA_INDEX", url)
    assert json.loads(run("config", "--json"))["index"] == {
        "value": "postgresql://********@db.example/news",
        "origin": "QA_INDEX",
    }
    settings = load_settings()
    assert SECRET not in settings.model_dump_json() + repr(settings) + run("config")
    monkeypatch.delenv("QA_INDEX")
    (tmp_path / "qa.toml").write_text(f'index = "{url}"\n')
    refused = CliRunner().invoke(app, ["config"])
    assert refused.exit_code == 2
    assert "PGPASSWORD or ~/.pgpass" in refused.stderr
    assert SECRET not in refused.output
    (tmp_path / "qa.toml").write_text('index = "postgresql://ada@db.example/news"\n')
    assert json.loads(run("config", "--json"))["index"]["value"] == "postgresql://********@db.example/news"


def test_workers_share_the_files_of_a_folder(make_folder: MakeFolder, postgres: Server) -> None:
    folder = make_folder({f"{n:03}.txt": f"Bridge number {n} opened on Tuesday." for n in range(80)})
    places = (str(folder), "--index", postgres.url)
    report = json.loads(run("index", *places, "--workers", "2", "--json"))
    assert report["added"] == [f"{n:03}.txt" for n in range(80)]
    assert json.loads(run("index", *places, "--workers", "2", "--json"))["unchanged"] == 80
    index_place(load_settings(articles=folder, index=postgres.url)).delete()


@on_linux
def test_files_of_a_killed_worker_are_indexed_by_the_others(make_folder: MakeFolder, postgres: Server) -> None:
    folder = make_folder({f"{n:03}.txt": f"Bridge number {n} opened on Tuesday." for n in range(80)})
    command = [sys.executable, "-m", "qa", "index", str(folder), "--index", postgres.url, "--workers", "2", "--json"]
    indexer = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not (workers := workers_of(indexer.pid)):
        assert indexer.poll() is None
        time.sleep(0.01)
    os.kill(workers[0], signal.SIGKILL)
    printed, told = indexer.communicate()
    assert indexer.returncode == 0, told
    assert json.loads(printed)["added"] == [f"{n:03}.txt" for n in range(80)]
    assert "A worker ended early (exit code -9); the others indexed what it had left." in told
    index_place(load_settings(articles=folder, index=postgres.url)).delete()


def workers_of(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()
    return [int(child) for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


def test_workers_are_refused_where_one_process_writes(make_folder: MakeFolder, tmp_path: Path) -> None:
    folder = str(make_folder(FILES))
    result = CliRunner().invoke(app, ["index", folder, "--workers", "2"])
    assert result.exit_code == 2
    assert "--workers needs an index on PostgreSQL" in result.stderr
    assert not (tmp_path / "data").exists()
    result = CliRunner().invoke(app, ["index", folder, "--workers", "2", "--watch"])
    assert (result.exit_code, "leave out --dry-run and --watch" in result.stderr) == (2, True)
