"""OpenDocument texts: headings, lists, tables and notes, and documents that are made to do harm."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from index.formats.extract import UnreadableError
from index.formats.sandbox import Sandbox
from tests.support.documents import ENTITY_BOMB, make_odt, replace_member


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(memory_bytes=512 * 2**20) as sandbox:
        yield sandbox


def text_of(sandbox: Sandbox, path: Path, body: str) -> str:
    make_odt(path, body)
    (extract,) = sandbox.read(path, ".odt")
    return extract.text


def note(kind: str, text: str) -> str:
    body = f"<text:note-body><text:p>{text}</text:p></text:note-body>"
    return f'<text:note text:note-class="{kind}"><text:note-citation>9</text:note-citation>{body}</text:note>'


def row(*cells: str) -> str:
    return f"<table:table-row>{''.join(cells)}</table:table-row>"


def cell(text: str, attributes: str = "") -> str:
    return f"<table:table-cell {attributes}><text:p>{text}</text:p></table:table-cell>"


COVERED = "<table:covered-table-cell/>"


def test_headings_lists_and_paragraphs_keep_their_order(sandbox: Sandbox, tmp_path: Path) -> None:
    body = (
        "<text:h>The weir</text:h>\n<text:p>It <text:span>leaks</text:span>,<text:s text:c='3'/>they<text:tab/>say"
        ".<text:line-break/>Again.</text:p><text:list><text:list-item><text:p>One</text:p></text:list-item>"
        "<text:list-item><text:p>Two</text:p></text:list-item></text:list>"
    )
    text = text_of(sandbox, tmp_path / "a.odt", body)
    assert text == "The weir\n\nIt leaks, they say.\nAgain.\n\nOne\n\nTwo"


def test_what_is_no_text_is_not_read(sandbox: Sandbox, tmp_path: Path) -> None:
    body = (
        "<text:tracked-changes><text:p>Deleted.</text:p></text:tracked-changes><text:table-of-content><text:p>Contents"
        "</text:p></text:table-of-content><text:p>It<office:annotation><text:p>Why?</text:p></office:annotation> leaks."
        "</text:p>"
    )
    make_odt(tmp_path / "a.odt", body, title="The weir")
    (extract,) = sandbox.read(tmp_path / "a.odt", ".odt")
    assert (extract.text, extract.metadata.title) == ("It leaks.", "The weir")


def test_notes_and_text_boxes_stand_behind_their_paragraph(sandbox: Sandbox, tmp_path: Path) -> None:
    box = "<draw:frame><draw:text-box><text:p>Beside.</text:p></draw:text-box></draw:frame>"
    body = (
        f"<text:p>It leaks{note('footnote', 'So Ada.')}, they say.</text:p>"
        f"<text:p>{box}It is old{note('endnote', 'Archive.')}{note('footnote', 'In 1911.')}.</text:p>"
    )
    assert text_of(sandbox, tmp_path / "a.odt", body).split("\n\n") == [
        "It leaks, they say.", "¹ So Ada.", "It is old.", "Beside.", "¹ Archive.", "² In 1911.",
    ]  # fmt: skip


def test_rows_of_a_table_carry_its_header(sandbox: Sandbox, tmp_path: Path) -> None:
    spanning = 'table:number-rows-spanned="2"'
    header = f"<table:table-header-rows>{row(cell('Coast'), cell('Port'), cell('Master'))}</table:table-header-rows>"
    rows = row(cell("North", spanning), cell("Vell"), cell(f"Ada{note('footnote', 'Since May.')}"))
    rows += row(COVERED, cell("Ness"), cell("Bruno"))
    text = text_of(sandbox, tmp_path / "a.odt", f"<table:table>{header}{rows}</table:table><text:p>The end.</text:p>")
    assert text.split("\n\n") == [
        "| Coast | Port | Master |\n| --- | --- | --- |\n| North | Vell | Ada |\n| North | Ness | Bruno |",
        "¹ Since May.",
        "The end.",
    ]


@pytest.mark.parametrize("head_rows", [0, 1, 2])
def test_header_of_two_rows_stands_in_each_row(sandbox: Sandbox, tmp_path: Path, head_rows: int) -> None:
    tall, wide = 'table:number-rows-spanned="2"', 'table:number-columns-spanned="2"'
    rows = [
        row(cell("Coast", tall), cell("Masters", wide), COVERED),
        row(COVERED, cell("In summer"), cell("In winter")),
        row(cell("North"), cell("Ada and 4"), cell("12")),
        row(cell("South"), cell("Bruno"), cell("9")),
    ]
    head = f"<table:table-header-rows>{''.join(rows[:head_rows])}</table:table-header-rows>" if head_rows else ""
    table = f"<table:table>{head}{''.join(rows[head_rows:])}</table:table>"
    assert text_of(sandbox, tmp_path / "a.odt", table).split("\n") == [
        "| Coast | Masters In summer | Masters In winter |",
        "| --- | --- | --- |",
        "| North | Ada and 4 | 12 |",
        "| South | Bruno | 9 |",
    ]


def test_encrypted_or_damaged_document_is_named(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "a.odt"
    listed = "<manifest><file-entry><encryption-data/></file-entry></manifest>"
    make_odt(path, "<text:p>A</text:p>", extra={"META-INF/manifest.xml": listed})
    with pytest.raises(UnreadableError, match="encrypted with a password"):
        list(sandbox.read(path, ".odt"))
    make_odt(path, "<text:p>A")
    with pytest.raises(UnreadableError, match="broken XML"):
        list(sandbox.read(path, ".odt"))
    make_odt(path, "<text:p/>")
    with pytest.raises(UnreadableError, match="holds no text"):
        list(sandbox.read(path, ".odt"))
    replace_member(path, "content.xml", ENTITY_BOMB + "<office>&a9;</office>")
    with pytest.raises(UnreadableError, match="broken XML"):
        list(sandbox.read(path, ".odt"))


@pytest.mark.parametrize("attribute", ["number-columns-repeated", "number-columns-spanned", "number-rows-spanned"])
def test_cells_that_are_repeated_without_end_are_no_harm(sandbox: Sandbox, tmp_path: Path, attribute: str) -> None:
    cells = cell("It leaks.", f'table:{attribute}="16384"')
    assert text_of(sandbox, tmp_path / "a.odt", f"<table:table>{row(cells)}{row(cell('Again.'))}</table:table>")
