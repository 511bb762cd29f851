"""Read Rich Text Format: paragraphs, tables and notes, in the code pages of its fonts (Microsoft, RTF 1.9.1)."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from index.formats.exports import articles_of
from index.formats.extract import Extract, UnreadableError
from index.formats.flow import Flow
from index.formats.metadata import from_mapping

MAX_DEPTH = 10_000  # of groups: documents have some tens

_TOKEN = re.compile(
    rb"\\(?:(?P<word>[A-Za-z]{1,32})(?P<number>-?\d{1,10})? ?|'(?P<hex>[0-9A-Fa-f]{2})|(?P<symbol>[^A-Za-z]))"
    rb"|(?P<brace>[{}])|[\r\n\0]+|(?P<text>[^\\{}\r\n\0]+)",
    re.DOTALL,
)
_CHARACTERS = {
    **{"tab": " ", "emdash": "—", "endash": "–", "emspace": " ", "enspace": " ", "qmspace": " ", "bullet": "•"},
    **{"lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”", "zwj": "\u200d", "zwnj": "\u200c"},
}
_SYMBOLS = {b"~": "\u00a0", b"_": "-", b"\\": "\\", b"{": "{", b"}": "}"}
_PARAGRAPH_ENDS = frozenset(("par", "sect", "page", "column"))
# Groups that hold no text of the document, beside those that begin with \*, which say so themselves.
_UNREAD = frozenset(
    "fonttbl colortbl stylesheet info header headerl headerr headerf footer footerl footerr footerf pict object "
    "objdata fldinst annotation atnid atnauthor bkmkstart bkmkend xe tc rxe pntext pntxta pntxtb listtext listtable "
    "listoverridetable revtbl rsidtbl generator nonshppict themedata datastore ftnsep ftnsepc aftnsep aftnsepc "
    "template private filetbl comment shprslt".split()
)
_CODE_PAGES = {
    **{77: "mac_roman", 128: "cp932", 129: "cp949", 130: "johab", 134: "gb18030", 136: "cp950", 161: "cp1253"},
    **{162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874"},
    **{238: "cp1250", 254: "cp437", 255: "cp850"},
}  # by \fcharset


@dataclass(frozen=True)
class _State:
    """What a group inherits: `skip` is how many characters stand in for one that is told by its number."""

    destination: str = ""
    is_unread: bool = False
    is_hidden: bool = False
    is_in_table: bool = False
    font: int | None = None
    skip: int = 1


def read_rtf(path: Path) -> Iterator[Extract]:
    """Read a document; a note stands behind the paragraph that refers to it.

    Raises:
        UnreadableError: it is no such document, or nested too deeply.
    """
    raw = path.read_bytes()
    if not raw.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{\\rtf"):
        raise UnreadableError("no Rich Text Format")
    document = _Document()
    document.read(raw)
    if not document.text:
        raise UnreadableError("holds no text")
    yield from articles_of(Extract(document.text, from_mapping({"title": document.title}, "document")))


class _Document:
    """Collect the paragraphs of a document from its tokens."""

    def __init__(self) -> None:
        self.text = ""
        self.title = ""
        self._flow = Flow()
        self._state = _State()
        self._outer: list[tuple[_State, str]] = []  # with what the group was opened for: a note, a text box
        self._raw = bytearray()  # characters whose code page is not applied yet, for some are two bytes
        self._code_page = "cp1252"
        self._fonts: dict[int, str] = {}
        self._font_read = 0
        self._skip = 0
        self._is_row_open = self._is_cell_open = self._is_head = False

    def read(self, raw: bytes) -> None:
        at = 0
        while found := _TOKEN.search(raw, at):
            at = found.end()
            match found.lastgroup:
                case "hex":
                    self._bytes(bytes.fromhex(found["hex"].decode()))
                case "text":
                    self._bytes(found["text"])
                case "brace":
                    self._brace(found["brace"])
                case "symbol":
                    self._symbol(found["symbol"])
                case "word" | "number":
                    word, number = found["word"].decode().lower(), found["number"]
                    at += int(number or 0) if word == "bin" and (number or b"0")[:1] != b"-" else 0
                    self._word(word, None if number is None else int(number))
        self._end_table()
        self._flush()
        while self._flow.depth:
            self._flow.put_behind(self._flow.close_beside())
        self.text = self._flow.close().encode("utf-16", "surrogatepass").decode("utf-16", "replace")

    def _bytes(self, raw: bytes) -> None:
        skipped = min(self._skip, len(raw))
        self._skip -= skipped
        self._raw += raw[skipped:]

    def _flush(self) -> None:
        """Decode the bytes that have come in one font."""
        if self._raw:
            code_page = self._fonts.get(self._state.font if self._state.font is not None else -1, self._code_page)
            raw, self._raw = bytes(self._raw), bytearray()
            self._show(raw.decode(code_page, "replace"))

    def _show(self, text: str) -> None:
        state = self._state
        if state.destination == "title":
            self.title += text
        if state.is_unread or state.is_hidden:
            return
        if state.is_in_table and not self._flow.depth:
            self._open_cell()
        elif not self._is_row_open and text.strip() and not self._flow.depth:
            self._end_table()
        self._flow.shown.data(text)

    def _brace(self, brace: bytes) -> None:
        self._flush()
        self._skip = 0
        if brace == b"{":
            if len(self._outer) >= MAX_DEPTH:
                raise UnreadableError("nested too deeply")
            self._outer.append((self._state, ""))
        elif self._outer:
            self._state, opened = self._outer.pop()
            if opened in ("footnote", "endnote"):
                self._flow.put_note(opened, self._flow.close_beside())
            elif opened:
                self._flow.put_behind(self._flow.close_beside())

    def _symbol(self, symbol: bytes) -> None:
        if symbol == b"*":
            self._set(is_unread=True)
        elif symbol in (b"\r", b"\n"):
            self._word("par", None)
        elif symbol in _SYMBOLS:
            self._flush()
            self._show(_SYMBOLS[symbol])

    def _set(self, **changes: object) -> None:
        self._flush()
        self._state = replace(self._state, **changes)  # type: ignore[arg-type]

    def _word(self, word: str, number: int | None) -> None:
        self._flush()
        if word == "u" and number is not None:
            self._show(chr(number % 0x10000))
            self._skip = self._state.skip
        elif word in _CHARACTERS:
            self._show(_CHARACTERS[word])
        elif word == "ansicpg" and number:
            self._code_page = _known(f"cp{number}", self._code_page)
        elif word in ("footnote", "shptxt"):
            self._open_beside(word)
        elif word == "ftnalt" and self._outer and self._outer[-1][1]:
            self._outer[-1] = (self._outer[-1][0], "endnote")
        elif word in _UNREAD or word == "title":
            self._set(is_unread=True, destination=word)
        elif word in _FORMS:
            _FORMS[word](self, number)
        elif word in _PARAGRAPH_ENDS and not self._state.is_unread:
            self._end_paragraph()
        elif word == "line" and not self._state.is_unread:
            self._flow.shown.start("br")

    def _open_beside(self, word: str) -> None:
        if self._outer and not self._outer[-1][1] and self._state.destination not in _UNREAD:
            self._outer[-1] = (self._outer[-1][0], word)
            self._flow.open_beside()
            self._set(is_unread=False, is_in_table=False, destination=word)

    def _end_paragraph(self) -> None:
        if self._is_cell_open and not self._flow.depth:
            self._flow.shown.start("br")
            return
        if not self._state.is_in_table and not self._flow.depth:
            self._end_table()
        self._flow.shown.start("p")
        self._flow.end_paragraph()

    def _open_cell(self) -> None:
        shown = self._flow.shown
        if shown.table is None:
            shown.start("table")
        if not self._is_row_open:
            shown.start("tr")
            self._is_row_open = True
            if shown.table:
                shown.table.is_head_row = self._is_head
        if not self._is_cell_open:
            shown.start("td")
            self._is_cell_open = True

    def _end_cell(self) -> None:
        if self._flow.depth or self._state.is_unread:
            return
        self._open_cell()
        self._flow.shown.end("td")
        self._is_cell_open = False

    def _end_row(self) -> None:
        if self._is_row_open and not self._flow.depth:
            if self._is_cell_open:
                self._end_cell()
            self._flow.shown.end("tr")
            self._is_row_open = False

    def _end_table(self) -> None:
        self._end_row()
        if self._flow.shown.table is not None and not self._flow.depth:
            self._flow.shown.end("table")
            self._flow.end_paragraph()

    def _begin_row(self, _: int | None) -> None:
        self._is_head = False

    def _font(self, number: int | None) -> None:
        self._font_read = number or 0
        self._set(font=number)

    def _charset(self, number: int | None) -> None:
        if code_page := _CODE_PAGES.get(number or 0):
            self._fonts[self._font_read] = code_page


def _known(code_page: str, other: str) -> str:
    try:
        return ("".encode(code_page) and "") or code_page
    except LookupError:
        return other


_FORMS: dict[str, Callable[[_Document, int | None], None]] = {
    "f": _Document._font,
    "fcharset": _Document._charset,
    "uc": lambda document, number: document._set(skip=max(0, min(number or 0, 9))),
    "v": lambda document, number: document._set(is_hidden=number != 0),
    "deleted": lambda document, number: document._set(is_hidden=number != 0),
    "plain": lambda document, _: document._set(is_hidden=False, font=None),
    "pard": lambda document, _: document._set(is_in_table=False),
    "intbl": lambda document, _: document._set(is_in_table=True),
    "trowd": _Document._begin_row,
    "trhdr": lambda document, _: setattr(document, "_is_head", True),
    "cell": lambda document, _: document._end_cell(),
    "nestcell": lambda document, _: document._show(" "),
    "nestrow": lambda document, _: document._show(" "),
    "row": lambda document, _: document._end_row(),
}
