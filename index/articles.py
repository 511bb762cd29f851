"""Read a folder of articles: each file's text, its title and its date, with offsets that the file itself confirms."""

import codecs
import hashlib
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath

FORMATS = (".txt", ".md")
MAX_FILE_BYTES = 50_000_000
MAX_TITLE_CHARS = 160
COHERENCE_TIE = 0.03  # of charset-normalizer's 0 to 1

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_DATE_HEAD = re.compile(r"\s*(?:date|published|updated)?\s*:?\s*(\d{4}-\d{2}-\d{2})\b[ \t]*", re.IGNORECASE)
_HEADING = re.compile(r"#{1,6}\s+(.+?)\s*#*$")


@dataclass(frozen=True)
class Article:
    """A file's content.

    `text` is the file decoded, its byte order mark removed and its newlines untouched: every offset in the product
    counts code points of it. Sentences begin at `body_start`, behind a date line that is no part of them.
    """

    id: str
    title: str
    text: str
    published: date | None
    path: Path
    sha256: str
    body_start: int = 0


@dataclass(frozen=True)
class SourceFile:
    """A file of the folder as the file system describes it; equal `size` and `mtime_ns` mean that it is unchanged."""

    id: str
    path: Path
    size: int
    mtime_ns: int


class UnreadableError(Exception):
    """Say why a file is no article; the sync skips the file and keeps the reason."""


def list_files(folder: Path) -> Iterator[SourceFile]:
    """List the regular files of `folder` in the order of their paths, without hidden files and folders."""
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(here, name)
            try:
                status = path.lstat()
            except FileNotFoundError:  # deleted since the folder was listed
                continue
            if stat.S_ISREG(status.st_mode) and not name.startswith("."):
                yield SourceFile(_id_of(path.relative_to(folder)), path, status.st_size, status.st_mtime_ns)


def read_article(file: SourceFile) -> Article:
    """Read one file.

    Raises:
        UnreadableError: it has another format, is too large, is no text, or holds no word.
    """
    if file.path.suffix.lower() not in FORMATS:
        raise UnreadableError(f"{file.path.suffix or 'no suffix'} is not a format that is read yet")
    if file.size > MAX_FILE_BYTES:
        raise UnreadableError(f"larger than {MAX_FILE_BYTES // 1_000_000} MB")
    try:
        raw = file.path.read_bytes()
    except OSError as error:
        raise UnreadableError(error.strerror or str(error)) from error
    text = decode(raw)
    published, body_start = _date_of(text)
    if not re.search(r"\w", text[body_start:]):
        raise UnreadableError("holds no text")
    title = _title_of(text[body_start:]) or re.sub(r"[\s_-]+", " ", PurePosixPath(file.id).stem).strip()
    return Article(file.id, title, text, published, file.path, hashlib.sha256(raw).hexdigest(), body_start)


def decode(raw: bytes) -> str:
    """Decode a file by its byte order mark, as UTF-8, or as the encoding that charset-normalizer finds, never lossily.

    Raises:
        UnreadableError: it is no text in any encoding.
    """
    for bom, encoding in _BOMS:
        if raw.startswith(bom):
            return _decode_strictly(raw, encoding)
    if b"\0" in raw:
        raise UnreadableError("binary, not text")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return _decode_strictly(raw, _detected_encoding(raw))


def _id_of(path: Path) -> str:
    """Give the POSIX form; a byte of the name that is no UTF-8, which no database takes, is written as \\xNN."""
    return os.fsencode(path.as_posix()).decode("utf-8", "backslashreplace")


def _detected_encoding(raw: bytes) -> str:
    """Take the encoding that charset-normalizer finds, or Windows-1252 where that does about as well.

    On a text of few accents many encodings tie, and it names the one of Central Europe first ("ańo" for "año").
    """
    from charset_normalizer import from_bytes

    matches = list(from_bytes(raw))
    if not matches:
        raise UnreadableError("binary, or text in an unknown encoding")
    least = matches[0].coherence - COHERENCE_TIE
    western = any(match.encoding == "cp1252" and match.coherence >= least for match in matches)
    return "cp1252" if western else matches[0].encoding


def _decode_strictly(raw: bytes, encoding: str) -> str:
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableError(f"broken {encoding}: {error.reason} at byte {error.start}") from None
    if "\0" in text:
        raise UnreadableError("binary, not text")
    return text


def _date_of(text: str) -> tuple[date | None, int]:
    """Give the date that the text begins with, and where the text behind it begins."""
    if found := _DATE_HEAD.match(text):
        try:
            return date.fromisoformat(found[1]), found.end()
        except ValueError:
            pass
    return None, 0


def _title_of(body: str) -> str | None:
    """Take a Markdown heading, or a short first line that no sentence ends and that more text follows."""
    first, _, rest = body.strip().partition("\n")
    first = first.strip()
    if heading := _HEADING.match(first):
        return heading[1]
    if rest.strip() and len(first) <= MAX_TITLE_CHARS and first[-1] not in ".!?:;,\"”'’)":
        return first
    return None
