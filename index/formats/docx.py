"""Read Word documents: their paragraphs, tables and notes in order, from the XML that a .docx is made of."""

import posixpath
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from index.formats.archive import Archive
from index.formats.exports import articles_of
from index.formats.extract import Extract, UnreadableError
from index.formats.flow import Flow
from index.formats.metadata import from_mapping
from index.formats.paragraphs import Paragraphs, span
from index.formats.xml_parts import NOTHING, Elements, local_name, parse_part

_MAIN_PART = "/officeDocument"  # how the relationship's type ends, in both dialects of the standard
_NOTES = {"footnote": "/footnotes", "endnote": "/endnotes"}
_HTML_TAGS = {"p": "p", "tbl": "table", "tr": "tr", "tc": "td", "br": "br", "cr": "br"}  # ISO/IEC 29500-1, 17.3, 17.4
_CHARACTERS = {"tab": " ", "noBreakHyphen": "-"}
_UNREAD = frozenset({"del", "moveFrom", "Fallback"})  # what was deleted or moved away; what repeats a drawing's text
_APART = frozenset({"txbxContent", "footnote", "endnote"})  # texts that stand beside the paragraphs around them
_TITLE_STYLE = "Title"
_FIRST_ROW = 0x0020  # of a table's look: its first row is formatted as a header

Found = list[tuple[str, dict[str, str], str]]
Notes = dict[tuple[str, str], str]


def read_docx(path: Path) -> Iterator[Extract]:
    """Read a document: its text as it is with all tracked changes accepted, without headers and footers.

    A note stands as a paragraph behind the one that refers to it, with its number raised; a text box behind the
    paragraph to which it is anchored.

    Raises:
        UnreadableError: it is damaged, encrypted or no Word document, or inflates too far.
    """
    with Archive(path) as archive:
        main_name = _main_part_of(parse_part(archive.read("_rels/.rels") or NOTHING, Elements()).found)
        main_part = archive.read(main_name)
        if main_part is None:
            raise UnreadableError("no Word document")
        body = parse_part(main_part, _Body(_notes_of(archive, main_name)))
        properties = parse_part(archive.read("docProps/core.xml") or NOTHING, Elements())
    text = body.text
    if not text:
        raise UnreadableError("holds no text")
    title = next((text for tag, _, text in properties.found if tag == "title" and text.strip()), None)
    yield from articles_of(Extract(text, from_mapping({"title": title or body.title}, "document")))


def _main_part_of(relationships: Found) -> str:
    for _, attributes, _ in relationships:
        if attributes.get("Type", "").endswith(_MAIN_PART):
            return posixpath.normpath(attributes.get("Target", "").lstrip("/"))
    raise UnreadableError("no Word document")


def _notes_of(archive: Archive, main_name: str) -> Notes:
    """Read the parts of a document that hold its notes."""
    folder, name = posixpath.split(main_name)
    relationships = parse_part(archive.read(f"{folder}/_rels/{name}.rels".lstrip("/")) or NOTHING, Elements()).found
    notes: Notes = {}
    for _, attributes, _ in relationships:
        if attributes.get("Type", "").endswith(tuple(_NOTES.values())):
            part = posixpath.normpath(posixpath.join("/", folder, attributes.get("Target", ""))).lstrip("/")
            notes |= parse_part(archive.read(part) or NOTHING, _Body({})).notes
    return notes


class _Body:
    """Collect the paragraphs of a part; `title` is the one that has the style of a title, `notes` those of a part."""

    def __init__(self, notes: Notes) -> None:
        self.text = ""
        self.title = ""
        self.notes: Notes = {}
        self._flow = Flow()
        self._known_notes = notes
        self._note = ("", "")
        self._in_text = self._in_title = self._is_hidden = False
        self._unread = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        name, of = local_name(tag), {local_name(each): value for each, value in attributes.items()}
        shown = self._flow.shown
        if name in _UNREAD or self._unread or (name in _NOTES and "type" in of):  # the lines that part notes from text
            self._unread += 1
        elif name in _APART:
            self._note = (name, of.get("id", ""))
            self._flow.open_beside()
        elif name in _HTML_TAGS:
            shown.start(_HTML_TAGS[name])
        elif name in _CHARACTERS:
            shown.data(_CHARACTERS[name])
        elif (kind := name.removesuffix("Reference")) != name and kind in _NOTES:
            text = self._known_notes.get((kind, of.get("id", "")), "")
            self._flow.put_note(kind, text, is_numbered="customMarkFollows" not in of)
        elif name == "pStyle" and not self.title:
            self._in_title = of.get("val") == _TITLE_STYLE
        elif name in ("r", "vanish"):
            self._is_hidden = name == "vanish" and of.get("val", "1") not in ("0", "false")
        else:
            _note_table(shown, name, of)
        self._in_text = name == "t"

    def data(self, data: str) -> None:
        if self._in_text and not self._unread and not self._is_hidden:
            self._flow.shown.data(data)
            self.title += data if self._in_title else ""

    def end(self, tag: str) -> None:
        name = local_name(tag)
        self._in_text = False
        if self._unread:
            self._unread -= 1
        elif name in _NOTES:
            self.notes[self._note] = self._flow.close_beside()
        elif name in _APART:
            self._flow.put_behind(self._flow.close_beside())
        elif name in _HTML_TAGS:
            self._flow.shown.end(_HTML_TAGS[name])
            self._in_title = self._in_title and name != "p"
            if name in ("p", "tbl"):
                self._flow.end_paragraph()

    def close(self) -> None:
        self.text = self._flow.close()


def _note_table(shown: Paragraphs, name: str, of: Mapping[str, str]) -> None:
    """Note what a document says of a table, its row or its cell (ISO/IEC 29500-1, 17.4)."""
    table = shown.table
    if table is None:
        return
    row = table.rows[-1] if table.rows else []
    match name:
        case "tblLook":
            look = of.get("val", "") if re.fullmatch("[0-9A-Fa-f]{1,8}", of.get("val", "")) else "0"
            said = of.get("firstRow", "1" if int(look, 16) & _FIRST_ROW else "0")
            table.says_first_row_is_head = said in ("1", "true", "on")
        case "tblHeader":
            table.is_head_row = of.get("val", "1") not in ("0", "false", "off")
        case "gridSpan" if row:
            row[-1].columns = span(of.get("val"))
        case "vMerge" if row:
            row[-1].goes_on = of.get("val", "continue") == "continue"
