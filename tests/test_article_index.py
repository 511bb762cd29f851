"""A folder's index as a whole: catalog and Chroma kept in step through damage, deletion, a kill, a second writer."""

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import chromadb
import pytest
from chromadb.config import Settings as ChromaSettings
from conftest import CountingEmbedding, MakeFolder

from index.article_index import ArticleIndex, delete_index, index_folder_of
from index.errors import IndexBusyError, IndexDamagedError, NoArticlesError, UsageError
from qa.testing import HashingEmbedding

ARTICLES: dict[str, str | bytes] = {
    "bridge.txt": "The bridge over the Lowmoor opened on Tuesday.",
    "bakery.txt": "The bakery in Mill Lane sells rye bread.",
    "owls.txt": "A pair of owls nests in the church tower.",
}
OpenIndex = Callable[..., ArticleIndex]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the index lies."""
    return tmp_path / "index"


@pytest.fixture
def open_index(folder: Path, embedder: HashingEmbedding) -> Iterator[OpenIndex]:
    """Open the index of a folder; whatever was opened is closed after the test."""
    with ExitStack() as opened:

        def open_(articles: Path, embedder: HashingEmbedding = embedder) -> ArticleIndex:
            return opened.enter_context(closing(ArticleIndex(articles, folder, embedder)))

        yield open_


def found(index: ArticleIndex, question: str, top_k: int = 10) -> list[str]:
    return [node.node.metadata["article"] for node in index.retriever(top_k).retrieve(question)]


@contextmanager
def lock_held_by_another_process(folder: Path) -> Iterator[None]:
    program = (
        f"import filelock; lock = filelock.FileLock({str(folder / 'lock')!r}); lock.acquire(); print('held'); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        try:
            yield
        finally:
            other.communicate("\n")


# In step with the folder


def test_new_index_finds_every_article(make_folder: MakeFolder, open_index: OpenIndex) -> None:
    index = open_index(make_folder(ARTICLES))
    report = index.sync()
    assert sorted(report.added) == ["bakery.txt", "bridge.txt", "owls.txt"]
    assert found(index, "Who nests in the tower?", 1) == ["owls.txt"]
    assert found(index, "What does the bakery sell?", 1) == ["bakery.txt"]


def test_second_sync_changes_nothing(make_folder: MakeFolder, open_index: OpenIndex) -> None:
    index = open_index(make_folder(ARTICLES))
    index.sync()
    report = index.sync()
    assert (report.added, report.updated, report.removed, report.unchanged) == ([], [], [], 3)
    assert report.passages == 3


def test_edited_article_is_found_by_its_new_words_only(make_folder: MakeFolder, open_index: OpenIndex) -> None:
    index = open_index(make_folder(ARTICLES))
    index.sync()
    make_folder({"owls.txt": "A family of kestrels lives under the town hall's roof."})
    assert index.sync().updated == ["owls.txt"]
    assert found(index, "kestrels", 1) == ["owls.txt"]
    texts = [node.node.get_content() for node in index.retriever(10).retrieve("owls in the church tower")]
    assert not [text for text in texts if "owls" in text]


def test_nothing_of_a_deleted_article_is_found(make_folder: MakeFolder, open_index: OpenIndex) -> None:
    articles = make_folder(ARTICLES)
    index = open_index(articles)
    index.sync()
    (articles / "owls.txt").unlink()
    assert index.sync().removed == ["owls.txt"]
    assert "owls.txt" not in found(index, "A pair of owls nests in the church tower.")


def test_article_that_becomes_binary_is_found_no_more(make_folder: MakeFolder, open_index: OpenIndex) -> None:
    index = open_index(make_folder(ARTICLES))
    index.sync()
    make_folder({"owls.txt": b"\0\1\2"})
    report = index.sync()
    assert (report.removed, report.skipped) == (["owls.txt"], [("owls.txt", "binary, not text")])
    assert "owls.txt" not in found(index, "A pair of owls nests in the church tower.")
    assert index.sync().skipped == [("owls.txt", "binary, not text")], "the reason is told once only"


def test_reopened_index_is_ready_at_once(
    make_folder: MakeFolder, open_index: OpenIndex, counting: CountingEmbedding
) -> None:
    articles = make_folder(ARTICLES)
    open_index(articles).sync()
    index = open_index(articles, counting)
    assert index.sync().unchanged == 3
    assert counting.embedded == []
    assert found(index, "owls", 1) == ["owls.txt"]


# What is no folder of articles


def test_empty_folder_has_no_articles(make_folder: MakeFolder, open_index: OpenIndex) -> None:
    with pytest.raises(NoArticlesError, match=r"holds no article: put \.txt or \.md files there"):
        open_index(make_folder({})).sync()


def test_folder_without_a_readable_file_tells_the_reason(make_folder: MakeFolder, open_index: OpenIndex) -> None:
    with pytest.raises(NoArticlesError, match=r"2 skipped; a\.txt: binary, not text"):
        open_index(make_folder({"a.txt": b"\0", "b.pdf": b"%PDF"})).sync()


def test_emptied_folder_is_forgotten(make_folder: MakeFolder, open_index: OpenIndex) -> None:
    articles = make_folder(ARTICLES)
    index = open_index(articles)
    index.sync()
    for path in articles.iterdir():
        path.unlink()
    with pytest.raises(NoArticlesError):
        index.sync()
    assert found(index, "owls") == []


@pytest.mark.parametrize("name", ["nowhere", "file.txt"])
def test_missing_folder_is_a_usage_error(tmp_path: Path, open_index: OpenIndex, name: str) -> None:
    (tmp_path / "file.txt").write_text("A text.")
    with pytest.raises(UsageError, match=rf"There is no folder .*{name}: name one with --articles FOLDER"):
        open_index(tmp_path / name)


def test_folder_is_known_by_its_real_path(tmp_path: Path) -> None:
    (tmp_path / "articles").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "articles")
    assert index_folder_of(tmp_path / "link") == index_folder_of(tmp_path / "articles")
    assert index_folder_of(tmp_path / "articles") != index_folder_of(tmp_path / "other")


# Another embedder


def test_index_of_another_embedder_names_the_way_out(make_folder: MakeFolder, open_index: OpenIndex) -> None:
    articles = make_folder(ARTICLES)
    open_index(articles).sync()
    with pytest.raises(UsageError, match=r"hashing-1.*hashing-2.*`qa index --rebuild`"):
        open_index(articles, HashingEmbedding(fingerprint="hashing-2"))


def test_deleted_index_is_made_anew_by_the_same_process(
    make_folder: MakeFolder, folder: Path, open_index: OpenIndex
) -> None:
    articles = make_folder(ARTICLES)
    index = open_index(articles)
    index.sync()
    index.close()
    delete_index(folder)
    assert not folder.exists()
    anew = open_index(articles, HashingEmbedding(fingerprint="hashing-2"))
    assert len(anew.sync().added) == 3
    assert found(anew, "owls", 1) == ["owls.txt"]


# Chroma is rebuilt, not mourned


def test_deleted_chroma_folder_is_rebuilt_without_embedding(
    make_folder: MakeFolder, folder: Path, open_index: OpenIndex, counting: CountingEmbedding
) -> None:
    articles = make_folder(ARTICLES)
    index = open_index(articles)
    index.sync()
    index.close()
    shutil.rmtree(folder / "chroma")
    anew = open_index(articles, counting)
    anew.sync()
    assert counting.embedded == []
    assert found(anew, "owls", 1) == ["owls.txt"]
    assert chroma_ids(anew) == anew.catalog.vector_ids()


def test_damaged_chroma_folder_is_rebuilt_without_embedding(
    make_folder: MakeFolder, folder: Path, open_index: OpenIndex, counting: CountingEmbedding
) -> None:
    articles = make_folder(ARTICLES)
    index = open_index(articles)
    index.sync()
    index.close()
    (folder / "chroma" / "chroma.sqlite3").write_bytes(b"no database at all " * 500)
    anew = open_index(articles, counting)
    anew.sync()
    assert counting.embedded == []
    assert found(anew, "owls", 1) == ["owls.txt"]


def chroma_ids(index: ArticleIndex) -> set[str]:
    """Give the ids of the collection as a client of our own sees them."""
    with closing(chroma_client(index)) as client:
        return set(client.get_collection("passages").get(include=[])["ids"])


def chroma_client(index: ArticleIndex) -> chromadb.api.ClientAPI:
    folder = index.catalog.path.parent / "chroma"
    return chromadb.PersistentClient(str(folder), ChromaSettings(anonymized_telemetry=False))


def test_ids_that_the_catalog_does_not_know_are_dropped(
    make_folder: MakeFolder, open_index: OpenIndex, embedder: HashingEmbedding
) -> None:
    index = open_index(make_folder(ARTICLES))
    index.sync()
    with closing(chroma_client(index)) as client:
        collection = client.get_collection("passages")
        collection.add(ids=["stranger"], embeddings=[embedder.get_query_embedding("owls")])
    assert found(index, "owls") == found(index, "owls", 3)
    assert found(index, "owls", 1) == ["owls.txt"]
    make_folder({"tea.txt": "Tea is served at four."})
    index.sync()
    assert chroma_ids(index) == index.catalog.vector_ids()


def test_vectors_that_chroma_lost_are_brought_back(
    make_folder: MakeFolder, open_index: OpenIndex, counting: CountingEmbedding
) -> None:
    articles = make_folder(ARTICLES)
    index = open_index(articles, counting)
    index.sync()
    with closing(chroma_client(index)) as client:
        client.get_collection("passages").delete(ids=list(chroma_ids(index)))
    (articles / "bridge.txt").unlink()
    counting.embedded.clear()
    index.sync()
    assert counting.embedded == []
    assert chroma_ids(index) == index.catalog.vector_ids()


def test_garbage_in_place_of_the_catalog_is_damage(
    make_folder: MakeFolder, folder: Path, open_index: OpenIndex
) -> None:
    folder.mkdir()
    (folder / "catalog.sqlite").write_bytes(b"no database at all " * 500)
    with pytest.raises(IndexDamagedError, match="delete that folder"):
        open_index(make_folder(ARTICLES))


# Several processes


def test_second_writer_is_told_so_within_two_seconds(
    make_folder: MakeFolder, folder: Path, open_index: OpenIndex
) -> None:
    index = open_index(make_folder(ARTICLES))
    with lock_held_by_another_process(folder):
        began = time.monotonic()
        with pytest.raises(IndexBusyError, match="is writing this index: try again when it is done"):
            index.sync()
        with pytest.raises(IndexBusyError):
            delete_index(folder)
        assert time.monotonic() - began < 2
    assert len(index.sync().added) == 3


def test_reader_does_not_wait_for_a_writer(make_folder: MakeFolder, folder: Path, open_index: OpenIndex) -> None:
    articles = make_folder(ARTICLES)
    open_index(articles).sync()
    with lock_held_by_another_process(folder):
        index = open_index(articles)
        assert index.sync().unchanged == 3
        assert found(index, "owls", 1) == ["owls.txt"]


KILLED_IN_ITS_SECOND_BATCH = """
import os, signal, sys
from pathlib import Path
from index.article_index import ArticleIndex
from qa.testing import HashingEmbedding

class Deadly(HashingEmbedding):
    def _get_text_embedding(self, text):
        if "number 100" in text:
            os.kill(os.getpid(), signal.SIGKILL)
        return super()._get_text_embedding(text)

ArticleIndex(Path(sys.argv[1]), Path(sys.argv[2]), Deadly()).sync()
"""


def test_sync_goes_on_where_a_killed_one_stopped(
    make_folder: MakeFolder, folder: Path, open_index: OpenIndex, counting: CountingEmbedding
) -> None:
    articles = make_folder({f"{number:03}.txt": f"Bridge number {number} opened." for number in range(150)})
    killed = subprocess.run([sys.executable, "-c", KILLED_IN_ITS_SECOND_BATCH, articles, folder])
    assert killed.returncode == -signal.SIGKILL
    index = open_index(articles, counting)
    assert index.catalog.counts() == (64, 64)
    report = index.sync()
    assert (len(report.added), report.unchanged) == (86, 64)
    assert len(counting.embedded) == 86
    assert found(index, "bridge number 99", 1) == ["099.txt"]
    assert chroma_ids(index) == index.catalog.vector_ids()
