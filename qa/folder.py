"""A folder of articles for programs: opened, asked, and offered to LlamaIndex."""

from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from index.errors import UsageError
from index.filter import EVERYTHING, Filter
from qa.answer import Answer, kind_named
from qa.events import Listener, nobody, progress_of
from qa.opening import open_index
from qa.paths import articles_folder
from qa.question.limits import check_question
from qa.session import Session
from qa.settings import Settings, load_settings

if TYPE_CHECKING:
    from llama_index.core.llms import LLM
    from llama_index.core.query_engine import CustomQueryEngine
    from llama_index.core.retrievers import BaseRetriever

    from index.article_index import ArticleIndex
    from index.sync import SyncReport

TOP_K = 10


def open_folder(
    articles: str | Path | None = None,
    llm: "str | LLM | None" = None,
    tell: Listener = nobody,
    **settings: Any,
) -> "Folder":
    """Open a folder of articles; nothing is read or loaded until it is asked.

    `llm` names a model as the setting does, or is one of LlamaIndex's. `tell` hears what goes on (`qa.events`). Other
    settings go by their names, as `index="/path"`; what is not given comes from the environment and the files that
    `qa config` shows.

    Raises:
        UsageError: there is no such folder, or a setting is unknown or wrong.
    """
    named = llm if isinstance(llm, str) else None
    return Folder(load_settings(articles=articles, llm=named, **settings), None if isinstance(llm, str) else llm, tell)


class Folder:
    """A folder of articles; every question sees it as it is, for what changed is taken in first.

    It is closed at the end of its `with` block, or by `close`; it is used by one thread at a time.
    """

    def __init__(self, settings: Settings, llm: "LLM | None" = None, tell: Listener = nobody) -> None:
        articles_folder(settings)
        self._settings = settings
        self._tell = tell
        self._session = Session(settings, EVERYTHING, llm=llm, tell=tell)
        self._index: ArticleIndex | None = None
        self._closing = ExitStack()
        self._closing.callback(self._session.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ask(
        self,
        question: str,
        *,
        since: date | None = None,
        until: date | None = None,
        article: str | None = None,
        kind: str | None = None,
    ) -> Answer:
        """Answer a question, or abstain: an abstention is an answer whose `abstained` is true.

        Only articles published from `since` to `until`, both included, are asked, and only those whose path matches
        the pattern `article`, as "2025/*.txt". What it asks for is told by `kind`, one of `qa.answer.Kind`, or by
        itself.

        Raises:
            UsageError: the question is empty or too long, or there is no such kind.
            ModelMissingError: a model file is not here and cannot be fetched.
            ModelError: the language model failed.
            NoArticlesError: the folder holds no readable article.
        """
        question = check_question(question)
        self._session.only = Filter(since, until, article)
        self._session.kind = kind_named(kind)
        self._session.trace.begin(question)
        return self._session.answer(question)

    def sync(self) -> "SyncReport":
        """Take in what changed without asking, and tell what was done and which files were skipped.

        Raises:
            IndexBusyError: another process is writing the index.
            NoArticlesError: the folder holds no readable article.
        """
        index = self._open_index()
        report = index.sync(progress_of(self._tell, in_bytes=True))
        if index.needs_store:
            index.sync_store()
        return report

    def text_of(self, article: str) -> str:
        """Give the text of an article, as it was last taken in, that the offsets of citations count in.

        Raises:
            UsageError: there is no such article.
        """
        text = self._open_index().catalog.text_of(article)
        if text is None:
            raise UsageError(f"There is no article {article}")
        return text

    def as_retriever(self, top_k: int = TOP_K) -> "BaseRetriever":
        """Give a retriever of the `top_k` best passages, as of now; each node has its article's offsets."""
        self.sync()
        return self._open_index().retriever(top_k)

    def as_query_engine(self) -> "CustomQueryEngine":
        """Give a query engine whose response has the cited sentences as its source nodes."""
        from qa.llama_index import ArticleQueryEngine

        return ArticleQueryEngine(ask=self.ask)

    def close(self) -> None:
        """Close the index's files and end the local model."""
        self._closing.close()

    def _open_index(self) -> "ArticleIndex":
        if not self._index:
            self._index = open_index(self._settings, self._tell)
            self._closing.callback(self._index.close)
        return self._index
