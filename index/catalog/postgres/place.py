"""An index in a schema of a PostgreSQL database; this machine keeps but the answers given before."""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from index.catalog.place import LOCK_TIMEOUT_S, Place
from index.catalog.postgres.connection import check_in, check_out, telling
from index.catalog.postgres.migrate import HOLDING, exists, lock_key
from index.catalog.postgres.url import PostgresUrl
from index.catalog.postgres.writer import PostgresCatalog
from index.errors import IndexBusyError

if TYPE_CHECKING:
    from index.catalog.postgres.connection import Connected

LOOK_S = 0.05


class PostgresPlace(Place):
    """A schema, which need not be there yet; `folder` is where this machine keeps what is its own."""

    def __init__(self, url: PostgresUrl, folder: Path) -> None:
        assert url.schema
        self.url = url
        self.schema = url.schema
        self.folder = folder

    def __str__(self) -> str:
        return str(self.url)

    def described(self) -> str:
        """Tell which version of PostgreSQL serves it, in which schema."""
        with self._connected() as connection:
            row = connection.execute("select current_setting('server_version')").fetchone()
            return f"PostgreSQL {row[0] if row else ''}, schema {self.schema}"

    def exists(self) -> bool:
        """Tell whether an index was ever made here."""
        with self._connected() as connection:
            return exists(connection, self.schema)

    def identity(self) -> str | None:
        """Tell an index from one that was made anew in its place, by its id; None where there is none."""
        with self._connected() as connection:
            if not exists(connection, self.schema):
                return None
            row = connection.execute(f"select value from \"{self.schema}\".meta where key = 'index_id'").fetchone()
            return str(row[0]) if row else None

    def open(self, read_only: bool = False) -> PostgresCatalog:
        """Open the catalog, making it when there is none unless `read_only`."""
        if not read_only:
            self.folder.mkdir(parents=True, exist_ok=True)
        return PostgresCatalog(self.url, read_only)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Be the only process that writes the index: by a lock of the database, which ends with its connection.

        Raises:
            IndexBusyError: another one is; it is named.
        """
        with self._locked("pg_try_advisory_lock"):
            yield

    @contextmanager
    def sharing(self) -> Iterator[None]:
        """Be one of several processes that write the index together, while nobody has it alone.

        Raises:
            IndexBusyError: somebody has; who it is is named.
        """
        with self._locked("pg_try_advisory_lock_shared"):
            yield

    def writer(self) -> str | None:
        """Name who is writing the index, by process and machine; None while nobody is."""
        with self._connected() as connection:
            return self._holder(connection)

    def delete(self) -> None:
        """Delete the schema, and what this machine keeps of it."""
        with self._connected() as connection:
            if not exists(connection, self.schema):
                return
        with self.lock(), self._connected() as connection:
            connection.execute(f'drop schema "{self.schema}" cascade')
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextmanager
    def _locked(self, function: str) -> Iterator[None]:
        key, latest = lock_key(self.schema, HOLDING), time.monotonic() + LOCK_TIMEOUT_S
        with self._connected() as connection:
            while True:
                row = connection.execute(f"select {function}(%s)", (key,)).fetchone()
                if row and row[0]:
                    break
                if time.monotonic() > latest:
                    named = self._holder(connection) or "unknown"
                    raise IndexBusyError(f"Another process ({named}) is writing this index: try again when it is done")
                time.sleep(LOOK_S)
            yield  # the lock ends where the connection is given back

    def _holder(self, connection: "Connected") -> str | None:
        key = lock_key(self.schema, HOLDING) % 2**64
        row = connection.execute(
            "select application_name from pg_locks join pg_stat_activity using (pid) where locktype = 'advisory' "
            "and granted and classid = %s::bigint::oid and objid = %s::bigint::oid and objsubid = 1 "
            "and pg_locks.database = (select oid from pg_database where datname = current_database())",
            (key >> 32, key % 2**32),
        ).fetchone()
        return str(row[0]) if row else None

    @contextmanager
    def _connected(self) -> "Iterator[Connected]":
        with telling(self.url):
            connection = check_out(self.url)
            try:
                yield connection
            finally:
                check_in(self.url, connection)


def local_folder(place: PostgresUrl, folders: Path) -> Path:
    """Give the folder, of those for indexes, where this machine keeps what is its own of an index on PostgreSQL."""
    return folders / sha256(os.fsencode(str(place))).hexdigest()[:16]
