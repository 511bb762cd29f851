"""Bring an index in step with its folder, and show what was done."""

from functools import partial
from typing import TYPE_CHECKING

from index.catalog.sqlite.place import FolderPlace
from index.errors import IndexBusyError, NoArticlesError, VectorStoreError
from qa.cli.display import Display
from qa.events import progress_of
from qa.paths import articles_folder, index_place
from qa.settings import Settings

if TYPE_CHECKING:
    from index.sync import SyncReport

WATCH_TIMEOUT_MS = 5000


def index_articles(settings: Settings, display: Display, rebuild: bool = False, workers: int = 1) -> "SyncReport":
    """Bring an index in step with its folder, from nothing if `rebuild`; one on PostgreSQL with whoever else does.

    Raises:
        UsageError: several `workers` are wanted for an index in a folder.
    """
    from qa.cli.workers import check_workers, helped, threads_of
    from qa.opening import announce_fetch, open_index

    tell_settings(settings, display)
    check_workers(settings, workers)
    if rebuild:
        index_place(settings).delete()
    announce_fetch(settings, display.hear, llm=False)
    index = open_index(settings, display.hear, threads_of(workers))
    report = index.sync_together(progress_of(display.hear, in_bytes=True), partial(helped, settings, workers, display))
    try:
        index.sync_store(thorough=True)
    except IndexBusyError as error:
        if isinstance(index.place, FolderPlace):
            raise
        display.warn(f"{error}; {index.store.name} is brought in step by it, or by the next `qa index`")
    display.show_sync(report)
    return report


def preview_index(settings: Settings, display: Display) -> "SyncReport":
    """Say what a sync would do, doing none of it."""
    from index.sync import preview

    articles, place = articles_folder(settings), index_place(settings)
    catalog = place.open(read_only=True) if place.exists() else None
    try:
        report = preview(articles, catalog)
    finally:
        if catalog:
            catalog.close()
    display.show_sync(report, would=True)
    return report


def watch_articles(settings: Settings, display: Display) -> None:
    """Keep an index in step with its folder until interrupted, showing each change."""
    from watchfiles import watch

    from qa.opening import open_index

    index_articles(settings, display)
    index = open_index(settings, display.hear)
    # The timeout is for what no event tells: changes since the sync above, and folders of a network.
    for _ in watch(index.articles, rust_timeout=WATCH_TIMEOUT_MS, yield_on_timeout=True, raise_interrupt=True):
        try:
            report = index.sync(progress_of(display.hear, in_bytes=True))
            index.sync_store()
        except (NoArticlesError, IndexBusyError, VectorStoreError) as error:
            display.warn(str(error))
            continue
        if report.added or report.updated or report.renamed or report.removed:
            display.show_sync(report)


def tell_settings(settings: Settings, display: Display) -> None:
    """Tell those who ask for it where everything lies."""
    display.tell("articles", articles_folder(settings).resolve())
    place = index_place(settings)
    display.tell("index", place.folder.resolve() if isinstance(place, FolderPlace) else place)
    display.tell("models", f"{settings.llm}, {settings.embedder}")
