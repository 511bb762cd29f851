"""`qa status`: what is indexed, since when and how much, told without a model and without a change."""

import json
import re
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from index.article_index import ArticleIndex
from index.formats.records import Fields
from index.sync import find_changes, sync
from qa.cli.main import app
from qa.inspection.status import by_reason
from qa.testing import HashingEmbedding
from tests.support.articles import MakeFolder

STORY = "The bridge over the Lowmoor opened on Tuesday. It cost nine million pounds. Lorries may not cross it. " * 2
ARTICLES: dict[str, str | bytes] = {
    "bridge.txt": f"2024-05-07\nA bridge\n\n{STORY}",
    "reprint.txt": f"2025-03-16\nA bridge\n\n{STORY}",
    "owls.txt": "A pair of owls nests in the church tower.",
    "photo.txt": b"\0\1\2",
}
Run = Callable[..., Result]


@pytest.fixture
def qa(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `qa` in an empty folder, offline, without a model, with its own index."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QA_ARTICLES", str(tmp_path / "articles"))
    monkeypatch.setenv("QA_INDEX", str(tmp_path / "index"))
    monkeypatch.setenv("QA_MODELS_DIR", str(tmp_path / "models"))
    monkeypatch.setenv("QA_OFFLINE", "1")
    return lambda *arguments: CliRunner().invoke(app, list(arguments))


@pytest.fixture
def folder(make_folder: MakeFolder, tmp_path: Path) -> Path:
    """A folder of articles whose index is in step."""
    folder = make_folder(ARTICLES)
    with closing(ArticleIndex(folder, tmp_path / "index", HashingEmbedding())) as index:
        index.sync()
    return folder


def status_of(qa: Run) -> dict[str, Any]:
    result = qa("status", "--json")
    assert result.exit_code == 0
    assert result.stderr == ""
    return json.loads(result.stdout)  # type: ignore[no-any-return]


def test_status_is_told_as_json(qa: Run, folder: Path, tmp_path: Path) -> None:
    status = status_of(qa)
    assert abs(datetime.fromisoformat(status.pop("synced")).timestamp() - time.time()) < 60
    assert status.pop("bytes") >= (tmp_path / "index" / "catalog.sqlite").stat().st_size
    assert status == {
        "articles_folder": str(folder),
        "index_folder": str(tmp_path / "index"),
        "articles": 3,
        "passages": 3,
        "near_duplicates": 1,
        "dated": 2,
        "first_date": "2024-05-07",
        "last_date": "2025-03-16",
        "skipped": 1,
        "waiting": 0,
        "complete": True,
        "made_with": {
            "embedder": "hashing-1",
            "dimension": 256,
            "normalised": True,
            "splitter": "sentencex-4, 200 tokens",
        },
        "exports": {},
        "replica": None,
        "replica_age_s": None,
    }


def test_status_is_told_as_text(qa: Run, folder: Path, tmp_path: Path) -> None:
    result = qa("status")
    assert result.exit_code == 0
    facts = {line[:17].strip(): line[17:] for line in result.stdout.splitlines()}
    assert facts["articles"] == "3, 2 dated from 2024-05-07 to 2025-03-16"
    assert facts["near-duplicates"] == "1"
    assert facts["skipped files"] == "1"
    assert facts["folder"] == str(folder)
    assert facts["state"].startswith("in step since 20")
    assert facts["index"].startswith(f"{tmp_path / 'index'}, 0.")
    assert facts["made with"].startswith("embedder hashing-1, dimension 256")


def test_articles_without_a_date_are_told_as_such(qa: Run, make_folder: MakeFolder, tmp_path: Path) -> None:
    with closing(
        ArticleIndex(make_folder({"a.txt": "Tea is served."}), tmp_path / "index", HashingEmbedding())
    ) as index:
        index.sync()
    status = status_of(qa)
    assert (status["dated"], status["first_date"], status["last_date"]) == (0, None, None)
    assert "1, none dated" in qa("status").stdout


def test_files_that_wait_for_a_sync_are_counted(qa: Run, folder: Path, make_folder: MakeFolder) -> None:
    make_folder({"new.txt": "Tea is served at four.", "owls.txt": "A family of kestrels lives there."})
    (folder / "bridge.txt").rename(folder / "renamed.txt")
    (folder / "photo.txt").unlink()
    assert status_of(qa)["waiting"] == 4
    assert "4 files to take in" in qa("status").stdout
    assert status_of(qa)["waiting"] == 4, "to tell it is not to do it"


class Interrupted(HashingEmbedding):
    """Be interrupted at the first text."""

    def _get_text_embedding(self, text: str) -> list[float]:
        raise KeyboardInterrupt


def test_interrupted_sync_is_told(qa: Run, folder: Path, make_folder: MakeFolder, tmp_path: Path) -> None:
    make_folder({"new.txt": "Tea is served at four."})
    with closing(ArticleIndex(folder, tmp_path / "index", Interrupted())) as index, pytest.raises(KeyboardInterrupt):
        sync(find_changes(folder, index.catalog), index.catalog, index.embedder, Fields())
    assert status_of(qa)["complete"] is False
    (folder / "new.txt").unlink()
    assert "a sync was interrupted: run `qa index`" in qa("status").stdout


def test_folder_of_which_nothing_is_indexed_says_what_to_type(qa: Run, make_folder: MakeFolder, tmp_path: Path) -> None:
    make_folder(ARTICLES)
    for command in (("status",), ("status", "--json"), ("show", "owls.txt")):
        result = qa(*command)
        assert result.exit_code == 2
        assert result.stdout == ""
        assert "Nothing is indexed of this folder yet: run `qa index`" in result.stderr
    assert not (tmp_path / "index").exists()


def test_no_folder_is_a_usage_error(qa: Run) -> None:
    assert qa("status").exit_code == 2
    assert "There is no folder" in qa("status", "--articles", "nowhere").stderr


@pytest.mark.parametrize("table", ["sqlite_schema", "meta", "files", "articles"])
def test_damaged_catalog_is_told_as_damage(qa: Run, folder: Path, tmp_path: Path, table: str) -> None:
    catalog = tmp_path / "index" / "catalog.sqlite"
    with closing(sqlite3.connect(catalog)) as db:
        page = db.execute("select rootpage from sqlite_schema where name = ?", (table,)).fetchone() or (1,)
        (size,) = db.execute("pragma page_size").fetchone()
    whole = catalog.read_bytes()
    catalog.write_bytes(whole[: (page[0] - 1) * size] + b"\xff" * size + whole[page[0] * size :])
    result = qa("status")
    assert result.exit_code == 12
    assert result.stdout == ""
    assert result.stderr.startswith("Error: The index ")
    assert "`qa index --rebuild`" in result.stderr or "delete that folder" in result.stderr


def test_control_characters_of_a_folders_name_do_not_reach_the_terminal(
    qa: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "a\x1b[31m[red]"
    folder.mkdir()
    (folder / "a.txt").write_text("Tea is served at four.")
    with closing(ArticleIndex(folder, tmp_path / "index", HashingEmbedding())) as index:
        index.sync()
    result = qa("status", "--articles", str(folder))
    assert "\x1b" not in result.stdout
    assert "[red]" in result.stdout


def test_articles_of_exports_are_told_by_archive(qa: Run, make_folder: MakeFolder, tmp_path: Path) -> None:
    fields = "Gazette\nMay 6, 2024\nSection: News\nBody\nIt rained.\nLoad-Date: May 7, 2024\nEnd of Document\n"
    folder = make_folder({"a.txt": f"Rain\n{fields}Snow\n{fields}", "b.txt": "It rained."})
    with closing(ArticleIndex(folder, tmp_path / "index", HashingEmbedding())) as index:
        index.sync()
    assert status_of(qa)["exports"] == {"LexisNexis": 2}
    assert re.search(r"^from exports +2 of LexisNexis$", qa("status").stdout, re.MULTILINE)


def test_files_that_were_left_out_are_listed_and_counted_by_reason(
    qa: Run, make_folder: MakeFolder, tmp_path: Path
) -> None:
    files = {"a.jpg": b"\xff", "b.jpg": b"\xff", "photo.txt": b"\0\1", "tea.txt": "Tea is served."}
    with closing(ArticleIndex(make_folder(files), tmp_path / "index", HashingEmbedding())) as index:
        index.sync()
    unread = ".jpg is not a format that is read yet"
    assert qa("status", "--skipped").stdout.splitlines() == [
        *(f"a.jpg: {unread}", f"b.jpg: {unread}", "photo.txt: binary, not text"),
        *(f"Left out: 2 files: {unread}", "Left out: 1 file: binary, not text"),
    ]
    assert json.loads(qa("status", "--skipped", "--json").stdout)[2] == {
        "path": "photo.txt",
        "reason": "binary, not text",
    }


def test_nothing_that_was_left_out_is_told_as_such(qa: Run, make_folder: MakeFolder, tmp_path: Path) -> None:
    with closing(ArticleIndex(make_folder({"a.txt": "Tea."}), tmp_path / "index", HashingEmbedding())) as index:
        index.sync()
    assert qa("status", "--skipped").stdout == "no file was left out\n"
    assert qa("status", "--skipped", "--json").stdout == "[]\n"


def test_same_reason_at_other_places_is_one_reason() -> None:
    skipped = [(f"{n}.txt", f"broken utf-8: invalid start byte at byte {n}") for n in range(3)]
    assert by_reason([*skipped, ("a.csv", "line 7: no JSON")]) == [
        "Left out: 3 files: broken utf-8: invalid start byte at byte N",
        "Left out: 1 file: line 7: no JSON",
    ]
