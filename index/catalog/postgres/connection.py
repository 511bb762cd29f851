"""Connections to PostgreSQL: pooled in each process, given up within five seconds, and what their faults mean.

The driver is imported when the first connection is made; it comes with the extra `article-qa[postgres]`.
"""

import atexit
import logging
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from index.catalog.postgres.url import PostgresUrl
from index.errors import (
    ArticleQAError,
    IndexBusyError,
    IndexDamagedError,
    IndexUnreachableError,
    UsageError,
)

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg_pool import ConnectionPool

    Connected = Connection[tuple[Any, ...]]

CONNECT_LIMIT_S = 3
TELL_LIMIT_S = 4  # until it is told that nothing connects: every fault is within five seconds
# What goes unanswered for three seconds ends the connection, on both sides: whoever asks is told, and the server lets
# go of what a writer held that was cut off, which it would keep for hours. In milliseconds, and in seconds.
SILENCE = {"tcp_user_timeout": 3000, "keepalives_idle": 1, "keepalives_interval": 1, "keepalives_count": 2}
LOOK_S = 0.1
MAX_CONNECTIONS = 16
IDLE_S = 120.0
LOCK_LIMIT_S = 10
MAX_REASON_CHARS = 300
MIN_VERSION = 15

# https://www.postgresql.org/docs/current/errcodes-appendix.html
_BUSY = ("55P03", "40P01", "57014")  # a lock was not to be had in time
_REFUSALS = ("53", "25006", "42501", "58")  # no room, read only, no right, the system below it
_DAMAGE = ("42P01", "42703", "3F000", "XX", "22P02", "22021")
_UNREACHABLE = ("08", "57P", "28", "3D000", "53300")

_pools: dict[tuple[int, str], "ConnectionPool[Connected]"] = {}
_faults: dict[str, tuple[float, Exception]] = {}


def check_out(url: PostgresUrl) -> "Connected":
    """Take a connection from this process's pool; whoever takes it gives it back by `check_in`.

    Raises:
        IndexUnreachableError: the database does not answer, or refuses.
        UsageError: the driver is not installed, or the server is older than `MIN_VERSION`.
    """
    pool = _pool_of(url)
    from psycopg_pool import PoolTimeout

    began = time.monotonic()
    while True:
        try:
            connection = pool.getconn(timeout=LOOK_S)
            break
        except PoolTimeout as error:
            at, fault = _faults.get(url.url, (0.0, error))
            if at >= began or time.monotonic() - began > TELL_LIMIT_S:
                raise unreachable(url, fault) from None
    if connection.info.server_version < MIN_VERSION * 10_000:
        found = connection.info.server_version // 10_000
        check_in(url, connection)
        raise UsageError(f"{url} is PostgreSQL {found}: an index needs {MIN_VERSION} or later")
    return connection


def check_in(url: PostgresUrl, connection: "Connected") -> None:
    """Give a connection back, or close it where its pool is of another process."""
    pool = _pools.get((os.getpid(), url.url))
    with suppress(Exception):  # it may be lost already
        pool.putconn(connection) if pool else connection.close()


def unreachable(url: PostgresUrl, error: Exception) -> IndexUnreachableError:
    """Say that the database does not answer, or refuses, and why."""
    reason = " ".join(url.without_secrets(str(error)).split())[:MAX_REASON_CHARS]
    return IndexUnreachableError(
        f"The index at {url} cannot be reached ({reason}): start the database, mend its address or the network, or "
        "give its password in PGPASSWORD or ~/.pgpass"
    )


@contextmanager
def telling(url: PostgresUrl) -> Iterator[None]:
    """Turn what the driver raises in the block into the product's errors, bugs of ours excepted."""
    try:
        yield
    except ArticleQAError:
        raise
    except Exception as error:
        from psycopg import Error

        meant = told(error, url) if isinstance(error, Error) else None
        if meant is None:
            raise
        raise meant from error


def told(error: Exception, url: PostgresUrl) -> ArticleQAError | None:
    """Say what an error of the driver means for the index at a URL; None where it is a bug of ours."""
    from psycopg import InterfaceError, OperationalError

    code = getattr(error, "sqlstate", None) or ""
    reason = " ".join(url.without_secrets(str(error)).split())[:MAX_REASON_CHARS]
    if code in _BUSY:
        return IndexBusyError(f"Another process is writing the index at {url}: try again when it is done")
    if code.startswith(_UNREACHABLE) or (not code and isinstance(error, OperationalError | InterfaceError)):
        return unreachable(url, error)
    if code.startswith(_REFUSALS):
        return IndexDamagedError(
            f"The index at {url} cannot be written ({reason}): what was indexed before is whole; give the database "
            "room and this user the right to write, and run it again"
        )
    if code.startswith(_DAMAGE):
        return IndexDamagedError(
            f"The index at {url} cannot be read ({reason}): run `qa index --rebuild` to make it anew"
        )
    return None


def _pool_of(url: PostgresUrl) -> "ConnectionPool[Connected]":
    """Give this process's pool for a database; a child of a fork, which has none of its threads, makes its own."""
    key = os.getpid(), url.url
    if key in _pools:
        return _pools[key]
    try:
        import psycopg
        import psycopg_pool
    except ImportError:
        raise UsageError("An index on PostgreSQL needs its driver: run `pip install 'article-qa[postgres]'`") from None

    class Told(psycopg.Connection[tuple[Any, ...]]):
        """A connection that remembers why the last one could not be made, which the pool keeps to itself."""

        @classmethod
        def connect(cls, *arguments: Any, **named: Any) -> Any:
            try:
                return super().connect(*arguments, **named)
            except psycopg.Error as error:
                _faults[url.url] = time.monotonic(), error
                raise

    def check(connection: "Connected") -> None:
        """Refuse a connection that was lost; of a network that is silent the others need not be asked too."""
        began = time.monotonic()
        try:
            psycopg_pool.ConnectionPool.check_connection(connection)
        except psycopg.Error as error:
            if time.monotonic() - began > CONNECT_LIMIT_S / 2:
                _faults[url.url] = time.monotonic(), error
            raise

    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)  # what it warns of is told as an error
    pool: ConnectionPool[Connected] = psycopg_pool.ConnectionPool(
        url.url,
        connection_class=Told,
        kwargs=_options(),
        min_size=0,
        max_size=MAX_CONNECTIONS,
        max_idle=IDLE_S,
        num_workers=1,
        open=True,
        check=check,
        reset=_reset,
        reconnect_timeout=CONNECT_LIMIT_S,
    )
    _pools[key] = pool
    atexit.register(_close, key)
    return pool


def _close(key: tuple[int, str]) -> None:
    """Close a pool at the end of the process that made it; a child of a fork would close what its parent uses."""
    if key[0] == os.getpid() and (pool := _pools.pop(key, None)):
        pool.close(0.5)


def _options() -> dict[str, Any]:
    """Give what each connection is made with; of a socket the server leaves out what is about a network."""
    there = {name.replace("keepalives_", "tcp_keepalives_"): value for name, value in SILENCE.items()}
    settings = {"lock_timeout": f"{LOCK_LIMIT_S}s", "client_encoding": "UTF8", **there}
    return {
        "autocommit": True,
        "connect_timeout": CONNECT_LIMIT_S,
        "keepalives": 1,
        **SILENCE,
        "application_name": f"process {os.getpid()} on {socket.gethostname()}"[:63],
        "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
    }


def _reset(connection: "Connected") -> None:
    connection.execute("reset all; select pg_advisory_unlock_all()")  # what was prepared stays, as the driver thinks
