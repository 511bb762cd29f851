"""What stands beside the text of a Word document: footnotes, endnotes, text boxes, and how tables are written."""

import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from index.formats.extract import UnreadableError
from index.formats.sandbox import Sandbox
from tests.support.documents import W, make_docx, replace_member

TYPE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
NOTES = '<w:footnote w:type="separator" w:id="0"><w:p><w:r><w:t>no text</w:t></w:r></w:p></w:footnote>'

FIRST_NOTE = '<w:footnoteReference w:id="1"/>'


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(memory_bytes=512 * 2**20) as sandbox:
        yield sandbox


def text_of(sandbox: Sandbox, path: Path) -> str:
    (extract,) = sandbox.read(path, ".docx")
    return extract.text


def run(text: str, reference: str = "") -> str:
    return f"<w:r><w:t>{text}</w:t></w:r>" + (f"<w:r>{reference}</w:r>" if reference else "")


def note(kind: str, number: int, *paragraphs: str) -> str:
    inside = "".join(f"<w:p><w:r><w:{kind}Ref/></w:r>{run(f' {each}')}</w:p>" for each in paragraphs)
    return f'<w:{kind} w:id="{number}">{inside}</w:{kind}>'


def write(path: Path, body: str, **parts: str) -> None:
    """Write a document with this body, and with parts of notes by their names."""
    make_docx(path, "A text.")
    replace_member(path, "word/document.xml", f"<w:document {W}><w:body>{body}</w:body></w:document>")
    with zipfile.ZipFile(path) as archive:
        relationships = archive.read("word/_rels/document.xml.rels").decode()
    for name in parts:
        added = f'<Relationship Id="x{name}" Type="{TYPE}/{name}" Target="{name}.xml"/></Relationships>'
        relationships = relationships.replace("</Relationships>", added)
    replace_member(path, "word/_rels/document.xml.rels", relationships)
    with zipfile.ZipFile(path, "a") as archive:
        for name, notes in parts.items():
            archive.writestr(f"word/{name}.xml", f"<w:{name} {W}>{notes}</w:{name}>")


def table_of(*rows: Sequence[str], look: str = "", row_marks: str = "") -> str:
    written = "".join(f"<w:tr>{row_marks if not i else ''}{''.join(row)}</w:tr>" for i, row in enumerate(rows))
    return f"<w:tbl><w:tblPr>{look}</w:tblPr>{written}</w:tbl>"


def cell(text: str, marks: str = "") -> str:
    return f"<w:tc><w:tcPr>{marks}</w:tcPr><w:p>{run(text)}</w:p></w:tc>"


def cells(line: str) -> list[str]:
    return [cell(text) for text in line.split(",")]


def test_notes_stand_behind_their_paragraph_with_their_numbers(sandbox: Sandbox, tmp_path: Path) -> None:
    first = run("The weir leaks", '<w:footnoteReference w:id="7"/>') + run(", they say.")
    second = run("It is old.", '<w:footnoteReference w:id="3"/>') + run("", '<w:endnoteReference w:id="7"/>')
    footnotes = NOTES + note("footnote", 3, "Built in 1911.") + note("footnote", 7, "So Ada Finch.", "She was there.")
    write(
        tmp_path / "a.docx",
        f"<w:p>{first}</w:p><w:p>{second}</w:p><w:p>{run('The end.')}</w:p>",
        footnotes=footnotes,
        endnotes=note("endnote", 7, "Town archive, box 9."),
    )
    assert text_of(sandbox, tmp_path / "a.docx").split("\n\n") == [
        "The weir leaks, they say.",
        "¹ So Ada Finch.",
        "She was there.",
        "It is old.",
        "² Built in 1911.",
        "¹ Town archive, box 9.",
        "The end.",
    ]


def test_note_and_text_box_of_a_cell_stand_behind_the_table(sandbox: Sandbox, tmp_path: Path) -> None:
    box = "<w:r><w:pict><w:txbxContent><w:p><w:r><w:t>Beside.</w:t></w:r></w:p></w:txbxContent></w:pict></w:r>"
    referring = f"<w:tc><w:p>{run('9', FIRST_NOTE)}{box}</w:p></w:tc>"
    body = table_of(cells("Port,Boats"), [cell("Orm"), referring]) + f"<w:p>{run('The end.')}</w:p>"
    write(tmp_path / "a.docx", body, footnotes=note("footnote", 1, "In May."))
    table = "| Port | Boats |\n| --- | --- |\n| Orm | 9 |"
    assert text_of(sandbox, tmp_path / "a.docx").split("\n\n") == [table, "¹ In May.", "Beside.", "The end."]


def test_text_box_does_not_divide_the_sentence_that_it_is_anchored_in(sandbox: Sandbox, tmp_path: Path) -> None:
    box = "<w:r><w:pict><w:txbxContent><w:p><w:r><w:t>Beside.</w:t></w:r></w:p></w:txbxContent></w:pict></w:r>"
    write(tmp_path / "a.docx", f"<w:p>{run('The weir ')}{box}{run('leaks.')}</w:p>")
    assert text_of(sandbox, tmp_path / "a.docx") == "The weir leaks.\n\nBeside."


def test_hidden_text_is_no_text(sandbox: Sandbox, tmp_path: Path) -> None:
    hidden = "<w:r><w:rPr><w:vanish/></w:rPr><w:t>never </w:t></w:r>"
    shown = '<w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>leaks.</w:t></w:r>'
    write(tmp_path / "a.docx", f"<w:p>{run('It ')}{hidden}{shown}</w:p>")
    assert text_of(sandbox, tmp_path / "a.docx") == "It leaks."


def test_damaged_notes_are_named(sandbox: Sandbox, tmp_path: Path) -> None:
    write(tmp_path / "a.docx", f"<w:p>{run('It leaks.')}</w:p>", footnotes="<w:footnote>")
    with pytest.raises(UnreadableError, match="broken XML"):
        text_of(sandbox, tmp_path / "a.docx")


def test_merged_cells_stand_in_each_of_their_rows_and_columns(sandbox: Sandbox, tmp_path: Path) -> None:
    restart, goes_on, wide = '<w:vMerge w:val="restart"/>', "<w:vMerge/>", '<w:gridSpan w:val="2"/>'
    body = table_of(
        cells("Coast,Port,Boats"),
        [cell("North", restart), cell("Vell"), cell("24")],
        [cell("", goes_on), cell("Ness"), cell("9")],
        [cell("All ports", wide), cell("33")],
    )
    write(tmp_path / "a.docx", body)
    rows = ["| North | Vell | 24 |", "| North | Ness | 9 |", "| All ports | | 33 |"]
    assert text_of(sandbox, tmp_path / "a.docx").splitlines()[2:] == rows


@pytest.mark.parametrize(
    ("rows", "is_table"),
    [
        (["Port,Boats", "Vell,24", "Orm,9"], True),
        (["Port,2022,2023", "Vell,24,25"], True),
        (["Port,Share", "Vell,62 %", "Orm,€ 3.50"], True),
        (["Vell,24", "Orm,9"], False),  # no header
        (["Name,Ada Finch", "Town,Vell", "Born,1961"], False),  # a form, whose labels are on the left
        (["Port,Boats", "Vell,none"], False),
    ],
)
def test_first_row_is_a_header_where_it_names_columns_of_numbers(
    sandbox: Sandbox, tmp_path: Path, rows: list[str], is_table: bool
) -> None:
    write(tmp_path / "a.docx", table_of(*map(cells, rows)))
    text = text_of(sandbox, tmp_path / "a.docx")
    assert text.startswith("| ") is is_table
    assert is_table or text == "\n\n".join(row.replace(",", " | ") for row in rows)


@pytest.mark.parametrize(
    ("look", "marks"),
    [('<w:tblLook w:val="0020"/>', ""), ('<w:tblLook w:firstRow="1"/>', ""), ("", "<w:trPr><w:tblHeader/></w:trPr>")],
)
def test_header_of_words_is_one_where_the_document_says_so(
    sandbox: Sandbox, tmp_path: Path, look: str, marks: str
) -> None:
    rows = [cells("Port,Master,Ship"), cells("Vell,Ada Finch,Siri")]
    write(tmp_path / "a.docx", table_of(*rows, look=look, row_marks=marks))
    assert text_of(sandbox, tmp_path / "a.docx").startswith("| Port | Master | Ship |\n| ---")
    write(tmp_path / "a.docx", table_of(*rows))
    assert text_of(sandbox, tmp_path / "a.docx") == "Port | Master | Ship\n\nVell | Ada Finch | Siri"


def test_table_that_only_places_texts_is_none(sandbox: Sandbox, tmp_path: Path) -> None:
    inner = table_of(cells("Port,Boats"), cells("Vell,24"))
    body = table_of([cell("Left"), f"<w:tc>{inner}<w:p/></w:tc>"], [cell("Below"), cell("5")])
    write(tmp_path / "a.docx", body)
    text = text_of(sandbox, tmp_path / "a.docx")
    assert text.split("\n\n") == ["Left", "| Port | Boats |\n| --- | --- |\n| Vell | 24 |", "Below", "5"]


@pytest.mark.parametrize("wide", ["999999999", "-5", "x", "1.5"])
def test_cell_of_any_width_is_no_harm(sandbox: Sandbox, tmp_path: Path, wide: str) -> None:
    write(tmp_path / "a.docx", table_of([cell("It leaks.", f'<w:gridSpan w:val="{wide}"/>')], cells("Port,Boats")))
    assert "It leaks." in text_of(sandbox, tmp_path / "a.docx")


BOATS = ["| Port | Boats 2023 | Boats 2024 |", "| --- | --- | --- |", "| Vell | 24 | 31 |", "| Ness | 7 | 9 |"]


@pytest.mark.parametrize("marks", ["", "<w:trPr><w:tblHeader/></w:trPr>"])
def test_header_of_two_rows_stands_in_each_row(sandbox: Sandbox, tmp_path: Path, marks: str) -> None:
    restart, goes_on, wide = '<w:vMerge w:val="restart"/>', "<w:vMerge/>", '<w:gridSpan w:val="2"/>'
    first = [cell("Port", restart), cell("Boats", wide)]
    second = [cell("", goes_on), cell("2023"), cell("2024")]
    write(tmp_path / "a.docx", table_of(first, second, cells("Vell,24,31"), cells("Ness,7,9"), row_marks=marks))
    assert text_of(sandbox, tmp_path / "a.docx").split("\n") == BOATS


def test_header_whose_first_cell_stands_below_an_empty_one_is_of_two_rows(sandbox: Sandbox, tmp_path: Path) -> None:
    first = [cell(""), cell("Boats", '<w:gridSpan w:val="2"/>')]
    rows = (first, cells("Port,2023,2024"), cells("Vell,24,31"), cells("Ness,7,9"))
    write(tmp_path / "a.docx", table_of(*rows))
    assert text_of(sandbox, tmp_path / "a.docx").split("\n") == BOATS


def test_first_row_of_one_cell_is_the_title_of_its_table(sandbox: Sandbox, tmp_path: Path) -> None:
    title = [cell("Table 4: boats by port", '<w:gridSpan w:val="3"/>')]
    write(tmp_path / "a.docx", table_of(title, cells("Port,2023,2024"), cells("Vell,24,31"), cells("Ness,7,9")))
    assert text_of(sandbox, tmp_path / "a.docx").split("\n") == [
        "Table 4: boats by port",
        "",
        "| Port | 2023 | 2024 |",
        *BOATS[1:],
    ]


def test_row_of_numbers_below_a_wide_cell_is_no_header(sandbox: Sandbox, tmp_path: Path) -> None:
    first = [cell("Port"), cell("Boats", '<w:gridSpan w:val="2"/>')]
    write(
        tmp_path / "a.docx", table_of(first, cells("Vell,24,31"), cells("Ness,7,9"), look='<w:tblLook w:val="0020"/>')
    )
    assert "24 | 31" in text_of(sandbox, tmp_path / "a.docx")
    assert "| Port Vell" not in text_of(sandbox, tmp_path / "a.docx")
