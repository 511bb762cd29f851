"""Put the text of marked-up documents into paragraphs, and pages into characters."""

import re
from collections.abc import Mapping

from index.formats.encodings import decode_declared
from index.formats.tables import MAX_COLUMNS, Cell, Table

DECLARATION_BYTES = 4_096  # browsers look at 1,024; pages with long heads exist
MAX_ROW_CHARS = 300  # a longer row of a table is layout, its cells are texts of their own
BEFORE_MARK_CHARS = 500
RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
MAX_CELL_CHARS = 60  # of a table of data in mail

# Trafilatura's own names for its elements are among them: item, list, quote, row, cell, lb.
_BLOCKS = frozenset(
    "address article aside blockquote body caption dd details dialog div dl dt fieldset figcaption figure footer "
    "form h1 h2 h3 h4 h5 h6 header hr html item li list main nav ol option p pre quote section summary table tbody "
    "tfoot thead ul".split()
)
_ROWS = frozenset({"tr", "row"})
_CELLS = frozenset({"td", "th", "cell"})
_UNREAD = frozenset("head script style noscript template iframe object svg math select textarea title rp rt".split())
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())

_HIDDEN = re.compile(r"display:\s*none|mso-hide:\s*all|visibility:\s*hidden|max-height:\s*0", re.IGNORECASE)
_DECLARED = re.compile(rb"""<(?:meta|\?xml)\s[^>]*?(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_NOTE_MARK = re.compile(  # a number that leads to a note, or back from it
    r"<sup\b[^<>]{0,500}>\s*<a\b[^<>]{0,500}\bhref=[\"']?[^\"'<>]{0,500}#[^<>]{0,500}>\s*\[?(\d{1,3}|[*†‡])\]?\s*</a>\s*</sup>"
    r"|<a\b[^<>]{0,500}\bhref=[\"']?[^\"'<>]{0,500}#[^<>]{0,500}>\s*<sup\b[^<>]{0,500}>\s*\[?(\d{1,3}|[*†‡])\]?\s*</sup>\s*</a>"
    r"|<a\b[^<>]{0,500}(?:noteref|note-?ref|foot-?note|end-?note|backlink)[^<>]{0,500}>\s*\[?(\d{1,3}|[*†‡])\]?\s*</a>",
    re.IGNORECASE,
)
_BLOCK_BEGINS = re.compile(
    r"<(?:p|li|div|dd|td|aside)\b[^<>]*>\s*(?:<(?:span|a|b|i|em|font|small)\b[^<>]*>\s*)*$", re.I
)
_EMPTY_TAG = re.compile(r"<([A-Za-z][\w:.-]*)((?:\s[^<>]*?)?)/>")
_UNPARSABLE = re.compile("[\0-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


class Paragraphs:
    """Collect paragraphs from the events of a parser or a walk: a list item is one, and a row of a table too.

    A table with a header is one paragraph, in Markdown, so that each row is read with its header.

    With `laid_out` tables are for layout unless their cells are words rather than sentences, as in mail.
    """

    def __init__(self, laid_out: bool = False) -> None:
        self.text = ""
        self.tables: dict[str, str] = {}  # those in Markdown, each with the words of its cells in their order
        self._laid_out = laid_out
        self._apart: set[int] = set()  # depths of the open rows of layout
        self._run: list[str] = []
        self._paragraphs: list[str] = []
        self._outer: list[list[str]] = []  # of each open row and cell, the paragraphs before it
        self._tables: list[Table] = []  # that are open, the innermost last
        self._unread = 0
        self._preformatted = 0

    @property
    def table(self) -> Table | None:
        """Give the table that is open, whose last cell is the one that is open."""
        return self._tables[-1] if self._tables else None

    def start(self, tag: str, attributes: Mapping[str, str] | None = None) -> None:
        if tag in _UNREAD or self._unread or (self._laid_out and _is_hidden(attributes)):
            self._unread += 1
        elif tag == "br" or tag == "lb":
            self._run.append("\n")
        elif tag in _ROWS or tag in _CELLS:
            self._end_paragraph()
            self._note_part(tag, attributes or {})
            self._outer.append(self._paragraphs)
            self._paragraphs = []
        elif tag in _BLOCKS:
            self._end_paragraph()
            self._preformatted += tag == "pre"
            if tag == "table":
                self._tables.append(Table())

    def data(self, data: str) -> None:
        if not self._unread:
            self._run.append(data if self._preformatted else data.replace("\n", " ").replace("\r", " "))

    def end(self, tag: str) -> None:
        if self._unread:
            self._unread -= 1
        elif tag in _ROWS or tag in _CELLS:
            self._end_paragraph()
            self._end_part(" " if tag in _CELLS else " | ", is_cell=tag in _CELLS)
        elif tag in _BLOCKS:
            self._end_paragraph()
            self._preformatted -= tag == "pre" and self._preformatted > 0
            if tag == "table" and self._tables:
                self._end_table()

    def add(self, text: str) -> None:
        """Put in paragraphs that another collector has made."""
        self._end_paragraph()
        self._paragraphs.append(text)

    def close(self) -> None:
        self._end_paragraph()
        while self._outer:
            self._end_part(" ")
        self.text = "\n\n".join(self._paragraphs)

    def _end_paragraph(self) -> None:
        text = "".join(self._run).strip()
        self._run.clear()
        if text:
            text = re.sub(r" *\n *", "\n", re.sub(r"[^\S\n]+", " ", text))
            self._paragraphs += re.split(r"\n{2,}", text)

    def _note_part(self, tag: str, attributes: Mapping[str, str]) -> None:
        table = self.table
        if table is None:
            return
        if tag in _CELLS:
            is_head = tag == "th" or attributes.get("role") == "head" or table.is_head_row
            columns, rows = (span(attributes.get(name)) for name in ("colspan", "rowspan"))
            (table.rows or [[]])[-1].append(Cell(columns=min(columns, MAX_COLUMNS), rows=rows, is_head=is_head))
        else:
            table.begins = len(self._paragraphs) if table.begins is None else table.begins
            table.is_head_row = False
            table.rows.append([])

    def _end_table(self) -> None:
        table = self._tables.pop()
        markdown = table.markdown()
        if markdown and table.begins is not None:
            self._paragraphs[table.begins :] = [markdown]
            self.tables[markdown] = " ".join(cell.text for row in table.rows for cell in row)
        if self._tables and (markdown or len(table.rows) > 1):  # a table around it is there to place it
            self._tables[-1].is_layout = True

    def _end_part(self, between: str, is_cell: bool = False) -> None:
        """Put the parts of a row, or of a cell, into one line where they are short."""
        if not self._outer:
            return
        parts, self._paragraphs = self._paragraphs, self._outer.pop()
        table = self.table
        if is_cell and table and table.rows and table.rows[-1]:
            table.rows[-1][-1].text = " ".join(" ".join(parts).split())
        if (table and table.is_layout) or (self._laid_out and self._is_layout(parts, between == " ")):
            self._paragraphs += parts
            return
        if sum(map(len, parts)) <= MAX_ROW_CHARS and parts:
            parts = [between.join(" ".join(part.split()) for part in parts)]
        self._paragraphs += parts

    def _is_layout(self, parts: list[str], is_cell: bool) -> bool:
        """Tell whether the part that ended here was no cell or row of a table of data."""
        depth = len(self._outer)
        if is_cell:
            layout = len(parts) > 1 or any(len(each) > MAX_CELL_CHARS or each[-1] in ".!?…" for each in parts)
            self._apart |= {depth - 1} if layout else set()
            return layout
        layout = depth in self._apart
        self._apart.discard(depth)
        return layout


def _is_hidden(attributes: Mapping[str, str] | None) -> bool:
    """Tell what a mail does not show but in a list of mails: the words before its own."""
    return attributes is not None and _HIDDEN.search(attributes.get("style") or "") is not None


def span(value: str | None) -> int:
    """Read how many rows or columns a cell spans; 0, for all that follow, is not known in tables of articles."""
    return max(1, int(value)) if value and re.fullmatch(r"\d{1,3}", value, re.ASCII) else 1


def text_of_html(markup: str, laid_out: bool = False) -> str:
    """Give all that a page or a piece of one shows, its blocks as paragraphs; scripts and styles are not shown."""
    return paragraphs_of_html(markup, laid_out).text


def paragraphs_of_html(markup: str, laid_out: bool = False) -> Paragraphs:
    """Give what a page or a piece of one shows, and its tables."""
    from lxml import etree

    shown = Paragraphs(laid_out)
    parser = etree.HTMLParser(target=shown, encoding="utf-8", huge_tree=True)  # a target is free of limits on depth
    try:
        etree.fromstring(parsable(markup), parser)
    except etree.LxmlError:  # nothing in it
        shown.close()
    return shown


def decode_html(raw: bytes, declared: str | None = None) -> str:
    """Decode a page; `declared` is what was said of it by who sent it, which is stronger than what it says itself.

    Raises:
        UnreadableError: it is no text in any encoding.
    """
    found = _DECLARED.search(raw, 0, DECLARATION_BYTES)
    return decode_declared(raw, declared, found[1].decode("ascii", "replace") if found else None)


def parsable(markup: str) -> bytes:
    """Give what an HTML parser takes: nothing that XML does not know, and XHTML's <title/> as <title></title>.

    Numbers of notes stand raised before the notes, and not in the sentences that refer to them.
    """
    markup = _NOTE_MARK.sub(_raised_or_nothing, _UNPARSABLE.sub("\ufffd", markup))
    if "xhtml" in markup[:DECLARATION_BYTES] or markup.lstrip().startswith("<?xml"):
        markup = _EMPTY_TAG.sub(
            lambda tag: tag[0] if tag[1].lower() in _VOID else f"<{tag[1]}{tag[2]}></{tag[1]}>", markup
        )
    return markup.encode()


def _raised_or_nothing(mark: re.Match[str]) -> str:
    before = mark.string[max(0, mark.start() - BEFORE_MARK_CHARS) : mark.start()]
    number = next(filter(None, mark.groups()))
    return f"{number.translate(RAISED)} " if _BLOCK_BEGINS.search(before) else ""
