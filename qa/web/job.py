"""A question on its way: what is asked, and the events that come of it, which whoever asked may read slowly."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any

from index.filter import EVERYTHING, Filter
from qa.answer import Answer, Kind
from qa.as_json import answer_as_dict
from qa.events import Event as Told
from qa.web.problems import problem_of
from qa.web.told import told_of

MAX_EVENTS = 256  # that wait for a reader; further ones are left out, except the last two
MAX_HISTORY = 8  # lines of a thread that are read before its question

LATEST_ONLY = ("queued", "progress")  # of which one that nobody has read yet gives way to the next
LASTING = ("answer", "error", "done")

Event = tuple[str, Any]


class CancelledJobError(BaseException):
    """End the work on a question that nobody waits for any more; no handler of errors is to catch it."""


@dataclass(frozen=True)
class Request:
    """A question, of which folder by its name, the first if null, and of which articles.

    `history` are the lines before it in its thread, the oldest first; at most the last `MAX_HISTORY` count.
    """

    question: str
    folder: str | None = None
    only: Filter = EVERYTHING
    kind: Kind | None = None
    history: tuple[str, ...] = ()


class Job:
    """The events of one question, iterated once, and the answer that it comes to.

    Told by the desk's thread, read in the event loop that asked. Nobody waits for a reader: of events that are not
    read the newest `queued` and `progress` are kept and at most `MAX_EVENTS` others; `answer`, `error` and `done` come
    always.
    """

    def __init__(
        self,
        request: Request,
        loop: asyncio.AbstractEventLoop,
        leave: "Callable[[Job], None]" = lambda job: None,
        told: "Callable[[Told], Event | None]" = told_of,
    ) -> None:
        """Begin to keep events, as `told` makes them of a session's; `leave` hears when nobody waits any more."""
        self.request = request
        self.is_cancelled = False
        self.is_ended = False
        self._leave = leave
        self._told_of = told
        self._loop = loop
        self._lock = Lock()
        self._unread: deque[Event] = deque()
        self._told = asyncio.Event()
        self._ended: asyncio.Future[Answer] = loop.create_future()
        self._ended.add_done_callback(lambda ended: ended.cancelled() or ended.exception())  # nobody need ask for it

    def cancel(self) -> None:
        """Give up: a waiting question leaves the queue, one that is being answered ends at its next event.

        While a model of an endpoint is waited for there is one every moment.
        """
        self.is_cancelled = True
        self._leave(self)

    def hear(self, event: Told) -> None:
        """Hear what a session tells, from any thread."""
        if told := self._told_of(event):
            self.tell(*told)

    def tell(self, name: str, data: Any) -> None:
        """Tell of an event, from any thread."""
        with self._lock:
            if name in LATEST_ONLY and (old := next((each for each in self._unread if each[0] == name), None)):
                self._unread.remove(old)
            if len(self._unread) >= MAX_EVENTS and name not in LASTING:
                return
            self._unread.append((name, data))
        self._wake(self._told.set)

    def end(self, result: Answer | BaseException) -> None:
        """End with an answer or an error, from any thread; a second end is none."""
        with self._lock:
            if self.is_ended:
                return
            self.is_ended = True
        if isinstance(result, Answer):
            self.tell("answer", answer_as_dict(result))
        elif not isinstance(result, CancelledJobError):
            self.tell("error", problem_of(result))
        self.tell("done", {})
        self._wake(self._settle, result)

    async def answer(self) -> dict[str, Any]:
        """Wait for the answer, as `--json` prints it.

        Raises:
            ArticleQAError: the question cannot be answered.
            asyncio.CancelledError: the question was cancelled.
        """
        return answer_as_dict(await self.result())

    async def result(self) -> Answer:
        """Wait for the answer itself, and raise what `answer` does."""
        return await asyncio.shield(self._ended)

    async def __aiter__(self) -> AsyncIterator[Event]:
        while True:
            with self._lock:
                event = self._unread.popleft() if self._unread else None
                if not event:
                    self._told.clear()
            if event:
                yield event
                if event[0] == "done":
                    return
            else:
                await self._told.wait()

    def _settle(self, result: Answer | BaseException) -> None:
        if isinstance(result, CancelledJobError):
            self._ended.cancel()
        elif isinstance(result, Answer):
            self._ended.set_result(result)
        else:
            self._ended.set_exception(result)

    def _wake(self, function: Any, *arguments: Any) -> None:
        """Call something in the loop of whoever asked, unless that is gone."""
        try:
            self._loop.call_soon_threadsafe(function, *arguments)
        except RuntimeError:
            if not self._loop.is_closed():
                raise
