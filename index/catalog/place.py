"""Where an index lies: in a folder, its catalog a SQLite file, or in a schema of a PostgreSQL database."""

from abc import ABC, abstractmethod
from collections.abc import Hashable
from contextlib import AbstractContextManager
from pathlib import Path

from index.catalog.writer import Catalog

LOCK_TIMEOUT_S = 0.5


class Place(ABC):
    """The place of one index; `str` names it as it may be shown.

    `folder` is this machine's: it holds the answers given before and, of an index that lies in a folder, all of it.
    """

    folder: Path

    def described(self) -> str | None:
        """Tell what serves it and which version that is; None of a folder, which nothing serves.

        Raises:
            ArticleQAError: the database does not answer, or is none that an index can lie in.
        """
        return None

    @abstractmethod
    def exists(self) -> bool:
        """Tell whether an index was ever made here."""

    @abstractmethod
    def identity(self) -> Hashable | None:
        """Tell an index from one that was made anew in its place; None where there is none."""

    @abstractmethod
    def open(self, read_only: bool = False) -> Catalog:
        """Open the catalog, making it when there is none unless `read_only`.

        Raises:
            IndexDamagedError: it cannot be opened or read, or was made by a later version.
            UsageError: it was made by an older version, and `read_only` forbids to bring it up to date.
            IndexBusyError: it is to be read, and only being made.
        """

    @abstractmethod
    def lock(self) -> AbstractContextManager[None]:
        """Be the only process that writes the index.

        Raises:
            IndexBusyError: another one is; it is named.
        """

    def sharing(self) -> AbstractContextManager[None]:
        """Be one of several processes that write the index together, while nobody has it alone; in a folder, one has.

        Raises:
            IndexBusyError: somebody has; who it is is named.
        """
        return self.lock()

    @abstractmethod
    def writer(self) -> str | None:
        """Name who is writing the index; None while nobody is.

        Raises:
            OSError: that cannot be told, for the folder is not writable.
        """

    @abstractmethod
    def delete(self) -> None:
        """Delete the index, if there is one; the next sync makes it anew.

        Raises:
            IndexBusyError: another process is writing it.
        """
