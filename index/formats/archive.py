"""Read the members of a ZIP archive without trusting what it says of their size."""

import zipfile
import zlib
from pathlib import Path
from types import TracebackType
from typing import Self

from index.formats.extract import UnreadableError

MAX_INFLATION = 100
ALWAYS_ALLOWED_BYTES = 20_000_000  # a small honest file may hold a page of one repeated word
CHUNK_BYTES = 1 << 16

_OLE_SIGNATURE = b"\xd0\xcf\x11\xe0"  # of the files of Word up to 2003, and of those encrypted since
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError)


class Archive:
    """An archive of which no more is inflated, all members together, than `MAX_INFLATION` times its size."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            signature = file.read(len(_OLE_SIGNATURE))
        if signature == _OLE_SIGNATURE:
            raise UnreadableError("encrypted with a password, or of an old version of Word")
        self._allowed = max(MAX_INFLATION * path.stat().st_size, ALWAYS_ALLOWED_BYTES)
        try:
            self._zip = zipfile.ZipFile(path)
        except _BROKEN:
            raise UnreadableError("broken ZIP archive") from None
        if sum(member.file_size for member in self._zip.infolist()) > self._allowed:
            self._zip.close()
            raise _too_large()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._zip.close()

    def read(self, name: str) -> bytes | None:
        """Give what a member holds, or None where there is none of this name.

        Raises:
            UnreadableError: it is damaged or encrypted, or inflates too far.
        """
        try:
            member = self._zip.getinfo(name)
        except KeyError:
            return None
        if member.flag_bits & 1:
            raise UnreadableError("encrypted with a password")
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):  # the others inflate without bound
            raise UnreadableError("compressed in a way that these documents never are")
        try:
            return self._inflate(member)
        except _BROKEN:
            raise UnreadableError(f"broken ZIP archive: {name}") from None

    def _inflate(self, member: zipfile.ZipInfo) -> bytes:
        """Read by chunks: `ZipFile.read` inflates all that there is before it looks at the size that is declared."""
        data = bytearray()
        with self._zip.open(member) as stream:
            while chunk := stream.read(CHUNK_BYTES):
                self._allowed -= len(chunk)
                if self._allowed < 0:
                    raise _too_large()
                data += chunk
        return bytes(data)


def _too_large() -> UnreadableError:
    return UnreadableError(f"inflates more than {MAX_INFLATION} times")
