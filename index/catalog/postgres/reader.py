"""Read a catalog on PostgreSQL."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from index.catalog.postgres.conditions import articles_sql, passages_sql
from index.catalog.postgres.overview import PostgresOverview
from index.catalog.postgres.words import PostgresWords
from index.catalog.reader import CatalogReader
from index.catalog.rows import StoredArticle, StoredPassage, WholeArticle, WholePassage, as_date
from index.filter import EVERYTHING, Filter

if TYPE_CHECKING:  # they and numpy take a second to load, and what is not about vectors needs none of them
    from index.models.embedding import Vectors
    from index.sentences import Offsets

LENGTH_TOLERANCE = 1e-3
ROWS_AT_ONCE = 1000
PAGE_VECTORS = 5_000
MAX_SENTENCES = 2**30  # more than an article has, and still a subscript of an array

_DANGLING = (
    "select 1 from passages where not exists (select from articles where key = passages.article) limit 1",
    "select 1 from passages where not exists (select from vectors where vectors.id = passages.vector) limit 1",
    "select 1 from articles where not exists (select from files where path = articles.file) limit 1",
)


class PostgresReader(PostgresWords, PostgresOverview, CatalogReader):
    """What PostgreSQL answers of a catalog."""

    def meta(self, key: str) -> str | None:
        """Give a fact about the index as a whole."""
        value = self.database.value("select value from meta where key = %s", (key,))
        return None if value is None else str(value)

    def files(self) -> dict[str, tuple[int, int]]:
        """Give size in bytes and mtime_ns of every known file."""
        rows = self.database.rows("select path, size, mtime_ns from files")
        return {path: (size, mtime_ns) for path, size, mtime_ns in rows}

    def file_hashes(self) -> dict[str, str]:
        """Give the sha256 of every known file that holds an article."""
        return dict(self.database.rows("select path, sha256 from files where skipped is null"))

    def skipped(self) -> list[tuple[str, str]]:
        """Give the path of every file that is no article, with the reason."""
        return self.database.rows("select path, skipped from files where skipped is not null order by path")

    def hashes(self, file: str | None = None) -> dict[str, str]:
        """Give the sha256 of every article, or of those of one file."""
        if file is None:
            return dict(self.database.rows("select id, sha256 from articles"))
        return dict(self.database.rows("select id, sha256 from articles where file = %s", (file,)))

    def vector_ids(self, among: Iterable[str]) -> set[str]:
        """Give those of these ids that are stored."""
        return {key for (key,) in self.database.rows("select id from vectors where id = any(%s)", (list(among),))}

    def vectors(self, ids: Sequence[str]) -> "Vectors":
        """Give the vectors of `ids`, shape (len(ids), dimension), in that order."""
        import numpy as np

        query = "select id, embedding from vectors where id = any(%s)"
        found = dict(self.database.rows(query, (list(ids),), binary=True))
        return np.stack([np.frombuffer(found[key], dtype="<f4") for key in ids])

    def all_vectors(self) -> "tuple[list[str], Vectors]":
        """Give the ids of all stored vectors and the vectors (number, dimension)."""
        import numpy as np

        count, size = self.database.rows("select count(*), max(length(embedding)) from vectors")[0]
        vectors = np.empty((count, (size or 0) // 4), np.float32)
        ids: list[str] = []
        for key, embedding in self._every_vector():
            vectors[len(ids)] = np.frombuffer(embedding, "<f4")
            ids.append(key)
        return ids, vectors

    def record_ids(self) -> set[str]:
        """Give the id of each record that a vector store holds: the article's key, a hyphen, the vector's id."""
        query = "select article || '-' || vector from passages where not repeated"
        return {key for (key,) in self.database.rows(query)}

    def published_of(self, keys: Iterable[int]) -> Mapping[int, str | None]:
        """Give the ISO date of each of these articles that has one."""
        query = "select key, published from articles where key = any(%s::bigint[])"
        return dict(self.database.rows(query, (list(keys),)))

    def passages_of_vectors(self, ids: Sequence[str]) -> list[StoredPassage]:
        """Give the passages of these vectors, those left out that an original says all of."""
        return self._stored("not repeated and passages.vector = any(%s)", list(ids))

    def passages(self, ids: Iterable[int]) -> list[StoredPassage]:
        """Give the passages of these ids that exist."""
        return self._stored("passages.id = any(%s::bigint[])", list(ids))

    def passage_ids(self, only: Filter = EVERYTHING) -> Iterator[tuple[int, str]]:
        """Give id and vector id of every passage that can be retrieved from the articles of a filter."""
        condition, values = passages_sql(only)
        joined = "join articles on key = article" if only else ""
        query = f"select passages.id, vector from passages {joined} where {condition} order by passages.id"
        return iter(self.database.rows(query, values))

    def every_passage(self) -> Iterator[tuple[int, str, int]]:
        """Give id and vector id of every passage, and whether its original says all of it."""
        return iter(self.database.rows("select id, vector, repeated::int from passages"))

    def lone_copies(self, only: Filter) -> Iterator[tuple[int, str]]:
        """Give id and vector id of the passages that are retrieved because a filter keeps their originals out."""
        condition, values = passages_sql(only)
        query = (  # beginning with the few articles that repeat another one
            "select passages.id, vector from articles join passages on article = key "
            f"where original is not null and repeated and {condition}"
        )
        return iter(self.database.rows(query, values))

    def article_keys(self, only: Filter) -> list[int]:
        """Give the keys of the articles of a filter."""
        condition, values = articles_sql(only)
        return [key for (key,) in self.database.rows(f"select key from articles where {condition}", values)]

    def sentences(self, article_id: str, first: int, last: int) -> "list[Offsets]":
        """Give the offsets of an article's sentences `first` to `last` inclusive."""
        bounds = first + 1, min(last, MAX_SENTENCES) + 1
        rows = self.database.rows(
            "select starts[%s:%s], ends[%s:%s] from articles where id = %s", (*bounds, *bounds, article_id)
        )
        return list(zip(*rows[0], strict=True)) if rows else []

    def passage_bounds(self, key: int) -> list[tuple[int, int, int]]:
        """Give id, first and last sentence of each passage of an article."""
        return self.database.rows("select id, first, last from passages where article = %s order by id", (key,))

    def article(self, article_id: str) -> StoredArticle | None:
        """Give an article."""
        rows = self.database.rows(
            "select key, id, title, published, publisher, url, text, original, sources from articles where id = %s",
            (article_id,),
        )
        return StoredArticle(*rows[0][:3], as_date(rows[0][3]), *rows[0][4:]) if rows else None  # type: ignore[call-arg]

    def text_of(self, article_id: str) -> str | None:
        """Give an article's text, None if there is no such article."""
        text = self.database.value("select text from articles where id = %s", (article_id,))
        return None if text is None else str(text)

    def sentence_texts(self, key: int) -> list[str]:
        """Give the sentences of an article."""
        ((text, starts, ends),) = self.database.rows("select text, starts, ends from articles where key = %s", (key,))
        return [text[start:end] for start, end in zip(starts, ends, strict=True)]

    def family(self, first: int) -> list[tuple[str, str]]:
        """Give id and text of an article and of all that nearly repeat it, in the order of their ids."""
        query = "select id, text from articles where key = %s or original = %s order by id"
        return self.database.rows(query, (first, first))

    def keys_by_day(self) -> list[int]:
        """Give the keys of all articles, in the order in which one can be another's original: first published first."""
        query = "select key from articles order by published is null, published, id"
        return [key for (key,) in self.database.rows(query)]

    def signatures_of(self, keys: Sequence[int]) -> dict[int, bytes]:
        """Give the signatures of articles by their keys."""
        query = "select key, signature from articles where key = any(%s::bigint[])"
        return dict(self.database.rows(query, (list(keys),), binary=True))

    def originals(self) -> dict[int, int]:
        """Give for each article that nearly repeats another which one that is, by key."""
        return dict(self.database.rows("select key, original from articles where original is not null"))

    def readings_of(self, name: str) -> Iterator[tuple[str, str | None, dict[str, str]]]:
        """Give id, ISO date and sources of every article whose sources have a fact of this name.

        Some are read at a time, so that each may be written anew meanwhile.
        """
        query = (
            "select key, id, published, sources from articles where key > %s and sources ->> %s is not null "
            "order by key limit %s"
        )
        last = -1
        while rows := self.database.rows(query, (last, name, ROWS_AT_ONCE)):
            yield from ((article_id, published, sources) for _, article_id, published, sources in rows)
            last = rows[-1][0]

    def values_of(self, name: str) -> set[str]:
        """Give what the articles' sources have under this name."""
        query = "select distinct sources ->> %s from articles where sources ->> %s is not null"
        return {value for (value,) in self.database.rows(query, (name, name))}

    def whole_articles(self) -> Iterator[WholeArticle]:
        """Give all that is stored of every article, in the order of their keys."""
        query = (
            "select key, id, file, title, published, publisher, url, sources, text, sha256, signature, original, "
            "starts, ends from articles where key > %s order by key"
        )
        return map(self._whole, self._pages(query))

    def counts(self) -> tuple[int, int]:
        """Count articles and passages."""
        articles, passages = self.database.rows("select articles, passages from totals")[0]
        return articles, passages

    def faults(self) -> list[str]:
        """Look for what must not be in a catalog; reads all of it."""
        import numpy as np

        dangling = any(self.database.value(query) for query in _DANGLING)
        broken = ["an entry refers to one that is not there"] if dangling else []
        outside = self.database.rows(
            "select id from articles where ends[cardinality(ends)] > length(text) order by key"
        )
        broken += [f"a sentence of {article_id} ends behind its text" for (article_id,) in outside]
        lengths = [float(np.linalg.norm(np.frombuffer(each, "<f4"))) for _, each in self._every_vector()]
        torn = sum(not (abs(length - 1) < LENGTH_TOLERANCE or length == 0) for length in lengths)
        if 0 < torn < len(lengths) / 2:  # else it is the embedder that makes such vectors
            broken.append(f"{torn} vectors are not as they were written")
        return broken

    def size_bytes(self) -> int:
        """Give how much the tables and their indexes take."""
        query = (
            "select coalesce(sum(pg_total_relation_size(pg_class.oid)), 0) from pg_class join pg_namespace "
            "on pg_namespace.oid = relnamespace where nspname = %s and relkind = 'r'"
        )
        return int(self.database.value(query, (self.database.schema,)))

    def _every_vector(self) -> Iterator[tuple[str, bytes]]:
        """Give id and bytes of every vector, some thousand at a time."""
        last = ""
        query = "select id, embedding from vectors where id > %s order by id limit %s"
        while page := self.database.rows(query, (last, PAGE_VECTORS), binary=True):
            yield from page
            last = page[-1][0]

    def _whole(self, row: Any) -> WholeArticle:
        query = 'select id, first, last, "start", "end", vector, repeated from passages where article = %s order by id'
        passages = [WholePassage(*each) for each in self.database.rows(query, row[:1])]
        offsets = list(zip(row[12], row[13], strict=True))
        return WholeArticle(*row[:12], offsets, passages)  # type: ignore[call-arg]

    def _stored(self, condition: str, ids: list[Any]) -> list[StoredPassage]:
        rows = self.database.rows(
            'select passages.id, articles.id, key, title, published, first, last, "start", "end", '
            'substr(text, "start" + 1, "end" - "start"), vector '
            f"from passages join articles on key = article where {condition} order by passages.id",
            (ids,),
        )
        return [StoredPassage(*row[:4], as_date(row[4]), *row[5:]) for row in rows]  # type: ignore[call-arg]
