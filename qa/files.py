"""Write a file that is wholly old or wholly new."""

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

from index.errors import UsageError


def write_text(text: str, file: Path) -> None:
    """Write a file, and the folders that it lies in; where it is a link, its target is written.

    Raises:
        UsageError: it cannot be written.
    """
    with _beside(file) as beside:
        beside.write_text(text, encoding="utf-8")
        beside.replace(file.resolve())


def check_writable(file: Path) -> None:
    """Make sure, before work is done for it, that a file can be written.

    Raises:
        UsageError: it cannot.
    """
    with _beside(file) as beside:
        beside.touch()


@contextlib.contextmanager
def _beside(file: Path) -> Iterator[Path]:
    """Give a place in the same folder, where nothing is left."""
    resolved = file.resolve()
    beside = resolved.with_name(f".{resolved.name}.{os.getpid()}")
    try:
        if resolved.exists() and not resolved.is_file():
            raise OSError(errno.EINVAL, "it is no file")
        if any(each.is_file() for each in resolved.parents):
            raise OSError(errno.ENOTDIR, "its folder is a file")
        resolved.parent.mkdir(parents=True, exist_ok=True)
        yield beside
    except OSError as error:
        raise UsageError(f"{file} cannot be written ({error.strerror}): name another file") from error
    finally:
        with contextlib.suppress(OSError):
            beside.unlink()
