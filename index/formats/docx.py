"""Read Word documents: their paragraphs and tables in order, from the XML that a .docx is made of."""

import posixpath
from collections.abc import Iterator
from pathlib import Path

from index.formats.archive import Archive
from index.formats.extract import Extract, UnreadableError
from index.formats.metadata import from_mapping
from index.formats.paragraphs import Paragraphs
from index.formats.xml_parts import NOTHING, Elements, local_name, parse_part

_MAIN_PART = "/officeDocument"  # how the relationship's type ends, in both dialects of the standard
_HTML_TAGS = {"p": "p", "tr": "tr", "tc": "td", "br": "br", "cr": "br"}  # ISO/IEC 29500-1, 17.3 and 17.4
_CHARACTERS = {"tab": " ", "noBreakHyphen": "-"}
_UNREAD = frozenset({"del", "moveFrom", "Fallback"})  # what was deleted or moved away; what repeats a drawing's text
_TITLE_STYLE = "Title"


def read_docx(path: Path) -> Iterator[Extract]:
    """Read a document: its text as it is with all tracked changes accepted, without headers, footers and notes.

    Raises:
        UnreadableError: it is damaged, encrypted or no Word document, or inflates too far.
    """
    with Archive(path) as archive:
        main_part = archive.read(_main_part_of(parse_part(archive.read("_rels/.rels") or NOTHING, Elements()).found))
        if main_part is None:
            raise UnreadableError("no Word document")
        body = parse_part(main_part, _Body())
        properties = parse_part(archive.read("docProps/core.xml") or NOTHING, Elements())
    text = body.paragraphs.text
    if not text:
        raise UnreadableError("holds no text")
    title = next((text for tag, _, text in properties.found if tag == "title" and text.strip()), None)
    yield Extract(text, from_mapping({"title": title or body.title}, "document"))


def _main_part_of(relationships: list[tuple[str, dict[str, str], str]]) -> str:
    for _, attributes, _ in relationships:
        if attributes.get("Type", "").endswith(_MAIN_PART):
            return posixpath.normpath(attributes.get("Target", "").lstrip("/"))
    raise UnreadableError("no Word document")


class _Body:
    """Collect the paragraphs of the main part; `title` is the one that has the style of a title."""

    def __init__(self) -> None:
        self.paragraphs = Paragraphs()
        self.title = ""
        self._in_text = False
        self._in_title = False
        self._unread = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = local_name(tag)
        if name in _UNREAD or self._unread:
            self._unread += 1
        elif name in _HTML_TAGS:
            self.paragraphs.start(_HTML_TAGS[name])
        elif name == "pStyle" and not self.title:
            self._in_title = _TITLE_STYLE in attributes.values()
        elif name in _CHARACTERS:
            self.paragraphs.data(_CHARACTERS[name])
        self._in_text = name == "t"

    def data(self, data: str) -> None:
        if self._in_text and not self._unread:
            self.paragraphs.data(data)
            self.title += data if self._in_title else ""

    def end(self, tag: str) -> None:
        name = local_name(tag)
        self._in_text = False
        if self._unread:
            self._unread -= 1
        elif name in _HTML_TAGS:
            self.paragraphs.end(_HTML_TAGS[name])
            self._in_title = self._in_title and name != "p"

    def close(self) -> None:
        self.paragraphs.close()
