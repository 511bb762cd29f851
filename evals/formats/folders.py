"""A folder of text files that is made for a question set, and names that are safe in it."""

import os
import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path

from index.errors import UsageError

MAX_NAME_CHARS = 60  # of up to four bytes each, where a file name may have 255
SUFFIX = ".txt"
_BOM = "\ufeff"


class Names:
    """Names for files and folders beside each other, no two alike even where upper and lower case are the same."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, title: str) -> str:
        """Make a name of a title: letters, digits, `_`, `-` and inner dots, so that it is no GLOB and not hidden."""
        base = re.sub(r"[^\w.-]+", "_", unicodedata.normalize("NFC", title))[:MAX_NAME_CHARS].strip(".") or "_"
        name, number = base, 1
        while name.casefold() in self._taken:
            number += 1
            name = f"{base}_{number}"
        self._taken.add(name.casefold())
        return name


def write_folder(folder: Path, articles: Mapping[str, str]) -> None:
    """Make the text files below `folder` be `articles`, by their path; a file whose bytes are right is not touched.

    Raises:
        UsageError: the folder cannot be written, or a text cannot be encoded.
    """
    try:
        _remove_others(folder, articles)
        for name, text in articles.items():
            _write(folder / name, text)
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {error.strerror or error}") from error


def _remove_others(folder: Path, articles: Mapping[str, str]) -> None:
    for parent, _, names in os.walk(folder, topdown=False):
        for name in names:
            file = Path(parent, name)
            if file.suffix == SUFFIX and file.relative_to(folder).as_posix() not in articles:
                file.unlink()
        if Path(parent) != folder and not list(Path(parent).iterdir()):
            Path(parent).rmdir()


def _write(file: Path, text: str) -> None:
    # Readers take one byte order mark away: a text that begins with that character gets another.
    raw = text.encode("utf-8-sig" if text.startswith(_BOM) else "utf-8")
    if not file.is_file() or file.read_bytes() != raw:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(raw)
