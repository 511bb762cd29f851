"""Find passages for whoever asks for no more than that, while questions are being answered."""

from collections.abc import Hashable, Mapping
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

from index.errors import IndexBusyError
from index.filter import Filter
from qa.opening import open_index
from qa.paths import index_place
from qa.settings import Settings

if TYPE_CHECKING:
    from llama_index.core.schema import NodeWithScore, TextNode

    from index.article_index import ArticleIndex


NOTHING_YET = "The articles are being taken in: ask again in a moment"


class Searching:
    """Indexes that are opened for searches only, each when it is first searched; one search at a time."""

    def __init__(self, folders: Mapping[str, Settings]) -> None:
        self._folders = folders
        self._lock = Lock()
        self._opened: dict[str, tuple[ArticleIndex, Hashable]] = {}

    def search(self, name: str, query: str, limit: int, only: Filter) -> list[dict[str, Any]]:
        """Give the `limit` best passages of a folder as it was last taken in.

        Raises:
            IndexBusyError: nothing of it is taken in yet.
        """
        with self._lock:
            index = self._index(name)
            return [_as_dict(found) for found in index.retriever(limit, only).retrieve(query)]

    def close(self) -> None:
        """Close what was opened, unless a search still goes on."""
        if self._lock.acquire(blocking=False):
            for index, _ in self._opened.values():
                index.close()
            self._opened.clear()
            self._lock.release()

    def _index(self, name: str) -> "ArticleIndex":
        """Open an index, anew where its files were made anew."""
        settings = self._folders[name]
        identity = index_place(settings).identity()
        if identity is None:
            raise IndexBusyError(NOTHING_YET)
        if name in self._opened and self._opened[name][1] != identity:
            self._opened.pop(name)[0].close()
        if name not in self._opened:
            self._opened[name] = open_index(settings), identity
        return self._opened[name][0]


def _as_dict(found: "NodeWithScore") -> dict[str, Any]:
    node = cast("TextNode", found.node)
    return {
        "article": node.metadata["article"],
        "title": node.metadata["title"],
        "published": node.metadata["published"],
        "start": node.start_char_idx,
        "end": node.end_char_idx,
        "text": node.text,
        "score": found.score,
    }
