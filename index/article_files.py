"""A folder of articles as the file system tells it, and the place of its index; read without any heavy library."""

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_data_path

from index.errors import NoArticlesError


@dataclass(frozen=True)
class SourceFile:
    """A file of the folder as the file system describes it; equal `size` and `mtime_ns` mean that it is unchanged."""

    id: str
    path: Path
    size: int
    mtime_ns: int


def index_folder_of(articles: Path) -> Path:
    """Give the place of a folder's index: in the user's data directory, under a hash of the folder's real path."""
    digest = hashlib.sha256(os.fsencode(articles.resolve())).hexdigest()[:16]
    return user_data_path("article-qa") / "indexes" / digest


def list_files(folder: Path) -> Iterator[SourceFile]:
    """List the regular files of `folder`, those of a folder before its folders', without hidden files and folders."""
    pending = [os.fspath(folder)]
    below = len(os.path.join(pending[0], ""))  # noqa: PTH118  # a Path for each folder would take longer than the walk
    while pending:
        folders = []
        for entry in _entries(pending.pop()):
            try:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                elif entry.is_file(follow_symlinks=False):
                    status = entry.stat(follow_symlinks=False)
                    yield SourceFile(_id_of(entry.path[below:]), Path(entry.path), status.st_size, status.st_mtime_ns)
            except OSError:  # deleted since the folder was listed
                continue
        pending.extend(reversed(folders))


def path_of(folder: Path, file_id: str) -> Path:
    """Give the path of a file by its id."""
    path = folder / file_id
    if "\\x" not in file_id or path.exists():
        return path
    named = re.sub(rb"\\x([0-9a-f]{2})", lambda found: bytes.fromhex(found[1].decode()), file_id.encode())
    return folder / os.fsdecode(named)


def no_articles(folder: Path, skipped: Sequence[tuple[str, str]] = ()) -> NoArticlesError:
    """Give the error for a folder of nothing but files that were skipped, or of none."""
    advice = "put articles there, such as .txt, .md, .html, .pdf, .docx, .epub, .jsonl or .csv files"
    if not skipped:
        return NoArticlesError(f"{folder} holds no article: {advice}")
    path, reason = skipped[0]
    return NoArticlesError(f"{folder} holds no readable article ({len(skipped)} skipped; {path}: {reason}): {advice}")


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted((each for each in entries if not each.name.startswith(".")), key=lambda each: each.name)
    except OSError:  # no permission, or deleted meanwhile
        return []


def _id_of(path: str) -> str:
    """Give the POSIX form; a byte of the name that is no UTF-8, which no database takes, is written as \\xNN."""
    return os.fsencode(path.replace(os.sep, "/")).decode("utf-8", "backslashreplace")
