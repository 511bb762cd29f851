"""What the commands do, from the settings to something shown."""

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from index.catalog import Catalog
from index.errors import IndexBusyError, NoArticlesError, UsageError, VectorStoreError
from index.filter import EVERYTHING, Filter
from qa.answer import Answer
from qa.display import Display
from qa.first_run import hint_at_source, prepare_first_run
from qa.opening import articles_folder, index_folder, open_index
from qa.question import check_question
from qa.session import Session
from qa.settings import Settings
from qa.trace import Trace

if TYPE_CHECKING:
    from index.sync import SyncReport
    from qa.page import AnswerPage

WATCH_TIMEOUT_MS = 5000


def answer_all(
    questions: Iterable[str],
    settings: Settings,
    display: Display,
    one: bool,
    only: Filter = EVERYTHING,
    why: bool = False,
    html: Path | None = None,
    trace: Path | None = None,
) -> bool:
    """Answer questions, each as the folder is when it comes; tell whether one was left without an answer.

    A single question's error ends the command; among several it is shown in the place of the answer. With `why` each
    answer is explained; all of them become the page `html`, those before an error or an interrupt too. The steps are
    written to the file `trace`, if one is given.

    Raises:
        UsageError: the page or the trace cannot be written; told before anything is asked.
    """
    steps = Trace(trace)
    if html is None:
        return _answer_each(questions, settings, display, one, only, why, steps)
    from qa.page import AnswerPage

    with closing(AnswerPage(html, index_folder(settings))) as page:
        abstained = _answer_each(questions, settings, display, one, only, why, steps, page)
    display.warn(f"The page is {html}")
    return abstained


def _answer_each(
    questions: Iterable[str],
    settings: Settings,
    display: Display,
    one: bool,
    only: Filter,
    why: bool,
    steps: Trace,
    page: "AnswerPage | None" = None,
) -> bool:
    _tell_settings(settings, display)
    is_first = one and not (index_folder(settings) / "catalog.sqlite").exists()
    display.articles = articles_folder(settings)
    session = Session(settings, display, only, why=why, trace=steps)
    abstained = False
    for question in questions:
        try:
            question = check_question(question)
        except UsageError as error:
            if one:
                raise
            display.show_failure(question, error)
            if page:
                page.add_failure(question, error)
            abstained = True
            continue
        steps.begin(question)
        answer = session.answer(question)
        display.show_answer(answer)
        if is_first:
            hint_at_source(answer, settings, display)
        display.tell("took", "answered before" if answer.cached else _steps_of(answer))
        if page:
            page.add(answer)
        abstained |= answer.abstained
    session.close()
    return abstained


def index_articles(settings: Settings, display: Display, rebuild: bool = False) -> "SyncReport":
    """Bring an index in step with its folder, from nothing if `rebuild`."""
    from index.article_index import delete_index

    _tell_settings(settings, display)
    if rebuild:
        delete_index(index_folder(settings))
    prepare_first_run(settings, display, llm=False)
    index = open_index(settings, display.progress)
    report = index.sync(display.progress)
    index.sync_store(thorough=True)
    display.show_sync(report)
    return report


def preview_index(settings: Settings, display: Display) -> "SyncReport":
    """Say what a sync would do, doing none of it."""
    from index.sync import preview

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


def _tell_settings(settings: Settings, display: Display) -> None:
    display.tell("articles", articles_folder(settings).resolve())
    display.tell("index", index_folder(settings).resolve())
    display.tell("models", f"{settings.llm}, {settings.embedder}")


def _steps_of(answer: Answer) -> str:
    steps = ", ".join(f"{step} {took}" for step, took in answer.timings_ms.items())
    return f"{steps} ms" + (f"; {answer.prompt_tokens} prompt tokens" if answer.prompt_tokens is not None else "")
