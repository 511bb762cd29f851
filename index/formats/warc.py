"""Read archives of the web, WARC (ISO 28500): each page that a server sent is an article of its own."""

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import replace
from email.message import Message
from pathlib import Path
from typing import IO, Any

from index.formats.archive import ALWAYS_ALLOWED_BYTES, MAX_INFLATION
from index.formats.dates import parse_date
from index.formats.extract import Extract, UnreadableError
from index.formats.metadata import from_first_lines, from_mapping
from index.formats.saved_pages import PAGE_TYPES
from index.formats.web import read_page

MAX_PAGE_BYTES = 20_000_000
BLOCK_BYTES = 1 << 16

_GZIP = b"\x1f\x8b"
_BROKEN = (ValueError, LookupError, AttributeError, TypeError)  # what warcio raises for lengths that are none


def read_warc(path: Path) -> Iterator[Extract]:
    """Read the pages of an archive, each under the number of its record, from 1.

    A page is dated by itself, or by its capture where neither it nor its first lines tell a day.

    Raises:
        UnreadableError: it is no WARC, or (at its end) holds no page, or pages that cannot be read.
    """
    from warcio.archiveiterator import ArchiveIterator
    from warcio.exceptions import ArchiveLoadFailed

    found, left_out = False, list[str]()
    number = 0
    with path.open("rb") as file:
        stream = _Inflated(file, path.stat().st_size)
        records = ArchiveIterator(stream)
        try:
            for number, record in enumerate(records, 1):
                if not _is_page(record):
                    continue
                try:
                    yield _article_of(record, str(number))
                    found = True
                except UnreadableError as error:
                    left_out.append(f"record {number}: {error}")
        except (ArchiveLoadFailed, *_BROKEN):
            left_out.append(f"broken behind record {number}" if number else "no WARC, or broken in its first record")
    left_out += stream.broken
    if records.err_count:
        left_out.append("a record is longer than it says")
    if left_out or not found:
        raise UnreadableError(_reason(left_out, found))


def _reason(left_out: list[str], found: bool) -> str:
    if not left_out:
        return "holds no web page"
    more = f" ({len(left_out) - 1:,} more)" if len(left_out) > 1 else ""
    return f"{'indexed, but ' if found else ''}{left_out[0]}{more}"


def _is_page(record: Any) -> bool:
    """Tell whether a record holds a page as it is: sent with status 200, or stored without the server's headers."""
    if record.rec_type == "response" and record.http_headers:
        return record.http_headers.get_statuscode() == "200" and _type_of(record)[0] in PAGE_TYPES
    return record.rec_type == "resource" and _type_of(record)[0] in PAGE_TYPES


def _type_of(record: Any) -> tuple[str, str | None]:
    """Give the media type that was sent, and its encoding."""
    headers = record.http_headers or record.rec_headers
    message = Message()
    message["content-type"] = headers.get_header("content-type") or "application/octet-stream"
    return message.get_content_type(), message.get_content_charset()


def _article_of(record: Any, number: str) -> Extract:
    url = (record.rec_headers.get_header("WARC-Target-URI") or "").strip("<>")  # wget writes it between these
    extract = read_page(_content_of(record), _type_of(record)[1], from_mapping({"url": url}, "WARC"))
    captured = parse_date(record.rec_headers.get_header("WARC-Date"))
    metadata = extract.metadata
    if captured and not metadata.published and not from_first_lines(extract.text)[0].published:
        metadata = replace(metadata, published=captured, sources={**metadata.sources, "published": "day of capture"})
    return replace(extract, metadata=metadata, record=number)


def _content_of(record: Any) -> bytes:
    """Give the page without its chunks and compression.

    Raises:
        UnreadableError: it is damaged, cut off, too large, or compressed in a way that is not known.
    """
    from warcio.bufferedreaders import ChunkedDataReader

    sent = record.http_headers or record.rec_headers
    is_chunked = (sent.get_header("transfer-encoding") or "").lower() == "chunked"
    stream = ChunkedDataReader(record.raw_stream) if is_chunked else record.raw_stream
    content = bytearray()
    while block := stream.read(BLOCK_BYTES):
        content += block
        if len(content) > MAX_PAGE_BYTES:
            raise _too_large()
    if getattr(record.raw_stream, "limit", 0) > 0 and not record.raw_stream.read(1):
        raise UnreadableError("a page that is cut off")
    return _unpacked(bytes(content), (sent.get_header("content-encoding") or "identity").strip().lower())


def _unpacked(content: bytes, encoding: str) -> bytes:
    """Inflate what was sent compressed; servers also say so of what is not."""
    if encoding in ("br", "zstd", "compress"):
        raise UnreadableError(f"a page compressed as {encoding}")
    if encoding not in ("gzip", "x-gzip", "deflate") or content.lstrip()[:1] == b"<":
        return content
    is_bare = encoding == "deflate" and content[:1] != b"\x78"
    inflater = zlib.decompressobj(-15 if is_bare else 47)  # 47: of gzip or of zlib, by its head
    try:
        inflated = inflater.decompress(content, MAX_PAGE_BYTES)
    except zlib.error:
        raise UnreadableError("a page that is damaged") from None
    if inflater.unconsumed_tail:
        raise _too_large()
    if not inflater.eof:
        raise UnreadableError("a page that is cut off")
    return inflated


def _too_large() -> UnreadableError:
    return UnreadableError(f"a page larger than {MAX_PAGE_BYTES // 1_000_000} MB")


class _Inflated:
    """The bytes of an archive, inflated member by member, but no more than `MAX_INFLATION` times its size.

    An archive that is cut off or damaged ends there; `broken` says so.
    """

    def __init__(self, file: IO[bytes], size: int) -> None:
        self.broken: list[str] = []
        self._allowed = max(MAX_INFLATION * size, ALWAYS_ALLOWED_BYTES)
        self._at = 0
        is_gzip = file.read(len(_GZIP)) == _GZIP
        file.seek(0)
        self._read = gzip.GzipFile(fileobj=file).read1 if is_gzip else file.read

    def read(self, size: int) -> bytes:
        if self.broken:
            return b""
        try:
            block = self._read(size)
        except (EOFError, zlib.error, gzip.BadGzipFile):
            self.broken.append("cut off or damaged")
            return b""
        self._at += len(block)
        if self._at > self._allowed:
            self.broken.append(f"inflates more than {MAX_INFLATION} times")
            return b""
        return block

    def tell(self) -> int:
        return self._at

    def close(self) -> None: ...
