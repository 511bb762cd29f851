"""Write a SQLite catalog: one file that holds all that an index knows."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from index.catalog.rows import ReadFile, WholeArticle, WrittenArticle
from index.catalog.sqlite.connection import connect, told
from index.catalog.sqlite.reader import SqliteReader
from index.catalog.writer import Catalog
from index.errors import ArticleQAError

if TYPE_CHECKING:  # opened to be read, a catalog needs none of them
    from index.formats.extract import Metadata
    from index.models.embedding import Vectors


class SqliteCatalog(SqliteReader, Catalog):
    """A catalog in a SQLite file."""

    def __init__(self, path: Path, read_only: bool = False) -> None:
        """Open the catalog at `path`, making it when there is none unless `read_only`.

        Raises:
            IndexDamagedError: the file cannot be opened, is no readable catalog, or was made by a later version.
            UsageError: it was made by an older version, and `read_only` forbids to bring it up to date.
            IndexBusyError: it is to be read, and only being made.
        """
        self.path = path
        self.db = connect(path, read_only)

    def close(self) -> None:
        """Close the file."""
        self.db.close()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Make the changes of the block one transaction and count it as a generation."""
        self.db.execute("begin immediate")
        try:
            yield
            self.set_meta("generation", str(self.generation + 1))
            self.db.execute("commit")
        except BaseException:
            if self.db.in_transaction:  # a full disk has ended it already
                self.db.execute("rollback")
            raise

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Let every read of the block see one and the same state, whatever is written meanwhile."""
        if self.db.in_transaction:
            yield
            return
        with self.telling():
            self.db.execute("begin")
            try:
                yield
            finally:
                if self.db.in_transaction:  # a failing disk has ended it already
                    self.db.execute("rollback")

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Turn what the block raises for a full disk or a damaged file into the product's error, what to do named.

        Raises:
            IndexBusyError: another process holds the file.
            IndexDamagedError: SQLite or the disk refuses, or the catalog holds what cannot be in it.
        """
        try:
            yield
        except (ArticleQAError, sqlite3.ProgrammingError):
            raise
        except sqlite3.Error as error:
            raise told(error, self.path.parent) from error
        except Exception as error:
            if fault := self._first_fault():
                raise told(fault, self.path.parent) from error
            raise

    def set_meta(self, key: str, value: str) -> None:
        """Keep a fact about the index as a whole."""
        self.db.execute("insert or replace into meta values (?, ?)", (key, value))

    def put_files(self, files: Sequence[ReadFile]) -> None:
        """Keep what was read of files, each of them once."""
        self.db.executemany(
            "insert into files values (?, ?, ?, ?, ?) on conflict (path) do update set size = excluded.size, "
            "mtime_ns = excluded.mtime_ns, sha256 = excluded.sha256, skipped = excluded.skipped",
            ((each.file.id, each.file.size, each.file.mtime_ns, each.sha256, each.skipped) for each in files),
        )

    def put_articles(self, written: Sequence[WrittenArticle]) -> list[int]:
        """Write articles anew under their old keys, with their sentences and passages, and give the keys."""
        return [self._put_article(each) for each in written]

    def put_whole(self, articles: Sequence[WholeArticle]) -> None:
        """Write articles of another catalog as they are, keys and ids included; their vectors must be there."""
        for each in articles:
            self.db.execute("insert or ignore into files values (?, -1, -1, '', null)", (each.file,))
            facts = (each.key, each.id, each.file, each.title, each.published, each.publisher, each.url)
            rest = (json.dumps(dict(each.sources)), each.text, each.sha256, each.signature, each.original)
            self.db.execute(f"insert into articles values ({', '.join('?' * 12)})", (*facts, *rest))
            offsets = ((each.key, ordinal, *offsets) for ordinal, offsets in enumerate(each.sentences))
            self.db.executemany("insert into sentences values (?, ?, ?, ?)", offsets)
            self.db.executemany(
                "insert into passages values (?, ?, ?, ?, ?, ?, ?, ?)",
                ((p.id, each.key, p.first, p.last, p.start, p.end, p.vector_id, p.repeated) for p in each.passages),
            )
            self.db.executemany(
                "insert into passages_fts (rowid, title, body) values (?, ?, ?)",
                ((p.id, each.title, each.text[p.start : p.end]) for p in each.passages),
            )

    def remove_article(self, article_id: str) -> None:
        """Forget an article and all that came from it."""
        self._clear(article_id)
        self.db.execute("delete from articles where id = ?", (article_id,))

    def forget_file(self, path: str) -> None:
        """Forget a file that has no article any more."""
        self.db.execute("delete from files where path = ?", (path,))

    def rename_file(self, old: str, new: str) -> None:
        """Know a file and its articles under another path; all else of them stays, vectors and keys included."""
        self.db.execute("update files set path = ? where path = ?", (new, old))
        self.db.execute("update articles set id = ? || substr(id, ?) where file = ?", (new, len(old) + 1, new))

    def retitle(self, article_id: str, known: "Metadata") -> None:
        """Give an article another title and date."""
        self.db.execute(
            "update articles set title = ?, published = ?, sources = ?, sha256 = '' where id = ?",
            (known.title, _iso(known.published), json.dumps(dict(known.sources)), article_id),
        )
        self.db.execute(
            "update passages_fts set title = ? where rowid in "
            "(select passages.id from passages join articles on key = article where articles.id = ?)",
            (known.title, article_id),
        )

    def put_day(self, article_id: str, published: date | None, sources: Mapping[str, str]) -> None:
        """Give an article another day; its text and what is embedded of it stay."""
        self.db.execute(
            "update articles set published = ?, sources = ? where id = ?",
            (_iso(published), json.dumps(dict(sources)), article_id),
        )

    def put_originals(self, original_of: Mapping[int, int | None]) -> None:
        """Note for each of these articles which one it nearly repeats, by key."""
        pairs = ((original, key) for key, original in original_of.items())
        self.db.executemany("update articles set original = ? where key = ?", pairs)

    def put_repeated(self, articles: Iterable[int] | None, passages: Iterable[int]) -> None:
        """Note that of the passages of these articles, or of all, an original says all of `passages`, of no other."""
        reset = "update passages set repeated = 0 where repeated = 1"
        if articles is None:
            self.db.execute(reset)
        else:
            self.db.executemany(f"{reset} and article = ?", ((key,) for key in articles))
        self.db.executemany("update passages set repeated = 1 where id = ?", ((passage,) for passage in passages))

    def forget_stamps(self, suffixes: Iterable[str]) -> None:
        """Have the files of these suffixes read again by the next sync."""
        for suffix in suffixes:
            self.db.execute("update files set mtime_ns = -1 where lower(path) glob ?", (f"*{suffix}",))

    def forget_hashes(self) -> None:
        """Have every article read, cut and written again by the next sync."""
        self.forget_stamps(("",))
        self.db.execute("update articles set sha256 = ''")

    def put_vectors(self, ids: Sequence[str], vectors: "Vectors") -> None:
        """Store vectors (len(ids), dimension) under their passages' content hashes."""
        self.db.executemany(
            "insert or ignore into vectors values (?, ?)",
            ((key, row.astype("<f4").tobytes()) for key, row in zip(ids, vectors, strict=True)),
        )

    def drop_unused_vectors(self) -> None:
        """Delete the vectors that no passage has any more."""
        self.db.execute("delete from vectors where id not in (select vector from passages)")

    def _put_article(self, written: WrittenArticle) -> int:
        article = written.article
        self.db.execute("insert or ignore into files values (?, -1, -1, '', null)", (article.file,))
        self._clear(article.id)
        row = {
            "id": article.id,
            "file": article.file,
            "title": article.title,
            "published": _iso(article.published),
            "publisher": article.publisher,
            "url": article.url,
            "sources": json.dumps(dict(article.sources)),
            "text": article.text,
            "sha256": article.sha256,
            "signature": written.signature,
        }
        names = list(row)
        ((key,),) = self.db.execute(
            f"insert into articles ({', '.join(names)}) values ({', '.join(f':{name}' for name in names)}) "
            f"on conflict (id) do update set {', '.join(f'{name} = excluded.{name}' for name in names)} returning key",
            row,
        ).fetchall()
        self.db.executemany(
            "insert into sentences values (?, ?, ?, ?)",
            ((key, ordinal, *offsets) for ordinal, offsets in enumerate(written.sentences)),
        )
        for passage in written.passages:
            rowid = self.db.execute(
                "insert into passages (article, first, last, start, end, vector) values (?, ?, ?, ?, ?, ?)",
                (key, passage.first, passage.last, passage.start, passage.end, passage.id),
            ).lastrowid
            self.db.execute(
                "insert into passages_fts (rowid, title, body) values (?, ?, ?)",
                (rowid, article.title, article.text[passage.start : passage.end]),
            )
        return int(key)

    def _first_fault(self) -> str | sqlite3.Error | None:
        try:
            return next(iter(self.faults()), None)
        except sqlite3.Error as error:
            return error

    def _clear(self, article_id: str) -> None:
        """Forget an article's sentences and passages."""
        row = self.db.execute("select key from articles where id = ?", (article_id,)).fetchone()
        if row:
            self.db.execute("delete from passages_fts where rowid in (select id from passages where article = ?)", row)
            self.db.execute("delete from passages where article = ?", row)
            self.db.execute("delete from sentences where article = ?", row)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
