"""Read pages that a browser saved whole: MHTML (.mhtml, .mht) and Safari's .webarchive. What they refer to is not read.

MHTML is a mail (RFC 2557): its root part is the page, the others are pictures, styles and frames.
"""

import email
import email.policy
import plistlib
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast
from xml.parsers.expat import ExpatError

from index.formats.extract import Extract, UnreadableError
from index.formats.metadata import from_mapping
from index.formats.web import read_page

PAGE_TYPES = ("text/html", "application/xhtml+xml")

_MALFORMED = (AttributeError, LookupError, TypeError, ValueError)  # what the standard library raises for bad headers


def read_mhtml(path: Path) -> Iterator[Extract]:
    """Read the page of an MHTML file.

    Raises:
        UnreadableError: there is none in it, or none that shows a text.
    """
    with path.open("rb") as file:
        message = email.message_from_binary_file(file, policy=email.policy.compat32)
    root = _root_of(message)
    if root is None:
        raise UnreadableError("no MHTML, or none with a web page in it")
    page = cast(bytes, root.get_payload(decode=True))
    url = _text(root, "content-location") or _text(message, "snapshot-content-location")
    yield read_page(page, root.get_content_charset(), from_mapping({"url": url}, "MHTML"))


def read_webarchive(path: Path) -> Iterator[Extract]:
    """Read the main resource of a web archive of Safari, which is a property list.

    Raises:
        UnreadableError: it is no web archive, its main resource is no page, or shows no text.
    """
    try:
        main = plistlib.loads(path.read_bytes())["WebMainResource"]
        page, kind = bytes(main["WebResourceData"]), main.get("WebResourceMIMEType")
    except (*_MALFORMED, ExpatError, OverflowError, plistlib.InvalidFileException):
        raise UnreadableError("no web archive") from None
    if kind not in PAGE_TYPES:
        raise UnreadableError("a web archive of something other than a web page")
    encoding = main.get("WebResourceTextEncodingName")
    known = from_mapping({"url": main.get("WebResourceURL")}, "web archive")
    yield read_page(page, encoding if isinstance(encoding, str) else None, known)


def _root_of(message: Any) -> EmailMessage | None:
    """Give the part that is the page: the one that `start` names, that of the address that was saved, or the first."""
    pages = [part for part in message.walk() if part.get_content_type() in PAGE_TYPES and not part.is_multipart()]
    start, address = message.get_param("start"), _text(message, "snapshot-content-location")
    named = [part for part in pages if start and _text(part, "content-id") == start]
    named += [part for part in pages if address and _text(part, "content-location") == address]
    return next(iter([*named, *pages]), None)


def _text(part: Any, name: str) -> str:
    """Give a header, of which long ones are folded."""
    return "".join(str(part.get(name, "")).split())
