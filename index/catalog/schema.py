"""The tables of a catalog, and how one of an older version becomes one of this."""

import sqlite3
from collections.abc import Iterator

from index.errors import UsageError

SCHEMA_VERSION = 2

# `if not exists`, because a catalog of version 1 has some of them, which are kept.
_TABLES = """
create table if not exists meta (key text primary key, value text not null);
create table if not exists files (
    path text primary key, size integer not null, mtime_ns integer not null, sha256 text not null,
    skipped text  -- why the file is no article; null when it is one
);
create table if not exists articles (
    key integer primary key autoincrement, id text not null unique,
    file text not null references files (path) on update cascade,
    title text not null, published text, publisher text, url text,
    sources text not null,  -- JSON: where each of these was read
    text text not null, sha256 text not null, signature blob not null,
    original integer  -- the article that this one nearly repeats, by key; null when it repeats none
);
create index if not exists articles_by_file on articles (file);
create index if not exists articles_by_original on articles (original) where original is not null;
create table if not exists sentences (
    article integer not null references articles (key) on delete cascade, ordinal integer not null,
    start integer not null, end integer not null,
    primary key (article, ordinal)
) without rowid;
create table if not exists vectors (id text not null unique, embedding blob not null);  -- read whole, in file order
create table if not exists passages (
    id integer primary key, article integer not null references articles (key) on delete cascade,
    first integer not null, last integer not null, start integer not null, end integer not null,
    vector text not null references vectors (id),
    repeated integer not null default 0  -- 1 when the original says all of it
);
create index if not exists passages_by_article on passages (article);
create index if not exists passages_by_vector on passages (vector);
create virtual table if not exists passages_fts
    using fts5 (title, body, tokenize = 'porter unicode61 remove_diacritics 2');
create virtual table if not exists articles_fts
    using fts5 (title, text, content = articles, content_rowid = key,
                tokenize = 'porter unicode61 remove_diacritics 2');
create trigger if not exists articles_added after insert on articles begin
    insert into articles_fts (rowid, title, text) values (new.key, new.title, new.text);
end;
create trigger if not exists articles_removed after delete on articles begin
    insert into articles_fts (articles_fts, rowid, title, text) values ('delete', old.key, old.title, old.text);
end;
create trigger if not exists articles_changed after update of title, text on articles begin
    insert into articles_fts (articles_fts, rowid, title, text) values ('delete', old.key, old.title, old.text);
    insert into articles_fts (rowid, title, text) values (new.key, new.title, new.text);
end;
"""

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
            for statement in _statements((_FROM_1 if version == 1 else "") + _TABLES + _FACTS):
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
        ValueError: it is of a later version.
    """
    version = schema_version(db)
    if version > SCHEMA_VERSION:
        raise ValueError(f"its schema has version {version}, not {SCHEMA_VERSION}")
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
