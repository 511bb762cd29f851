"""Answer questions of one folder: from what was answered before, else by the index and the language model."""

from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING

from index.article_files import list_files
from index.catalog.writer import Catalog
from index.errors import ArticleQAError, IndexBusyError, VectorStoreError
from index.filter import Filter
from qa.answer import Answer, Kind
from qa.answer_cache import AnswerCache, key_of
from qa.events import FilesSkipped, Listener, ReplyAwaited, Synced, Warned, nobody, progress_of
from qa.explanation import Explanation
from qa.opening import announce_fetch, open_both, open_catalog, open_index
from qa.paths import articles_folder, index_place, model_files, reading_place
from qa.question.asked import Asked
from qa.settings import Settings
from qa.trace import Trace

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

    from index.article_index import ArticleIndex


class Session:
    """The questions of one process; index and model are opened for the first one that was not answered before.

    Each question sees the folder as it is: what differs from the index is taken in first. `only` may be another filter
    for the next question, and so may `kind`, what it asks for whatever it seems to. A model that is given is asked
    instead of the one that the settings name; none of its answers is kept, for nothing tells when it is another model.
    With `why` each answer has its explanation. `tell` hears of all that goes on meanwhile. What the folder holds is not
    taken in while `takes_in` is false, as where somebody else does it, nor where a replica is read. A `neighbour` lends
    its model, if it has opened it, to save the memory of a second one.
    """

    def __init__(
        self,
        settings: Settings,
        only: Filter,
        llm: "LLM | None" = None,
        why: bool = False,
        tell: Listener = nobody,
        kind: Kind | None = None,
        neighbour: "Session | None" = None,
    ) -> None:
        self._settings = settings
        self.only = only
        self.kind = kind
        self.takes_in = True
        self._neighbour = neighbour
        self._llm = llm
        self._why = why
        self._tell = tell
        self.trace = Trace(tell)
        self._cache = AnswerCache(index_place(settings).folder) if settings.cache and not (llm or why) else None
        self._opened: tuple[ArticleIndex, LLM] | None = None

    def answer(self, question: str) -> Answer:
        """Answer a question that `check_question` gave.

        Raises:
            ModelError: the language model failed.
        """
        return self.answer_as(Asked(question, only=self.only))

    def answer_as(self, asked: Asked) -> Answer:
        """Answer a question as it is asked, of the articles that its own filter lets through.

        Raises:
            ModelError: the language model failed.
        """
        trace = self.trace
        with trace("recall") as recalled:
            kept = self._recall(asked)
            recalled["found"] = kept is not None
        if kept:
            timings = dict.fromkeys(("sync", "retrieve", "evidence", "generate", "total"), 0)
            return replace(kept, cached=True, timings_ms=timings | {"sync": recalled["ms"]})
        index, llm = self._open()
        with trace("sync") as synced:
            synced |= self._sync(index) if self.takes_in and not self._settings.replica else {}
        with index.catalog.reading() if self._settings.replica else nullcontext():
            key = self._key(asked, index.catalog)
            answer = self._ask(asked, index, llm, self._why)
            is_lasting = not answer.model_failed and key == self._key(asked, index.catalog)
        if self._cache and key and is_lasting:
            self._cache.put(key, answer)
        timings = {"sync": synced["ms"]} | answer.timings_ms
        return replace(answer, timings_ms=timings, state_age_s=index.catalog.age_s)

    def follow_up(self, line: str, asked: Asked, answer: Answer) -> Asked | None:
        """Give what a line asks after a question and its answer, if that was broad and the line goes on from it.

        Raises:
            UsageError: it means one of several things that were not told.
        """
        if answer.kind is Kind.FACT:
            return None
        from qa.broad.follow_up import follow_up_of

        with self.trace("follow") as step:
            meant = follow_up_of(line, asked, answer, self._open()[0])
            step["found"] = meant and {"question": meant.question, "plan": meant.plan and str(meant.plan.kind)}
        return meant

    def explain(self, asked: Asked) -> Explanation:
        """Answer a question once more, of the articles as they were last taken in, and explain how that came about.

        Raises:
            ModelError: the language model failed.
        """
        index, llm = self._open()
        answer = self._ask(asked, index, llm, True)
        assert answer.explanation
        return answer.explanation

    def open(self) -> "LLM":
        """Open index and model before they are needed, and give the model.

        Raises:
            ModelError: a remote model cannot be asked.
        """
        import qa.ask  # noqa: F401  # an import that Ctrl-C interrupts cannot always be done again

        return self._open()[1]

    @property
    def opened_llm(self) -> "LLM | None":
        """The model, if it was opened."""
        return self._opened and self._opened[1]

    def close(self, fill_store: bool = True) -> None:
        """Fill the vector store if it never was: at last, for where it does not serve, nobody waits for it."""
        if self._opened:
            if fill_store and not self._settings.replica:
                self._sync_store(self._opened[0], only_if_missing=True)
            self._opened[0].close()
            self._opened = None

    def _ask(self, asked: Asked, index: "ArticleIndex", llm: "LLM", why: bool) -> Answer:
        from qa.ask import ask

        max_error = self._settings.max_error
        return ask(
            asked.question, index, llm, asked.only, max_error, why, self.trace, self.kind, asked.plan, asked.told
        )

    def _recall(self, asked: Asked) -> Answer | None:
        """Give the answer that was kept, if the folder is as it was then."""
        if not self._cache or not self._cache.file.is_file():
            return None
        try:
            catalog = open_catalog(reading_place(self._settings))
        except ArticleQAError:
            return None  # which opening it to write mends or tells
        try:
            with catalog.reading():
                key = self._key(asked, catalog)
                kept = self._cache.get(key, catalog) if key else None
                if not kept or (not self._settings.replica and self._is_changed(catalog)):
                    return None
                self._tell(FilesSkipped(catalog.skipped()))
                return replace(kept, state_age_s=catalog.age_s)
        except ArticleQAError:
            return None
        finally:
            catalog.close()

    def _key(self, asked: Asked, catalog: Catalog) -> str | None:
        return key_of(asked, self.kind, self._settings, model_files(self._settings), catalog)

    def _is_changed(self, catalog: Catalog) -> bool:
        files = {file.id: (file.size, file.mtime_ns) for file in list_files(articles_folder(self._settings))}
        return files != catalog.files()

    def _open(self) -> "tuple[ArticleIndex, LLM]":
        if not self._opened:
            place = reading_place(self._settings)
            lent = self._llm or (self._neighbour and self._neighbour.opened_llm)
            announce_fetch(self._settings, self._tell, llm=not lent)
            if lent:
                self._opened = open_index(self._settings, self._tell, place=place), lent
            else:
                self._opened = open_both(self._settings, self._tell, place)
            if while_waiting := getattr(self._opened[1], "while_waiting", None):
                while_waiting(lambda: self._tell(ReplyAwaited()))
            from qa.llms.warming import warm

            warm(self._opened[1])
        return self._opened

    def _sync(self, index: "ArticleIndex") -> dict[str, int]:
        """Sync and count what was done; while another process writes, what is indexed so far answers."""
        try:
            report = index.sync(progress_of(self._tell, in_bytes=True))
            self._tell(FilesSkipped(report.skipped))
            self._tell(Synced(report))
            if index.needs_store:
                self._sync_store(index)
            done = {name: len(getattr(report, name)) for name in ("added", "updated", "renamed", "removed", "skipped")}
            return done | {"unchanged": report.unchanged}
        except IndexBusyError as error:
            if not index.catalog.counts()[0]:
                raise
            self._tell(Warned(f"{error}; answering from what is indexed so far."))
            return {}

    def _sync_store(self, index: "ArticleIndex", only_if_missing: bool = False) -> None:
        """Bring the vector store in step, or fill it at first; where that fails the catalog answers alone."""
        try:
            if not (only_if_missing and index.has_store):
                index.sync_store()
        except IndexBusyError:
            pass  # the other process does it
        except VectorStoreError as error:
            self._tell(Warned(f"{error}; the catalog's own vectors are searched"))
