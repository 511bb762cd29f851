"""Several indexers of one folder, on PostgreSQL: each file is one's, and who dies loses its lease and nothing else."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from pydantic import PrivateAttr

from index.article_index import ArticleIndex
from index.articles import READING
from index.catalog.copying import digest_of
from index.catalog.made_with import check_identity
from index.catalog.postgres.claims import Claims
from index.catalog.postgres.migrate import schema_version
from index.catalog.postgres.place import PostgresPlace
from index.catalog.postgres.schema import MIGRATIONS, POSTGRES_VERSION
from index.catalog.postgres.writer import PostgresCatalog
from index.errors import IndexBusyError, UsageError
from index.formats.records import Fields, parse_fields
from index.shared_sync import plan, take_part
from qa.testing import HashingEmbedding
from tests.support.articles import CountingEmbedding, MakeFolder
from tests.support.catalogs import maker_of_places, named, place_named, run_sql

TEXT = "2025-03-{:02}\nBridge {}\n\nThe bridge number {} opened in Lowmoor. It cost {} million.\n\nOwls nest in it."
FILES: dict[str, str | bytes] = {
    **{f"{n % 3}/{n:03}.txt": TEXT.format(n % 28 + 1, n, n, n * 7) for n in range(90)},
    "copy.txt": TEXT.format(29, 3, 3, 21),
    "none.bin": b"\0",
    "news.csv": "title,text,date\nOne,A mill burned.,03/05/2024\nTwo,Nobody was hurt.,25/05/2024\n",
}

MakePostgres = Callable[[str], PostgresPlace]


@pytest.fixture(params=["PostgreSQL"])
def make_postgres(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MakePostgres]:
    """Give the place of an index on PostgreSQL by a name of the test's own."""
    with maker_of_places(request, tmp_path) as make:
        yield make  # type: ignore[misc]


@pytest.fixture
def place(make_postgres: MakePostgres) -> PostgresPlace:
    return make_postgres("index")


@pytest.fixture
def folder(make_folder: MakeFolder) -> Path:
    return make_folder(FILES)


class CallingEmbedding(HashingEmbedding):
    """Call something before the first text that is embedded."""

    _call: Callable[[], Any] | None = PrivateAttr(None)

    def before(self, call: Callable[[], Any]) -> "CallingEmbedding":
        self._call = call
        return self

    def _get_text_embedding(self, text: str) -> list[float]:
        if call := self._call:
            self._call = None
            call()
        return super()._get_text_embedding(text)


def digest_made_alone(folder: Path, place: PostgresPlace) -> str:
    """Give the digest of an index that one indexer made, and it alone."""
    with closing(ArticleIndex(folder, place, HashingEmbedding())) as index:
        index.sync()
        return digest_of(index.catalog)


def check_whole(catalog: PostgresCatalog, digest: str) -> None:
    assert catalog.meta("state") == "complete"
    assert catalog.faults() == catalog.word_faults() == []
    assert Claims(catalog.database).left() == (0, 0)
    assert digest_of(catalog) == digest


def begun(folder: Path, place: PostgresPlace) -> PostgresCatalog:
    """Give a catalog of which a shared sync is planned and nothing is read yet."""
    catalog = place.open()
    check_identity(catalog, HashingEmbedding(), folder)
    with catalog.writing():
        catalog.set_meta("reading", READING)
        catalog.set_meta("fields", repr(Fields()))
    assert plan(folder, catalog, Claims(catalog.database))
    return catalog


def index_together(folder: str, place: str) -> None:
    """Index in a process of its own, as `qa index` does."""
    with closing(ArticleIndex(Path(folder), place_named(place), HashingEmbedding())) as index:
        index.sync_together()


def die_indexing(folder: str, place: str) -> None:
    """Be killed while the first batch is embedded, in leases of two seconds."""
    embedder = CallingEmbedding().before(lambda: os.kill(os.getpid(), signal.SIGKILL))
    with closing(place_named(place).open()) as catalog:
        assert isinstance(catalog, PostgresCatalog)
        take_part(Path(folder), catalog, Claims(catalog.database, lease_s=2), embedder, Fields())


def started(work: Callable[[str, str], None], folder: Path, place: PostgresPlace) -> Any:
    process = multiprocessing.get_context("spawn").Process(target=work, args=(str(folder), named(place)))
    process.start()
    return process


def test_two_indexers_make_the_index_that_one_makes(folder: Path, make_postgres: MakePostgres) -> None:
    digest = digest_made_alone(folder, make_postgres("alone"))
    place = make_postgres("index")
    processes = [started(index_together, folder, place) for _ in range(2)]
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]
    with closing(place.open()) as catalog:
        check_whole(catalog, digest)


def test_indexer_that_is_killed_loses_its_lease_and_nothing_else(folder: Path, make_postgres: MakePostgres) -> None:
    digest = digest_made_alone(folder, make_postgres("alone"))
    place = make_postgres("index")
    with closing(begun(folder, place)) as catalog:
        dying = started(die_indexing, folder, place)
        dying.join()
        assert dying.exitcode == -signal.SIGKILL
        assert run_sql(catalog, "select count(*) > 0 from claims where indexer is not null") == [(True,)]
        take_part(folder, catalog, Claims(catalog.database), HashingEmbedding(), Fields())
        check_whole(catalog, digest)


def test_what_an_indexer_embedded_too_slowly_is_written_by_another_one_and_once(
    folder: Path, make_postgres: MakePostgres, counting: CountingEmbedding
) -> None:
    digest = digest_made_alone(folder, make_postgres("alone"))
    place = make_postgres("index")

    def be_overtaken() -> None:
        with closing(place.open()) as other:
            run_sql(other, "update claims set ends = clock_timestamp() where indexer is not null")
            take_part(folder, other, Claims(other.database), counting, Fields())
            check_whole(other, digest)

    with closing(begun(folder, place)) as catalog:
        embedder = CallingEmbedding().before(be_overtaken)
        take_part(folder, catalog, Claims(catalog.database), embedder, Fields())
        check_whole(catalog, digest)
        assert len(counting.embedded) == catalog.counts()[1]


def test_interrupted_indexer_gives_back_what_it_claimed_and_one_alone_goes_on(
    folder: Path, make_postgres: MakePostgres
) -> None:
    digest = digest_made_alone(folder, make_postgres("alone"))
    place = make_postgres("index")

    def interrupt() -> None:
        raise KeyboardInterrupt

    with closing(ArticleIndex(folder, place, CallingEmbedding().before(interrupt))) as index:
        with pytest.raises(KeyboardInterrupt):
            index.sync_together()
        assert run_sql(index.catalog, "select count(*) from claims") == [(len(FILES),)]
        assert run_sql(index.catalog, "select count(*) from claims where indexer is not null") == [(0,)]
        index.sync()
        check_whole(index.catalog, digest)  # type: ignore[arg-type]


def test_shared_sync_reports_what_a_sync_alone_does(
    folder: Path, make_folder: MakeFolder, place: PostgresPlace, tmp_path: Path
) -> None:
    with (
        closing(ArticleIndex(folder, tmp_path / "sqlite", HashingEmbedding())) as alone,
        closing(ArticleIndex(folder, place, HashingEmbedding())) as shared,
    ):

        def both_report() -> dict[str, Any]:
            first, second = alone.sync().as_dict(), shared.sync_together().as_dict()
            for report in (first, second):
                report["seconds"] = 0
                report["added"].sort()
            assert first == second
            assert digest_of(alone.catalog) == digest_of(shared.catalog)
            return second

        assert len(both_report()["added"]) == 93
        assert both_report()["unchanged"] == 93
        (folder / "0/000.txt").unlink()
        (folder / "0/003.txt").unlink()  # the original of a copy
        (folder / "1/001.txt").rename(folder / "moved.txt")
        make_folder({"new.txt": "A new mill opened in Lowmoor on Sunday.", "2/002.txt": TEXT.format(9, 2, 2, 5)})
        report = both_report()
        assert (report["added"], report["updated"]) == (["new.txt"], ["2/002.txt"])
        assert (report["removed"], report["renamed"]) == (
            ["0/000.txt", "0/003.txt"],
            [{"from": "1/001.txt", "to": "moved.txt"}],
        )


def test_who_reads_otherwise_may_not_take_part(folder: Path, place: PostgresPlace) -> None:
    with closing(begun(folder, place)) as catalog:
        with pytest.raises(UsageError, match="with the same fields"):
            take_part(folder, catalog, Claims(catalog.database), HashingEmbedding(), Fields(text="body"))

        def read_otherwise() -> None:
            with closing(place.open()) as other, other.writing():
                other.set_meta("reading", "another")

        embedder = CallingEmbedding().before(read_otherwise)
        with pytest.raises(UsageError, match="made otherwise by another indexer"):
            take_part(folder, catalog, Claims(catalog.database), embedder, Fields())
        assert catalog.counts() == (0, 0)


def test_sync_that_nobody_goes_on_with_is_given_up_by_who_reads_otherwise(folder: Path, place: PostgresPlace) -> None:
    begun(folder, place).close()
    fields = parse_fields("published=date")
    with closing(ArticleIndex(folder, place, HashingEmbedding(), fields=fields)) as index:
        assert len(index.sync_together().added) == 93
        assert index.catalog.meta("fields") == repr(fields)
        assert index.sync_together().unchanged == 93


def test_nobody_has_the_index_alone_while_indexers_share_it(folder: Path, place: PostgresPlace) -> None:
    seen = []

    def try_alone() -> None:
        with closing(ArticleIndex(folder, place, HashingEmbedding())) as other:
            with pytest.raises(IndexBusyError, match=rf"process {os.getpid()} on"):
                other.sync()
            with pytest.raises(IndexBusyError):
                place.delete()
        seen.append(place.writer())

    with closing(ArticleIndex(folder, place, CallingEmbedding().before(try_alone))) as index:
        index.sync_together()
    assert seen[0]
    assert str(os.getpid()) in seen[0]
    assert place.writer() is None


def test_index_of_version_1_is_brought_up_to_date_and_keeps_what_it_holds(
    folder: Path, make_postgres: MakePostgres, counting: CountingEmbedding
) -> None:
    place, old = make_postgres("index"), make_postgres("old")
    digest = digest_made_alone(folder, place)
    with closing(place.open()) as catalog:
        with catalog.database.transaction():
            catalog.database.execute(f'create schema "{old.schema}"')
            catalog.database.execute(f'set local search_path to "{old.schema}"')
            catalog.database.execute(MIGRATIONS[0])
            catalog.database.execute("delete from meta")
            catalog.database.execute("delete from totals")
            for table in ("meta", "files", "articles", "vectors", "passages", "words", "totals"):
                catalog.database.execute(f'insert into "{table}" select * from "{place.schema}"."{table}"')
            catalog.database.execute("update meta set value = '1' where key = 'schema_version'")
        assert schema_version(catalog.database.connection, old.schema) == 1
        with pytest.raises(UsageError, match="run `qa index` to bring it up to date"):
            old.open(read_only=True)
    with closing(ArticleIndex(folder, old, counting)) as index:
        assert isinstance(index.catalog, PostgresCatalog)
        assert schema_version(index.catalog.database.connection, old.schema) == POSTGRES_VERSION
        assert index.sync_together().unchanged == 93
        check_whole(index.catalog, digest)
    assert counting.embedded == []
