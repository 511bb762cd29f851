"""`qa doctor`: what is wrong and how to mend it, found without a change to any file."""

import hashlib
import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from index.article_index import ArticleIndex
from index.catalog.sqlite.writer import SqliteCatalog
from index.models.graph import MODEL_FILES, fingerprint_of
from qa.cli.main import app
from qa.testing import HashingEmbedding
from tests.support.articles import MakeFolder

ARTICLES: dict[str, str | bytes] = {
    f"{number}.txt": " ".join(f"Bridge {n * number} over the Lowmoor opened in {1200 + n}." for n in range(30))
    for number in range(20)
}
SUBJECTS = ["versions", "language model", "embedder", "articles", "disk", "lock", "catalog", "identity", "Chroma"]
Run = Callable[..., Result]


@pytest.fixture
def embedder_folder(tmp_path: Path) -> Path:
    """A folder that has the files of a model, by which it is known; no test here runs it."""
    folder = tmp_path / "MiniTest"
    folder.mkdir()
    for name in MODEL_FILES:
        (folder / name).write_text(f"{name} of no model")
    return folder


@pytest.fixture
def qa(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, embedder_folder: Path) -> Run:
    """Run `qa` in an empty folder, offline, with models and an index of its own."""
    (tmp_path / "model.gguf").write_bytes(b"GGUF")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QA_ARTICLES", str(tmp_path / "articles"))
    monkeypatch.setenv("QA_INDEX", str(tmp_path / "index"))
    monkeypatch.setenv("QA_MODELS_DIR", str(tmp_path / "models"))
    monkeypatch.setenv("QA_LLM", str(tmp_path / "model.gguf"))
    monkeypatch.setenv("QA_EMBEDDER", str(embedder_folder))
    monkeypatch.setenv("QA_OFFLINE", "1")
    return lambda *arguments: CliRunner().invoke(app, list(arguments))


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of articles and beside it their index, Chroma included."""
    folder = tmp_path_factory.mktemp("doctor")
    (folder / "articles").mkdir()
    for name, text in ARTICLES.items():
        (folder / "articles" / name).write_text(str(text))
    with closing(ArticleIndex(folder / "articles", folder / "index", HashingEmbedding())) as index:
        index.sync()
        index.sync_store()
    return folder


@pytest.fixture
def index_folder(tmp_path: Path, embedder_folder: Path, made_once: Path) -> Path:
    """The folder of an index that nothing is wrong with."""
    for name in ("articles", "index"):
        shutil.copytree(made_once / name, tmp_path / name, copy_function=shutil.copy2)
    with closing(SqliteCatalog(tmp_path / "index" / "catalog.sqlite")) as catalog:
        identity = json.loads(catalog.meta("identity") or "") | {"embedder": fingerprint_of(embedder_folder)}
        catalog.set_meta("identity", json.dumps(identity))
    return tmp_path / "index"


def examine(qa: Run, *options: str) -> tuple[int, dict[str, dict[str, str | None]]]:
    """Give the exit code and each finding by its subject."""
    result = qa("doctor", "--json", *options)
    findings = [json.loads(line) for line in result.stdout.splitlines()]
    assert all(set(each) == {"subject", "found", "cure"} for each in findings)
    assert result.stderr == ""
    return result.exit_code, {each["subject"]: each for each in findings}


def cures(findings: dict[str, dict[str, str | None]]) -> dict[str, str | None]:
    return {subject: each["cure"] for subject, each in findings.items() if each["cure"]}


def digests(folder: Path) -> dict[str, str]:
    """Hash every file, but those that SQLite keeps beside an open catalog."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith(("-wal", "-shm"))
    }


def test_nothing_is_wrong_with_a_whole_index(qa: Run, index_folder: Path, embedder_folder: Path) -> None:
    code, findings = examine(qa)
    assert cures(findings) == {}
    assert code == 0
    assert list(findings) == SUBJECTS
    assert findings["catalog"]["found"] == "20 articles, 40 passages"
    assert findings["Chroma"]["found"] == "40 vectors, in step"
    assert findings["lock"]["found"] == "free"
    assert findings["identity"]["found"] == f"made with {fingerprint_of(embedder_folder)}"
    assert "SQLite" in (findings["versions"]["found"] or "")


def test_findings_are_told_as_text(qa: Run, index_folder: Path) -> None:
    (index_folder / "chroma" / "current.json").unlink()
    result = qa("doctor")
    lines = result.stdout.splitlines()
    assert result.exit_code == 1
    assert [line[:4] for line in lines if line[:4].strip()] == ["ok  "] * 8 + ["!!  "]
    assert lines[-1].strip() == "run `qa index`: it is made from the catalog"


def test_no_file_is_changed_by_looking(qa: Run, index_folder: Path, tmp_path: Path) -> None:
    before = digests(tmp_path)
    assert qa("doctor").exit_code == 0
    assert digests(tmp_path) == before


def test_no_file_is_made_where_nothing_was_indexed(qa: Run, make_folder: MakeFolder, tmp_path: Path) -> None:
    make_folder(ARTICLES)
    before = digests(tmp_path)
    code, findings = examine(qa)
    assert code == 1
    assert cures(findings) == {"index": "run `qa index`"}
    assert digests(tmp_path) == before
    assert not (tmp_path / "index").exists()


def test_index_that_was_copied_without_its_lock_gets_none(qa: Run, index_folder: Path) -> None:
    (index_folder / "lock").unlink(missing_ok=True)
    before = digests(index_folder)
    assert examine(qa)[0] == 0
    assert digests(index_folder) == before


def test_articles_that_are_not_there_are_named(qa: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    code, findings = examine(qa, "--articles", "nowhere")
    assert code == 1
    assert "There is no folder nowhere" in (findings["articles"]["cure"] or "")
    monkeypatch.delenv("QA_ARTICLES")
    assert "--articles FOLDER" in (examine(qa)[1]["articles"]["cure"] or "")


def test_models_that_are_not_there_are_named(qa: Run, index_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_LLM", "local:0.5b")
    monkeypatch.setenv("QA_EMBEDDER", "all-MiniLM-L6-v2")
    code, findings = examine(qa)
    assert code == 1
    assert findings["language model"]["found"] == "local:0.5b: absent"
    assert cures(findings) == {
        "language model": "run `qa models pull local:0.5b`",
        "embedder": "run `qa models pull all-MiniLM-L6-v2`",
    }
    monkeypatch.setenv("QA_LLM", "gpt-5")
    assert examine(qa)[1]["language model"]["found"] == "gpt-5 is unknown"


def test_index_of_another_embedder_is_named(qa: Run, index_folder: Path, embedder_folder: Path) -> None:
    before = fingerprint_of(embedder_folder)
    (embedder_folder / "model.safetensors").write_text("other weights")
    code, findings = examine(qa)
    assert code == 1
    assert findings["identity"]["found"] == f"made with {before}"
    assert cures(findings) == {
        "identity": f"{fingerprint_of(embedder_folder)} is set now: run `qa index --rebuild` to make it anew"
    }


def test_interrupted_sync_is_named(qa: Run, index_folder: Path) -> None:
    with closing(SqliteCatalog(index_folder / "catalog.sqlite")) as catalog:
        catalog.set_meta("state", "syncing")
    code, findings = examine(qa)
    assert code == 1
    assert cures(findings) == {"catalog": "run `qa index` to finish it"}


def test_catalog_of_an_older_version_is_no_damage(qa: Run, index_folder: Path) -> None:
    with closing(SqliteCatalog(index_folder / "catalog.sqlite")) as catalog:
        catalog.set_meta("schema_version", "1")
    code, findings = examine(qa)
    assert code == 1
    assert "run `qa index` to bring it up to date" in (findings["catalog"]["cure"] or "")


def test_chroma_that_is_behind_or_damaged_is_named(qa: Run, index_folder: Path) -> None:
    with closing(SqliteCatalog(index_folder / "catalog.sqlite")) as catalog, catalog.writing():
        pass
    code, findings = examine(qa)
    assert (code, cures(findings)) == (0, {})
    assert findings["Chroma"]["found"].startswith("behind the catalog")
    next((index_folder / "chroma").glob("*/chroma.sqlite3")).write_bytes(b"no database at all")
    code, findings = examine(qa)
    assert (code, cures(findings)) == (1, {"Chroma": "run `qa index`: it is rebuilt from the catalog"})


def test_server_that_does_not_answer_is_named(qa: Run, index_folder: Path) -> None:
    code, findings = examine(qa, "--chroma", "http://127.0.0.1:9")
    assert code == 1
    assert cures(findings).keys() == {"Chroma"}
    assert "start the server" in (findings["Chroma"]["cure"] or "")


HOLD_THE_LOCK = """
import sys
from filelock import FileLock
with FileLock(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_lock_that_another_process_holds_is_named(qa: Run, index_folder: Path) -> None:
    command = [sys.executable, "-c", HOLD_THE_LOCK, str(index_folder / "lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        code, findings = examine(qa)
        other.communicate()
    assert code == 1
    assert findings["lock"]["found"] == "another process is writing the index"
    assert examine(qa)[0] == 0


# Damage


def damage(catalog: Path, page: int, content: bytes) -> None:
    """Overwrite a page, the first being 1."""
    with catalog.open("r+b") as file:
        file.seek((page - 1) * len(content))
        file.write(content)


@pytest.mark.parametrize("byte", [0, 255])
def test_every_page_that_is_overwritten_is_damage(qa: Run, index_folder: Path, byte: int) -> None:
    path = index_folder / "catalog.sqlite"
    with closing(sqlite3.connect(path)) as db:
        db.execute("vacuum")  # for pages that nothing is in may be overwritten
        (size,) = db.execute("pragma page_size").fetchone()
    whole = path.read_bytes()
    unseen = []
    for page in range(1, len(whole) // size + 1):
        path.write_bytes(whole)
        damage(path, page, bytes([byte]) * size)
        result = qa("doctor")
        if result.exit_code != 12:
            unseen.append(page)
        else:
            assert "run `qa index --rebuild` to make it anew" in result.stdout
    assert unseen == []


@pytest.mark.parametrize("length", [0, 10, 100, 5000, 0.5, 0.9])
def test_catalog_that_was_cut_off_is_found(qa: Run, index_folder: Path, length: float) -> None:
    path = index_folder / "catalog.sqlite"
    whole = path.read_bytes()
    path.write_bytes(whole[: int(length * len(whole)) if length < 1 else int(length)])
    code, findings = examine(qa)
    assert code == (12 if length else 1)
    assert "catalog" in cures(findings)


def test_catalog_that_is_no_database_is_damage(qa: Run, index_folder: Path) -> None:
    (index_folder / "catalog.sqlite").write_bytes(b"no database at all " * 500)
    code, findings = examine(qa)
    assert code == 12
    assert cures(findings) == {"catalog": "run `qa index --rebuild` to make it anew"}


def test_sentence_behind_the_end_of_its_article_is_damage(qa: Run, index_folder: Path) -> None:
    with closing(SqliteCatalog(index_folder / "catalog.sqlite")) as catalog:
        catalog.db.execute("update articles set text = 'The bridge' where id = '7.txt'")
    code, findings = examine(qa)
    assert code == 12
    assert findings["catalog"]["found"] == "a sentence of 7.txt ends behind its text"
