"""Take in the folders that are served, one after the other, while questions are answered from what is there so far."""

import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass, replace
from queue import Queue
from threading import Lock, Thread
from typing import TYPE_CHECKING

from index.article_files import list_files
from index.errors import ArticleQAError
from qa.events import FilesSkipped, Listener, Progressed, Synced, nobody
from qa.opening import open_index
from qa.paths import articles_folder
from qa.settings import Settings
from qa.web.job import CancelledJobError
from qa.web.problems import ENDING, EndingError

if TYPE_CHECKING:
    from index.article_index import ArticleIndex
    from index.sync import SyncReport

STAND_BACK_S = 2.0  # before each few texts; questions that never end do not keep a folder out for ever
LOOK_S = 0.01

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Progress:
    """How far a folder is taken in: `done` of `total` files are read, and `articles` can be asked.

    `seconds_left` is an estimate by the bytes that were read, null where there is none yet. `fault` tells why it is not
    taken in; it is empty while all goes well.
    """

    folder: str
    done: int = 0
    total: int = 0
    seconds_left: float | None = None
    articles: int = 0
    fault: str = ""


class Indexing:
    """A thread that syncs folders.

    From that thread `moved` hears the name of a folder that it went on with, and `tell` how far, and what was done.
    While `is_asked` a question goes first, which would else have to share the processor for many times its own time.
    """

    def __init__(
        self,
        folders: Mapping[str, Settings],
        moved: Callable[[str], None],
        is_asked: Callable[[], bool] = lambda: False,
        tell: Listener = nobody,
    ) -> None:
        """Begin to take in each folder."""
        self._folders = folders
        self._moved = moved
        self._is_asked = is_asked
        self._tell = tell
        self._is_closing = False
        self._underway = {name: Progress(name) for name in folders}
        self._lock = Lock()
        self._ordered: dict[str, Future[SyncReport]] = {}
        self._queue: Queue[str | None] = Queue()
        for name in folders:
            self.sync(name)
        self._thread = Thread(target=self._sync_all, name="indexing", daemon=True)
        self._thread.start()

    @property
    def progress(self) -> list[Progress]:
        """The folders that are not taken in yet, or could not be."""
        return list(self._underway.values())

    def of(self, name: str) -> Progress | None:
        """Give how far a folder is; null once it is taken in, or could not be."""
        found = self._underway.get(name)
        return found if found and not found.fault else None

    def sync(self, name: str) -> "Future[SyncReport]":
        """Have a folder taken in when those before it are, and give what will be done for that.

        Whoever orders it again before it began is given the same.
        """
        with self._lock:
            if name not in self._ordered:
                self._ordered[name] = Future()
                self._queue.put(name)
            return self._ordered[name]

    def forget_fault(self, name: str) -> None:
        """Forget why a folder could not be taken in, for a question has done it since."""
        if (found := self._underway.get(name)) and found.fault:
            self._underway.pop(name)

    def close(self) -> Thread:
        """Begin to end, in the middle of a folder if need be, and give the thread; what was taken in is kept."""
        self._is_closing = True
        self._queue.put(None)
        with self._lock:
            for future in self._ordered.values():
                future.set_exception(EndingError(ENDING))
        return self._thread

    def _sync_all(self) -> None:
        while (name := self._queue.get()) is not None:
            with self._lock:
                if self._is_closing:
                    return
                future = self._ordered.pop(name)
            try:
                report = self._sync(name)
                self._underway.pop(name, None)
                future.set_result(report)
            except CancelledJobError:
                future.set_exception(EndingError(ENDING))
            except Exception as error:  # noqa: BLE001  # told to whoever waits, and on the page
                if not isinstance(error, ArticleQAError):
                    _log.exception("indexing of %s failed", name)
                self._underway[name] = replace(self._underway.get(name, Progress(name)), fault=str(error))
                future.set_exception(error)
            self._moved(name)

    def _sync(self, name: str) -> "SyncReport":
        from index.models.embedding import OnnxEmbedding

        settings = self._folders[name]
        total = sum(1 for _ in list_files(articles_folder(settings)))
        self._underway[name] = Progress(name, total=total)
        with closing(open_index(settings, self._tell)) as index:
            if isinstance(index.embedder, OnnxEmbedding):
                index.embedder.before_batch(self._let_question_go_first)
            self._advance(name, index, None)
            began = time.monotonic()

            def advance(label: str, done: int, total: int) -> None:
                self._advance(name, index, (time.monotonic() - began) * (total - done) / done if done else None)

            report = index.sync(advance)
            if index.needs_store:
                index.sync_store()
        self._tell(FilesSkipped(report.skipped))
        self._tell(Synced(report))
        return report

    def _let_question_go_first(self) -> None:
        latest = time.monotonic() + STAND_BACK_S
        while self._is_asked() and not self._is_closing and time.monotonic() < latest:
            time.sleep(LOOK_S)
        if self._is_closing:
            raise CancelledJobError

    def _advance(self, name: str, index: "ArticleIndex", seconds_left: float | None) -> None:
        if self._is_closing:
            raise CancelledJobError
        done, articles = index.catalog.count_files(), index.catalog.counts()[0]
        before = self._underway[name]
        self._underway[name] = replace(before, done=done, articles=articles, seconds_left=seconds_left)
        self._moved(name)
        if seconds_left is not None:
            self._tell(Progressed(f"Indexing {name}", done, before.total))
