"""The catalog's vectors in a table of pgvector beside it, searched by HNSW in the state that a question reads.

The table `records` is made when it is first filled, for its type is the extension's; a catalog has none before. The
number of the state that it holds is kept in `meta`.
"""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import numpy as np

from index.catalog.postgres.writer import PostgresCatalog
from index.catalog.writer import Catalog
from index.errors import IndexDamagedError, VectorStoreError
from index.filter import EVERY_RECORD, RecordFilter

MIN_VERSION = (0, 8)  # the first that goes on with a scan until as many are found as a filter is to let through
MAX_DIMENSIONS = 4_000  # of an index of halves; one of whole numbers takes 2,000
MAX_WHOLE = 2_000
EF_SEARCH = 200
MAX_EF_SEARCH = 1_000
PAGE_RECORDS = 2_000
MAX_BUILD_BYTES = 2**30  # of memory for the graph; one that outgrows it is built several times slower
BYTES_PER_NODE = 400  # beside its vector
MAX_REASON_CHARS = 300
HELD = "records_of"

_INSTALLED = (
    "select extversion, quote_ident(nspname) from pg_extension join pg_namespace on pg_namespace.oid = extnamespace "
    "where extname = 'vector'"
)
_INSTALLABLE = (  # by this user
    "select version from pg_available_extension_versions join pg_available_extensions using (name) "
    "where name = 'vector' and version = default_version and not pg_is_in_recovery() and (not superuser "
    "or (trusted and has_database_privilege(current_database(), 'create')) "
    "or (select rolsuper from pg_roles where rolname = current_user))"
)
_DIMENSIONS = (  # of the table, none where it or its column is gone, as with an extension that was dropped
    "select atttypmod from pg_attribute where attrelid = to_regclass('records') and attname = 'embedding' "
    "and not attisdropped"
)
_NUMBER = "coalesce(replace(articles.published, '-', '')::integer, 0)"
_GONE = (
    "delete from records where not exists (select from passages where passages.article = records.article "
    "and passages.vector = records.vector and not repeated)"
)
_REFILED = (
    f"update records set published = {_NUMBER} from articles "
    f"where articles.key = records.article and records.published <> {_NUMBER}"
)
_NEW = (
    f"select article, vector, {_NUMBER}, embedding from (select distinct article, vector from passages "
    "where not repeated and not exists (select from records where records.article = passages.article "
    "and records.vector = passages.vector)) as new "
    "join articles on articles.key = new.article join vectors on vectors.id = new.vector"
)

_SETTINGS = "select set_config('hnsw.ef_search', %s, true), set_config('hnsw.iterative_scan', 'strict_order', true)"
_ROOM = (
    "select set_config('maintenance_work_mem', greatest(pg_size_bytes(current_setting('maintenance_work_mem')), "
    "least((select count(*) from records) * %s, %s)) / 1024 || 'kB', true)"
)


def open_pgvector(catalog: PostgresCatalog, exact_passages: int) -> "PgVector | None":
    """Give the vectors in pgvector; None where its database has none that serves, and this user may not install it.

    They are kept for catalogs of more than `exact_passages`.
    """
    rows = catalog.database.rows(_INSTALLED) or catalog.database.rows(_INSTALLABLE)
    dimensions = catalog.database.value("select length(embedding) / 4 from vectors limit 1")
    if not rows or _version(rows[0][0]) < MIN_VERSION or (dimensions or 0) > MAX_DIMENSIONS:
        return None
    return PgVector(catalog, exact_passages)


class PgVector:
    """The records of a catalog, article's key and vector's id for each, in the catalog's own schema."""

    name = "pgvector"

    def __init__(self, catalog: PostgresCatalog, exact_passages: int) -> None:
        self._catalog = catalog
        self._exact_passages = exact_passages

    def examine(self, catalog: Catalog) -> tuple[str, str | None]:
        """Say in what state the table is; nothing need be done, for whoever asks brings it in step."""
        if not self._is_needed(catalog):
            return "not needed, the catalog's own vectors are scanned", None
        if not self.is_current(catalog):
            return "behind the catalog, until `qa index` runs or a question is asked", None
        version = self._catalog.database.value(_INSTALLED)
        records = self._catalog.database.value("select count(*) from records")
        return f"{records:,} vectors, in step (pgvector {version})", None

    def exists(self) -> bool:
        """Tell whether it was ever filled, or need not be."""
        return not self._is_needed(self._catalog) or self._held() is not None

    def is_current(self, catalog: Catalog) -> bool:
        """Tell whether the table was left in step with this state of the catalog, or is not needed."""
        return not self._is_needed(catalog) or self._held() == str(catalog.generation)

    def is_intact(self) -> bool:
        """Leave the table to the database."""
        return True

    def reconcile(self, catalog: Catalog) -> None:
        """Hold exactly the catalog's records, in one transaction; the caller keeps other writers away.

        Raises:
            VectorStoreError: the extension cannot be installed, or failed; what was held before is held.
        """
        database = self._catalog.database
        with self._telling(), database.transaction("isolation level repeatable read"):
            bytes_each = database.value("select length(embedding) from vectors limit 1")
            if bytes_each is None and self._held() is None:
                return
            database.execute("create extension if not exists vector with schema public")
            if bytes_each is not None:
                self._make_table(bytes_each // 4)
            database.execute(_GONE)
            self._add()
            database.execute(_REFILED)
            if bytes_each is not None:
                self._make_index(bytes_each // 4)
            database.execute("analyze records")
            self._catalog.set_meta(HELD, str(catalog.generation))

    def search(self, vector: list[float], limit: int, only: RecordFilter = EVERY_RECORD) -> dict[str, float]:
        """Give the cosine similarity of the `limit` records of a filter nearest to `vector` by id, best first.

        Raises:
            VectorStoreError: nothing was filled yet, or the extension failed.
        """
        given = {"vector": str(vector), "limit": limit, "since": only.since, "until": only.until}
        given["articles"] = None if only.articles is None else list(only.articles)
        by_graph, by_all = _nearest_sql(self._types, len(vector), only)
        with self._telling(), self._catalog.database.connection.transaction() as within:
            wide = str(min(max(limit, EF_SEARCH), MAX_EF_SEARCH))
            within.connection.execute(_SETTINGS, (wide,))
            # Not prepared, for what is best depends on how many a filter lets through.
            found = within.connection.execute(by_graph, given, prepare=False).fetchall()
            if len(found) < limit:  # the graph is left after so many tuples, or so much memory
                found = within.connection.execute(by_all, given, prepare=False).fetchall()
        return dict(found)

    def close(self) -> None:
        """Leave the connection to the catalog, whose it is."""

    def _is_needed(self, catalog: Catalog) -> bool:
        return catalog.counts()[1] > self._exact_passages

    def _held(self) -> str | None:
        """Give the number of the state that is held, None where nothing is."""
        query = f"select value from meta where key = %s and exists ({_DIMENSIONS})"
        value = self._catalog.database.value(query, (HELD,))
        return None if value is None else str(value)

    @cached_property
    def _types(self) -> str:
        """The schema of the extension, quoted: only the catalog's own is searched for names."""
        rows = self._catalog.database.rows(_INSTALLED)
        if not rows:
            url = self._catalog.database.url
            raise VectorStoreError(f"Nothing is in pgvector yet of the index at {url}: run `qa index`")
        return str(rows[0][1])

    def _make_table(self, dimensions: int) -> None:
        database = self._catalog.database
        if database.value(_DIMENSIONS) == dimensions:
            return
        database.execute("drop table if exists records")
        database.execute(
            'create table records (article bigint not null, vector text collate "C" not null, '
            f"published integer not null, embedding {self._types}.vector({dimensions}) not null, "
            "primary key (article, vector))"
        )
        database.execute("create index records_by_day on records (published)")

    def _add(self) -> None:
        """Copy what is not there yet into the table, some thousand records at a time."""
        statement = "copy records (article, vector, published, embedding) from stdin (format binary)"
        with self._catalog.database.connection.cursor("new_records") as new:
            new.execute(_NEW, binary=True)
            while page := new.fetchmany(PAGE_RECORDS):
                with self._catalog.database.copying(statement) as copy:
                    copy.write(_copied(page))

    def _make_index(self, dimensions: int) -> None:
        """Make the graph of a table that has none, which is sooner done than adding records to it one by one."""
        from psycopg.errors import DiskFull

        connection = self._catalog.database.connection
        indexed, _, operators = _indexed(self._types, dimensions)
        make = f"create index if not exists records_by_embedding on records using hnsw ({indexed} {operators})"
        connection.execute(_ROOM, (dimensions * 4 + BYTES_PER_NODE, MAX_BUILD_BYTES))
        try:
            with connection.transaction():
                connection.execute(make)
        except DiskFull:  # of /dev/shm, where workers share it, and of which a container may have little
            connection.execute("set local max_parallel_maintenance_workers = 0")
            connection.execute(make)

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Turn what the extension raises into the store's error; a database that is gone or busy stays that."""
        from psycopg import Error

        database = self._catalog.database
        try:
            with database.telling():
                yield
        except (IndexDamagedError, Error) as error:
            reason = " ".join(database.url.without_secrets(str(error.__cause__ or error)).split())[:MAX_REASON_CHARS]
            raise VectorStoreError(
                f"pgvector failed for the index at {database.url} ({reason}): mend that and run `qa index`, which "
                'fills it from the catalog, or start a Chroma server and set chroma = "http://host:8000"'
            ) from error


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".")[:2] if part.isdecimal())


def _indexed(types: str, dimensions: int) -> tuple[str, str, str]:
    """Give what is indexed, the cast to that, and its operators: inner products, cosines as all lengths are 1."""
    if dimensions <= MAX_WHOLE:
        return "embedding", "", f"{types}.vector_ip_ops"
    half = f"::{types}.halfvec({dimensions})"
    return f"(embedding{half})", half, f"{types}.halfvec_ip_ops"


def _nearest_sql(types: str, dimensions: int, only: RecordFilter) -> tuple[str, str]:
    """Give the query that follows the graph, and the one that compares with all that a filter lets through."""
    conditions = [
        condition
        for condition, value in (
            ("published >= %(since)s", only.since),
            ("published <= %(until)s", only.until),
            ("article = any(%(articles)s::bigint[])", only.articles),
        )
        if value is not None
    ]
    indexed, cast, _ = _indexed(types, dimensions)
    product, asked = f"operator({types}.<#>)", f"%(vector)s::{types}.vector"  # the product has a negative sign
    query = (
        f"select article || '-' || vector, -(embedding {product} {asked}) as cosine "
        f"from (select article, vector, embedding from records where {' and '.join(conditions) or 'true'} "
        f"order by {{}} limit %(limit)s) as nearest order by cosine desc"
    )
    distance = f"({indexed} {product} {asked}{cast})"
    return query.format(distance), query.format(f"{distance} + 0")


def _copied(page: list[Any]) -> bytes:
    """Write records as a binary COPY takes them, a vector as its number of dimensions, two bytes, and its floats.

    https://www.postgresql.org/docs/current/sql-copy.html, and `vector_recv` of pgvector's src/vector.c.
    """
    parts = [b"PGCOPY\n\xff\r\n\0", bytes(8)]
    for article, vector, published, embedding in page:
        key, numbers = vector.encode(), np.frombuffer(embedding, "<f4").astype(">f4").tobytes()
        size, dimensions = len(numbers) + 4, len(numbers) // 4
        fields = (4, 8, article, len(key), key, 4, published, size, dimensions, 0)
        parts += [struct.pack(f">hiqi{len(key)}siiihh", *fields), numbers]
    return b"".join([*parts, b"\xff\xff"])
