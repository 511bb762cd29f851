"""The stamp of a Chroma folder: which one is current, what it holds, and how each of its files was left.

A folder is opened only while its files are as its writer stamped them, for Chroma may crash on others. Size and
modification time tell most damage at the cost of a few `stat`s, the digests all of it; they also tell a folder that was
merely copied or touched from a damaged one.
"""

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

from pydantic import TypeAdapter, ValidationError

STAMP_FILE = "current.json"


class FileState(NamedTuple):
    """A file as it was left."""

    size: int
    mtime_ns: int
    blake2b: str


@dataclass(frozen=True)
class Stamp:
    """What a writer left behind.

    `folder` is a name beside the stamp, `records` counts what it holds, `changes` how many were changed in copies since
    it was built from nothing. Where `unsound` says why Chroma cannot serve the records, there is no folder.
    """

    generation: int
    records: int
    folder: str = ""
    changes: int = 0
    files: dict[str, FileState] | None = None
    unsound: str | None = None

    def fits(self, parent: Path) -> bool:
        """Tell whether the files have the size and the modification time that they were left with."""
        left = {name: state[:2] for name, state in (self.files or {}).items()}
        return left == _sizes_and_times(parent / self.folder)

    def is_intact(self, parent: Path) -> bool:
        """Tell whether the files hold, byte for byte, what they were left with; reads them whole, 1 GB a second."""
        if not self.fits(parent):
            return False
        with suppress(OSError):
            return all(_digest(parent / self.folder / name) == digest for name, digest in digests(self.files).items())
        return False


_STAMP = TypeAdapter(Stamp)


def read_stamp(parent: Path) -> Stamp | None:
    """Read the stamp in `parent`; None when there is none that can be read."""
    try:
        return _STAMP.validate_json((parent / STAMP_FILE).read_bytes())
    except (OSError, ValidationError):
        return None


def write_stamp(parent: Path, stamp: Stamp) -> None:
    """Replace the stamp in `parent` at once."""
    draft = parent / f"{STAMP_FILE}.partial"
    with draft.open("w", encoding="utf-8") as file:
        json.dump(asdict(stamp), file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(parent / STAMP_FILE)


def seal(folder: Path) -> dict[str, FileState]:
    """Put the files of `folder` on the disk and give the state of each by its path below it."""
    states = {}
    for name, (size, mtime_ns) in _sizes_and_times(folder).items():
        with (folder / name).open("rb+") as file:  # Windows syncs no file that is open for reading only
            os.fsync(file.fileno())
        states[name] = FileState(size, mtime_ns, _digest(folder / name))
    return states


def digests(states: dict[str, FileState] | None) -> dict[str, str]:
    """Give what the files hold, whenever it was written."""
    return {name: state.blake2b for name, state in (states or {}).items()}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "blake2b").hexdigest()


def _sizes_and_times(folder: Path) -> dict[str, tuple[int, int]]:
    found = {}
    for here, _, names in os.walk(folder):
        for name in names:
            path = Path(here, name)
            status = path.lstat()
            found[path.relative_to(folder).as_posix()] = (status.st_size, status.st_mtime_ns)
    return found
