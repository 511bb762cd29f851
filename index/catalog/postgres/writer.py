"""Write a catalog on PostgreSQL."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from index.catalog.postgres.claims import Claims
from index.catalog.postgres.database import Database
from index.catalog.postgres.loading import Change, count_words, keep, load
from index.catalog.postgres.migrate import WRITING, lock_key
from index.catalog.postgres.reader import PostgresReader
from index.catalog.postgres.url import PostgresUrl
from index.catalog.rows import ReadFile, WholeArticle, WholePassage, WrittenArticle
from index.catalog.writer import Catalog

if TYPE_CHECKING:  # opened to be read, a catalog needs none of them
    from index.formats.extract import Metadata
    from index.models.embedding import Vectors


class PostgresCatalog(PostgresReader, Catalog):
    """A catalog in a schema of a PostgreSQL database."""

    def __init__(self, url: PostgresUrl, read_only: bool = False) -> None:
        """Open the catalog in the schema that a URL names, making it when there is none unless `read_only`.

        Raises:
            IndexUnreachableError: the database does not answer, or refuses.
            IndexDamagedError: it was made by a later version.
            UsageError: it was made by an older version and `read_only` forbids to bring it up to date, or the driver,
                a right or UTF-8 is missing.
            IndexBusyError: it is to be read, and only being made.
        """
        self.database = Database(url, read_only)
        self._change = Change()

    def close(self) -> None:
        """Give the connection back."""
        self.database.close()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Make the changes of the block one transaction and count it as a generation."""
        self._change = Change()
        with self.database.transaction():
            self.database.execute("select pg_advisory_xact_lock(%s)", (lock_key(self.database.schema, WRITING),))
            yield
            if self._change.totals:
                keep(self._change, self.database, count=False)
            self.set_meta("generation", str(self.generation + 1))

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Let every read of the block see one and the same state, whatever is written meanwhile."""
        if self.database.in_transaction:
            yield
            return
        with self.database.transaction("isolation level repeatable read read only"):
            yield

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Leave faults as they are: what the driver raises is the product's error already."""
        yield

    def set_meta(self, key: str, value: str) -> None:
        """Keep a fact about the index as a whole."""
        query = "insert into meta values (%s, %s) on conflict (key) do update set value = excluded.value"
        self.database.execute(query, (key, value))

    def put_files(self, files: Sequence[ReadFile]) -> None:
        """Keep what was read of files, each of them once."""
        self.database.execute(
            "insert into files select unnest(%s::text[]), unnest(%s::bigint[]), unnest(%s::bigint[]), "
            "unnest(%s::text[]), unnest(%s::text[]) on conflict (path) do update set size = excluded.size, "
            "mtime_ns = excluded.mtime_ns, sha256 = excluded.sha256, skipped = excluded.skipped",
            (
                [each.file.id for each in files],
                [each.file.size for each in files],
                [each.file.mtime_ns for each in files],
                [each.sha256 for each in files],
                [each.skipped for each in files],
            ),
        )

    def put_articles(self, written: Sequence[WrittenArticle]) -> list[int]:
        """Write articles anew under their old keys, with their sentences and passages, and give the keys."""
        last = {each.article.id: each for each in written}
        self._know_files({each.article.file for each in last.values()})
        old = self._clear(list(last))
        keys = iter(self._new_numbers("articles", "key", len(last) - len(old)))
        numbers = iter(self._new_numbers("passages", "id", sum(len(each.passages) for each in last.values())))
        whole = []
        for article_id, each in last.items():
            key, original = old.get(article_id) or (next(keys), None)
            passages = [
                WholePassage(next(numbers), part.first, part.last, part.start, part.end, part.id, False)
                for part in each.passages
            ]
            whole.append(_whole(each, key, original, passages))
        load(whole, self.database, self._change)
        key_of = {each.id: each.key for each in whole}
        return [key_of[each.article.id] for each in written]

    def put_whole(self, articles: Sequence[WholeArticle]) -> None:
        """Write articles of another catalog as they are, keys and ids included."""
        self._know_files({each.file for each in articles})
        load(articles, self.database, self._change)
        for table, column in (("articles", "key"), ("passages", "id")):  # whose numbers were given, not drawn
            self.database.execute(
                f"select setval(pg_get_serial_sequence(%s, %s), greatest((select max({column}) from {table}), 1))",
                (table, column),
            )

    def remove_article(self, article_id: str) -> None:
        """Forget an article and all that came from it."""
        self._clear([article_id])

    def forget_file(self, path: str) -> None:
        """Forget a file that has no article any more."""
        self.database.execute("delete from files where path = %s", (path,))

    def rename_file(self, old: str, new: str) -> None:
        """Know a file and its articles under another path; all else of them stays, vectors and keys included."""
        self.database.execute("update files set path = %s where path = %s", (new, old))
        query = "update articles set id = %s || substr(id, %s) where file = %s"
        self.database.execute(query, (new, len(old) + 1, new))

    def retitle(self, article_id: str, known: "Metadata") -> None:
        """Give an article another title and date."""
        (article,) = self._whole_of([article_id])
        titled = replace(
            article,
            title=known.title or "",
            published=_iso(known.published),
            sources=dict(known.sources),
            sha256="",
        )
        self._clear([article_id])
        load([titled], self.database, self._change)

    def put_day(self, article_id: str, published: date | None, sources: Mapping[str, str]) -> None:
        """Give an article another day; its text and what is embedded of it stay."""
        query = "update articles set published = %s, sources = %s where id = %s"
        self.database.execute(query, (_iso(published), json.dumps(dict(sources)), article_id))

    def put_originals(self, original_of: Mapping[int, int | None]) -> None:
        """Note for each of these articles which one it nearly repeats, by key."""
        self.database.execute(
            "update articles set original = found.original from "
            "(select unnest(%s::bigint[]) as key, unnest(%s::bigint[]) as original) as found "
            "where articles.key = found.key",
            (list(original_of.keys()), list(original_of.values())),
        )

    def put_repeated(self, articles: Iterable[int] | None, passages: Iterable[int]) -> None:
        """Note that of the passages of these articles, or of all, an original says all of `passages`, of no other."""
        kept = list(passages)
        reset = "update passages set repeated = false where repeated and not id = any(%s::bigint[])"
        if articles is None:
            self.database.execute(reset, (kept,))
        else:
            self.database.execute(f"{reset} and article = any(%s::bigint[])", (kept, list(articles)))
        query = "update passages set repeated = true where not repeated and id = any(%s::bigint[])"
        self.database.execute(query, (kept,))

    def forget_stamps(self, suffixes: Iterable[str]) -> None:
        """Have the files of these suffixes read again by the next sync."""
        for suffix in suffixes:
            query = "update files set mtime_ns = -1 where right(lower(path), %s) = %s"
            self.database.execute(query, (len(suffix), suffix))

    def forget_hashes(self) -> None:
        """Have every article read, cut and written again by the next sync."""
        self.forget_stamps(("",))
        self.database.execute("update articles set sha256 = ''")

    def put_vectors(self, ids: Sequence[str], vectors: "Vectors") -> None:
        """Store vectors (len(ids), dimension) under their passages' content hashes."""
        self.database.execute(
            "insert into vectors select unnest(%s::text[]), unnest(%s::bytea[]) on conflict do nothing",
            (list(ids), [row.astype("<f4").tobytes() for row in vectors]),
        )

    def drop_unused_vectors(self) -> None:
        """Delete the vectors that no passage has any more."""
        query = "delete from vectors where not exists (select from passages where passages.vector = vectors.id)"
        self.database.execute(query)

    def settle(self) -> None:
        """Count the words that were not counted yet, and have the search and its planner know what was written."""
        keep(self._change, self.database, count=False)
        self._change = Change()
        count_words(self.database)
        self.database.execute("select gin_clean_pending_list('passages_by_terms'::regclass)")
        self.database.execute("analyze articles, passages, vectors, words")

    def claims(self) -> Claims:
        """Give one indexer's view of the files that several share."""
        return Claims(self.database)

    def forget_claims(self, files: Iterable[str] | None = None) -> None:
        """Let these files, or all, that several indexers had to read be nobody's, as somebody else read them."""
        if files is None:
            self.database.execute("delete from claims")
            self.database.execute("delete from meta where key = 'shared'")
        else:
            self.database.execute("delete from claims where path = any(%s)", (list(files),))
            self.database.execute("update meta set value = 'whole' where key = 'shared' and value <> ''")

    def _know_files(self, paths: Iterable[str]) -> None:
        query = "insert into files select unnest(%s::text[]), -1, -1, '', null on conflict do nothing"
        self.database.execute(query, (sorted(paths),))

    def _clear(self, ids: Sequence[str]) -> dict[str, tuple[int, int | None]]:
        """Forget articles with their passages, and give the old keys and originals of those that there were."""
        gone = self.database.rows(
            "select key, id, original, terms, length from articles where id = any(%s) for update", (list(ids),)
        )
        if not gone:
            return {}
        keys = [row[0] for row in gone]
        query = "delete from passages where article = any(%s::bigint[]) returning terms, length"
        for terms, length in self.database.rows(query, (keys,)):
            self._change.take_back(terms, length, "passages")
        self.database.execute("delete from articles where key = any(%s::bigint[])", (keys,))
        for _, _, _, terms, length in gone:
            self._change.take_back(terms, length, "articles")
        return {article_id: (key, original) for key, article_id, original, *_ in gone}

    def _whole_of(self, ids: Sequence[str]) -> list[WholeArticle]:
        rows = self.database.rows(
            "select key, id, file, title, published, publisher, url, sources, text, sha256, signature, original, "
            "starts, ends from articles where id = any(%s)",
            (list(ids),),
        )
        return [self._whole(row) for row in rows]

    def _new_numbers(self, table: str, column: str, count: int) -> list[int]:
        query = "select nextval(pg_get_serial_sequence(%s, %s)) from generate_series(1, %s)"
        return [number for (number,) in self.database.rows(query, (table, column, count))] if count else []


def _whole(written: WrittenArticle, key: int, original: int | None, passages: Sequence[WholePassage]) -> WholeArticle:
    article = written.article
    return WholeArticle(
        *(key, article.id, article.file, article.title, _iso(article.published), article.publisher, article.url),
        *(dict(article.sources), article.text, article.sha256, written.signature, original),
        written.sentences,
        passages,
    )


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
