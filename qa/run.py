"""What the commands do, from the settings to something shown."""

import time
from collections.abc import Iterator
from dataclasses import replace

from index.article_index import ArticleIndex, delete_index
from index.errors import IndexBusyError, UsageError
from index.sync import SyncReport
from qa.ask import ask, check_question, warm
from qa.display import Display
from qa.opening import index_folder, open_both, open_index
from qa.settings import Settings


def answer_all(questions: Iterator[str], settings: Settings, display: Display, one: bool) -> bool:
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
            answer = ask(question, index, llm, display.show_evidence)
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
    return abstained


def index_articles(settings: Settings, display: Display, rebuild: bool = False) -> SyncReport:
    """Bring an index in step with its folder, from nothing if `rebuild`."""
    if rebuild:
        delete_index(index_folder(settings))
    report = open_index(settings, display.progress).sync(display.progress)
    display.show_sync(report)
    return report


def _sync_for_asking(index: ArticleIndex, display: Display) -> int:
    """Sync and give the milliseconds; while another process writes, what is indexed so far answers."""
    began = time.perf_counter()
    try:
        report = index.sync(display.progress)
        display.warn_skipped(report)
    except IndexBusyError as error:
        if not index.catalog.counts()[0]:
            raise
        display.warn(f"{error}; answering from what is indexed so far.")
    return round((time.perf_counter() - began) * 1000)
