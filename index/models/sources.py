"""What a source of models is: it fills a file, continuing whatever is in it, or says why it cannot.

Whether the bytes are the right ones is not asked here: `index.models.pull` hashes them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class ModelFile:
    """Name one file of a model, relative to its folder, with the size and sha256 of the official one."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Wheels:
    """Say which wheels carry a model: part `{n}` (from 1) of `{file}` is `member` of `requirement`.

    Without `part_bytes` a single wheel holds whole files; with it, every part but the last has that length.
    """

    requirement: str
    member: str
    part_bytes: int | None = None


Tell = Callable[[str, int], None]
"""Hears from where a file comes, and how many of its bytes are here."""

Source = Callable[[ModelFile, Path, Tell], None]


class SourceError(Exception):
    """Report why a source did not give a file; `index.models.pull` asks the next one."""


def size_of(path: Path) -> int:
    """Give the size of a file in bytes, 0 where there is none."""
    return path.stat().st_size if path.exists() else 0
