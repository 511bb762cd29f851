"""Read OpenDocument texts: headings, paragraphs, lists, tables and notes, from the XML that an .odt is made of."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from index.formats.archive import Archive
from index.formats.exports import articles_of
from index.formats.extract import Extract, UnreadableError
from index.formats.flow import Flow
from index.formats.metadata import from_mapping
from index.formats.paragraphs import span
from index.formats.tables import MAX_COLUMNS
from index.formats.xml_parts import NOTHING, Elements, local_name, parse_part

_BODY = "text"  # of the namespace `office`: of a spreadsheet or a presentation it has another name
_HTML_TAGS = {
    **{"p": "p", "h": "p", "list-item": "li", "line-break": "br"},
    **{"table": "table", "table-row": "tr", "table-cell": "td"},
}  # OpenDocument 1.3 part 3, sections 5, 6 and 9
# What was deleted, what its author says beside the text, tables of contents, pictures' names; cells that others cover.
_UNREAD = frozenset(
    "tracked-changes annotation annotation-end note-citation table-of-content hidden-text hidden-paragraph title desc "
    "covered-table-cell forms sequence-decls variable-decls user-field-decls ruby-text script".split()
)
_HEADER_ROWS = "table-header-rows"


def read_odt(path: Path) -> Iterator[Extract]:
    """Read a document; a note stands behind the paragraph that refers to it, a text box behind that of its anchor.

    Raises:
        UnreadableError: it is damaged, encrypted or no OpenDocument text, or inflates too far.
    """
    with Archive(path) as archive:
        manifest = parse_part(archive.read("META-INF/manifest.xml") or NOTHING, Elements()).found
        if any(tag == "encryption-data" for tag, _, _ in manifest):
            raise UnreadableError("encrypted with a password")
        content = archive.read("content.xml")
        if content is None:
            raise UnreadableError("no OpenDocument text")
        body = parse_part(content, _Body())
        properties = parse_part(archive.read("meta.xml") or NOTHING, Elements()).found
    if not body.text:
        raise UnreadableError("holds no text")
    title = next((text for tag, _, text in properties if tag == "title"), "")
    yield from articles_of(Extract(body.text, from_mapping({"title": title}, "document")))


class _Body:
    """Collect the paragraphs of the body."""

    def __init__(self) -> None:
        self.text = ""
        self._flow = Flow()
        self._kinds: list[str] = []  # of the notes that are open
        self._in_body = self._in_header = False
        self._unread = self._in_paragraph = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        name, of = local_name(tag), {local_name(each): value for each, value in attributes.items()}
        self._in_body = self._in_body or (name == _BODY and ":office:" in tag)
        shown = self._flow.shown
        if not self._in_body or name in _UNREAD or self._unread:
            self._unread += self._in_body
        elif name == "note":
            self._kinds.append(of.get("note-class", "footnote"))
        elif name in ("note-body", "text-box"):
            self._flow.open_beside()
        elif name == _HEADER_ROWS:
            self._in_header = True
        elif name in _HTML_TAGS:
            shown.start(_HTML_TAGS[name], _spans(of) if name == "table-cell" else None)
            self._in_paragraph += name in ("p", "h")
            if name == "table-row" and shown.table:
                shown.table.is_head_row = self._in_header
        elif name in ("tab", "s"):
            shown.data(" ")

    def data(self, data: str) -> None:
        if self._in_paragraph and not self._unread:
            self._flow.shown.data(data)

    def end(self, tag: str) -> None:
        name = local_name(tag)
        if not self._in_body:
            return
        if self._unread:
            self._unread -= 1
        elif name == "note-body":
            self._flow.put_note(self._kinds.pop() if self._kinds else "", self._flow.close_beside())
        elif name == "text-box":
            self._flow.put_behind(self._flow.close_beside())
        elif name == _HEADER_ROWS:
            self._in_header = False
        elif name in _HTML_TAGS:
            self._flow.shown.end(_HTML_TAGS[name])
            self._in_paragraph -= name in ("p", "h")
            if name in ("p", "h", "table"):
                self._flow.end_paragraph()

    def close(self) -> None:
        self.text = self._flow.close()


def _spans(of: Mapping[str, str]) -> dict[str, str]:
    """Write how far a cell reaches as HTML does; one that is repeated, as those at the end of a row, is empty."""
    columns = max(span(of.get("number-columns-spanned")), span(of.get("number-columns-repeated")))
    return {"colspan": str(min(columns, MAX_COLUMNS)), "rowspan": of.get("number-rows-spanned", "1")}
