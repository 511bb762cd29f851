"""The vectors in Chroma: as true as an exact scan through edits, damage, kills, full disks, servers that go away."""

import http.server
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evals.robustness.servers import Chroma
from index.articles import Article
from index.catalog.rows import WrittenArticle
from index.catalog.sqlite.writer import SqliteCatalog as Catalog
from index.chroma import server as chroma_server
from index.chroma.collection import audit, compare, draw_sample, open_client
from index.chroma.folder import COLLECTION, ChromaIndex
from index.chroma.probe import probe
from index.chroma.server import ChromaServer
from index.chroma.stamp import read_stamp
from index.errors import UsageError, VectorStoreError
from index.filter import EVERY_RECORD, RecordFilter
from index.formats.extract import Metadata
from index.models.embedding import Vectors
from index.passages import Passage

DIMENSION = 48
ARTICLES, PASSAGES = 240, 6  # 1,440 records: Chroma writes its graph to files from 1,000 on
DAYS = [date(2024, 12, 31), date(2025, 3, 16), None]

OpenIndex = Callable[[], ChromaIndex]


@pytest.fixture(scope="module")
def laid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalog and the Chroma folder that holds it, made once; no test changes them."""
    folder = tmp_path_factory.mktemp("laid")
    with closing(Catalog(folder / "catalog.sqlite")) as catalog:
        with catalog.writing():
            for number in range(ARTICLES):
                put(catalog, number, vectors_of(PASSAGES, seed=number), DAYS[number % 3])
        with closing(ChromaIndex(folder / "chroma")) as index:
            index.reconcile(catalog)
    return folder


@pytest.fixture
def place(laid: Path, tmp_path: Path) -> Path:
    """A copy of them, as it was left."""
    return Path(shutil.copytree(laid, tmp_path / "index"))


@pytest.fixture
def chroma(place: Path) -> Path:
    return place / "chroma"


@pytest.fixture
def catalog(place: Path) -> Iterator[Catalog]:
    with closing(Catalog(place / "catalog.sqlite")) as catalog:
        yield catalog


@pytest.fixture
def open_index(chroma: Path) -> Iterator[OpenIndex]:
    """Open the folder anew; whatever was opened is closed after the test."""
    with ExitStack() as opened:
        yield lambda: opened.enter_context(closing(ChromaIndex(chroma)))


@pytest.fixture
def index(open_index: OpenIndex) -> ChromaIndex:
    return open_index()


def vectors_of(count: int, seed: int) -> Vectors:
    """Make unit vectors around a few centres, so that neighbours are near and different."""
    centres = np.random.default_rng(7).normal(size=(20, DIMENSION))
    generator = np.random.default_rng([seed, 11])
    vectors = centres[generator.integers(0, 20, count)] + 0.7 * generator.normal(size=(count, DIMENSION))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


QUESTIONS = vectors_of(20, seed=9999)


def put(catalog: Catalog, number: int, vectors: Vectors, published: date | None = None) -> None:
    """Write an article of one passage for each vector; the caller holds the transaction."""
    name = f"{number:03}.txt"
    passages = [Passage(f"{number:04}{position:028}", 0, 0, 0, 1, "") for position in range(len(vectors))]
    article = Article(id=name, title=name, text="text", published=published, path=Path(name), sha256=name, file=name)
    catalog.put_vectors([passage.id for passage in passages], vectors)
    catalog.put_articles([WrittenArticle(article, b"", [(0, 4)], passages)])


def remove(catalog: Catalog, numbers: range) -> None:
    with catalog.writing():
        for number in numbers:
            catalog.remove_file(f"{number:03}.txt")
        catalog.drop_unused_vectors()


def exact(catalog: Catalog, question: Vectors, limit: int, keep: Callable[[dict[str, int]], bool]) -> dict[str, float]:
    """Find the nearest records by looking at all of them."""
    ids = sorted(catalog.record_ids())
    vectors, facts = catalog.records(ids)
    cosines = {
        key: float(cosine) for key, cosine, fact in zip(ids, vectors @ question, facts, strict=True) if keep(fact)
    }
    return dict(sorted(cosines.items(), key=lambda item: -item[1])[:limit])


def assert_true(
    index: ChromaIndex | ChromaServer,
    catalog: Catalog,
    only: RecordFilter = EVERY_RECORD,
    keep: Callable[[dict[str, int]], bool] = lambda _: True,
) -> None:
    """Have the index answer every question as an exact scan does."""
    assert index.is_current(catalog)
    for question in QUESTIONS:
        found, wanted = index.search(question.tolist(), 10, only), exact(catalog, question, 10, keep)
        assert list(found) == list(wanted)
        assert list(found.values()) == pytest.approx(list(wanted.values()), abs=1e-5)


def states(folder: Path) -> dict[str, tuple[int, int]]:
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


def current_folder(chroma: Path) -> Path:
    stamp = read_stamp(chroma)
    assert stamp
    return chroma / stamp.folder


# In step with the catalog


def test_search_is_as_true_as_an_exact_scan(index: ChromaIndex, catalog: Catalog) -> None:
    assert_true(index, catalog)


def test_search_is_limited_to_days_and_articles(index: ChromaIndex, catalog: Catalog) -> None:
    since = RecordFilter(since=20250101)
    assert_true(index, catalog, since, lambda fact: fact["published"] >= 20250101)
    some = [2, 3, 5, 7, 11, 13]
    assert_true(index, catalog, RecordFilter(articles=some), lambda fact: fact["article"] in some)
    both = RecordFilter(since=1, until=20241231)
    assert_true(index, catalog, both, lambda fact: fact["published"] == 20241231)
    assert index.search(QUESTIONS[0].tolist(), 10, RecordFilter(articles=[10**6])) == {}


def test_edits_are_taken_into_a_copy(index: ChromaIndex, catalog: Catalog, chroma: Path) -> None:
    before = current_folder(chroma)
    index.search(QUESTIONS[0].tolist(), 10)
    with catalog.writing():
        put(catalog, 900, vectors_of(30, seed=900), DAYS[0])
        put(catalog, 5, vectors_of(2, seed=5))
    remove(catalog, range(10, 20))
    assert not index.is_current(catalog)
    index.reconcile(catalog)
    assert_true(index, catalog)
    assert not before.exists()
    assert sorted(path.name for path in chroma.iterdir()) == sorted(["current.json", current_folder(chroma).name])
    stamp = read_stamp(chroma)
    assert stamp
    assert stamp.changes == 30 + 4 + 10 * PASSAGES


def test_another_date_of_the_same_text_is_noticed(index: ChromaIndex, catalog: Catalog) -> None:
    with catalog.writing():
        catalog.retitle("007.txt", Metadata(title="Another", published=date(2031, 5, 6)))
    index.reconcile(catalog)
    that_day = RecordFilter(since=20310506, until=20310506)
    assert len(index.search(QUESTIONS[0].tolist(), 50, that_day)) == PASSAGES
    assert_true(index, catalog, that_day, lambda fact: fact["published"] == 20310506)


def test_what_has_mostly_changed_is_built_anew(index: ChromaIndex, catalog: Catalog, chroma: Path) -> None:
    for first in (0, 60, 120):  # a quarter, then a third of the rest, then half of it
        remove(catalog, range(first, first + 60))
        index.reconcile(catalog)
        assert_true(index, catalog)
    stamp = read_stamp(chroma)
    assert stamp
    assert (stamp.records, stamp.changes) == (60 * PASSAGES, 0)


def test_emptied_catalog_is_an_empty_index(index: ChromaIndex, catalog: Catalog) -> None:
    remove(catalog, range(ARTICLES))
    index.reconcile(catalog)
    assert index.is_current(catalog)
    assert index.search(QUESTIONS[0].tolist(), 10) == {}
    with catalog.writing():
        put(catalog, 1, vectors_of(3, seed=1))
    index.reconcile(catalog)
    assert_true(index, catalog)


def test_nothing_is_found_before_anything_was_written(tmp_path: Path) -> None:
    with closing(ChromaIndex(tmp_path / "nowhere")) as index, pytest.raises(VectorStoreError, match="`qa index`"):
        index.search(QUESTIONS[0].tolist(), 10)
    assert not (tmp_path / "nowhere").exists()


def test_question_of_another_dimension_is_refused(index: ChromaIndex) -> None:
    with pytest.raises(VectorStoreError, match="dimension of 48, got 3"):
        index.search([1.0, 0.0, 0.0], 10)


NOT_YET_LOADED = """
import sys
from pathlib import Path
from index.catalog.sqlite.writer import SqliteCatalog as Catalog
from index.chroma.folder import ChromaIndex

print(ChromaIndex(Path(sys.argv[1], "chroma")).is_current(Catalog(Path(sys.argv[1], "catalog.sqlite"))))
print("chromadb" in sys.modules)
"""


def test_chroma_is_not_loaded_before_it_is_needed(place: Path) -> None:
    assert subprocess.check_output([sys.executable, "-c", NOT_YET_LOADED, place], text=True).split() == [
        "True",
        "False",
    ]


# Readers


def test_reading_changes_no_file(open_index: OpenIndex, catalog: Catalog, chroma: Path) -> None:
    before = states(chroma)
    for _ in range(2):
        index = open_index()
        assert_true(index, catalog)
        index.search(QUESTIONS[0].tolist(), 10, RecordFilter(since=20250101))
        index.close()
    assert states(chroma) == before


def test_open_reader_moves_on_with_the_writer(open_index: OpenIndex, catalog: Catalog) -> None:
    reader, writer = open_index(), open_index()
    assert_true(reader, catalog)
    remove(catalog, range(0, 9))
    writer.reconcile(catalog)
    assert_true(reader, catalog)


SEARCHING = """
import sys
from contextlib import closing
from pathlib import Path
import numpy as np
from index.chroma.folder import ChromaIndex

folder, stop = Path(sys.argv[1]), Path(sys.argv[2])
vector = np.random.default_rng(3).normal(size=48).tolist()
counts = set()
while not stop.exists():
    with closing(ChromaIndex(folder)) as index:
        for _ in range(3):
            counts.add(len(index.search(vector, 10)))
    print("again", flush=True)
print(counts)
"""


def test_reader_in_another_process_never_finds_less(index: ChromaIndex, catalog: Catalog, place: Path) -> None:
    command = [sys.executable, "-c", SEARCHING, str(place / "chroma"), str(place / "stop")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout
        assert reader.stdout.readline() == "again\n"
        for number in range(4):
            remove(catalog, range(number, number + 1))
            index.reconcile(catalog)
        (place / "stop").touch()
        assert reader.communicate()[0].splitlines()[-1] == "{10}"
    assert reader.returncode == 0


# Damage


def halve(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def flip(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    for position in range(len(raw) // 3, len(raw), max(1, len(raw) // 40)):
        raw[position] ^= 0xFF
    path.write_bytes(raw)


def empty(path: Path) -> None:
    os.truncate(path, 0)


@pytest.mark.parametrize(
    ("harm", "name"),
    [
        (halve, "header.bin"),
        (halve, "link_lists.bin"),
        (flip, "data_level0.bin"),
        (flip, "link_lists.bin"),
        (flip, "index_metadata.pickle"),
        (flip, "chroma.sqlite3"),
        (empty, "length.bin"),
        (Path.unlink, "chroma.sqlite3"),
    ],
)
def test_damaged_file_is_noticed_and_rebuilt(
    index: ChromaIndex,
    catalog: Catalog,
    chroma: Path,
    harm: Callable[[Path], None],
    name: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    (path,) = chroma.rglob(name)
    harm(path)
    assert not index.is_current(catalog)
    with pytest.raises(VectorStoreError, match="is damaged: run `qa index`"):
        index.search(QUESTIONS[0].tolist(), 10)
    index.reconcile(catalog)
    assert "is damaged; it is rebuilt from the catalog" in caplog.text
    assert_true(index, catalog)


def test_damage_is_noticed_beside_edits(index: ChromaIndex, catalog: Catalog, chroma: Path) -> None:
    flip(next(chroma.rglob("data_level0.bin")))
    remove(catalog, range(3))
    index.reconcile(catalog)
    assert_true(index, catalog)


def test_damage_under_an_open_reader_is_noticed(index: ChromaIndex, catalog: Catalog, chroma: Path) -> None:
    assert_true(index, catalog)
    flip(next(chroma.rglob("chroma.sqlite3")))
    assert not index.is_current(catalog)
    index.reconcile(catalog)
    assert_true(index, catalog)


@pytest.mark.parametrize("lost", ["", "current.json", "the folder"])
def test_deleted_folder_is_rebuilt(index: ChromaIndex, catalog: Catalog, chroma: Path, lost: str) -> None:
    assert_true(index, catalog)
    if lost == "current.json":
        (chroma / lost).unlink()
    else:
        shutil.rmtree(current_folder(chroma) if lost else chroma)
    assert not index.is_current(catalog)
    index.reconcile(catalog)
    assert_true(index, catalog)


@pytest.mark.parametrize("stamp", [b"", b"\0\xff", b'{"folder": "../..", "generation": "x"}'])
def test_stamp_that_cannot_be_read_is_no_stamp(
    index: ChromaIndex, catalog: Catalog, chroma: Path, stamp: bytes
) -> None:
    (chroma / "current.json").write_bytes(stamp)
    assert not index.is_current(catalog)
    index.reconcile(catalog)
    assert_true(index, catalog)


def test_folder_of_an_earlier_layout_is_replaced(tmp_path: Path, catalog: Catalog) -> None:
    (tmp_path / "chroma").mkdir()
    (tmp_path / "chroma" / "chroma.sqlite3").write_bytes(b"of an earlier version")
    with closing(ChromaIndex(tmp_path / "chroma")) as index:
        index.reconcile(catalog)
        assert_true(index, catalog)
    assert not (tmp_path / "chroma" / "chroma.sqlite3").exists()


def test_copied_folder_is_taken_as_it_is(index: ChromaIndex, catalog: Catalog, chroma: Path) -> None:
    before = current_folder(chroma)
    for path in before.rglob("*"):
        os.utime(path)
    assert not index.is_current(catalog)
    index.reconcile(catalog)
    assert current_folder(chroma) == before
    assert_true(index, catalog)


# The audit


def test_audit_finds_what_is_not_as_it_should_be(catalog: Catalog, chroma: Path) -> None:
    sample = draw_sample(catalog)
    with closing(open_client(current_folder(chroma))) as client:
        collection = client.get_collection(COLLECTION, embedding_function=None)
        assert audit(collection, sample) is None
        assert not compare(collection, catalog)
        others = vectors_of(20, seed=5)
        collection.upsert(ids=sample.ids[:20], embeddings=others)
        assert audit(collection, sample) == "20 of 200 records are not found by their own vectors"
        collection.delete(ids=sample.ids[:1])
        assert audit(collection, sample) == "it holds 1439 records instead of 1440"


def misdirect(path: Path) -> None:
    """Let the graph begin at a record that does not exist."""
    raw = bytearray(path.read_bytes())
    raw[57] ^= 0x7F
    path.write_bytes(raw)


def overwrite(path: Path) -> None:
    path.write_bytes(b"\xff\x13" * (path.stat().st_size // 2))


@pytest.mark.parametrize(
    ("harm", "name", "found"),
    [
        (misdirect, "header.bin", "Chroma crashes on it (SIG"),
        (overwrite, "chroma.sqlite3", "file is not a database"),
        (overwrite, "data_level0.bin", "1440 of its 1440 records cannot be reached"),
    ],
)
def test_probe_survives_what_chroma_does_not(
    catalog: Catalog, chroma: Path, harm: Callable[[Path], None], name: str, found: str
) -> None:
    folder = current_folder(chroma)
    sample = draw_sample(catalog)
    assert probe(folder, COLLECTION, sample) is None
    harm(next(folder.rglob(name)))
    assert found in (probe(folder, COLLECTION, sample) or "")


def test_vectors_that_chroma_loses_are_left_to_the_exact_scan(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Of many equal vectors, an HNSW graph does not lead out again; of several such heaps it surely misses one."""
    with (
        closing(Catalog(tmp_path / "catalog.sqlite")) as catalog,
        closing(ChromaIndex(tmp_path / "chroma")) as index,
    ):
        equal = np.repeat(vectors_of(4, seed=1), 500, axis=0)
        with catalog.writing():
            put(catalog, 1, equal)
            put(catalog, 2, vectors_of(2000, seed=2))
        index.reconcile(catalog)
        assert "Chroma cannot serve these 4000 vectors" in caplog.text
        assert index.is_current(catalog), "trying again would give the same"
        with pytest.raises(VectorStoreError, match=r"holds no vectors: .* of .* records"):
            index.search(QUESTIONS[0].tolist(), 10)
        caplog.clear()
        with catalog.writing():
            put(catalog, 3, vectors_of(3, seed=3))
        index.reconcile(catalog)
        assert index.is_current(catalog)
        assert not caplog.text
        remove(catalog, range(1, 2))
        index.reconcile(catalog)
        assert_true(index, catalog)


# Writers that fail


CAPPED_WRITER = """
import resource, sys
from pathlib import Path
from index.catalog.sqlite.writer import SqliteCatalog as Catalog
from index.errors import VectorStoreError
from index.chroma.folder import ChromaIndex

index, catalog = ChromaIndex(Path(sys.argv[1], "chroma")), Catalog(Path(sys.argv[1], "catalog.sqlite"))
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    index.reconcile(catalog)
except VectorStoreError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit to the size of a file")
@pytest.mark.parametrize("limit_bytes", [10_000, 300_000])
def test_what_was_there_stays_when_the_disk_refuses(
    index: ChromaIndex, catalog: Catalog, place: Path, limit_bytes: int
) -> None:
    before = read_stamp(place / "chroma")
    remove(catalog, range(2))
    said = subprocess.check_output([sys.executable, "-c", CAPPED_WRITER, place, str(limit_bytes)], text=True)
    assert f"The Chroma folder {place / 'chroma'} cannot be written" in said
    assert read_stamp(place / "chroma") == before
    assert len(index.search(QUESTIONS[0].tolist(), 10)) == 10
    assert len(list((place / "chroma").iterdir())) == 2
    index.reconcile(catalog)
    assert_true(index, catalog)


KILLED_WRITER = """
import os, signal, sys
from pathlib import Path
from index.catalog.sqlite.writer import SqliteCatalog as Catalog
from index.chroma.folder import ChromaIndex

class Deadly(Catalog):
    reads = 0

    def records(self, ids):
        self.reads += 1
        if self.reads == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)
        return super().records(ids)

ChromaIndex(Path(sys.argv[1], "chroma")).reconcile(Deadly(Path(sys.argv[1], "catalog.sqlite")))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
@pytest.mark.parametrize("reads", [1, 2, 3])  # while comparing, before adding, before the audit
def test_killed_writer_leaves_the_old_folder_in_force(
    index: ChromaIndex, catalog: Catalog, place: Path, reads: int
) -> None:
    before = read_stamp(place / "chroma")
    with catalog.writing():
        put(catalog, 900, vectors_of(9, seed=900))
    killed = subprocess.run([sys.executable, "-c", KILLED_WRITER, place, str(reads)])
    assert killed.returncode == -signal.SIGKILL
    assert read_stamp(place / "chroma") == before
    assert len(index.search(QUESTIONS[0].tolist(), 10)) == 10
    index.reconcile(catalog)
    assert_true(index, catalog)
    assert len(list((place / "chroma").iterdir())) == 2


# A server


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chroma]:
    with running(Chroma(tmp_path_factory.mktemp("server"))) as server:
        yield server


@contextmanager
def running(server: Chroma) -> Iterator[Chroma]:
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Chroma]:
    with running(Chroma(tmp_path / "server")) as server:
        yield server


def test_server_is_as_true_as_an_exact_scan(shared_server: Chroma, catalog: Catalog) -> None:
    with closing(ChromaServer(shared_server.url, "true")) as index:
        assert not index.is_current(catalog)
        index.reconcile(catalog)
        assert_true(index, catalog)
        since = RecordFilter(since=20250101)
        assert_true(index, catalog, since, lambda fact: fact["published"] >= 20250101)
        assert index.examine(catalog) == (f"article-qa-true at {shared_server.url}, in step", None)


def test_server_is_brought_in_step_in_place(shared_server: Chroma, catalog: Catalog) -> None:
    with closing(ChromaServer(shared_server.url, "edits")) as index:
        index.reconcile(catalog)
        for numbers in (range(3), range(3, 200)):  # a few, then most
            remove(catalog, numbers)
            with catalog.writing():
                put(catalog, 900 + len(numbers), vectors_of(8, seed=900 + len(numbers)))
                catalog.retitle("220.txt", Metadata(title="Another", published=date(2031, 5, len(numbers) % 28 + 1)))
            assert not index.is_current(catalog)
            index.reconcile(catalog)
            assert_true(index, catalog)
            dated = RecordFilter(since=20310000)
            assert_true(index, catalog, dated, lambda fact: fact["published"] >= 20310000)


def test_indexes_share_a_server(shared_server: Chroma, catalog: Catalog, tmp_path: Path) -> None:
    with (
        closing(ChromaServer(shared_server.url, "one")) as one,
        closing(ChromaServer(shared_server.url, "other")) as other,
        closing(Catalog(tmp_path / "other.sqlite")) as other_catalog,
    ):
        with other_catalog.writing():
            put(other_catalog, 1, vectors_of(5, seed=1))
        one.reconcile(catalog)
        other.reconcile(other_catalog)
        assert_true(one, catalog)
        assert_true(other, other_catalog)


MEDDLING = """
import sys
import chromadb
import numpy as np

collection = chromadb.HttpClient(sys.argv[1]).get_collection("article-qa-touched", embedding_function=None)
ids = sorted(collection.get(include=[])["ids"])
collection.add(ids=["stranger"], embeddings=[[1.0] * 48])
collection.delete(ids=ids[:5])
collection.upsert(ids=ids[5:200], embeddings=np.random.default_rng(1).normal(size=(195, 48)))
"""


def test_what_others_did_to_the_collection_is_mended(shared_server: Chroma, catalog: Catalog) -> None:
    with closing(ChromaServer(shared_server.url, "touched")) as index:
        index.reconcile(catalog)
        subprocess.run([sys.executable, "-c", MEDDLING, shared_server.url], check=True)
        with catalog.writing():
            catalog.set_meta("some", "change")
        index.reconcile(catalog)
        assert_true(index, catalog)


def test_server_serves_many_equal_vectors_truly_or_not_at_all(shared_server: Chroma, tmp_path: Path) -> None:
    """Most of its graphs of them lose some, not all."""
    with (
        closing(Catalog(tmp_path / "catalog.sqlite")) as catalog,
        closing(ChromaServer(shared_server.url, "equal")) as index,
    ):
        with catalog.writing():
            put(catalog, 1, np.repeat(vectors_of(1, seed=1), 2000, axis=0))
            put(catalog, 2, vectors_of(2000, seed=2))
        index.reconcile(catalog)
        assert index.is_current(catalog)
        said, found = "", dict[str, float]()
        try:
            found = index.search(QUESTIONS[0].tolist(), 10)
        except VectorStoreError as error:
            said = str(error)
        wanted = exact(catalog, QUESTIONS[0], 10, lambda _: True)
        assert "cannot serve these vectors" in said or len(found.keys() & wanted.keys()) >= 8


def test_server_that_goes_away_and_comes_back(own_server: Chroma, catalog: Catalog) -> None:
    with closing(ChromaServer(own_server.url, "gone")) as index:
        index.reconcile(catalog)
        own_server.stop()
        remedy = rf"The Chroma server at {own_server.url} failed .*(refused|reset).*: start it, or set `chroma`"
        with pytest.raises(VectorStoreError, match=remedy):
            index.search(QUESTIONS[0].tolist(), 10)
        with pytest.raises(VectorStoreError, match=remedy):
            index.is_current(catalog)
        with pytest.raises(VectorStoreError, match=remedy):
            index.reconcile(catalog)
        own_server.start()
        assert_true(index, catalog)


def test_server_that_dies_while_it_is_written_to(own_server: Chroma, catalog: Catalog, place: Path) -> None:
    class Deadly(Catalog):
        def records(self, ids: Any) -> Any:
            own_server.stop()
            return super().records(ids)

    with closing(ChromaServer(own_server.url, "dies")) as index:
        index.reconcile(catalog)
        remove(catalog, range(100))
        with catalog.writing():
            put(catalog, 900, vectors_of(9, seed=900))
        with closing(Deadly(place / "catalog.sqlite")) as deadly, pytest.raises(VectorStoreError, match="start it"):
            index.reconcile(deadly)
        own_server.start()
        assert not index.is_current(catalog)
        index.reconcile(catalog)
        assert_true(index, catalog)


@pytest.mark.parametrize("status", [200, 404, 502])
def test_what_is_no_chroma_server_is_told(catalog: Catalog, status: int) -> None:
    class Other(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(b"<html>Welcome</html>")

        def log_message(self, format: str, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Other) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        index = ChromaServer(f"http://user:secret@127.0.0.1:{server.server_port}", "x")
        with pytest.raises(VectorStoreError, match="The Chroma server at") as caught:
            index.is_current(catalog)
        assert "secret" not in str(caught.value)
        server.shutdown()


def test_server_that_never_answers_is_given_up(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chroma_server, "CONNECT_LIMIT_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        index = ChromaServer(f"http://127.0.0.1:{silent.getsockname()[1]}", "x")
        with pytest.raises(VectorStoreError, match="timed out"):
            index.is_current(catalog)


@pytest.mark.parametrize(
    "url", ["", "localhost:8000", "ftp://host", "http://", "http://host:port", "http://[", "chroma"]
)
def test_what_is_no_url_is_a_usage_error(url: str) -> None:
    with pytest.raises(UsageError, match="set `chroma` to one such as"):
        ChromaServer(url, "x")


def test_stamp_says_what_is_there(index: ChromaIndex, catalog: Catalog, chroma: Path) -> None:
    stamp = json.loads((chroma / "current.json").read_text(encoding="utf-8"))
    assert stamp["generation"] == catalog.generation
    assert stamp["records"] == ARTICLES * PASSAGES
    assert sorted(stamp["files"]) == sorted(states(chroma / stamp["folder"]))
    assert index.examine(catalog) == ("1440 vectors, in step", None)
    flip(next(chroma.rglob("header.bin")))
    assert index.examine(catalog) == (
        "its files are not as they were left",
        "run `qa index`: it is rebuilt from the catalog",
    )
