"""Make a catalog's tables, or bring those of an older version up to date."""

import sqlite3
from collections.abc import Iterator

from index.catalog.sqlite.schema import SCHEMA_VERSION, TABLES
from index.errors import IndexBusyError, UsageError

_FACTS = f"""
insert or replace into meta values ('schema_version', '{SCHEMA_VERSION}');
insert or ignore into meta values ('index_id', lower(hex(randomblob(8))));
"""

# Version 1 knew neither metadata nor signatures. Its vectors are kept, all else is read again by the next sync.
_FROM_1 = """
drop table passages_fts;
drop table passages;
drop table sentences;
drop table articles;
drop table files;
update meta set value = json_object('embedder', replace(value, ' nupunkt-1', '')) where key = 'identity';
"""


def create(db: sqlite3.Connection) -> None:
    """Make the tables of a new catalog, or those of an older one anew; nothing is done to one of this version.

    Raises:
        ValueError: the catalog is of a later version.
    """
    if schema_version(db) >= SCHEMA_VERSION:
        check_version(db)
        return
    db.execute("begin immediate")
    try:
        version = schema_version(db)  # asked again, for another process may have made it meanwhile
        if version < SCHEMA_VERSION:
            for statement in _statements((_FROM_1 if version == 1 else "") + TABLES + _FACTS):
                db.execute(statement)
        db.execute("commit")
    except BaseException:
        if db.in_transaction:
            db.execute("rollback")
        raise


def check_version(db: sqlite3.Connection) -> None:
    """Refuse a catalog of another version.

    Raises:
        UsageError: it is of an older version, which opening it to write mends.
        IndexBusyError: nothing is in it yet.
        ValueError: it is of a later version.
    """
    version = schema_version(db)
    if version > SCHEMA_VERSION:
        raise ValueError(f"its schema has version {version}, not {SCHEMA_VERSION}")
    if version == 0:
        raise IndexBusyError(
            "The index is only being made: try again in a moment, or run `qa index` if nobody makes it"
        )
    if version < SCHEMA_VERSION:
        raise UsageError("The index was made by an older version of qa: run `qa index` to bring it up to date")


def schema_version(db: sqlite3.Connection) -> int:
    """Give the version of a catalog, 0 for an empty file."""
    if not db.execute("select 1 from sqlite_master where name = 'meta'").fetchone():
        return 0
    row = db.execute("select value from meta where key = 'schema_version'").fetchone()
    return int(row[0]) if row else 0


def _statements(script: str) -> Iterator[str]:
    """Give the statements of a script; `executescript` would end the transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
