"""Where questions are asked: one thread answers, a queue stands before it, and whoever asks hears what goes on."""

import asyncio
import logging
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict
from threading import Condition, Thread
from typing import TYPE_CHECKING, Any, TypeVar

from index.errors import ArticleQAError, IndexBusyError, IndexDamagedError, ModelError
from index.filter import Filter
from qa.events import Event, Listener, nobody
from qa.inspection.status import status_of
from qa.paths import index_place
from qa.question.limits import check_question
from qa.settings import Settings
from qa.web.indexing import Indexing
from qa.web.indexing import Progress as Progress
from qa.web.job import MAX_HISTORY, CancelledJobError
from qa.web.job import Job as Job
from qa.web.job import Request as Request
from qa.web.problems import ENDING, EndingError, NotHereError, QueueFullError
from qa.web.searching import NOTHING_YET, Searching
from qa.web.sessions import Sessions, named
from qa.web.told import told_of

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

    from index.catalog.writer import Catalog
    from index.sync import SyncReport
    from qa.answer import Answer

MAX_WAITING = 100  # questions
READERS = 4
END_S = 0.3  # that the threads are given

Result = TypeVar("Result")
_log = logging.getLogger(__name__)


class Desk:
    """Folders of articles that are asked by many at once: open, warm, and answering one question after the other.

    `ask`, `call` and `sync` belong to an event loop. No state of anybody who asks lies here: a request brings along
    the lines before it. A model that is given is asked instead of the one that the settings name. From the desk's
    threads `tell` hears what concerns no single question: models that are fetched, folders that are taken in.
    """

    def __init__(
        self, folders: Sequence[Settings], llm: "LLM | None" = None, warm: bool = False, tell: Listener = nobody
    ) -> None:
        """Begin to take in the folders, and where it is to be `warm`, to load what the first question needs.

        Raises:
            UsageError: there is no such folder.
        """
        self.folders: Mapping[str, Settings] = named(folders)
        self.llm = llm
        self._tell = tell
        self._sessions = Sessions(self.folders, llm, self._hear)
        self._changed = Condition()
        self._waiting: deque[Job] = deque()
        self._current: Job | None = None
        self._is_closing = False
        self._readers = ThreadPoolExecutor(READERS, "reading")
        self._searching = Searching(self.folders)
        self._indexing = Indexing(self.folders, self._tell_progress, lambda: self._current is not None, tell)
        self._worker = Thread(target=self._answer_all, args=(warm,), name="answering", daemon=True)
        self._worker.start()

    @property
    def waiting(self) -> int:
        """The number of questions that are not answered yet."""
        return len(self._waiting) + (self._current is not None)

    @property
    def indexing(self) -> list[Progress]:
        """The folders that are being taken in, how far, and those that could not be."""
        return self._indexing.progress

    def name_of(self, folder: str | None) -> str:
        """Give the name of a folder that is served; of none it is the first.

        Raises:
            NotHereError: there is none of that name.
        """
        name = next(iter(self.folders)) if folder is None else folder
        if name not in self.folders:
            raise NotHereError(f"There is no folder of that name: there are {', '.join(self.folders)}")
        return name

    def ask(self, request: Request, told: "Callable[[Event], tuple[str, Any] | None]" = told_of) -> Job:
        """Put a question into the queue; what its session tells becomes the events that `told` makes of it.

        Raises:
            UsageError: the question, or a line before it, is empty or too long.
            NotHereError: there is no such folder.
            QueueFullError: too many wait already.
            EndingError: the server ends.
        """
        check_question(request.question)
        for line in request.history[-MAX_HISTORY:]:
            check_question(line)
        self.name_of(request.folder)
        job = Job(request, asyncio.get_running_loop(), self._leave, told)
        with self._changed:
            if self._is_closing:
                raise EndingError(ENDING)
            if len(self._waiting) >= MAX_WAITING:
                raise QueueFullError(f"{MAX_WAITING} questions wait already: ask again in a while")
            self._waiting.append(job)
            job.tell("queued", {"position": self.waiting - 1})
            self._changed.notify()
        return job

    async def call(self, folder: str | None, function: "Callable[[Catalog], Result]") -> Result:
        """Run a function that reads a folder's catalog, which sees one state of it; no question is waited for.

        Raises:
            NotHereError: there is no such folder.
            IndexBusyError: nothing of it is taken in yet.
        """
        settings = self.folders[self.name_of(folder)]

        def read() -> Result:
            place = index_place(settings)
            if not place.exists():
                raise IndexBusyError(NOTHING_YET)
            with closing(place.open(read_only=True)) as catalog, catalog.reading():
                return function(catalog)

        return await self.run(read)

    async def search(self, folder: str | None, query: str, limit: int, only: Filter) -> list[dict[str, Any]]:
        """Give the `limit` passages nearest to a query, best first, without waiting for a question.

        Raises:
            NotHereError: there is no such folder.
            IndexBusyError: nothing of it is taken in yet.
        """
        name = self.name_of(folder)
        return await self.run(lambda: self._searching.search(name, query, limit, only))

    async def status(self, folder: str | None) -> dict[str, Any]:
        """Give what is indexed of a folder, as `qa status --json` does, null where nothing is yet, and its gaps.

        Raises:
            NotHereError: there is no such folder.
        """
        settings = self.folders[self.name_of(folder)]
        try:
            skipped = await self.call(folder, lambda catalog: catalog.skipped())
            index = asdict(await self.run(lambda: status_of(settings)))
        except IndexBusyError:  # it is only being made
            return {"index": None, "skipped": []}
        return {"index": index, "skipped": [{"path": path, "reason": reason} for path, reason in skipped]}

    async def run(self, function: Callable[[], Result]) -> Result:
        """Run what takes a moment beside the event loop, some such things at a time.

        Raises:
            EndingError: the server ends.
        """
        try:
            return await asyncio.get_running_loop().run_in_executor(self._readers, function)
        except (RuntimeError, asyncio.CancelledError):
            if self._is_closing:
                raise EndingError(ENDING) from None
            raise

    async def sync(self, folder: str | None) -> "SyncReport":
        """Take in what changed in a folder, after those that are being taken in already, and tell what was done.

        Raises:
            NotHereError: there is no such folder.
            IndexBusyError: another process is writing the index.
            NoArticlesError: the folder holds no readable article.
            EndingError: the server ends.
        """
        return await asyncio.shield(asyncio.wrap_future(self._indexing.sync(self.name_of(folder))))

    def close(self) -> bool:
        """End within a moment, whatever goes on, and tell whether all work ended; who waits for an answer is told."""
        latest = time.monotonic() + (0 if self._is_closing else END_S)
        with self._changed:
            self._is_closing = True
            jobs = [*self._waiting, *filter(None, [self._current])]
            self._waiting.clear()
            self._changed.notify()
        for job in jobs:
            job.end(EndingError(ENDING))
            job.is_cancelled = True
        self._sessions.end_models()
        self._readers.shutdown(wait=False, cancel_futures=True)
        threads = self._indexing.close(), self._worker
        for thread in threads:
            thread.join(max(0.0, latest - time.monotonic()))
        self._searching.close()
        return not any(thread.is_alive() for thread in threads)

    def _answer_all(self, warm: bool) -> None:
        for name in self.folders if warm else ():
            try:
                self._sessions.session(name).open()
            except CancelledJobError:
                break
            except Exception as error:  # noqa: BLE001  # the first question meets it again
                _log.warning("%s is not warm: %s", name, error)
        while job := self._next():
            result = self._result_of(job)
            with self._changed:
                self._current = None
            job.end(result)
        self._sessions.close()

    def _result_of(self, job: Job) -> "Answer | BaseException":
        """Answer a question, or give the error; after one that may last, all is opened anew for the next question."""
        try:
            name = self.name_of(job.request.folder)
            answer = self._sessions.answer(name, job.request, takes_in=not self._indexing.of(name))
            self._indexing.forget_fault(name)
            return answer
        except CancelledJobError as error:
            return error
        except ModelError as error:
            self._sessions.close()
            return error
        except ArticleQAError as error:
            return error
        except sqlite3.DatabaseError as error:
            self._sessions.close()
            return IndexDamagedError(f"The index is damaged ({error}): run `qa index --rebuild` to make it anew")
        except Exception as error:  # noqa: BLE001  # a bug ends one question, not the server
            _log.exception("a question failed")
            self._sessions.close()
            return error

    def _next(self) -> Job | None:
        """Wait for a question that can be answered, and tell those behind it their places; null at the end."""
        with self._changed:
            while not self._is_closing:
                self._current = next((job for job in self._waiting if self._can_be_answered(job)), None)
                if self._current:
                    self._waiting.remove(self._current)
                    self._tell_positions()
                    return self._current
                self._changed.wait()
        return None

    def _can_be_answered(self, job: Job) -> bool:
        progress = self._indexing.of(self.name_of(job.request.folder))
        return not progress or progress.articles > 0

    def _hear(self, event: Event) -> None:
        """Hear what the session tells; a question that nobody waits for any more ends here."""
        job = self._current
        if self._is_closing or (job and job.is_cancelled):
            raise CancelledJobError
        if not job:
            self._tell(event)
            with self._changed:
                for each in self._waiting:
                    each.hear(event)
        elif not self._sessions.is_before:
            job.hear(event)

    def _leave(self, job: Job) -> None:
        with self._changed:
            if job not in self._waiting:
                return
            self._waiting.remove(job)
            self._tell_positions()
        job.end(CancelledJobError())

    def _tell_positions(self) -> None:
        for before, job in enumerate(self._waiting, self._current is not None):
            job.tell("queued", {"position": before})

    def _tell_progress(self, name: str) -> None:
        with self._changed:
            progress = self._indexing.of(name)
            for job in self._waiting:
                if progress and self.name_of(job.request.folder) == name:
                    job.tell("progress", {"label": "Indexing", "done": progress.done, "total": progress.total})
            self._changed.notify()
