"""Read electronic books: the chapters of an EPUB in the order of reading, as one article."""

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from index.formats.archive import Archive
from index.formats.extract import Extract, Metadata, UnreadableError
from index.formats.metadata import from_mapping
from index.formats.paragraphs import decode_html, text_of_html
from index.formats.xml_parts import NOTHING, Elements, parse_part

Found = list[tuple[str, dict[str, str], str]]


def read_epub(path: Path) -> Iterator[Extract]:
    """Read a book.

    Raises:
        UnreadableError: it is damaged, encrypted or no book, or inflates too far.
    """
    with Archive(path) as archive:
        package_path = _package_path(parse_part(archive.read("META-INF/container.xml") or NOTHING, Elements()).found)
        package = parse_part(archive.read(package_path) or NOTHING, Elements()).found
        encrypted = _encrypted(parse_part(archive.read("META-INF/encryption.xml") or NOTHING, Elements()).found)
        chapters = []
        for name in _chapters(package, posixpath.dirname(package_path)):
            if name in encrypted:
                raise UnreadableError("encrypted (digital rights management)")
            if chapter := archive.read(name):
                chapters.append(text_of_html(decode_html(chapter)))
    text = "\n\n".join(filter(None, chapters))
    if not text:
        raise UnreadableError("holds no text")
    yield Extract(text, _metadata_of(package))


def _package_path(container: Found) -> str:
    for tag, attributes, _ in container:
        if tag == "rootfile" and "full-path" in attributes:
            return posixpath.normpath(attributes["full-path"])
    raise UnreadableError("no EPUB")


def _encrypted(encryption: Found) -> set[str]:
    """Name the members that are encrypted; fonts often are, in books that can be read."""
    return {unquote(attributes.get("URI", "")) for tag, attributes, _ in encryption if tag == "CipherReference"}


def _chapters(package: Found, folder: str) -> Iterator[str]:
    """Name the documents of the spine, each once, without the table of contents (EPUB 3.3, section 5)."""
    items = {attributes.get("id"): attributes for tag, attributes, _ in package if tag == "item"}
    order = [attributes.get("idref") for tag, attributes, _ in package if tag == "itemref"]
    for each in dict.fromkeys(order):
        item = items.get(each, {})
        if "html" in item.get("media-type", "html") and "nav" not in item.get("properties", "").split():
            yield posixpath.normpath(posixpath.join(folder, unquote(item.get("href", ""))))


def _metadata_of(package: Found) -> Metadata:
    """Read the Dublin Core; of several dates (EPUB 2) the one of publication."""
    known: dict[str, str] = {}
    for tag, attributes, text in package:
        event = next((value for name, value in attributes.items() if name.endswith("event")), "publication")
        if tag in ("title", "publisher") or (tag == "date" and event == "publication"):
            known.setdefault(tag, text)
    known["published"] = re.sub(r"T.*", "", known.pop("date", "").strip())
    return from_mapping(known, "document")
