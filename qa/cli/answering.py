"""Answer the questions of one `qa ask`, and show each answer."""

from collections.abc import Iterable
from contextlib import closing, suppress
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
from qa.paths import articles_folder, index_place
from qa.question.limits import check_question
from qa.settings import Settings

if TYPE_CHECKING:
    from qa.pages.answers import AnswerPage
    from qa.session import Session


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

    with closing(AnswerPage(html, index_place(settings))) as page:
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
    is_first = one and not index_place(settings).exists()
    display.articles = articles_folder(settings)
    abstained = False
    asking = Asking(settings, only, why, tell, kind, asks_server)
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
        answer = asking.answer(question)
        display.show_answer(answer)
        if is_first and answer.citations:
            display.hint(hint_at_source(answer, settings))
        display.tell("took", "answered before" if answer.cached else _steps_of(answer))
        if page:
            page.add(answer)
        abstained |= answer.abstained
    asking.close()
    return abstained


def _steps_of(answer: Answer) -> str:
    steps = ", ".join(f"{step} {took}" for step, took in answer.timings_ms.items())
    return f"{steps} ms" + (f"; {answer.prompt_tokens} prompt tokens" if answer.prompt_tokens is not None else "")


class Asking:
    """Whoever answers: a server that runs with the same settings, else a session here, opened when it is needed."""

    def __init__(
        self, settings: Settings, only: Filter, why: bool, tell: Listener, kind: Kind | None, asks_server: bool
    ) -> None:
        self._settings = settings
        self._only = only
        self._why = why
        self._tell = tell
        self._kind = kind
        self._asks_server = asks_server
        self._session: Session | None = None

    def answer(self, question: str) -> Answer:
        """Answer a question that `check_question` gave.

        Raises:
            ModelError: the language model failed.
        """
        return (self._asks_server and self._served(question)) or self._answer(question)

    def close(self) -> None:
        """Close the session, if there is one."""
        if self._session:
            self._session.close()

    def _served(self, question: str) -> Answer | None:
        from qa.web.running import GoneError, find_server

        if server := find_server(self._settings):
            with suppress(GoneError):
                return server.answer(question, self._only, self._kind, self._tell)
        return None

    def _answer(self, question: str) -> Answer:
        if not self._session:
            from qa.session import Session

            self._session = Session(self._settings, self._only, why=self._why, tell=self._tell, kind=self._kind)
        self._session.trace.begin(question)
        return self._session.answer(question)
