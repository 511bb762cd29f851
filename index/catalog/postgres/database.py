"""One catalog's connection: its statements, its transactions, and its faults as the product's errors."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from index.catalog.postgres.conditions import NO_SUCH_CHAR
from index.catalog.postgres.connection import check_in, check_out, telling
from index.catalog.postgres.migrate import check_version, create
from index.catalog.postgres.url import PostgresUrl

if TYPE_CHECKING:
    from psycopg import Copy, Cursor

    from index.catalog.postgres.connection import Connected


class Database:
    """A connection that is taken from the pool when it is first needed, and anew where the last one was lost."""

    def __init__(self, url: PostgresUrl, read_only: bool = False) -> None:
        assert url.schema
        self.url = url
        self.schema = url.schema
        self._read_only = read_only
        self._connection: Connected | None = None
        with self.telling():
            connection = self.connection
            check_version(connection, self.schema) if read_only else create(connection, self.schema)

    @property
    def connection(self) -> "Connected":
        """The connection; one that was lost is replaced, as every transaction on it ended."""
        if self._connection is not None and self._connection.closed:
            self.close()
        if self._connection is None:
            self._connection = check_out(self.url)
            read_only = "on" if self._read_only else "off"
            self._connection.execute(
                f'set search_path to "{self.schema}"; set default_transaction_read_only = {read_only}'
            )
        return self._connection

    @property
    def in_transaction(self) -> bool:
        """Tell whether a transaction goes on."""
        from psycopg.pq import TransactionStatus

        return self._connection is not None and self._connection.info.transaction_status in (
            TransactionStatus.INTRANS,
            TransactionStatus.INERROR,
            TransactionStatus.ACTIVE,
        )

    def execute(self, query: str, values: Sequence[Any] = (), binary: bool = False) -> "Cursor[tuple[Any, ...]]":
        """Run a statement; what it gives is there when this returns.

        Raises:
            IndexUnreachableError: the database does not answer any more.
            IndexBusyError: another process holds what it needs.
            IndexDamagedError: the database refuses, or the catalog is not as it was made.
        """
        storable = [_storable(each) for each in values]
        with self.telling():
            return self.connection.execute(query, storable or None, binary=binary)

    def rows(self, query: str, values: Sequence[Any] = (), binary: bool = False) -> list[Any]:
        """Give the rows of a query."""
        return self.execute(query, values, binary).fetchall()

    def value(self, query: str, values: Sequence[Any] = ()) -> Any:
        """Give the first value of a query's first row, None where there is none."""
        row = self.execute(query, values).fetchone()
        return row[0] if row else None

    @contextmanager
    def copying(self, statement: str) -> "Iterator[Copy]":
        """Run a COPY; the block writes its rows."""
        with self.telling(), self.connection.cursor().copy(statement) as copy:
            yield copy

    @contextmanager
    def transaction(self, kind: str = "") -> Iterator[None]:
        """Make the block one transaction; what it raises takes all of it back."""
        self.execute(f"begin {kind}")
        try:
            yield
            self.execute("commit")
        except BaseException:
            if self.in_transaction:
                with suppress(Exception):  # the connection may be lost, which ends it too
                    self.connection.execute("rollback")
            raise

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            check_in(self.url, self._connection)
            self._connection = None

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Turn what the driver raises in the block into the product's errors, bugs of ours excepted."""
        with telling(self.url):
            yield


def _storable(value: Any) -> Any:
    """Put another character in NUL's place, which no text of PostgreSQL holds."""
    if isinstance(value, str):
        return value.replace("\0", NO_SUCH_CHAR)
    return [_storable(each) for each in value] if isinstance(value, list) else value
