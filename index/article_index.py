"""A folder's index as one thing: opened, synced with its folder, searched."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from index.article_files import no_articles
from index.catalog.made_with import check_identity, note_reading, reads_otherwise
from index.catalog.place import Place
from index.catalog.sqlite.place import FolderPlace
from index.dense import EXACT_PASSAGES, DenseSearch, open_store
from index.errors import ArticleQAError, UsageError
from index.filter import EVERYTHING, Filter
from index.formats.records import Fields
from index.models.embedding import Embedder
from index.retriever import HybridRetriever
from index.shared_sync import plan, report_of, take_part
from index.sync import Changes, Progress, SyncReport, complete, find_changes, sync


class ArticleIndex:
    """The catalog, the vector store and the embedder of one folder of articles."""

    def __init__(
        self,
        articles: Path,
        place: Place | Path,
        embedder: Embedder,
        chroma: str | None = None,
        fields: Fields = Fields(),  # noqa: B008  # frozen
        exact_passages: int = EXACT_PASSAGES,
    ) -> None:
        """Open the index of the folder `articles` that lies at a place, or in a folder, making it when there is none.

        `chroma` is the URL of a Chroma server to be used instead of a folder of its own, or of pgvector in its
        database; up to `exact_passages` the nearest passages are found without. `fields` names the fields of dumps.

        Raises:
            UsageError: `articles` is no folder, or the index was made with another embedder.
            IndexDamagedError: the catalog cannot be read or made.
        """
        if not articles.is_dir():
            raise UsageError(f"There is no folder {articles}: name one with --articles FOLDER")
        self.articles = articles
        self.place = FolderPlace(place) if isinstance(place, Path) else place
        self.folder = self.place.folder
        self.embedder = embedder
        self._fields = fields
        self.catalog = self.place.open()
        served_from = 0 if chroma else exact_passages
        try:
            with self.catalog.telling():
                check_identity(self.catalog, embedder, articles)
                self.store = open_store(self.place, self.catalog, chroma, served_from)
        except ArticleQAError:
            self.catalog.close()
            raise
        most_scanned = None if isinstance(self.place, FolderPlace) else EXACT_PASSAGES
        self._dense = DenseSearch(self.catalog, self.store, served_from, most_scanned)

    def find_changes(self) -> Changes:
        """Compare the folder with what is indexed of it, changing nothing."""
        return find_changes(self.articles, self.catalog)

    def sync(self, progress: Progress | None = None) -> SyncReport:
        """Bring the catalog in step with the folder; the vector store is left to `sync_store`.

        Raises:
            IndexBusyError: another process is writing it.
            IndexDamagedError: it cannot be written; what was indexed before is whole.
            NoArticlesError: the folder has no readable article; what was indexed of it is forgotten.
        """
        began = time.perf_counter()
        report = SyncReport()
        with self.catalog.telling():
            if self._is_behind():
                with self.place.lock():
                    note_reading(self.catalog, self._fields)
                    report = sync(self.find_changes(), self.catalog, self.embedder, self._fields, progress)
        return self._completed(report, began)

    def sync_together(
        self, progress: Progress | None = None, beside: Callable[[], AbstractContextManager[None]] = nullcontext
    ) -> SyncReport:
        """Do as `sync`, together with whoever else calls it at the same time, or `take_part`, on any machine.

        That needs an index on PostgreSQL, and all see the same folder; an index in a folder has one indexer. `beside`
        gives what is entered when there is something to do, as to start further indexers. The report tells of all.

        Raises:
            IndexBusyError: another process is writing the index alone.
            UsageError: another indexer reads or embeds otherwise.
            NoArticlesError: the folder has no readable article; what was indexed of it is forgotten.
        """
        claims = self.catalog.claims()
        if claims is None:
            return self.sync(progress)
        began, report, is_planned = time.perf_counter(), SyncReport(), False
        while not is_planned and (claims.is_underway or self._is_behind()):
            if claims.is_underway and reads_otherwise(self.catalog, self._fields):
                with self.place.lock(), self.catalog.writing():  # nobody goes on with it
                    self.catalog.forget_claims()
            with self.place.sharing():
                if not claims.is_underway:
                    note_reading(self.catalog, self._fields)
                    is_planned = plan(self.articles, self.catalog, claims)
                if claims.is_underway:
                    with beside():
                        take_part(self.articles, self.catalog, claims, self.embedder, self._fields, progress)
                    report = report_of(claims)
        return self._completed(report, began)

    def take_part(self) -> None:
        """Help a sync that others share to its end, if one is underway.

        Raises:
            IndexBusyError: another process is writing the index alone.
            UsageError: the index is none that several indexers write, or another one reads or embeds otherwise.
        """
        claims = self.catalog.claims()
        if claims is None:
            raise UsageError("Several indexers share an index on PostgreSQL: an index in a folder has one")
        with self.place.sharing():
            if claims.is_underway:
                take_part(self.articles, self.catalog, claims, self.embedder, self._fields)

    @property
    def needs_store(self) -> bool:
        """Tell whether questions are answered from the vector store, not from a scan of the catalog's own vectors."""
        return self._dense.needs_store

    @property
    def has_store(self) -> bool:
        """Tell whether the vector store was ever filled.

        Raises:
            VectorStoreError: its server does not answer.
        """
        return self.store.exists()

    def sync_store(self, thorough: bool = False) -> None:
        """Bring the vector store in step with the catalog; `thorough` also reads Chroma's files whole, to find damage.

        Raises:
            IndexBusyError: another process is writing the index.
            VectorStoreError: it cannot be written, or its server does not answer.
        """
        with self.catalog.telling():
            if not self.store.is_current(self.catalog) or (thorough and not self.store.is_intact()):
                with self.place.lock():
                    self.store.reconcile(self.catalog)

    def retriever(self, top_k: int = 10, only: Filter = EVERYTHING) -> HybridRetriever:
        """Give a retriever of the `top_k` best passages from the articles of a filter."""
        return HybridRetriever(self.catalog, self._dense, self.embedder, top_k, only)

    def close(self) -> None:
        """Close the index's files."""
        self.store.close()
        self.catalog.close()

    def _completed(self, report: SyncReport, began: float) -> SyncReport:
        with self.catalog.telling():
            complete(report, self.catalog, began)
            found = self.catalog.counts()[0]
        if not found:
            raise no_articles(self.articles, report.skipped)
        return report

    def _is_behind(self) -> bool:
        read_otherwise = reads_otherwise(self.catalog, self._fields)
        return self.catalog.meta("state") != "complete" or read_otherwise or bool(self.find_changes())
