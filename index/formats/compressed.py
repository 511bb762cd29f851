"""Unpack .zip and .gz: each file inside is read by its own format, under its own name."""

import gzip
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from index.formats.archive import MAX_INFLATION, Archive
from index.formats.extract import Extract, UnreadableError
from index.formats.left_out import LeftOut

MAX_MEMBERS = 10_000
MAX_UNPACKED_BYTES = 100_000_000
MAX_HEAD_BYTES = 1_000
FEXTRA, FNAME = 4, 8


def read_zip(path: Path) -> Iterator[Extract]:
    """Give the files of an archive; hidden ones and those of macOS are none.

    Raises:
        UnreadableError: it is damaged, inflates too far or holds nothing, or (at its end) a file in it is damaged.
    """
    left_out = LeftOut("file")
    found = False
    with Archive(path) as archive:
        for name in _names(path):
            try:
                content = archive.read(name)
            except UnreadableError as error:
                left_out.add(name, str(error))
                continue
            found = True
            yield Extract(name, record=name.replace("#", " "), attachment=content)
    if not found:
        raise left_out.refuse()
    if left_out:
        raise left_out.told()


def read_gzip(path: Path) -> Iterator[Extract]:
    """Give the file that is compressed, which is the article, or holds the records, of the file itself.

    Raises:
        UnreadableError: it is damaged or inflates too far.
    """
    allowed = min(MAX_UNPACKED_BYTES, max(MAX_INFLATION * path.stat().st_size, 20_000_000))
    try:
        with gzip.open(path) as file:
            content = file.read(allowed + 1)
    except (OSError, EOFError, zlib.error):
        raise UnreadableError("broken gzip") from None
    if len(content) > allowed:
        raise UnreadableError(f"inflates more than {MAX_INFLATION} times, or to more than 100 MB")
    named = path.stem if Path(path.stem).suffix else _stored_name(path) or path.stem
    yield Extract(named, attachment=content)


def _stored_name(path: Path) -> str:
    """Give the name that the file had before (RFC 1952, 2.3), empty where it is not told."""
    with path.open("rb") as file:
        head = file.read(MAX_HEAD_BYTES)
    flags, start = head[3], 10
    if flags & FEXTRA:
        start += 2 + int.from_bytes(head[start : start + 2], "little")
    return head[start:].partition(b"\0")[0].decode("latin-1") if flags & FNAME else ""


def _names(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        names = [each.filename for each in archive.infolist() if not each.is_dir()]
    if len(names) > MAX_MEMBERS:
        raise UnreadableError(f"holds more than {MAX_MEMBERS:,} files")
    return sorted(name for name in dict.fromkeys(names) if not name.startswith("__MACOSX/") and "/." not in f"/{name}")
