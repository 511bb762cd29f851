"""What a cluster would call: files embedded in other processes, what comes back written here and there."""

import multiprocessing
import pickle
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from index.article_index import ArticleIndex
from index.catalog.copying import digest_of
from qa import EmbeddedFiles, UsageError, WaitingFile, embed_files, waiting_files, write_embedded
from qa.paths import index_place
from qa.settings import load_settings
from qa.testing import HashingEmbedding
from tests.support.articles import CountingEmbedding, MakeFolder
from tests.support.catalogs import DATABASES

FILES: dict[str, str | bytes] = {
    **{f"{n:02}.txt": f"2025-03-{n + 1:02}\nBridge {n}\n\nBridge number {n} opened. It cost {n}." for n in range(20)},
    "copy.txt": "2025-03-30\nBridge 3\n\nBridge number 3 opened. It cost 3.",
    "none.bin": b"\0",
    "news.csv": "title,text\nOne,A mill burned.\nTwo,Nobody was hurt.\n",
}


@pytest.fixture
def folder(make_folder: MakeFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return make_folder(FILES)


@pytest.fixture(params=DATABASES)
def index(request: pytest.FixtureRequest, folder: Path, tmp_path: Path) -> Iterator[str]:
    """What the setting `index` names."""
    if request.param == "SQLite":
        yield str(tmp_path / "index")
        return
    url = request.getfixturevalue("postgres").url
    yield url
    index_place(load_settings(articles=folder, index=url)).delete()


def embed_here(files: list[WaitingFile]) -> EmbeddedFiles:
    return embed_files(files, embedder=HashingEmbedding())


def embed_and_write(task: tuple[list[WaitingFile], Path, str]) -> int:
    files, folder, index = task
    return write_embedded([embed_here(files)], folder, index=index)


def shares(files: list[WaitingFile]) -> list[list[WaitingFile]]:
    return [files[start : start + 6] for start in range(0, len(files), 6)]


def check_finished(folder: Path, index: str, tmp_path: Path, passages: int) -> None:
    """See that nothing is left to be embedded and that the index is the one that a sync makes."""
    counting = CountingEmbedding()
    place = index_place(load_settings(articles=folder, index=index))
    with closing(ArticleIndex(folder, place, counting)) as written:
        assert written.sync_together().unchanged == 23
        assert counting.embedded == []
        assert written.catalog.faults() == written.catalog.word_faults() == []
        assert written.catalog.counts()[1] == passages
        digest = digest_of(written.catalog)
    with closing(ArticleIndex(folder, tmp_path / "alone", HashingEmbedding())) as alone:
        alone.sync()
        assert digest_of(alone.catalog) == digest
    assert waiting_files(folder, index=index) == []


def test_what_a_pool_embeds_is_written_here(folder: Path, index: str, tmp_path: Path) -> None:
    files = waiting_files(folder, index=index)
    assert len(files) == len(FILES)
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        passages = write_embedded(pool.imap_unordered(embed_here, shares(files)), folder, index=index)
    check_finished(folder, index, tmp_path, passages)


@pytest.mark.parametrize("index", ["PostgreSQL"], indirect=True)
def test_a_pool_writes_what_it_embeds(folder: Path, index: str, tmp_path: Path) -> None:
    tasks = [(share, folder, index) for share in shares(waiting_files(folder, index=index))]
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        passages = sum(pool.map(embed_and_write, tasks))
    check_finished(folder, index, tmp_path, passages)


def test_only_what_changed_is_embedded_again_and_what_is_gone_is_forgotten(
    folder: Path, make_folder: MakeFolder, tmp_path: Path
) -> None:
    index = str(tmp_path / "index")
    write_embedded([embed_here(waiting_files(folder, index=index))], folder, index=index)
    make_folder({"news.csv": "title,text\nOne,A mill burned.\n", "00.txt": "A new bridge opened."})
    counting = CountingEmbedding()
    moved = tmp_path / "mounted"
    folder.rename(moved)
    folder.symlink_to(moved)
    embedded = embed_files(waiting_files(folder, index=index), moved, counting)
    assert [text.splitlines()[-1] for text in counting.embedded] == ["A new bridge opened."]
    assert pickle.loads(pickle.dumps(embedded)).passages == 1
    write_embedded([embedded], folder, index=index)
    with closing(ArticleIndex(folder, Path(index), HashingEmbedding())) as synced:
        assert synced.sync().unchanged == 22
        assert synced.catalog.article("news.csv#2") is None


def test_what_another_embedder_or_version_made_is_refused(folder: Path, tmp_path: Path) -> None:
    index = str(tmp_path / "index")
    embedded = embed_here(waiting_files(folder, index=index)[:2])
    write_embedded([embedded], folder, index=index)
    with pytest.raises(UsageError, match="another version of qa"):
        write_embedded([replace(embedded, reading="0")], folder, index=index)
    other = replace(embedded, made_with={**embedded.made_with, "embedder": "another"})
    with pytest.raises(UsageError, match="The index was made with embedder hashing-1, now it is embedder another"):
        write_embedded([other], folder, index=index)
