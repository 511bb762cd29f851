"""The catalog: one SQLite file that holds all that an index knows. Everything else can be made again from it."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from index.articles import Article, SourceFile
from index.embedding import Vectors
from index.errors import IndexDamagedError
from index.passages import Passage
from index.sentences import Offsets

SCHEMA_VERSION = "1"

# `if not exists`, because two processes may open a new index at once.
_SCHEMA = """
create table if not exists meta (key text primary key, value text not null);
create table if not exists files (
    path text primary key, size integer not null, mtime_ns integer not null,
    skipped text  -- why the file is no article; null when it is one
);
create table if not exists articles (
    id integer primary key, path text not null unique references files (path), title text not null,
    published text, text text not null, sha256 text not null
);
create table if not exists sentences (
    article integer not null references articles (id) on delete cascade, ordinal integer not null,
    start integer not null, end integer not null,
    primary key (article, ordinal)
) without rowid;
create table if not exists vectors (id text primary key, embedding blob not null) without rowid;
create table if not exists passages (
    id integer primary key, article integer not null references articles (id) on delete cascade,
    first integer not null, last integer not null, start integer not null, end integer not null,
    vector text not null references vectors (id)
);
create index if not exists passages_by_article on passages (article);
create index if not exists passages_by_vector on passages (vector);
create virtual table if not exists passages_fts
    using fts5 (title, body, tokenize = 'porter unicode61 remove_diacritics 2');
"""


@dataclass(frozen=True)
class StoredPassage:
    """A passage as retrieval meets it: where it stands and what it says."""

    id: int
    article_id: str
    title: str
    published: date | None
    first: int
    last: int
    start: int
    end: int
    text: str
    vector_id: str


class Catalog:
    """Read and write one index's catalog; every change is made inside `writing()`, all of it or none."""

    def __init__(self, path: Path) -> None:
        """Open the catalog at `path`, making it when there is none.

        Raises:
            IndexDamagedError: the file is no readable catalog, or was made by another version.
        """
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None, timeout=10, check_same_thread=False)
        try:
            self._db.execute("pragma journal_mode = wal")
            self._db.execute("pragma foreign_keys = on")
            self._create()
            version = self.meta("schema_version")
        except sqlite3.DatabaseError as error:
            self._db.close()
            raise IndexDamagedError(
                f"The index at {path.parent} cannot be read ({error}): delete that folder"
            ) from error
        if version != SCHEMA_VERSION:
            self._db.close()
            raise IndexDamagedError(f"The index at {path.parent} was made by another version: delete that folder")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Make the changes of the block one transaction and count it as a generation."""
        self._db.execute("begin immediate")
        try:
            yield
            self.set_meta("generation", str(self.generation + 1))
            self._db.execute("commit")
        except BaseException:
            self._db.execute("rollback")
            raise

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Let every read of the block see one and the same state, whatever is written meanwhile."""
        self._db.execute("begin")
        try:
            yield
        finally:
            self._db.execute("rollback")

    @property
    def generation(self) -> int:
        """The number of transactions so far."""
        return int(self.meta("generation") or 0)

    def meta(self, key: str) -> str | None:
        """Give a fact about the index as a whole."""
        row = self._db.execute("select value from meta where key = ?", (key,)).fetchone()
        return str(row[0]) if row else None

    def set_meta(self, key: str, value: str) -> None:
        """Keep a fact about the index as a whole."""
        self._db.execute("insert or replace into meta values (?, ?)", (key, value))

    def files(self) -> dict[str, tuple[int, int]]:
        """Give size in bytes and mtime_ns of every known file."""
        rows = self._db.execute("select path, size, mtime_ns from files")
        return {path: (size, mtime_ns) for path, size, mtime_ns in rows}

    def skipped(self) -> list[tuple[str, str]]:
        """Give the path of every file that is no article, with the reason."""
        return self._db.execute("select path, skipped from files where skipped is not null order by path").fetchall()

    def hashes(self) -> dict[str, str]:
        """Give the sha256 of every article."""
        return dict(self._db.execute("select path, sha256 from articles"))

    def put_article(
        self, file: SourceFile, article: Article, sentences: Sequence[Offsets], passages: Sequence[Passage]
    ) -> None:
        """Write an article anew, with its sentences and passages; their vectors must be there (`put_vectors`)."""
        self.remove(article.id)
        self.put_file(file)
        row = (
            article.id,
            article.title,
            article.published and article.published.isoformat(),
            article.text,
            article.sha256,
        )
        key = self._db.execute(
            "insert into articles (path, title, published, text, sha256) values (?, ?, ?, ?, ?)", row
        ).lastrowid
        self._db.executemany(
            "insert into sentences values (?, ?, ?, ?)",
            ((key, ordinal, *offsets) for ordinal, offsets in enumerate(sentences)),
        )
        for passage in passages:
            values = (key, passage.first, passage.last, passage.start, passage.end, passage.id)
            rowid = self._db.execute(
                "insert into passages (article, first, last, start, end, vector) values (?, ?, ?, ?, ?, ?)",
                values,
            ).lastrowid
            self._db.execute(
                "insert into passages_fts (rowid, title, body) values (?, ?, ?)",
                (rowid, article.title, article.text[passage.start : passage.end]),
            )

    def put_file(self, file: SourceFile, skipped: str | None = None) -> None:
        """Keep what the file system says of a file, and why it was skipped if it was."""
        self._db.execute(
            "insert into files values (?, ?, ?, ?) on conflict (path) do update set "
            "size = excluded.size, mtime_ns = excluded.mtime_ns, skipped = excluded.skipped",
            (file.id, file.size, file.mtime_ns, skipped),
        )

    def remove(self, path: str) -> None:
        """Forget a file and all that came from it."""
        self._db.execute(
            "delete from passages_fts where rowid in "
            "(select passages.id from passages join articles on articles.id = article where path = ?)",
            (path,),
        )
        self._db.execute("delete from articles where path = ?", (path,))
        self._db.execute("delete from files where path = ?", (path,))

    def put_vectors(self, ids: Sequence[str], vectors: Vectors) -> None:
        """Store vectors (len(ids), dimension) under their passages' content hashes."""
        self._db.executemany(
            "insert or ignore into vectors values (?, ?)",
            ((key, row.astype("<f4").tobytes()) for key, row in zip(ids, vectors, strict=True)),
        )

    def drop_unused_vectors(self) -> None:
        """Delete the vectors that no passage has any more."""
        self._db.execute("delete from vectors where id not in (select vector from passages)")

    def vector_ids(self, among: Iterable[str] | None = None) -> set[str]:
        """Give the ids of all vectors, or of those `among` these that are stored."""
        if among is None:
            return {key for (key,) in self._db.execute("select id from vectors")}
        return {key for (key,) in self._select_in("select id from vectors where id in ({})", list(among))}

    def vectors(self, ids: Sequence[str]) -> Vectors:
        """Give the vectors of `ids`, shape (len(ids), dimension), in that order."""
        found = dict(self._select_in("select id, embedding from vectors where id in ({})", ids))
        return np.stack([np.frombuffer(found[key], dtype="<f4") for key in ids])

    def search_words(self, match: str, limit: int) -> dict[int, float]:
        """Give the BM25 score, higher is better, of the `limit` best passages for an FTS5 expression.

        Okapi BM25 as FTS5 computes it (k1 = 1.2, b = 0.75, https://sqlite.org/fts5.html#the_bm25_function).
        """
        return dict(
            self._db.execute(
                "select rowid, -rank from passages_fts where passages_fts match ? order by rank limit ?",
                (match, limit),
            )
        )

    def score_words(self, match: str, ids: Sequence[int]) -> dict[int, float]:
        """Give the same score for those of the passages `ids` that satisfy the expression."""
        marks = ",".join("?" * len(ids))
        return dict(
            self._db.execute(
                f"select rowid, -rank from passages_fts where passages_fts match ? and rowid in ({marks})",
                (match, *ids),
            )
        )

    def passages(self, ids: Iterable[int]) -> list[StoredPassage]:
        """Give the passages of these ids that exist."""
        return self._stored("passages.id", list(ids))

    def passages_of_vectors(self, ids: Iterable[str]) -> list[StoredPassage]:
        """Give every passage that one of these vectors stands for."""
        return self._stored("passages.vector", list(ids))

    def sentences(self, article_id: str, first: int, last: int) -> list[Offsets]:
        """Give the offsets of an article's sentences `first` to `last` inclusive."""
        return self._db.execute(
            "select start, end from sentences join articles on articles.id = article "
            "where path = ? and ordinal between ? and ? order by ordinal",
            (article_id, first, last),
        ).fetchall()

    def article(self, article_id: str) -> tuple[str, date | None, str] | None:
        """Give an article's title, date and text."""
        row = self._db.execute("select title, published, text from articles where path = ?", (article_id,)).fetchone()
        return row and (row[0], _date(row[1]), row[2])

    def counts(self) -> tuple[int, int]:
        """Count articles and passages."""
        return tuple(
            self._db.execute(f"select count(*) from {table}").fetchone()[0] for table in ("articles", "passages")
        )

    def _create(self) -> None:
        if not self._db.execute("select 1 from sqlite_master where name = 'meta'").fetchone():
            version = f"insert or ignore into meta values ('schema_version', '{SCHEMA_VERSION}');"
            self._db.executescript(f"begin immediate; {_SCHEMA} {version} commit;")

    def _stored(self, column: str, ids: list[int] | list[str]) -> list[StoredPassage]:
        rows = self._select_in(
            "select passages.id, path, title, published, first, last, start, end, "
            "substr(text, start + 1, end - start), vector "
            f"from passages join articles on articles.id = article where {column} in ({{}})",
            ids,
        )
        return [StoredPassage(row[0], row[1], row[2], _date(row[3]), *row[4:]) for row in rows]

    def _select_in(self, query: str, values: Sequence[int | str]) -> Iterator[tuple[Any, ...]]:
        for start in range(0, len(values), 900):
            chunk = values[start : start + 900]
            yield from self._db.execute(query.format(",".join("?" * len(chunk))), chunk)


def _date(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None
