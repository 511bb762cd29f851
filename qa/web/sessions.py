"""The open sessions of the folders that are served, for the one thread that asks them."""

from collections import OrderedDict
from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING

from index.filter import EVERYTHING, Filter
from qa.answer import Answer
from qa.conversation import Conversation, Turn
from qa.events import Listener
from qa.paths import articles_folder, index_place
from qa.question.limits import check_question
from qa.session import Session
from qa.settings import Settings
from qa.web.job import MAX_HISTORY, Request

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

MAX_THREADS = 256  # of lines whose answers are remembered, only so that a follow-up need not derive them anew
OF_THE_MODEL = {"llm", "llm_url", "llm_timeout_s", "models_dir", "evidence_tokens", "reader_first"}


class Sessions:
    """Sessions by the folder's name, each opened when it is first asked; folders of one model share it.

    `tell` hears of all that goes on. `is_before` tells it that this is about a line before the question.
    """

    def __init__(self, folders: Mapping[str, Settings], llm: "LLM | None", tell: Listener) -> None:
        self.is_before = False
        self._folders = folders
        self._llm = llm
        self._tell = tell
        self._opened: dict[str, Session] = {}
        self._identities: dict[str, Hashable | None] = {}
        self._threads: OrderedDict[tuple[str, Filter, tuple[str, ...]], tuple[Turn, ...]] = OrderedDict()

    def session(self, name: str) -> Session:
        """Give the session of a folder, a new one where its index was made anew since the question before."""
        settings = self._folders[name]
        identity = index_place(settings).identity()
        if name in self._opened and self._identities[name] not in (None, identity):
            self._opened.pop(name).close(fill_store=False)
        self._identities[name] = identity
        if name not in self._opened:
            facts = settings.model_dump(include=OF_THE_MODEL)
            like = [each for other, each in self._opened.items() if facts == self._facts_of(other)]
            neighbour = like[0] if like else None
            self._opened[name] = Session(settings, EVERYTHING, self._llm, tell=self._tell, neighbour=neighbour)
        return self._opened[name]

    def answer(self, name: str, request: Request, takes_in: bool) -> Answer:
        """Answer a question after the lines before it, which are answered first unless that was done before.

        Raises:
            ArticleQAError: it cannot be answered.
        """
        session = self.session(name)
        session.only = request.only
        session.takes_in = takes_in
        lines = [check_question(line) for line in (*request.history[-MAX_HISTORY:], request.question)]
        turns: tuple[Turn, ...] = ()
        for place, line in enumerate(lines, 1):
            thread = name, session.only, tuple(lines[:place])
            self.is_before = place < len(lines)
            if not (self.is_before and thread in self._threads):
                conversation = Conversation(session, turns)
                session.kind = None if self.is_before else request.kind
                conversation.answer(line)
                self._threads[thread] = tuple(conversation.turns)
            self._threads.move_to_end(thread)
            turns = self._threads[thread]
        while len(self._threads) > MAX_THREADS:
            self._threads.popitem(last=False)
        return turns[-1].answer

    def end_models(self) -> None:
        """End the models that run here, from any thread, so that nobody waits for their replies."""
        for session in self._opened.copy().values():
            if not self._llm and (end := getattr(session.opened_llm, "close", None)):
                end()

    def close(self) -> None:
        """Close all; what is asked next is opened anew."""
        for name in list(self._opened):
            self._opened.pop(name).close(fill_store=False)

    def _facts_of(self, name: str) -> dict[str, object]:
        return self._folders[name].model_dump(include=OF_THE_MODEL)


def named(folders: Sequence[Settings]) -> dict[str, Settings]:
    """Give each folder the name that it has on its disk, with a number behind it where another one has that."""
    named: dict[str, Settings] = {}
    for settings in folders:
        name = articles_folder(settings).resolve().name or "articles"
        number = next(number for number in range(1, len(folders) + 1) if _numbered(name, number) not in named)
        named[_numbered(name, number)] = settings
    return named


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name}-{number}"
