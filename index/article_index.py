"""A folder's index as one thing: opened, synced with its folder, searched."""

import time
from pathlib import Path

from index.article_files import no_articles
from index.articles import READING
from index.catalog.made_with import check_identity
from index.catalog.place import Place
from index.catalog.sqlite.place import FolderPlace
from index.dense import EXACT_PASSAGES, DenseSearch, open_store
from index.errors import ArticleQAError, UsageError
from index.filter import EVERYTHING, Filter
from index.formats.records import SUFFIXES as DUMP_SUFFIXES
from index.formats.records import Fields
from index.models.embedding import Embedder
from index.retriever import HybridRetriever
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

        `chroma` is the URL of a Chroma server to be used instead of a folder of its own; up to `exact_passages` the
        nearest passages are found without Chroma. `fields` names the fields of dumps.

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
        try:
            with self.catalog.telling():
                check_identity(self.catalog, embedder, articles)
                index_id = self.catalog.meta("index_id") or ""
        except ArticleQAError:
            self.catalog.close()
            raise
        self.store = open_store(self.place, chroma, index_id)
        most_scanned = None if isinstance(self.place, FolderPlace) else EXACT_PASSAGES
        self._dense = DenseSearch(self.catalog, self.store, 0 if chroma else exact_passages, most_scanned)

    def find_changes(self) -> Changes:
        """Compare the folder with what is indexed of it, changing nothing."""
        return find_changes(self.articles, self.catalog)

    def sync(self, progress: Progress | None = None) -> SyncReport:
        """Bring the catalog in step with the folder; Chroma is left to `sync_store`.

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
                    self._note_reading()
                    report = sync(self.find_changes(), self.catalog, self.embedder, self._fields, progress)
            complete(report, self.catalog, began)
            found = self.catalog.counts()[0]
        if not found:
            raise no_articles(self.articles, report.skipped)
        return report

    @property
    def needs_store(self) -> bool:
        """Tell whether questions are answered from Chroma, not from a scan of the catalog's own vectors."""
        return self._dense.needs_store

    @property
    def has_store(self) -> bool:
        """Tell whether Chroma was ever filled.

        Raises:
            VectorStoreError: its server does not answer.
        """
        return self.store.exists()

    def sync_store(self, thorough: bool = False) -> None:
        """Bring Chroma in step with the catalog; `thorough` also reads its files whole, to find damage.

        Raises:
            IndexBusyError: another process is writing the index.
            VectorStoreError: Chroma cannot be written, or its server does not answer.
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

    def _is_behind(self) -> bool:
        read_otherwise = self.catalog.meta("fields") != repr(self._fields) or self.catalog.meta("reading") != READING
        return self.catalog.meta("state") != "complete" or read_otherwise or bool(self.find_changes())

    def _note_reading(self) -> None:
        """Have files read again that another version read otherwise, and dumps whose fields have got other names."""
        if self.catalog.meta("reading") != READING:
            with self.catalog.writing():
                self.catalog.forget_stamps(("",))
                self.catalog.set_meta("reading", READING)
        if self.catalog.meta("fields") != repr(self._fields):
            with self.catalog.writing():
                self.catalog.forget_stamps(DUMP_SUFFIXES)
                self.catalog.set_meta("fields", repr(self._fields))
