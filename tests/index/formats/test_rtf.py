"""Rich Text Format: its code pages, tables and notes, and documents that are made to do harm."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.formats.extract import Extract, UnreadableError
from index.formats.sandbox import Sandbox
from tests.support.documents import make_rtf

FONTS = rb"{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset204 Arial CYR;}{\f2\fcharset128 Gothic;}{\f3\fcharset238 Te;}}"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(memory_bytes=512 * 2**20) as sandbox:
        yield sandbox


class Read:
    def __init__(self, sandbox: Sandbox, path: Path) -> None:
        self.sandbox, self.path = sandbox, path

    def extract(self, body: bytes, head: bytes = rb"\ansi\ansicpg1252") -> Extract:
        self.path.write_bytes(rb"{\rtf1" + head + FONTS + b"\n" + body + b"}")
        (extract,) = self.sandbox.read(self.path, ".rtf")
        return extract

    def text(self, body: bytes, head: bytes = rb"\ansi\ansicpg1252") -> str:
        return self.extract(body, head).text


@pytest.fixture
def read(sandbox: Sandbox, tmp_path: Path) -> Read:
    return Read(sandbox, tmp_path / "a.rtf")


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (rb"Caf\'e9 \'80 5", "Café € 5"),
        (rb"{\f1 \'cf\'f0\'e8\'e2\'e5\'f2} there", "Привет there"),
        (rb"{\f2 \'93\'fa\'96\'7b}{\f3\'b3\'f3d\'9f}", "日本łódź"),
        (rb"\u8364?5", "€5"),
        (rb"\u8364\'80 5", "€ 5"),
        (rb"\uc2\u8364??5", "€5"),
        (rb"{\uc0\u8364 5}\u8364?", "€5€"),
        (rb"\u-10178?\u-8831?", "🦁"),
        (rb"\u-10178?.", "\ufffd."),
        (rb"a\~b\_c\-d\{\}\\", "a b-cd{}\\"),
        (rb"\ldblquote a\rdblquote\emdash b\rquote s\tab c", "“a”—b’s c"),
        (b"one\r\ntwo\\\nthree", "onetwo\n\nthree"),
    ],
)
def test_characters_are_what_the_document_shows(read: Read, body: bytes, text: str) -> None:
    assert read.text(body) == text


def test_code_page_of_the_document_is_that_of_fonts_without_one(read: Read) -> None:
    assert read.text(rb"\'cf\'f0\'e8", head=rb"\ansi\ansicpg1251") == "При"
    assert read.text(rb"\'e9", head=rb"\ansi\ansicpg99999") == "é"


def test_what_is_no_text_is_not_read(read: Read) -> None:
    body = (
        rb"{\info{\title The weir}{\author Ada}}{\header Page {\field{\*\fldinst PAGE}{\fldrslt 3}}\par}{\*\foo bar}"
        rb"{\pict\pngblip 89504e47}{\pict\bin9 {{{\}}}{{ }It {\v not }{\deleted never }leaks"
        rb'{\field{\*\fldinst HYPERLINK "http://x.test"}{\fldrslt  now}}.\par It rained.\par'
    )
    extract = read.extract(body)
    assert (extract.text, extract.metadata.title) == ("It leaks now.\n\nIt rained.", "The weir")


def test_notes_and_text_boxes_stand_behind_their_paragraph(read: Read) -> None:
    body = (
        rb"It leaks{\super\chftn{\footnote\pard\plain {\super\chftn} So Ada.\par}}, they say.\par "
        rb"It is old{\footnote\ftnalt Archive.}{\shp{\*\shpinst{\sp{\sn x}{\sv y}}{\shptxt\pard Beside.\par}}"
        rb"{\shprslt{\*\do{\dptxbxtext\pard Beside.\par}}}}{\footnote In 1911.}.\par"
    )
    assert read.text(body).split("\n\n") == [
        "It leaks, they say.", "¹ So Ada.", "It is old.", "¹ Archive.", "Beside.", "² In 1911.",
    ]  # fmt: skip


def row(*cells: bytes, marks: bytes = b"") -> bytes:
    inside = b"".join(rb"\pard\intbl " + cell + rb"\cell" for cell in cells)
    return rb"\trowd" + marks + rb"\cellx1000\cellx2000" + inside + rb"\row" + b"\n"


def test_rows_of_a_table_carry_its_header(read: Read) -> None:
    table = row(b"Port", b"Boats") + row(b"Vell", rb"24{\footnote In May.}") + row(rb"Upper\par Orm", b"9")
    assert read.text(rb"\pard Before.\par" + table + rb"\pard After.\par").split("\n\n") == [
        "Before.", "| Port | Boats |\n| --- | --- |\n| Vell | 24 |\n| Upper Orm | 9 |", "¹ In May.", "After.",
    ]  # fmt: skip


def test_header_that_is_marked_is_one(read: Read) -> None:
    rows = [(b"Port", b"Master"), (b"Vell", b"Ada Finch")]
    assert read.text(b"".join(row(*each) for each in rows)) == "Port | Master\n\nVell | Ada Finch"
    marked = row(*rows[0], marks=rb"\trhdr") + row(*rows[1])
    assert read.text(marked) == "| Port | Master |\n| --- | --- |\n| Vell | Ada Finch |"


@pytest.mark.parametrize(
    "body", [b"}}}}} {", rb"\cell\row\intbl", rb"{\footnote {\footnote a", rb"\bin99999999 x", rb"\u99999999999?"]
)
def test_malformed_document_is_read_or_named(sandbox: Sandbox, tmp_path: Path, body: bytes) -> None:
    (tmp_path / "a.rtf").write_bytes(rb"{\rtf1 It leaks. " + body)
    (extract,) = sandbox.read(tmp_path / "a.rtf", ".rtf")
    assert extract.text.startswith("It leaks.")


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (rb"{\rtf1 " + b"{" * 10_001 + b"a" + b"}" * 10_002, "nested too deeply"),
        (rb"{\rtf1 {\footnote " + rb"{\footnote " * 20_000 + b"a", "nested too deeply"),
        (rb"{\rtf1 {\pict 00}}", "holds no text"),
        (b"It is no document.", "no Rich Text Format"),
    ],
)
def test_document_that_cannot_be_read_is_named(sandbox: Sandbox, tmp_path: Path, raw: bytes, reason: str) -> None:
    (tmp_path / "a.rtf").write_bytes(raw)
    with pytest.raises(UnreadableError, match=reason):
        list(sandbox.read(tmp_path / "a.rtf", ".rtf"))


def test_deep_document_and_long_one_are_read_in_no_time(sandbox: Sandbox, tmp_path: Path) -> None:
    began = time.perf_counter()
    (tmp_path / "a.rtf").write_bytes(rb"{\rtf1 " + b"{" * 9_000 + b"It leaks." + b"}" * 9_001)
    (extract,) = sandbox.read(tmp_path / "a.rtf", ".rtf")
    assert extract.text == "It leaks."
    make_rtf(tmp_path / "a.rtf", *["The café of “Zürich” leaks."] * 20_000)
    (extract,) = sandbox.read(tmp_path / "a.rtf", ".rtf")
    assert extract.text.count("The café of “Zürich” leaks.") == 20_000
    assert time.perf_counter() - began < 25
