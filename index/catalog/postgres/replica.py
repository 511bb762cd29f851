"""An index that is read from a replica of its database, as long as that is not too old."""

from collections.abc import Iterator
from contextlib import contextmanager
from math import inf

from index.catalog.postgres.database import Database
from index.catalog.postgres.loading import Change
from index.catalog.postgres.place import PostgresPlace
from index.catalog.postgres.url import PostgresUrl
from index.catalog.postgres.writer import PostgresCatalog
from index.errors import IndexBusyError, IndexUnreachableError, UsageError

SNAPSHOT = "isolation level repeatable read read only"
READ_ONLY = "A replica is only read: leave the setting `replica` out to write the index, as `qa index` does by itself"

# Of a server that replays the log of another one; null elsewhere, and where it replayed nothing since it was started.
_LAG = "select extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())::float8"
_STATE = "select key, value from meta where key in ('index_id', 'generation')"


class ReplicaPlace(PostgresPlace):
    """The place of an index with a replica, to be read there."""

    def __init__(self, place: PostgresPlace, replica: PostgresUrl, max_age_s: float) -> None:
        super().__init__(place.url, place.folder)
        self.replica = replica.within(place.schema)
        self._max_age_s = max_age_s

    def open(self, read_only: bool = True) -> "ReplicaCatalog":
        """Open the catalog to be read; nothing is made."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return ReplicaCatalog(self.url, self.replica, self._max_age_s)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Refuse to write.

        Raises:
            UsageError: always.
        """
        raise UsageError(READ_ONLY)
        yield

    def exists(self) -> bool:
        """Tell that there is an index; reading it tells where there is none."""
        return True


class ReplicaCatalog(PostgresCatalog):
    """A catalog of which each block of `reading` sees one state of the replica, or of the index itself.

    The latter where the replica does not answer, has no such index yet or may be older than `max_age_s`. What is read
    outside of such a block comes from where the last one read.
    """

    def __init__(self, index: PostgresUrl, replica: PostgresUrl, max_age_s: float) -> None:
        """Open both to be read, each when it is first needed.

        Raises:
            IndexUnreachableError: neither answers.
            UsageError: the index is of an older version.
            IndexBusyError: there is no index yet.
        """
        self._index, self._replica = index, replica
        self._max_age_s = max_age_s
        self._opened: dict[PostgresUrl, Database] = {}
        self._change = Change()
        self.age_s: float | None = None
        try:
            self.database = self._database(replica)
        except (IndexUnreachableError, IndexBusyError):  # silent, or it has not heard of the index yet
            self.database = self._database(index)

    def close(self) -> None:
        """Give the connections back."""
        for each in self._opened.values():
            each.close()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Refuse to write.

        Raises:
            UsageError: always.
        """
        raise UsageError(READ_ONLY)
        yield

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Let every read of the block see one and the same state; `age_s` tells how old that may be.

        Raises:
            IndexUnreachableError: the replica is too old or does not answer, and the index itself does not either.
        """
        if self.database.in_transaction:
            yield
            return
        lag = self._lag()
        if lag is not None:
            replica = self._database(self._replica)
            with replica.transaction(SNAPSHOT):
                is_new = lag <= self._max_age_s
                if is_new or self._is_newest(replica, lag):
                    self.database, self.age_s = replica, lag if is_new else 0.0
                    yield
                    return
        self.database, self.age_s = self._database(self._index), None
        with self.database.transaction(SNAPSHOT):
            yield

    def _lag(self) -> float | None:
        """Give how old at most what the replica shows is, in seconds, infinite if unknown; None where it shows none."""
        try:
            lag = self._database(self._replica).value(_LAG)
        except (IndexUnreachableError, IndexBusyError):
            return None
        return inf if lag is None else max(round(lag, 3), 0.0)

    def _is_newest(self, replica: Database, lag: float) -> bool:
        """Tell whether the index itself is at the state of the replica, as where nothing was written for long."""
        state = sorted(replica.rows(_STATE))
        try:
            return sorted(self._database(self._index).rows(_STATE)) == state
        except IndexUnreachableError as error:
            old = "of unknown age" if lag == inf else f"{lag:.0f} s old"
            raise IndexUnreachableError(
                f"The replica's state is {old}, more than max_replica_age_s = {self._max_age_s:g} allows, and there is "
                f"no newer one. {error}"
            ) from None

    def _database(self, url: PostgresUrl) -> Database:
        if url not in self._opened:
            self._opened[url] = Database(url, read_only=True)
        return self._opened[url]
