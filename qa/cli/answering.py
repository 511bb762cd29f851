"""Answer the questions of one `qa ask`, and show each answer."""

from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import UsageError
from index.filter import EVERYTHING, Filter
from qa.answer import Answer, Kind
from qa.cli.display import Display
from qa.cli.first_run import hint_at_source
from qa.cli.indexing import tell_settings
from qa.cli.trace_file import with_trace
from qa.events import Listener
from qa.paths import articles_folder, index_folder
from qa.question.limits import check_question
from qa.session import Session
from qa.settings import Settings

if TYPE_CHECKING:
    from qa.pages.answers import AnswerPage


def answer_all(
    questions: Iterable[str],
    settings: Settings,
    display: Display,
    one: bool,
    only: Filter = EVERYTHING,
    why: bool = False,
    html: Path | None = None,
    trace: Path | None = None,
    kind: Kind | None = None,
    asks_server: bool = True,
) -> bool:
    """Answer questions, each as the folder is when it comes; tell whether one was left without an answer.

    A single question's error ends the command; among several it is shown in the place of the answer. With `why` each
    answer is explained; all of them become the page `html`, those before an error or an interrupt too. The steps are
    written to the file `trace`, if one is given. All ask for a `kind`, if one is given. A `qa serve` that runs with the
    same settings answers, which has all loaded already, unless `asks_server` is false or steps are to be told.

    Raises:
        UsageError: the page or the trace cannot be written; told before anything is asked.
    """
    tell = with_trace(display.hear, trace)
    asks_server = asks_server and not (why or trace)
    if html is None:
        return _answer_each(questions, settings, display, one, only, why, tell, kind, asks_server)
    from qa.pages.answers import AnswerPage

    with closing(AnswerPage(html, index_folder(settings))) as page:
        abstained = _answer_each(questions, settings, display, one, only, why, tell, kind, asks_server, page)
    display.warn(f"The page is {html}")
    return abstained


def _answer_each(
    questions: Iterable[str],
    settings: Settings,
    display: Display,
    one: bool,
    only: Filter,
    why: bool,
    tell: Listener,
    kind: Kind | None,
    asks_server: bool,
    page: "AnswerPage | None" = None,
) -> bool:
    tell_settings(settings, display)
    is_first = one and not (index_folder(settings) / "catalog.sqlite").exists()
    display.articles = articles_folder(settings)
    session = Session(settings, only, why=why, tell=tell, kind=kind)
    answer_of = _with_server(settings, session, tell) if asks_server else session.answer
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
        session.trace.begin(question)
        answer = answer_of(question)
        display.show_answer(answer)
        if is_first and answer.citations:
            display.hint(hint_at_source(answer, settings))
        display.tell("took", "answered before" if answer.cached else _steps_of(answer))
        if page:
            page.add(answer)
        abstained |= answer.abstained
    session.close()
    return abstained


def _with_server(settings: Settings, session: Session, tell: Listener) -> Callable[[str], Answer]:
    """Give what has a server answer that runs with the same settings, and answers itself where there is none."""
    from qa.web.running import GoneError, find_server

    def answer(question: str) -> Answer:
        if server := find_server(settings):
            try:
                return server.answer(question, session.only, session.kind, tell)
            except GoneError:
                pass
        return session.answer(question)

    return answer


def _steps_of(answer: Answer) -> str:
    steps = ", ".join(f"{step} {took}" for step, took in answer.timings_ms.items())
    return f"{steps} ms" + (f"; {answer.prompt_tokens} prompt tokens" if answer.prompt_tokens is not None else "")
