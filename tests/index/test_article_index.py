"""A folder's index as a whole: catalog and Chroma kept in step through damage, deletion, a kill, a second writer."""

import json
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from index.article_files import index_folder_of
from index.article_index import ArticleIndex
from index.catalog.place import Place
from index.catalog.sqlite.place import FolderPlace
from index.dense import open_store
from index.errors import IndexBusyError, IndexDamagedError, NoArticlesError, UsageError
from index.formats.records import Fields
from qa.testing import HashingEmbedding
from tests.support import ROOT
from tests.support.articles import CountingEmbedding, MakeFolder
from tests.support.catalogs import named, run_sql, shorten_sentences

ARTICLES: dict[str, str | bytes] = {
    "bridge.txt": "The bridge over the Lowmoor opened on Tuesday.",
    "bakery.txt": "The bakery in Mill Lane sells rye bread.",
    "owls.txt": "A pair of owls nests in the church tower.",
}
OpenIndex = Callable[..., ArticleIndex]


@pytest.fixture
def folder(place: Place) -> Path:
    """The folder of an index that lies in one."""
    if not isinstance(place, FolderPlace):
        pytest.skip("of an index that lies in a folder")
    return place.folder


@pytest.fixture
def open_index(place: Place, embedder: HashingEmbedding) -> Iterator[OpenIndex]:
    """Open the index of a folder; whatever was opened is closed after the test."""
    with ExitStack() as opened:

        def open_(articles: Path, embedder: HashingEmbedding = embedder, **options: Any) -> ArticleIndex:
            return opened.enter_context(closing(ArticleIndex(articles, place, embedder, **options)))

        yield open_


def found(index: ArticleIndex, question: str, top_k: int = 10) -> list[str]:
    return [node.node.metadata["article"] for node in index.retriever(top_k).retrieve(question)]


HOLD_THE_LOCK = """
import sys
from tests.support.catalogs import place_named
with place_named(sys.argv[1]).lock():
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def lock_held_by_another_process(place: Place) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD_THE_LOCK, named(place)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        try:
            yield other
        finally:
            other.communicate()


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
    with pytest.raises(NoArticlesError, match=r"holds no article: put articles there, such as \.txt, \.md, .* files"):
        open_index(make_folder({})).sync()


def test_folder_without_a_readable_file_tells_the_reason(make_folder: MakeFolder, open_index: OpenIndex) -> None:
    with pytest.raises(NoArticlesError, match=r"2 skipped; a\.txt: binary, not text"):
        open_index(make_folder({"a.txt": b"\0", "b.xyz": b"%PDF"})).sync()


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


# Made with something else


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({"fingerprint": "hashing-2"}, r"embedder hashing-1, now it is embedder hashing-2"),
        ({"dimension": 128}, r"dimension 256, now it is dimension 128"),
        ({"normalised": False}, r"normalised True, now it is normalised False"),
        ({"fingerprint": "b", "dimension": 2}, r"embedder hashing-1, dimension 256, now it is embedder b, dimension 2"),
    ],
)
def test_index_of_another_embedder_names_the_way_out(
    make_folder: MakeFolder, open_index: OpenIndex, other: dict[str, Any], told: str
) -> None:
    articles = make_folder(ARTICLES)
    open_index(articles).sync()
    with pytest.raises(UsageError, match=rf"made with {told}: run `qa index --rebuild .*articles`"):
        open_index(articles, HashingEmbedding(**other))


def test_index_whose_sentences_another_version_cut_cuts_them_anew_and_embeds_only_what_is_new(
    make_folder: MakeFolder, open_index: OpenIndex, counting: CountingEmbedding
) -> None:
    articles = make_folder(ARTICLES)
    index = open_index(articles, counting)
    index.sync()
    identity = index.catalog.meta("identity") or ""
    cut = [each.sentences for each in index.catalog.whole_articles()]
    with index.catalog.writing():
        index.catalog.set_meta("identity", json.dumps(json.loads(identity) | {"splitter": "punkt-0, 100 tokens"}))
        shorten_sentences(index.catalog)
    assert [each.sentences for each in index.catalog.whole_articles()] != cut
    counting.embedded.clear()
    index = open_index(articles, counting)
    assert index.sync().updated == sorted(ARTICLES)
    assert [each.sentences for each in index.catalog.whole_articles()] == cut
    assert (counting.embedded, index.catalog.meta("identity")) == ([], identity)
    assert open_index(articles, counting).sync().updated == []


def test_index_of_the_same_make_is_opened_without_a_write(make_folder: MakeFolder, open_index: OpenIndex) -> None:
    articles = make_folder(ARTICLES)
    index = open_index(articles)
    index.sync()
    generation = index.catalog.generation
    assert open_index(articles).catalog.generation == generation


# The fields of dumps


def test_other_names_of_fields_have_the_dumps_read_again(
    make_folder: MakeFolder, open_index: OpenIndex, counting: CountingEmbedding
) -> None:
    table = "text,tale\nThe bridge opened.,The owls nest.\n"
    articles = make_folder({"news.csv": table, **ARTICLES})
    open_index(articles).sync()
    index = open_index(articles, counting, fields=Fields(text="tale"))
    report = index.sync()
    assert (report.updated, report.unchanged) == (["news.csv#1"], 3)
    assert [text.splitlines()[-1] for text in counting.embedded] == ["The owls nest."]
    assert index.sync().updated == []


def test_index_of_a_version_that_read_files_otherwise_reads_them_anew_and_embeds_only_what_is_new(
    make_folder: MakeFolder, open_index: OpenIndex, counting: CountingEmbedding
) -> None:
    articles = make_folder(ARTICLES)
    index = open_index(articles, counting)
    index.sync()
    with index.catalog.writing():
        index.catalog.set_meta("reading", "1")
        run_sql(index.catalog, "update articles set text = 'What it was', sha256 = '' where id = ?", "owls.txt")
    counting.embedded.clear()
    assert index.sync().updated == ["owls.txt"]
    article = index.catalog.article("owls.txt")
    assert article
    assert article.text == ARTICLES["owls.txt"]
    assert counting.embedded == []
    assert index.sync().updated == []


def test_deleted_index_is_made_anew_by_the_same_process(
    make_folder: MakeFolder, place: Place, open_index: OpenIndex
) -> None:
    articles = make_folder(ARTICLES)
    index = open_index(articles)
    index.sync()
    index.close()
    place.delete()
    assert not place.exists()
    anew = open_index(articles, HashingEmbedding(fingerprint="hashing-2"))
    assert len(anew.sync().added) == 3
    assert found(anew, "owls", 1) == ["owls.txt"]


# Chroma is rebuilt, not mourned


def lose(path: Path) -> None:
    shutil.rmtree(path)


def overwrite(path: Path) -> None:
    for file in path.rglob("*"):
        if file.is_file():
            file.write_bytes(b"no database at all " * 500)


@pytest.mark.parametrize("damage", [lose, overwrite])
def test_lost_or_damaged_chroma_is_rebuilt_without_embedding(
    make_folder: MakeFolder,
    folder: Path,
    open_index: OpenIndex,
    counting: CountingEmbedding,
    damage: Callable[[Path], None],
) -> None:
    articles = make_folder(ARTICLES)
    index = open_index(articles, exact_passages=0)
    index.sync()
    index.sync_store()
    index.close()
    damage(folder / "chroma")
    anew = open_index(articles, counting, exact_passages=0)
    anew.sync()
    anew.sync_store()
    assert counting.embedded == []
    assert found(anew, "owls", 1) == ["owls.txt"]
    assert open_store(anew.place, anew.catalog, None).is_current(anew.catalog)


def test_chroma_is_brought_in_step_by_what_asks_for_it_alone(
    make_folder: MakeFolder, folder: Path, open_index: OpenIndex
) -> None:
    index = open_index(make_folder(ARTICLES))
    index.sync()
    assert not (folder / "chroma").exists(), "a first question would wait for it"
    assert not index.needs_store
    assert open_index(index.articles, exact_passages=2).needs_store


def test_questions_are_answered_while_chroma_is_behind(
    make_folder: MakeFolder, open_index: OpenIndex, folder: Path
) -> None:
    index = open_index(make_folder(ARTICLES), exact_passages=0)
    index.sync()
    index.sync_store()
    make_folder({"owls.txt": "A family of kestrels lives under the town hall's roof.", "tea.txt": "Tea is at four."})
    index.sync()
    assert found(index, "kestrels", 1) == ["owls.txt"]
    assert found(index, "tea", 1) == ["tea.txt"]
    index.sync_store()
    assert found(index, "kestrels", 1) == ["owls.txt"]
    assert found(index, "tea", 1) == ["tea.txt"]


def test_garbage_in_place_of_the_catalog_is_damage(
    make_folder: MakeFolder, folder: Path, open_index: OpenIndex
) -> None:
    folder.mkdir()
    (folder / "catalog.sqlite").write_bytes(b"no database at all " * 500)
    with pytest.raises(IndexDamagedError, match="delete that folder"):
        open_index(make_folder(ARTICLES))


# A disk that is full


@contextmanager
def files_limited_to(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond `size` bytes, as on a full disk."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_full_disk_leaves_what_was_indexed_before(make_folder: MakeFolder, open_index: OpenIndex, folder: Path) -> None:
    articles = make_folder(ARTICLES)
    index = open_index(articles)
    index.sync()
    make_folder({f"{n:03}.txt": f"Bridge number {n} opened. " + "It was lit at night. " * 99 for n in range(300)})
    with files_limited_to(900_000), pytest.raises(IndexDamagedError, match=r"cannot be written \(.*\).* free space"):
        index.sync()
    assert index.catalog.faults() == []
    assert 3 <= index.catalog.counts()[0] < 303
    assert found(index, "Who nests in the tower?", 1) == ["owls.txt"]
    index.sync()
    assert index.catalog.counts()[0] == 303


def test_lock_that_cannot_be_taken_is_damage(make_folder: MakeFolder, folder: Path, open_index: OpenIndex) -> None:
    index = open_index(make_folder(ARTICLES))
    (folder / "lock").mkdir()
    with pytest.raises(IndexDamagedError, match="cannot be written"):
        index.sync()


# Several processes


def test_second_writer_is_told_who_writes_within_a_second(
    make_folder: MakeFolder, place: Place, open_index: OpenIndex
) -> None:
    index = open_index(make_folder(ARTICLES))
    with lock_held_by_another_process(place) as other:
        named = rf"Another process \(process {other.pid}( on .*)?\) is writing this index: try again when it is done"
        for write in (index.sync, lambda: place.delete()):
            began = time.monotonic()
            with pytest.raises(IndexBusyError, match=named):
                write()
            assert time.monotonic() - began < 1
    assert len(index.sync().added) == 3


def test_lock_of_a_killed_process_is_free(make_folder: MakeFolder, place: Place, open_index: OpenIndex) -> None:
    index = open_index(make_folder(ARTICLES))
    with lock_held_by_another_process(place) as other:
        assert (place.writer() or "").startswith(f"process {other.pid}")
        other.kill()
        other.wait()
        assert place.writer() is None
        assert len(index.sync().added) == 3
    assert place.writer() is None


def test_reader_sees_one_state_while_another_syncs(make_folder: MakeFolder, open_index: OpenIndex) -> None:
    articles = make_folder(ARTICLES)
    reader, writer = open_index(articles), open_index(articles)
    writer.sync()
    with reader.catalog.reading():
        assert found(reader, "owls", 1) == ["owls.txt"]
        make_folder({"owls.txt": "A family of kestrels lives there.", "tea.txt": "Tea is served at four."})
        (articles / "bridge.txt").unlink()
        report = writer.sync()
        assert (report.added, report.updated, report.removed) == (["tea.txt"], ["owls.txt"], ["bridge.txt"])
        assert found(reader, "Which owls nest in the tower?", 1) == ["owls.txt"]
        assert set(found(reader, "bridge, bakery, tea")) == set(ARTICLES)
        assert reader.catalog.article("tea.txt") is None
    assert found(reader, "kestrels", 1) == ["owls.txt"]
    assert set(found(reader, "bridge, bakery, tea")) == {"owls.txt", "bakery.txt", "tea.txt"}


def test_reader_in_a_thread_never_sees_half_of_a_change(make_folder: MakeFolder, open_index: OpenIndex) -> None:
    articles = make_folder({f"{n}.txt": f"Story {n} was told by Ada." for n in range(5)})
    reader, writer = open_index(articles), open_index(articles)
    writer.sync()
    teller = {"Ada": "Ben", "Ben": "Ada"}
    seen = []
    with ThreadPoolExecutor(1) as pool:
        name = "Ada"
        for _ in range(30):
            name = teller[name]
            make_folder({f"{n}.txt": f"Story {n} was told by {name} {'again ' * n}." for n in range(5)})
            syncing = pool.submit(writer.sync)
            while not syncing.done():
                texts = [node.node.get_content() for node in reader.retriever(50).retrieve("Who told the story?")]
                seen.append(tuple(sorted({"Ada" in text for text in texts})))
            syncing.result()
    assert {len(each) for each in seen} == {1}, "these five are written in one transaction"


def test_reader_does_not_wait_for_a_writer(make_folder: MakeFolder, place: Place, open_index: OpenIndex) -> None:
    articles = make_folder(ARTICLES)
    open_index(articles).sync()
    with lock_held_by_another_process(place):
        index = open_index(articles)
        assert index.sync().unchanged == 3
        assert found(index, "owls", 1) == ["owls.txt"]


KILLED_IN_ITS_MIDDLE = """
import os, signal, sys
from pathlib import Path
from index.article_index import ArticleIndex
from qa.testing import HashingEmbedding
from tests.support.catalogs import place_named

class Deadly(HashingEmbedding):
    def _get_text_embedding(self, text):
        if "number 100" in text:
            os.kill(os.getpid(), signal.SIGKILL)
        return super()._get_text_embedding(text)

ArticleIndex(Path(sys.argv[1]), place_named(sys.argv[2]), Deadly()).sync()
"""


def test_sync_goes_on_where_a_killed_one_stopped(
    make_folder: MakeFolder, place: Place, open_index: OpenIndex, counting: CountingEmbedding
) -> None:
    articles = make_folder({f"{number:03}.txt": f"Bridge number {number} opened." for number in range(150)})
    killed = subprocess.run([sys.executable, "-c", KILLED_IN_ITS_MIDDLE, articles, named(place)], cwd=ROOT)
    assert killed.returncode == -signal.SIGKILL
    index = open_index(articles, counting)
    written, passages = index.catalog.counts()
    assert 0 < written == passages <= 100
    assert index.catalog.faults() == []
    assert found(index, "bridge number 7", 1) == ["007.txt"], "what was written serves"
    counting.embedded.clear()
    report = index.sync()
    assert (len(report.added), report.unchanged) == (150 - written, written)
    assert len(counting.embedded) == 150 - written
    assert found(index, "bridge number 99", 1) == ["099.txt"]
