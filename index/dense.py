"""Find the passages nearest in meaning: by an exact scan where that is faster and truer, by a store beyond."""

import logging
import time
from datetime import date
from typing import Protocol

from index.catalog.place import Place
from index.catalog.postgres.pgvector import open_pgvector
from index.catalog.postgres.writer import PostgresCatalog
from index.catalog.rows import NO_DATE, as_number
from index.catalog.writer import Catalog
from index.chroma.folder import ChromaIndex
from index.chroma.server import ChromaServer
from index.errors import VectorStoreError
from index.exact_scan import ExactScan
from index.filter import Filter, RecordFilter
from index.models.embedding import Vectors

EXACT_PASSAGES = 100_000
MAX_NAMED_ARTICLES = 5_000  # in a `where`: Chroma takes two seconds for them, and fails at four times as many

STORE_RESTS_S = 10.0  # when it failed: a question asks it more than once, and to wait for it once is enough

ADVICE = 'install pgvector 0.8 or later in the database, or start a Chroma server and set chroma = "http://host:8000"'

_log = logging.getLogger(__name__)


class VectorStore(Protocol):
    """What the catalog's vectors are searched in, under the ids of `Catalog.record_ids`; `name` says what that is."""

    name: str

    def examine(self, catalog: Catalog) -> tuple[str, str | None]:
        """Say in what state it is and, unless it is well, what to do."""

    def exists(self) -> bool:
        """Tell whether it was ever filled."""

    def is_current(self, catalog: Catalog) -> bool:
        """Tell whether it was left in step with this state of the catalog."""

    def is_intact(self) -> bool:
        """Tell whether it holds what was written to it, as far as that can be known from here."""

    def reconcile(self, catalog: Catalog) -> None:
        """Make it hold exactly the catalog's records."""

    def search(self, vector: list[float], limit: int, only: RecordFilter) -> dict[str, float]:
        """Give the cosine similarity of the records of a filter nearest to `vector` by id."""

    def close(self) -> None:
        """Let go of files and connections."""


def open_store(place: Place, catalog: Catalog, server: str | None, exact_passages: int = EXACT_PASSAGES) -> VectorStore:
    """Open the vectors on a Chroma server, in the Chroma folder of an index's own folder, or in pgvector.

    The latter where the catalog lies in a database that has it, for more than `exact_passages`.
    """
    if server:
        return ChromaServer(server, catalog.meta("index_id") or "")
    if isinstance(catalog, PostgresCatalog):
        return open_pgvector(catalog, exact_passages) or NoStore(str(place))
    return ChromaIndex(place.folder / "chroma")


class NoStore:
    """No store at all: an index on a database without pgvector or a Chroma server serves as an exact scan does."""

    name = "Chroma"

    def __init__(self, shown: str) -> None:
        self._shown = shown

    def examine(self, catalog: Catalog) -> tuple[str, str | None]:
        """Say whether the catalog's own vectors are enough."""
        if catalog.counts()[1] <= EXACT_PASSAGES:
            return "not needed, the catalog's own vectors are scanned", None
        return "none, and too many passages to scan", ADVICE

    def exists(self) -> bool:
        """Tell that nothing is to be filled."""
        return True

    def is_current(self, catalog: Catalog) -> bool:
        """Tell that nothing is behind."""
        return True

    def is_intact(self) -> bool:
        """Tell that nothing is damaged."""
        return True

    def reconcile(self, catalog: Catalog) -> None:
        """Do nothing."""

    def search(self, vector: list[float], limit: int, only: RecordFilter) -> dict[str, float]:
        """Refuse.

        Raises:
            VectorStoreError: always.
        """
        raise VectorStoreError(
            f"The index at {self._shown} holds more than {EXACT_PASSAGES:,} passages, too many to scan: {ADVICE}"
        )

    def close(self) -> None:
        """Do nothing."""


class DenseSearch:
    """Nearest passages of a catalog, from a vector store where it serves, else exactly.

    A store serves beyond `exact_passages`, as long as it is in step with the catalog; one that fails is stood in for,
    unless the catalog has more passages than `most_scanned`: then a store that is behind serves too, and one that fails
    is an error.
    """

    def __init__(
        self,
        catalog: Catalog,
        store: VectorStore,
        exact_passages: int = EXACT_PASSAGES,
        most_scanned: int | None = None,
    ) -> None:
        self._catalog = catalog
        self._store = store
        self._exact = ExactScan(catalog)
        self._exact_passages = exact_passages
        self._most_scanned = most_scanned
        self._told: set[str] = set()
        self._failed_at = -STORE_RESTS_S

    @property
    def needs_store(self) -> bool:
        """Tell whether the store is what serves a catalog of this size."""
        return self._catalog.counts()[1] > self._exact_passages

    def nearest(self, vector: Vectors, limit: int, only: Filter) -> list[int]:
        """Give the ids of the `limit` passages nearest to `vector` from the articles of a filter, best first.

        Raises:
            VectorStoreError: the store fails, and the passages are too many to scan.
        """
        among = self._catalog.article_keys(only) if only.article is not None or only.source else None
        is_scanned = self._most_scanned is None or self._catalog.counts()[1] <= self._most_scanned
        if not is_scanned and among is not None and not 0 < len(among) <= MAX_NAMED_ARTICLES:
            return self._nearest_among(vector, limit, only)
        is_asked = self.needs_store and (not is_scanned or time.monotonic() >= self._failed_at + STORE_RESTS_S)
        if is_asked and (among is None or 0 < len(among) <= MAX_NAMED_ARTICLES):
            try:
                if not is_scanned or self._store.is_current(self._catalog):
                    return self._nearest_in_store(vector, limit, only, among)
            except VectorStoreError as error:
                if not is_scanned:
                    raise
                self._failed_at = time.monotonic()
                if str(error) not in self._told:
                    self._told.add(str(error))
                    _log.warning("%s; the catalog's own vectors are searched instead.", error)
        return self._exact.nearest(vector, limit, only)

    def _nearest_among(self, vector: Vectors, limit: int, only: Filter) -> list[int]:
        """Scan the passages of a filter alone, where they are not too many."""
        passages = list(self._catalog.passage_ids(only))
        if len(passages) > (self._most_scanned or 0):
            raise VectorStoreError(
                f"The filter lets {len(passages):,} passages of too many articles through: narrow it, or leave it out"
            )
        if not passages:
            return []
        cosines = self._catalog.vectors([key for _, key in passages]) @ vector
        best = sorted(zip(cosines.tolist(), (passage for passage, _ in passages), strict=True), reverse=True)
        return [passage for _, passage in best[:limit]]

    def _nearest_in_store(self, vector: Vectors, limit: int, only: Filter, among: list[int] | None) -> list[int]:
        cosine_of = self._store.search(vector.tolist(), limit, _for_records(only, among))
        found = self._catalog.passages_of_records(cosine_of)
        cosines = {each.id: cosine_of[f"{each.article_key}-{each.vector_id}"] for each in found}
        copies = list(self._catalog.lone_copies(only)) if only else []
        if copies:  # the store holds none of what an original says too
            own = self._catalog.vectors([key for _, key in copies]) @ vector
            cosines |= {passage: float(cosine) for (passage, _), cosine in zip(copies, own, strict=True)}
        return sorted(cosines, key=lambda passage: -cosines[passage])[:limit]


def _for_records(only: Filter, among: list[int] | None) -> RecordFilter:
    """Write a filter for a vector store, its pattern and source as the keys of the articles `among` that match."""
    first = _number(only.since) if only.since else NO_DATE + 1
    return RecordFilter(
        since=first if only.since or only.until else None,
        until=_number(only.until) if only.until else None,
        articles=among,
    )


def _number(day: date) -> int:
    return as_number(day.isoformat())
