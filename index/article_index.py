"""A folder's index as one thing: opened, synced with its folder, searched."""

import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from platformdirs import user_data_path

from index.catalog import Catalog
from index.embedding import Embedder
from index.errors import IndexBusyError, NoArticlesError, UsageError
from index.retriever import HybridRetriever
from index.sentences import SPLITTER
from index.sync import Progress, SyncReport, complete, find_changes, sync
from index.vectors import VectorIndex

LOCK_TIMEOUT_S = 0.5


def index_folder_of(articles: Path) -> Path:
    """Give the place of a folder's index: in the user's data directory, under a hash of the folder's real path."""
    digest = hashlib.sha256(os.fsencode(articles.resolve())).hexdigest()[:16]
    return user_data_path("article-qa") / "indexes" / digest


class ArticleIndex:
    """The catalog, the vector index and the embedder of one folder of articles."""

    def __init__(self, articles: Path, folder: Path, embedder: Embedder) -> None:
        """Open the index of the folder `articles` that lies in `folder`, making it when there is none.

        Raises:
            UsageError: `articles` is no folder, or the index was made with another embedder.
            IndexDamagedError: the catalog cannot be read.
        """
        if not articles.is_dir():
            raise UsageError(f"There is no folder {articles}: name one with --articles FOLDER")
        self.articles = articles
        self.embedder = embedder
        self._lock = FileLock(folder / "lock")
        self._holder = folder / "holder"
        self.catalog = Catalog(folder / "catalog.sqlite")
        self._check_identity()
        self._vectors = VectorIndex(folder / "chroma")

    def sync(self, progress: Progress | None = None) -> SyncReport:
        """Bring the index in step with its folder.

        Raises:
            IndexBusyError: another process is writing it.
            NoArticlesError: the folder has no readable article; what was indexed of it is forgotten.
        """
        began = time.perf_counter()
        report = SyncReport()
        if changes := find_changes(self.articles, self.catalog):
            with self._writing():
                report = sync(changes, self.catalog, self.embedder, progress)
        if not self._vectors.is_current(self.catalog):
            with self._writing():
                self._vectors.reconcile(self.catalog)
        complete(report, self.catalog, began)
        if not self.catalog.counts()[0]:
            raise NoArticlesError(_no_articles(self.articles, report.skipped))
        return report

    def retriever(self, top_k: int = 10) -> HybridRetriever:
        """Give a retriever of the `top_k` best passages."""
        return HybridRetriever(self.catalog, self._vectors, self.embedder, top_k)

    def close(self) -> None:
        """Close the index's files."""
        self._vectors.close()
        self.catalog.close()

    def _check_identity(self) -> None:
        identity = f"{self.embedder.fingerprint} {SPLITTER}"
        stored = self.catalog.meta("identity")
        if stored is None:
            self.catalog.set_meta("identity", identity)
        elif stored != identity:
            self.catalog.close()
            raise UsageError(
                f"The index was made with {stored}, now {identity} is set: run `qa index --rebuild` to embed anew"
            )

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            self._lock.acquire(timeout=LOCK_TIMEOUT_S)
        except Timeout:
            holder = self._holder.read_text() if self._holder.is_file() else "unknown"
            raise IndexBusyError(
                f"Another process ({holder}) is writing this index: try again when it is done"
            ) from None
        try:
            self._holder.write_text(f"process {os.getpid()}")
            yield
        finally:
            self._holder.unlink(missing_ok=True)
            self._lock.release()


def delete_index(folder: Path) -> None:
    """Delete an index; the next sync makes it anew.

    Raises:
        IndexBusyError: another process is writing it.
    """
    if folder.is_dir():
        try:
            with FileLock(folder / "lock").acquire(timeout=LOCK_TIMEOUT_S):
                shutil.rmtree(folder)
        except Timeout:
            raise IndexBusyError("Another process is writing this index: try again when it is done") from None


def _no_articles(folder: Path, skipped: list[tuple[str, str]]) -> str:
    if not skipped:
        return f"{folder} holds no article: put .txt or .md files there"
    path, reason = skipped[0]
    return f"{folder} holds no readable article ({len(skipped)} skipped; {path}: {reason}): put .txt or .md files there"
