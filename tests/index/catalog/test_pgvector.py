"""The catalog's vectors in pgvector: as true as an exact scan through edits, and as before where it is not there."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path

import numpy as np
import psycopg
import pytest

from evals.robustness.servers import Server
from index.article_index import ArticleIndex
from index.articles import Article
from index.catalog.copying import copy_catalog
from index.catalog.postgres.pgvector import PgVector, open_pgvector
from index.catalog.postgres.place import PostgresPlace
from index.catalog.postgres.replica import ReplicaPlace
from index.catalog.postgres.url import PostgresUrl
from index.catalog.postgres.writer import PostgresCatalog
from index.catalog.rows import WrittenArticle
from index.catalog.sqlite.writer import SqliteCatalog
from index.dense import ADVICE, DenseSearch, NoStore, open_store
from index.errors import VectorStoreError
from index.filter import EVERY_RECORD, EVERYTHING, Filter, RecordFilter
from index.models.embedding import Vectors
from index.passages import Passage
from qa.testing import HashingEmbedding
from tests.support.articles import MakeFolder
from tests.support.replica import following

DIMENSION = 48
ARTICLES, PASSAGES = 60, 6
DAYS = [date(2024, 12, 31), date(2025, 3, 16), None]
QUESTIONS = 20
INSTALL = "create extension if not exists vector with schema public"

MakeCatalog = Callable[[str], PostgresCatalog]


@pytest.fixture
def make_catalog(pgvector: Server, tmp_path: Path) -> Iterator[MakeCatalog]:
    """Make catalogs in schemas of a database that has pgvector."""
    made: list[PostgresCatalog] = []

    def make(schema: str) -> PostgresCatalog:
        made.append(PostgresCatalog(PostgresUrl.parse(f"{pgvector.url}&schema={schema}")))
        return made[-1]

    yield make
    for catalog in made:
        catalog.close()
        PostgresPlace(catalog.database.url, tmp_path).delete()


@pytest.fixture
def catalog(make_catalog: MakeCatalog) -> PostgresCatalog:
    return filled(make_catalog("searched"))


@pytest.fixture
def store(catalog: PostgresCatalog) -> PgVector:
    store = open_pgvector(catalog, 0)
    assert store
    store.reconcile(catalog)
    return store


def filled(catalog: PostgresCatalog, dimension: int = DIMENSION) -> PostgresCatalog:
    with catalog.writing():
        for number in range(ARTICLES):
            put(catalog, number, vectors_of(PASSAGES, number, dimension), DAYS[number % 3])
    return catalog


def vectors_of(count: int, seed: int, dimension: int = DIMENSION, centres: int = 20) -> Vectors:
    """Make unit vectors around a few centres, so that neighbours are near and different."""
    middles = np.random.default_rng(7).normal(size=(centres, dimension))
    generator = np.random.default_rng([seed, 11])
    vectors = middles[generator.integers(0, centres, count)] + 0.7 * generator.normal(size=(count, dimension))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def put(catalog: PostgresCatalog, number: int, vectors: Vectors, published: date | None = None) -> None:
    """Write an article of one passage for each vector; the caller holds the transaction."""
    name = f"{'even' if number % 2 == 0 else 'odd'}/{number:03}.txt"
    passages = [Passage(f"{number:04}{position:028}", 0, 0, 0, 1, "") for position in range(len(vectors))]
    article = Article(
        id=name,
        title=name,
        text=f"The Courier {number % 5}",
        published=published,
        path=Path(name),
        sha256=name,
        file=name,
    )
    catalog.put_vectors([passage.id for passage in passages], vectors)
    catalog.put_articles([WrittenArticle(article, b"", [(0, 4)], passages)])


def exact(catalog: PostgresCatalog, question: Vectors, only: RecordFilter) -> dict[str, float]:
    """Find the ten nearest records by looking at all of them."""
    ids = sorted(catalog.record_ids())
    vectors, facts = catalog.records(ids)
    cosines = {
        key: float(cosine)
        for key, cosine, fact in zip(ids, vectors @ question, facts, strict=True)
        if (only.since is None or fact["published"] >= only.since)
        and (only.until is None or fact["published"] <= only.until)
        and (only.articles is None or fact["article"] in only.articles)
    }
    return dict(sorted(cosines.items(), key=lambda item: -item[1])[:10])


def assert_true(store: PgVector, catalog: PostgresCatalog, only: RecordFilter = EVERY_RECORD) -> None:
    """Have the store answer every question as an exact scan does."""
    assert store.is_current(catalog)
    for question in vectors_of(QUESTIONS, 9999):
        found, wanted = store.search(question.tolist(), 10, only), exact(catalog, question, only)
        assert list(found) == list(wanted)
        assert list(found.values()) == pytest.approx(list(wanted.values()), abs=1e-6)


@contextmanager
def by_graph_alone(catalog: PostgresCatalog) -> Iterator[None]:
    """Have the planner prefer the graph to any other way, which it would not of so few records."""
    catalog.database.execute("set enable_seqscan = off; set enable_bitmapscan = off; set enable_sort = off")
    try:
        yield
    finally:
        catalog.database.execute("reset enable_seqscan; reset enable_bitmapscan; reset enable_sort")


FILTERS = [
    EVERY_RECORD,
    RecordFilter(since=20250101),
    RecordFilter(since=1, until=20241231),
    RecordFilter(articles=[2, 3, 5, 7, 11, 13]),
    RecordFilter(since=20250101, articles=list(range(30))),
    RecordFilter(articles=[10**6]),
    RecordFilter(articles=[]),
]


def test_search_is_as_true_as_an_exact_scan(store: PgVector, catalog: PostgresCatalog) -> None:
    for only in FILTERS:
        assert_true(store, catalog, only)
        with by_graph_alone(catalog):
            assert_true(store, catalog, only)
    assert len(store.search(vectors_of(1, 1)[0].tolist(), 5000)) == ARTICLES * PASSAGES


def test_nearest_passages_are_those_of_the_exact_scan(store: PgVector, catalog: PostgresCatalog) -> None:
    through, scan = DenseSearch(catalog, store, 0, 0), DenseSearch(catalog, NoStore(""))
    for only in (
        EVERYTHING,
        Filter(since=date(2025, 1, 1)),
        Filter(until=date(2025, 1, 1)),
        Filter(article="even/*"),
        Filter(source="courier 3"),
        Filter(since=date(2025, 1, 1), article="odd/*", source="Courier"),
        Filter(article="nothing/*"),
    ):
        for question in vectors_of(QUESTIONS, 9999):
            assert through.nearest(question, 10, only) == scan.nearest(question, 10, only)


def test_adds_edits_deletes_and_renames_are_taken_in(store: PgVector, catalog: PostgresCatalog) -> None:
    with catalog.writing():
        put(catalog, 900, vectors_of(30, 900), DAYS[0])
        put(catalog, 5, vectors_of(2, 5))
        for number in range(10, 20, 2):
            catalog.remove_file(f"even/{number:03}.txt")
        catalog.drop_unused_vectors()
        catalog.rename_file("odd/007.txt", "odd/renamed.txt")
        catalog.put_day("even/030.txt", date(2031, 5, 6), {})
    assert not store.is_current(catalog)
    assert store.examine(catalog)[0].startswith("behind")
    store.reconcile(catalog)
    for only in (*FILTERS, RecordFilter(since=20310506, until=20310506)):
        assert_true(store, catalog, only)
    held = catalog.database.rows("select article || '-' || vector from records")
    assert {key for (key,) in held} == catalog.record_ids()
    found = store.examine(catalog)
    assert found[0].startswith(f"{len(held)} vectors, in step (pgvector 0.")
    assert found[1] is None


def test_emptied_catalog_is_an_empty_table(store: PgVector, catalog: PostgresCatalog) -> None:
    with catalog.writing():
        for file in catalog.files():
            catalog.remove_file(file)
        catalog.drop_unused_vectors()
    store.reconcile(catalog)
    assert store.search(vectors_of(1, 1)[0].tolist(), 10) == {}
    with catalog.writing():
        put(catalog, 1, vectors_of(3, 1))
    store.reconcile(catalog)
    assert_true(store, catalog)


def test_reconciling_that_fails_leaves_what_was_held(
    store: PgVector, catalog: PostgresCatalog, make_catalog: MakeCatalog
) -> None:
    before = store.search(vectors_of(1, 1)[0].tolist(), 10)
    with catalog.writing():
        catalog.remove_file("even/000.txt")
        put(catalog, 901, vectors_of(3, 901))
    catalog.database.execute("alter table records add constraint never check (article < 61)")
    with pytest.raises(VectorStoreError, match=r"pgvector failed for the index at .*never.*run `qa index`"):
        store.reconcile(catalog)
    assert not store.is_current(catalog)
    assert store.search(vectors_of(1, 1)[0].tolist(), 10) == before
    catalog.database.execute("alter table records drop constraint never")
    store.reconcile(catalog)
    assert_true(store, catalog)


def test_question_goes_on_in_its_state_where_the_store_fails(
    store: PgVector, catalog: PostgresCatalog, caplog: pytest.LogCaptureFixture
) -> None:
    scan = DenseSearch(catalog, NoStore(""))
    catalog.database.execute("drop index records_by_embedding; alter table records rename column embedding to lost")
    through = DenseSearch(catalog, store, 0)
    (question,) = vectors_of(1, 1)
    with catalog.reading():
        assert through.nearest(question, 10, EVERYTHING) == scan.nearest(question, 10, EVERYTHING)
    store.reconcile(catalog)
    assert_true(store, catalog)


def test_question_reads_the_store_in_its_own_state(store: PgVector, catalog: PostgresCatalog, pgvector: Server) -> None:
    (question,) = vectors_of(1, 1)
    with closing(PostgresCatalog(catalog.database.url, read_only=True)) as reader:
        asked = open_pgvector(reader, 0)
        assert asked
        with reader.reading():
            before = asked.search(question.tolist(), 10)
            with catalog.writing():
                put(catalog, 902, np.repeat(question[None], 3, axis=0))
            store.reconcile(catalog)
            assert asked.is_current(reader)
            assert asked.search(question.tolist(), 10) == before
        assert list(asked.search(question.tolist(), 10).values())[:3] == pytest.approx([1, 1, 1], abs=1e-6)


def test_long_vectors_are_indexed_as_halves_and_compared_whole(make_catalog: MakeCatalog) -> None:
    catalog = filled(make_catalog("long"), 2500)
    store = open_pgvector(catalog, 0)
    assert store
    store.reconcile(catalog)
    with by_graph_alone(catalog):
        for question in vectors_of(5, 9999, 2500):
            found, wanted = store.search(question.tolist(), 10), exact(catalog, question, EVERY_RECORD)
            assert list(found) == list(wanted)
            assert list(found.values()) == pytest.approx(list(wanted.values()), abs=1e-6)


def test_vectors_longer_than_an_index_takes_are_left_alone(make_catalog: MakeCatalog) -> None:
    assert open_pgvector(filled(make_catalog("longer"), 4001), 0) is None


def test_nothing_is_made_before_it_is_needed(make_catalog: MakeCatalog) -> None:
    catalog = filled(make_catalog("small"))
    store = open_pgvector(catalog, ARTICLES * PASSAGES)
    assert store
    assert store.exists()
    assert store.is_current(catalog)
    assert store.examine(catalog) == ("not needed, the catalog's own vectors are scanned", None)
    assert catalog.database.value("select to_regclass('records')") is None
    with catalog.writing():
        put(catalog, 900, vectors_of(1, 900))
    assert not store.exists()
    assert not store.is_current(catalog)


def test_copies_leave_the_table_out_and_deleting_an_index_leaves_the_extension(
    store: PgVector, catalog: PostgresCatalog, make_catalog: MakeCatalog, tmp_path: Path, pgvector: Server
) -> None:
    with closing(SqliteCatalog(tmp_path / "catalog.sqlite")) as sqlite:
        copy_catalog(catalog, sqlite)
        copy = make_catalog("copied")
        copy_catalog(sqlite, copy)
        assert copy.record_ids() == sqlite.record_ids() == catalog.record_ids()
    copied = open_pgvector(copy, 0)
    assert copied
    assert not copied.exists()
    with pytest.raises(VectorStoreError, match="run `qa index`"):
        copied.search(vectors_of(1, 1)[0].tolist(), 10)
    copied.reconcile(copy)
    assert_true(copied, copy)
    copy.close()
    PostgresPlace(copy.database.url, tmp_path).delete()
    assert_true(store, catalog)


def test_dropped_extension_is_as_none_and_made_again(
    store: PgVector, catalog: PostgresCatalog, make_catalog: MakeCatalog
) -> None:
    catalog.database.execute("drop extension vector cascade")
    again = open_pgvector(catalog, 0)
    assert again, "this user may install it"
    assert not again.exists()
    with pytest.raises(VectorStoreError, match=r"Nothing is in pgvector yet .*run `qa index`"):
        again.search(vectors_of(1, 1)[0].tolist(), 10)
    again.reconcile(catalog)
    assert_true(again, catalog)


def test_server_without_pgvector_is_as_before(postgres: Server, tmp_path: Path) -> None:
    place = PostgresPlace(PostgresUrl.parse(f"{postgres.url}&schema=without"), tmp_path)
    with closing(place.open()) as catalog:
        if catalog.database.rows("select from pg_available_extensions where name = 'vector'"):
            pytest.skip("this PostgreSQL has pgvector")
        filled(catalog)
        assert open_pgvector(catalog, 0) is None
        assert isinstance(open_store(place, catalog, None, 0), NoStore)
        with pytest.raises(VectorStoreError, match="too many to scan: " + ADVICE[:20]):
            DenseSearch(catalog, open_store(place, catalog, None, 0), 0, 0).nearest(vectors_of(1, 1)[0], 10, EVERYTHING)
        assert catalog.database.value("select to_regclass('records')") is None
    place.delete()


def test_user_who_may_not_install_it_has_none(pgvector: Server, tmp_path: Path) -> None:
    with psycopg.connect(pgvector.url, autocommit=True) as connection:
        connection.execute("create role modest login")
        connection.execute("create database modest owner modest")
        try:
            url = pgvector.url.replace(f"//{pgvector.user}@/postgres", "//modest@/modest")
            with closing(PostgresCatalog(PostgresUrl.parse(f"{url}&schema=s"))) as catalog:
                filled(catalog)
                assert open_pgvector(catalog, 0) is None
                with psycopg.connect(pgvector.url.replace("/postgres?", "/modest?"), autocommit=True) as owner:
                    owner.execute(INSTALL)
                store = open_pgvector(catalog, 0)
                assert store
                store.reconcile(catalog)
                assert_true(store, catalog)
        finally:
            connection.execute("drop database modest with (force)")
            connection.execute("drop role modest")


def test_replica_is_searched_and_never_written(
    store: PgVector, catalog: PostgresCatalog, pgvector: Server, tmp_path: Path
) -> None:
    with following(pgvector) as follower:
        place = ReplicaPlace(PostgresPlace(catalog.database.url, tmp_path), PostgresUrl.parse(follower.url), 600)
        with closing(place.open()) as copy:
            replica = open_pgvector(copy, 0)
            assert replica
            with copy.reading():
                assert copy.database.value("select pg_is_in_recovery()")
                assert_true(replica, copy)
                with by_graph_alone(copy):
                    assert_true(replica, copy, RecordFilter(since=20250101))
            with pytest.raises(VectorStoreError, match="read-only"):
                replica.reconcile(copy)


def test_index_is_searched_by_pgvector_and_scanned_while_that_is_behind(
    pgvector: Server, make_folder: MakeFolder, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = make_folder({f"{n}.txt": f"Bridge number {n} opened on Tuesday." for n in range(12)})
    place = PostgresPlace(PostgresUrl.parse(f"{pgvector.url}&schema=whole"), tmp_path / "own")
    with closing(ArticleIndex(folder, place, HashingEmbedding(), exact_passages=5)) as index:
        index.sync()
        assert isinstance(index.store, PgVector)
        assert index.needs_store
        assert not index.has_store
        first = [each.node.metadata["article"] for each in index.retriever(3).retrieve("bridge number 7")]
        index.sync_store()
        assert index.has_store
        assert [each.node.metadata["article"] for each in index.retriever(3).retrieve("bridge number 7")] == first
        make_folder({"owls.txt": "Owls nest in the tower."})
        index.sync()
        assert not index.store.is_current(index.catalog)
        assert index.retriever(1).retrieve("owls")[0].node.metadata["article"] == "owls.txt"
    assert not caplog.messages
    place.delete()


def test_graph_finds_what_there_is_among_many(make_catalog: MakeCatalog, record_property: Callable[..., None]) -> None:
    """Recall@10 of 20,000 vectors of 384 dimensions in 200 clusters, with and without a filter, by the graph."""
    catalog = make_catalog("many")
    vectors = vectors_of(20_000, 1, 384, 200)
    for start in range(0, 200):
        with catalog.writing():
            put(catalog, start, vectors[start * 100 : start * 100 + 100], date(2025, 1, 1 + start % 28))
    store = open_pgvector(catalog, 0)
    assert store
    began = time.monotonic()
    store.reconcile(catalog)
    record_property("seconds_to_fill", time.monotonic() - began)
    plan = "explain select * from records order by embedding operator(public.<#>) %s::public.vector limit 10"
    assert "records_by_embedding" in str(catalog.database.rows(plan, (str(vectors[0].tolist()),)))
    scan = DenseSearch(catalog, NoStore(""))
    for only in (EVERYTHING, Filter(since=date(2025, 1, 20)), Filter(article="*/1??.txt")):
        search, hits, times = DenseSearch(catalog, store, 0, 0), 0, []
        for question in vectors_of(100, 9999, 384, 200):
            began = time.monotonic()
            found = search.nearest(question, 10, only)
            times.append(time.monotonic() - began)
            hits += len(set(found) & set(scan.nearest(question, 10, only)))
            assert len(found) == 10
        record_property(f"{only}", (hits / 1000, float(np.median(times))))
        assert hits / 1000 >= 0.95
