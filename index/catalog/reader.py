"""Read a catalog: what is known of its files, and its articles, passages and vectors as retrieval meets them."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from index.filter import EVERYTHING, Filter

if TYPE_CHECKING:  # they and numpy take a second to load, and what is not about vectors needs none of them
    from index.models.embedding import Vectors
    from index.sentences import Offsets

NO_DATE = 0
LENGTH_TOLERANCE = 1e-3
MAX_PARAMETERS = 900  # of one statement; older SQLite takes 999


@dataclass(frozen=True)
class StoredPassage:
    """A passage as retrieval meets it: where it stands and what it says."""

    id: int
    article_id: str
    article_key: int
    title: str
    published: date | None
    first: int
    last: int
    start: int
    end: int
    text: str
    vector_id: str


@dataclass(frozen=True)
class StoredArticle:
    """An article as it is cited; `original` is the key of the article that it nearly repeats."""

    key: int
    id: str
    title: str
    published: date | None
    publisher: str | None
    url: str | None
    text: str
    original: int | None
    sources: Mapping[str, str] = field(default_factory=dict)


class CatalogReader:
    """The questions that a catalog answers; those that belong together are asked within `Catalog.reading`."""

    db: sqlite3.Connection

    @property
    def generation(self) -> int:
        """The number of transactions so far."""
        return int(self.meta("generation") or 0)

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
        """Give the ids of all stored vectors and the vectors (number, dimension), as they lie in the file."""
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

    def records(self, ids: Sequence[str]) -> "tuple[Vectors, list[dict[str, int]]]":
        """Give the vectors (len(ids), dimension) of these records and what a vector store filters them by.

        That is the article's key and its date as the number yyyymmdd, `NO_DATE` if it has none.
        """
        pairs = [(int(article), vector) for article, vector in (key.split("-", 1) for key in ids)]
        dates = dict(self.select_in("select key, published from articles where key in ({})", [key for key, _ in pairs]))
        facts = [{"article": key, "published": as_number(dates[key])} for key, _ in pairs]
        return self.vectors([vector for _, vector in pairs]), facts

    def passages_of_records(self, ids: Iterable[str]) -> list[StoredPassage]:
        """Give every passage that one of these records stands for; a record that is not known any more gives none."""
        known = set(ids)
        found = self._stored("passages.vector", [key.split("-", 1)[1] for key in known], "repeated = 0")
        return [passage for passage in found if f"{passage.article_key}-{passage.vector_id}" in known]

    def passages(self, ids: Iterable[int]) -> list[StoredPassage]:
        """Give the passages of these ids that exist."""
        return self._stored("passages.id", list(ids), "1")

    def passage_ids(self, only: Filter = EVERYTHING) -> Iterator[tuple[int, str]]:
        """Give id and vector id of every passage that can be retrieved from the articles of a filter."""
        condition, values = only.passages_sql()
        joined = "join articles on key = article" if only else ""
        return self.db.execute(f"select passages.id, vector from passages {joined} where {condition}", values)

    def every_passage(self) -> Iterator[tuple[int, str, int]]:
        """Give id and vector id of every passage, and whether its original says all of it."""
        return self.db.execute("select id, vector, repeated from passages")

    def lone_copies(self, only: Filter) -> Iterator[tuple[int, str]]:
        """Give id and vector id of the passages that are retrieved because a filter keeps their originals out."""
        condition, values = only.passages_sql()
        return self.db.execute(
            f"select passages.id, vector from passages join articles on key = article where repeated and {condition}",
            values,
        )

    def article_keys(self, only: Filter) -> list[int]:
        """Give the keys of the articles of a filter."""
        condition, values = only.sql()
        return [key for (key,) in self.db.execute(f"select key from articles where {condition}", values)]

    def sentences(self, article_id: str, first: int, last: int) -> "list[Offsets]":
        """Give the offsets of an article's sentences `first` to `last` inclusive."""
        return self.db.execute(
            "select start, end from sentences join articles on key = article "
            "where id = ? and ordinal between ? and ? order by ordinal",
            (article_id, first, last),
        ).fetchall()

    def article(self, article_id: str) -> StoredArticle | None:
        """Give an article."""
        row = self.db.execute(
            "select key, id, title, published, publisher, url, text, original, sources from articles where id = ?",
            (article_id,),
        ).fetchone()
        return row and StoredArticle(*row[:3], _date(row[3]), *row[4:8], json.loads(row[8]))  # type: ignore[call-arg]

    def text_of(self, article_id: str) -> str | None:
        """Give an article's text, None if there is no such article."""
        found = self.db.execute("select text from articles where id = ?", (article_id,)).fetchone()
        return found and str(found[0])

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
        return [StoredPassage(*row[:4], _date(row[4]), *row[5:]) for row in rows]  # type: ignore[call-arg]


def as_number(published: str | None) -> int:
    """Give an ISO date as the number yyyymmdd."""
    return int(published.replace("-", "")) if published else NO_DATE


def _has_length_1(embedding: bytes) -> bool:
    import numpy as np

    length = float(np.linalg.norm(np.frombuffer(embedding, "<f4")))
    return abs(length - 1) < LENGTH_TOLERANCE or length == 0  # that of a text without a word


def _date(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None
