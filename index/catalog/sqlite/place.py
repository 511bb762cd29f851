"""An index in a folder: its catalog a SQLite file, beside it a lock, the vectors in Chroma, answers given before."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from index.catalog.place import LOCK_TIMEOUT_S, Place
from index.catalog.sqlite.writer import SqliteCatalog
from index.errors import IndexBusyError, IndexDamagedError


class FolderPlace(Place):
    """A folder, which need not be there yet."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "catalog.sqlite"

    def __str__(self) -> str:
        return str(self.folder)

    def exists(self) -> bool:
        """Tell whether an index was ever made here."""
        return self.file.is_file()

    def identity(self) -> tuple[int, int] | None:
        """Tell an index from one that was made anew in its place, by its file; None where there is none."""
        try:
            status = self.file.stat()
        except FileNotFoundError:
            return None
        return status.st_dev, status.st_ino

    def open(self, read_only: bool = False) -> SqliteCatalog:
        """Open the catalog, making it when there is none unless `read_only`."""
        return SqliteCatalog(self.file, read_only)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Be the only process that writes the index.

        Raises:
            IndexBusyError: another one is; it is named.
            IndexDamagedError: the lock cannot be taken, or the disk fails meanwhile.
        """
        try:
            with write_lock(self.folder):
                yield
        except OSError as error:
            raise IndexDamagedError(
                f"The index at {self.folder} cannot be written ({error}): what was indexed before is whole; free "
                "space or mend the disk and run it again"
            ) from error

    def writer(self) -> str | None:
        """Name who is writing the index; None while nobody is."""
        if not (self.folder / "lock").exists():  # taking it would make it
            return None
        from filelock import FileLock, Timeout

        try:
            with FileLock(self.folder / "lock").acquire(timeout=0):
                return None
        except Timeout:
            return _holder(self.folder)

    def delete(self) -> None:
        """Delete the folder, if there is one."""
        if self.folder.is_dir():
            with write_lock(self.folder):
                shutil.rmtree(self.folder)


@contextmanager
def write_lock(folder: Path) -> Iterator[None]:
    """Be the only process that writes the index in `folder`.

    Raises:
        IndexBusyError: another one is; it is named.
    """
    from filelock import FileLock, Timeout  # which takes long to load, and readers need no lock

    lock, holder = FileLock(folder / "lock"), folder / "holder"
    try:
        lock.acquire(timeout=LOCK_TIMEOUT_S)
    except Timeout:
        named = _holder(folder)
        raise IndexBusyError(f"Another process ({named}) is writing this index: try again when it is done") from None
    try:
        holder.write_text(f"process {os.getpid()}", encoding="utf-8")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _holder(folder: Path) -> str:
    with suppress(OSError):
        return (folder / "holder").read_text(encoding="utf-8")
    return "unknown"
