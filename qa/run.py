"""What the commands do, from the settings to something shown."""

import time
from collections.abc import Iterator
from dataclasses import replace

from rapidfuzz import process

from index.article_index import ArticleIndex, delete_index
from index.catalog import Catalog
from index.errors import IndexBusyError, NoArticlesError, UsageError, VectorStoreError
from index.filter import EVERYTHING, Filter
from index.sync import SyncReport, preview
from qa.ask import ask, check_question
from qa.confidence import least_confidence
from qa.display import Display
from qa.opening import articles_folder, index_folder, open_both, open_index
from qa.reading import warm
from qa.settings import Settings
from qa.status import open_catalog

WATCH_TIMEOUT_MS = 5000


def answer_all(
    questions: Iterator[str], settings: Settings, display: Display, one: bool, only: Filter = EVERYTHING
) -> bool:
    """Answer questions with one warm model, syncing before each; tell whether one was left without an answer.

    A single question's error ends the command; among several it is shown in the place of the answer.
    """
    first = check_question(next(questions, "")) if one else next(questions, None)
    if first is None:
        return False
    index, llm = open_both(settings, display.progress)
    sync_ms = _sync_for_asking(index, display)
    warm(llm)
    abstained = False
    question: str | None = first
    while question is not None:
        try:
            answer = ask(question, index, llm, display.show_evidence, only, least_confidence(settings.max_error))
            answer = replace(answer, timings_ms={"sync": sync_ms} | answer.timings_ms)
            display.show_answer(answer)
            abstained |= answer.abstained
        except UsageError as error:
            if one:
                raise
            display.show_failure(question, error)
            abstained = True
        if (question := next(questions, None)) is not None:
            sync_ms = _sync_for_asking(index, display)
    _sync_store(index, display, only_if_missing=True)  # at last: where it does not serve, nobody waits for it
    return abstained


def index_articles(settings: Settings, display: Display, rebuild: bool = False) -> SyncReport:
    """Bring an index in step with its folder, from nothing if `rebuild`."""
    if rebuild:
        articles_folder(settings)
        delete_index(index_folder(settings))
    index = open_index(settings, display.progress)
    report = index.sync(display.progress)
    index.sync_store(thorough=True)
    display.show_sync(report)
    return report


def preview_index(settings: Settings, display: Display) -> SyncReport:
    """Say what a sync would do, doing none of it."""
    articles, path = articles_folder(settings), index_folder(settings) / "catalog.sqlite"
    catalog = Catalog(path, read_only=True) if path.is_file() else None
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

    index_articles(settings, display)
    index = open_index(settings, display.progress)
    # The timeout is for what no event tells: changes since the sync above, and folders of a network.
    for _ in watch(index.articles, rust_timeout=WATCH_TIMEOUT_MS, yield_on_timeout=True, raise_interrupt=True):
        try:
            report = index.sync(display.progress)
            index.sync_store()
        except (NoArticlesError, IndexBusyError, VectorStoreError) as error:
            display.warn(str(error))
            continue
        if report.added or report.updated or report.renamed or report.removed:
            display.show_sync(report)


def show_article(article_id: str, settings: Settings, display: Display, text_only: bool) -> None:
    """Show an article as it is indexed, or the very text that offsets count in.

    Raises:
        UsageError: there is no such article; the most similar ones are named.
    """
    catalog = open_catalog(index_folder(settings))
    try:
        article = catalog.article(article_id)
        if article is None:
            near = [found for found, *_ in process.extract(article_id, catalog.hashes().keys(), limit=3)]
            raise UsageError(f"There is no article {article_id}" + (f": is it {' or '.join(near)}?" if near else ""))
        display.show_article(article, text_only)
    finally:
        catalog.close()


def _sync_for_asking(index: ArticleIndex, display: Display) -> int:
    """Sync and give the milliseconds; while another process writes, what is indexed so far answers."""
    began = time.perf_counter()
    try:
        report = index.sync(display.progress)
        display.warn_skipped(report)
        if index.needs_store:
            _sync_store(index, display)
    except IndexBusyError as error:
        if not index.catalog.counts()[0]:
            raise
        display.warn(f"{error}; answering from what is indexed so far.")
    return round((time.perf_counter() - began) * 1000)


def _sync_store(index: ArticleIndex, display: Display, only_if_missing: bool = False) -> None:
    """Bring Chroma in step, or fill it for the first time only; where that fails the catalog answers alone."""
    try:
        if not (only_if_missing and index.has_store):
            index.sync_store()
    except IndexBusyError:
        pass  # the other process does it
    except VectorStoreError as error:
        display.warn(f"{error}; the catalog's own vectors are searched")
