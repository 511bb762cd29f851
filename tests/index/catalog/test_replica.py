"""An index read from a real streaming replica: as long as that is new enough, else from the index itself."""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest

from evals.robustness.servers import Server
from index.catalog.postgres.database import Database
from index.catalog.postgres.place import PostgresPlace
from index.catalog.postgres.replica import ReplicaCatalog, ReplicaPlace
from index.catalog.postgres.url import PostgresUrl
from index.catalog.postgres.writer import PostgresCatalog
from index.errors import IndexUnreachableError, UsageError
from index.formats.records import Fields
from index.sync import find_changes, sync
from qa.testing import HashingEmbedding
from tests.support.articles import MakeFolder

WAIT_S = 60.0


@pytest.fixture
def place(postgres: Server, tmp_path: Path) -> Iterator[PostgresPlace]:
    place = PostgresPlace(PostgresUrl.parse(f"{postgres.url}&schema=followed"), tmp_path / "own")
    yield place
    place.delete()


@pytest.fixture
def index(place: PostgresPlace, make_folder: MakeFolder, follower: Server) -> Iterator[PostgresCatalog]:
    """An index of one article that the replica has too."""
    with closing(place.open()) as catalog:
        take_in(catalog, make_folder({"a.txt": "The bridge opened on Tuesday."}))
        await_replica(catalog, follower)
        yield catalog


def take_in(catalog: PostgresCatalog, folder: Path) -> None:
    sync(find_changes(folder, catalog), catalog, HashingEmbedding(), Fields())


def url_of(server: Server, schema: str | None = None) -> PostgresUrl:
    return PostgresUrl.parse(server.url + (f"&schema={schema}" if schema else ""))


def await_replica(catalog: PostgresCatalog, follower: Server) -> None:
    """Wait until a replica has what is committed, which may not be written yet."""
    made, latest = catalog.database.value("select pg_current_wal_insert_lsn()::text"), time.monotonic() + WAIT_S
    with psycopg.connect(follower.url, autocommit=True) as connection:
        while connection.execute("select pg_last_wal_replay_lsn() >= %s::pg_lsn", (made,)).fetchone() != (True,):
            assert time.monotonic() < latest, "the replica does not follow"
            time.sleep(0.05)


@contextmanager
def standing_still(follower: Server) -> Iterator[None]:
    """Have a replica replay nothing in the block."""
    with closing(Database(url_of(follower, "followed"), read_only=True)) as database:
        database.execute("select pg_wal_replay_pause()")
        try:
            yield
        finally:
            database.execute("select pg_wal_replay_resume()")


@contextmanager
def opened(place: PostgresPlace, follower: Server, max_age_s: float) -> Iterator[ReplicaCatalog]:
    with closing(ReplicaPlace(place, url_of(follower), max_age_s).open()) as catalog:
        yield catalog


def is_replica(catalog: ReplicaCatalog) -> bool:
    return bool(catalog.database.value("select pg_is_in_recovery()"))


def test_replica_is_read_and_its_age_told(index: PostgresCatalog, place: PostgresPlace, follower: Server) -> None:
    with opened(place, follower, 600) as catalog:
        with catalog.reading():
            assert is_replica(catalog)
            assert catalog.text_of("a.txt") == "The bridge opened on Tuesday."
            assert catalog.age_s is not None
            assert 0 <= catalog.age_s < 600
        with pytest.raises(UsageError, match="only read"), catalog.writing():
            pass
    with pytest.raises(UsageError, match="only read"), ReplicaPlace(place, url_of(follower), 1).lock():
        pass


def test_replica_that_is_behind_is_read_within_the_bound_and_not_beyond(
    index: PostgresCatalog, place: PostgresPlace, follower: Server, make_folder: MakeFolder
) -> None:
    with standing_still(follower):
        take_in(index, make_folder({"b.txt": "Owls nest in the tower."}))
        time.sleep(0.3)
        with opened(place, follower, 600) as catalog, catalog.reading():
            assert is_replica(catalog)
            assert catalog.age_s is not None
            assert catalog.age_s >= 0.3
            assert sorted(catalog.hashes()) == ["a.txt"]
        with opened(place, follower, 0.1) as catalog, catalog.reading():
            assert not is_replica(catalog)
            assert catalog.age_s is None
            assert sorted(catalog.hashes()) == ["a.txt", "b.txt"]
    await_replica(index, follower)
    with opened(place, follower, 600) as catalog, catalog.reading():
        assert is_replica(catalog)
        assert sorted(catalog.hashes()) == ["a.txt", "b.txt"]


def test_replica_of_an_index_that_nobody_writes_is_as_new_as_the_index(
    index: PostgresCatalog, place: PostgresPlace, follower: Server
) -> None:
    time.sleep(0.3)
    with opened(place, follower, 0.1) as catalog, catalog.reading():
        assert is_replica(catalog)
        assert catalog.age_s == 0.0


def test_state_that_is_too_old_is_refused_where_the_index_itself_is_silent(
    index: PostgresCatalog, place: PostgresPlace, follower: Server, tmp_path: Path
) -> None:
    silent = PostgresPlace(PostgresUrl.parse(f"postgresql:///none?host={tmp_path}&schema=followed"), tmp_path / "own")
    with opened(silent, follower, 600) as catalog, catalog.reading():
        assert sorted(catalog.hashes()) == ["a.txt"]
    time.sleep(0.3)
    began = time.monotonic()
    with (
        opened(silent, follower, 0.1) as catalog,
        pytest.raises(
            IndexUnreachableError, match=r"s old, more than max_replica_age_s = 0\.1 allows.*cannot be reached"
        ),
        catalog.reading(),
    ):
        pass
    assert time.monotonic() - began < 5


def test_replica_that_is_silent_is_not_waited_for(index: PostgresCatalog, place: PostgresPlace, tmp_path: Path) -> None:
    replica = PostgresUrl.parse(f"postgresql:///none?host={tmp_path}")
    with closing(ReplicaPlace(place, replica, 600).open()) as catalog, catalog.reading():
        assert not is_replica(catalog)
        assert catalog.age_s is None
        assert sorted(catalog.hashes()) == ["a.txt"]


def test_copy_that_follows_no_log_is_read_while_it_is_the_same(
    index: PostgresCatalog, place: PostgresPlace, postgres: Server
) -> None:
    """As where rows are replicated; here the database itself is its own copy."""
    with closing(ReplicaPlace(place, url_of(postgres), 0.1).open()) as catalog, catalog.reading():
        assert catalog.age_s == 0.0


def test_index_that_a_replica_has_not_heard_of_is_read_itself(
    postgres: Server, follower: Server, tmp_path: Path, make_folder: MakeFolder
) -> None:
    place = PostgresPlace(PostgresUrl.parse(f"{postgres.url}&schema=unheard_of"), tmp_path / "own")
    with psycopg.connect(follower.url, autocommit=True) as connection:
        connection.execute("select pg_wal_replay_pause()")
        try:
            with closing(place.open()) as index:
                take_in(index, make_folder({"a.txt": "The bridge opened on Tuesday."}))
            with opened(place, follower, 60) as catalog, catalog.reading():
                assert (catalog.counts()[0], catalog.age_s, is_replica(catalog)) == (1, None, False)
        finally:
            connection.execute("select pg_wal_replay_resume()")
            place.delete()
