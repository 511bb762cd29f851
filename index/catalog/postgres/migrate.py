"""Make a catalog's schema on PostgreSQL, or bring one of an older version up to date, all of it or nothing."""

import hashlib
from typing import TYPE_CHECKING

from index.catalog.postgres.schema import MIGRATIONS, POSTGRES_VERSION
from index.errors import IndexBusyError, IndexDamagedError, UsageError

if TYPE_CHECKING:
    from index.catalog.postgres.connection import Connected

MAKING = 1  # what an advisory lock is taken for
WRITING = 2
HOLDING = 3
ENDING = 4


def create(connection: "Connected", schema: str) -> None:
    """Make the schema of a new catalog, or run the migrations of an older one; nothing is done to one of this version.

    Raises:
        IndexDamagedError: it is of a later version.
        UsageError: the database does not hold UTF-8, or this user may not make a schema in it.
    """
    from psycopg.errors import InsufficientPrivilege

    if schema_version(connection, schema) >= POSTGRES_VERSION:
        check_version(connection, schema)
        return
    if (encoding := connection.info.parameter_status("server_encoding")) != "UTF8":
        raise UsageError(f"The database holds {encoding}: make one for the index with `createdb -E UTF8`")
    try:
        with connection.transaction():
            connection.execute("select pg_advisory_xact_lock(%s)", (lock_key(schema, MAKING),))
            # Asked of the table, for what `if not exists` remembers may be older than the lock.
            made = connection.execute("select 1 from pg_namespace where nspname = %s", (schema,)).fetchone()
            if not made:
                connection.execute(f'create schema "{schema}"')
            connection.execute(f'set local search_path to "{schema}"')
            for version in range(schema_version(connection, schema), POSTGRES_VERSION):
                connection.execute(MIGRATIONS[version])
                connection.execute(
                    "insert into meta values ('schema_version', %s) "
                    "on conflict (key) do update set value = excluded.value",
                    (str(version + 1),),
                )
    except InsufficientPrivilege as error:
        raise UsageError(
            f"This user may not make the schema {schema} ({error.diag.message_primary}): `grant create on database` "
            "gives the right"
        ) from None


def check_version(connection: "Connected", schema: str) -> None:
    """Refuse a catalog of another version.

    Raises:
        UsageError: it is of an older version, which opening it to write mends.
        IndexBusyError: nothing is in it yet.
        IndexDamagedError: it is of a later version.
    """
    version = schema_version(connection, schema)
    if version > POSTGRES_VERSION:
        raise IndexDamagedError(
            f"The index's schema {schema} has version {version}, not {POSTGRES_VERSION}: use the version of qa that "
            "made it, or run `qa index --rebuild`"
        )
    if version == 0:
        raise IndexBusyError(
            "The index is only being made: try again in a moment, or run `qa index` if nobody makes it"
        )
    if version < POSTGRES_VERSION:
        raise UsageError("The index was made by an older version of qa: run `qa index` to bring it up to date")


def schema_version(connection: "Connected", schema: str) -> int:
    """Give the version of a catalog, 0 where there is none."""
    if not exists(connection, schema):
        return 0
    row = connection.execute(f'select value from "{schema}".meta where key = %s', ("schema_version",)).fetchone()
    return int(row[0]) if row else 0


def exists(connection: "Connected", schema: str) -> bool:
    """Tell whether a catalog was ever made in a schema."""
    row = connection.execute("select to_regclass(%s) is not null", (f'"{schema}".meta',)).fetchone()
    return bool(row and row[0])


def lock_key(schema: str, purpose: int) -> int:
    """Give the number of the advisory lock of a schema for a purpose."""
    digest = hashlib.blake2b(f"{schema} {purpose}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
