"""Ask a folder of articles from a program: `with open_folder("news") as folder: folder.ask("Who won?")`.

What is named here stays as it is; the modules below may change. Each name is imported when it is first used, so that
`import qa` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from index.errors import ArticleQAError as ArticleQAError
    from index.errors import IndexBusyError as IndexBusyError
    from index.errors import IndexDamagedError as IndexDamagedError
    from index.errors import IndexUnreachableError as IndexUnreachableError
    from index.errors import ModelError as ModelError
    from index.errors import ModelMissingError as ModelMissingError
    from index.errors import NoArticlesError as NoArticlesError
    from index.errors import UsageError as UsageError
    from index.errors import VectorStoreError as VectorStoreError
    from qa.answer import Abstention as Abstention
    from qa.answer import Answer as Answer
    from qa.answer import Citation as Citation
    from qa.answer import Evidence as Evidence
    from qa.answer import Span as Span
    from qa.answer import Statement as Statement
    from qa.cluster import EmbeddedFiles as EmbeddedFiles
    from qa.cluster import WaitingFile as WaitingFile
    from qa.cluster import embed_files as embed_files
    from qa.cluster import waiting_files as waiting_files
    from qa.cluster import write_embedded as write_embedded
    from qa.folder import Folder as Folder
    from qa.folder import open_folder as open_folder

_NAMES = {
    "index.errors": "ArticleQAError UsageError ModelMissingError ModelError NoArticlesError IndexBusyError "
    "IndexDamagedError IndexUnreachableError VectorStoreError",
    "qa.answer": "Abstention Answer Citation Evidence Span Statement",
    "qa.cluster": "EmbeddedFiles WaitingFile embed_files waiting_files write_embedded",
    "qa.folder": "Folder open_folder",
}
_HOMES = {name: module for module, names in _NAMES.items() for name in names.split()}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return [*globals(), *_HOMES]
