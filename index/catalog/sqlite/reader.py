"""Read a SQLite catalog."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.catalog.reader import CatalogReader
from index.catalog.rows import StoredArticle, StoredPassage, WholeArticle, WholePassage, as_date
from index.catalog.sqlite.conditions import articles_sql, passages_sql
from index.catalog.sqlite.overview import SqliteOverview
from index.catalog.sqlite.words import SqliteWords
from index.filter import EVERYTHING, Filter

if TYPE_CHECKING:  # they and numpy take a second to load, and what is not about vectors needs none of them
    from index.models.embedding import Vectors
    from index.sentences import Offsets

LENGTH_TOLERANCE = 1e-3
ROWS_AT_ONCE = 1000
MAX_PARAMETERS = 900  # of one statement; older SQLite takes 999


class SqliteReader(SqliteWords, SqliteOverview, CatalogReader):
    """What SQLite answers of a catalog's file."""

    db: sqlite3.Connection
    path: Path

    def meta(self, key: str) -> str | None:
        """Give a fact about the index as a whole."""
        row = self.db.execute("select value from meta where key = ?", (key,)).fetchone()
        return str(row[0]) if row else None

    def files(self) -> dict[str, tuple[int, int]]:
        """Give size in bytes and mtime_ns of every known file."""
        rows = self.db.execute("select path, size, mtime_ns from files")
        return {path: (size, mtime_ns) for path, size, mtime_ns in rows}

    def file_hashes(self) -> dict[str, str]:
        """Give the sha256 of every known file that holds an article."""
        return dict(self.db.execute("select path, sha256 from files where skipped is null"))

    def skipped(self) -> list[tuple[str, str]]:
        """Give the path of every file that is no article, with the reason."""
        return self.db.execute("select path, skipped from files where skipped is not null order by path").fetchall()

    def hashes(self, file: str | None = None) -> dict[str, str]:
        """Give the sha256 of every article, or of those of one file."""
        if file is None:
            return dict(self.db.execute("select id, sha256 from articles"))
        return dict(self.db.execute("select id, sha256 from articles where file = ?", (file,)))

    def vector_ids(self, among: Iterable[str]) -> set[str]:
        """Give those of these ids that are stored."""
        return {key for (key,) in self.select_in("select id from vectors where id in ({})", list(among))}

    def vectors(self, ids: Sequence[str]) -> "Vectors":
        """Give the vectors of `ids`, shape (len(ids), dimension), in that order."""
        import numpy as np

        found = dict(self.select_in("select id, embedding from vectors where id in ({})", ids))
        return np.stack([np.frombuffer(found[key], dtype="<f4") for key in ids])

    def all_vectors(self) -> "tuple[list[str], Vectors]":
        """Give the ids of all stored vectors and the vectors (number, dimension)."""
        import numpy as np

        ((count, size),) = self.db.execute("select count(*), max(length(embedding)) from vectors").fetchall()
        vectors = np.empty((count, (size or 0) // 4), np.float32)
        ids = []
        for row, (key, embedding) in enumerate(self.db.execute("select id, embedding from vectors order by rowid")):
            ids.append(key)
            vectors[row] = np.frombuffer(embedding, "<f4")
        return ids, vectors

    def record_ids(self) -> set[str]:
        """Give the id of each record that a vector store holds: the article's key, a hyphen, the vector's id."""
        return {key for (key,) in self.db.execute("select article || '-' || vector from passages where repeated = 0")}

    def published_of(self, keys: Iterable[int]) -> Mapping[int, str | None]:
        """Give the ISO date of each of these articles that has one."""
        return dict(self.select_in("select key, published from articles where key in ({})", list(keys)))

    def passages_of_vectors(self, ids: Sequence[str]) -> list[StoredPassage]:
        """Give the passages of these vectors, those left out that an original says all of."""
        return self._stored("passages.vector", list(ids), "repeated = 0")

    def passages(self, ids: Iterable[int]) -> list[StoredPassage]:
        """Give the passages of these ids that exist."""
        return self._stored("passages.id", list(ids), "1")

    def passage_ids(self, only: Filter = EVERYTHING) -> Iterator[tuple[int, str]]:
        """Give id and vector id of every passage that can be retrieved from the articles of a filter."""
        condition, values = passages_sql(only)
        joined = "join articles on key = article" if only else ""
        return self.db.execute(f"select passages.id, vector from passages {joined} where {condition}", values)

    def every_passage(self) -> Iterator[tuple[int, str, int]]:
        """Give id and vector id of every passage, and whether its original says all of it."""
        return self.db.execute("select id, vector, repeated from passages")

    def lone_copies(self, only: Filter) -> Iterator[tuple[int, str]]:
        """Give id and vector id of the passages that are retrieved because a filter keeps their originals out."""
        condition, values = passages_sql(only)
        return self.db.execute(  # beginning with the few articles that repeat another one
            "select passages.id, vector from articles cross join passages on article = key "
            f"where original is not null and repeated and {condition}",
            values,
        )

    def article_keys(self, only: Filter) -> list[int]:
        """Give the keys of the articles of a filter."""
        condition, values = articles_sql(only)
        return [key for (key,) in self.db.execute(f"select key from articles where {condition}", values)]

    def sentences(self, article_id: str, first: int, last: int) -> "list[Offsets]":
        """Give the offsets of an article's sentences `first` to `last` inclusive."""
        return self.db.execute(
            "select start, end from sentences join articles on key = article "
            "where id = ? and ordinal between ? and ? order by ordinal",
            (article_id, first, last),
        ).fetchall()

    def passage_bounds(self, key: int) -> list[tuple[int, int, int]]:
        """Give id, first and last sentence of each passage of an article."""
        return self.db.execute("select id, first, last from passages where article = ?", (key,)).fetchall()

    def article(self, article_id: str) -> StoredArticle | None:
        """Give an article."""
        row = self.db.execute(
            "select key, id, title, published, publisher, url, text, original, sources from articles where id = ?",
            (article_id,),
        ).fetchone()
        return row and StoredArticle(*row[:3], as_date(row[3]), *row[4:8], json.loads(row[8]))  # type: ignore[call-arg]

    def text_of(self, article_id: str) -> str | None:
        """Give an article's text, None if there is no such article."""
        found = self.db.execute("select text from articles where id = ?", (article_id,)).fetchone()
        return found and str(found[0])

    def sentence_texts(self, key: int) -> list[str]:
        """Give the sentences of an article."""
        ((text,),) = self.db.execute("select text from articles where key = ?", (key,)).fetchall()
        offsets = self.db.execute("select start, end from sentences where article = ? order by ordinal", (key,))
        return [text[start:end] for start, end in offsets]

    def family(self, first: int) -> list[tuple[str, str]]:
        """Give id and text of an article and of all that nearly repeat it, in the order of their ids."""
        query = "select id, text from articles where key = ?1 or original = ?1 order by id"
        return self.db.execute(query, (first,)).fetchall()

    def keys_by_day(self) -> list[int]:
        """Give the keys of all articles, in the order in which one can be another's original: first published first."""
        return [key for (key,) in self.db.execute("select key from articles order by published is null, published, id")]

    def signatures_of(self, keys: Sequence[int]) -> dict[int, bytes]:
        """Give the signatures of articles by their keys."""
        return dict(self.select_in("select key, signature from articles where key in ({})", keys))

    def originals(self) -> dict[int, int]:
        """Give for each article that nearly repeats another which one that is, by key."""
        return dict(self.db.execute("select key, original from articles where original is not null"))

    def readings_of(self, name: str) -> Iterator[tuple[str, str | None, dict[str, str]]]:
        """Give id, ISO date and sources of every article whose sources have a fact of this name.

        Some are read at a time, so that each may be written anew meanwhile.
        """
        query = (
            "select key, id, published, sources from articles where key > ? and json_extract(sources, ?) is not null "
            "order by key limit ?"
        )
        last = -1
        while rows := self.db.execute(query, (last, f'$."{name}"', ROWS_AT_ONCE)).fetchall():
            yield from ((article_id, published, json.loads(written)) for _, article_id, published, written in rows)
            last = rows[-1][0]

    def values_of(self, name: str) -> set[str]:
        """Give what the articles' sources have under this name."""
        rows = self.db.execute(
            "select distinct json_extract(sources, ?) from articles where json_extract(sources, ?) is not null",
            (f'$."{name}"',) * 2,
        )
        return {str(value) for (value,) in rows}

    def whole_articles(self) -> Iterator[WholeArticle]:
        """Give all that is stored of every article, in the order of their keys."""
        rows = self.db.execute(
            "select key, id, file, title, published, publisher, url, sources, text, sha256, signature, original "
            "from articles order by key"
        )
        sentences = "select start, end from sentences where article = ? order by ordinal"
        passages = "select id, first, last, start, end, vector, repeated from passages where article = ? order by id"
        for row in rows:
            yield WholeArticle(  # type: ignore[call-arg]
                *row[:7],
                json.loads(row[7]),
                *row[8:],
                self.db.execute(sentences, row[:1]).fetchall(),
                [
                    WholePassage(*each[:6], bool(each[6]))  # type: ignore[call-arg]
                    for each in self.db.execute(passages, row[:1])
                ],
            )

    def counts(self) -> tuple[int, int]:
        """Count articles and passages."""
        return tuple(
            self.db.execute(f"select count(*) from {table}").fetchone()[0] for table in ("articles", "passages")
        )

    def faults(self) -> list[str]:
        """Look for what must not be in a catalog; reads all of it."""
        broken = [str(row[0]) for row in self.db.execute("pragma quick_check(3)") if row[0] != "ok"]
        if self.db.execute("pragma foreign_key_check").fetchone():
            broken.append("an entry refers to one that is not there")
        outside = self.db.execute(
            "select id from articles join (select article, max(end) as last from sentences group by article) "
            "on article = key where last > length(text)"
        )
        broken += [f"a sentence of {article_id} ends behind its text" for (article_id,) in outside]
        vectors = self.db.execute("select embedding from vectors")
        whole = [_has_length_1(embedding) for (embedding,) in vectors]
        if 0 < whole.count(False) < len(whole) / 2:  # else it is the embedder that makes such vectors
            broken.append(f"{whole.count(False)} vectors are not as they were written")
        return broken

    def size_bytes(self) -> int:
        """Add up the files below the index's folder; one may vanish meanwhile, for another process may be syncing."""
        size = 0
        for each in self.path.parent.rglob("*"):
            with suppress(OSError):
                size += each.stat().st_size if each.is_file() else 0
        return size

    def select_in(self, query: str, values: Sequence[int | str]) -> Iterator[tuple[Any, ...]]:
        """Run a query with `in ({})` for as many values as there are."""
        for start in range(0, len(values), MAX_PARAMETERS):
            chunk = values[start : start + MAX_PARAMETERS]
            yield from self.db.execute(query.format(",".join("?" * len(chunk))), chunk)

    def _stored(self, column: str, ids: list[int] | list[str], condition: str) -> list[StoredPassage]:
        rows = self.select_in(
            "select passages.id, articles.id, key, title, published, first, last, start, end, "
            "substr(text, start + 1, end - start), vector "
            f"from passages join articles on key = article where {condition} and {column} in ({{}})",
            ids,
        )
        return [StoredPassage(*row[:4], as_date(row[4]), *row[5:]) for row in rows]  # type: ignore[call-arg]


def _has_length_1(embedding: bytes) -> bool:
    import numpy as np

    length = float(np.linalg.norm(np.frombuffer(embedding, "<f4")))
    return abs(length - 1) < LENGTH_TOLERANCE or length == 0  # that of a text without a word
