"""PDF, Word and EPUB: their text in the order of reading, their titles, and files that are made to do harm."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import docx
import pypdfium2
import pytest
from docx.oxml import parse_xml

from index.formats.extract import Extract, UnreadableError
from index.formats.sandbox import Sandbox
from tests.support.documents import (
    CONTAINER,
    ENTITY_BOMB,
    Line,
    W,
    make_docx,
    make_epub,
    make_lying_zip,
    make_pdf,
    map_letters,
    replace_member,
)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(memory_bytes=512 * 2**20) as sandbox:
        yield sandbox


def read(sandbox: Sandbox, path: Path) -> Extract:
    (extract,) = sandbox.read(path, path.suffix)
    assert extract.record is None
    assert extract.body_start == 0
    return extract


def read_lines(sandbox: Sandbox, folder: Path, *pages: Sequence[Line], title: str = "") -> Extract:
    (folder / "a.pdf").write_bytes(make_pdf(pages, title))
    return read(sandbox, folder / "a.pdf")


def text_or_reason(sandbox: Sandbox, path: Path) -> str:
    try:
        return read(sandbox, path).text
    except UnreadableError as error:
        return str(error)


def reason(sandbox: Sandbox, path: Path) -> str:
    with pytest.raises(UnreadableError) as caught:
        read(sandbox, path)
    return str(caught.value)


# PDF

LONG = "The council of the town has decided that the old bridge shall be closed for"


def test_lines_of_a_paragraph_are_joined(sandbox: Sandbox, tmp_path: Path) -> None:
    lines = [LONG, "the whole of the winter, said the mayor, Ada Finch, who went there on foot.", "It rained."]
    assert read_lines(sandbox, tmp_path, lines).text == " ".join(lines)


def test_wider_gap_separates_paragraphs(sandbox: Sandbox, tmp_path: Path) -> None:
    lines = [(72, 720, LONG), (72, 706, f"{LONG}."), (72, 680, "Nobody was asked."), (72, 666, "So they said.")]
    assert read_lines(sandbox, tmp_path, lines).text == f"{LONG} {LONG}.\n\nNobody was asked.\n\nSo they said."


def test_indented_line_begins_a_paragraph(sandbox: Sandbox, tmp_path: Path) -> None:
    lines = [(72, 720, LONG), (72, 706, f"{LONG}."), (90, 692, f"{LONG}"), (72, 678, "ever.")]
    assert read_lines(sandbox, tmp_path, lines).text == f"{LONG} {LONG}.\n\n{LONG} ever."


def test_sentence_goes_on_over_a_page_break_and_a_paragraph_ends_at_one(sandbox: Sandbox, tmp_path: Path) -> None:
    pages = [[LONG, LONG], ["the whole of the winter.", "It rained."], ["The end."]]
    text = read_lines(sandbox, tmp_path, *pages).text
    assert f"{LONG} the whole of the winter." in text
    assert text.endswith("It rained.\n\nThe end.")


@pytest.mark.parametrize(
    ("first", "second", "elsewhere", "joined"),
    [
        ("It is a good exam-", "ple of a bridge over the river Low and of", "No doubt.", "a good example of"),
        (
            "The mayor is well-",
            "known in the town and in all the villages",
            "He knew it well. It is known.",
            "well-known",
        ),
        ("They met the co-", "operative of the town and of the villages", "A co-operative was there.", "co-operative"),
        ("They met the co-", "operative of the town and of the villages", "A cooperative was there.", "cooperative"),
        ("It was closed in the COVID-", "19 years like all of the other bridges", "No doubt.", "the COVID-19 years"),
        ("A state-of-the-", "art bridge of steel leads over the river", "No doubt.", "state-of-the-art"),
        ("The treaty of Franco-", "German friendship was made at that time", "No doubt.", "Franco-German"),
    ],
)
def test_word_that_a_line_divides_is_made_whole_only_where_it_is_one(
    sandbox: Sandbox, tmp_path: Path, first: str, second: str, elsewhere: str, joined: str
) -> None:
    assert joined in read_lines(sandbox, tmp_path, [first, second, LONG, elsewhere]).text


def test_headers_footers_and_page_numbers_are_no_text(sandbox: Sandbox, tmp_path: Path) -> None:
    head, body = [(72, 800, "The Gazette"), (400, 800, "6 May")], [(72, 740 - 14 * i, LONG) for i in range(4)]
    pages = [[*head, *body, (72, 684, f"page {n} of the story."), (290, 30, f"- {n} -")] for n in (11, 12, 13)]
    text = read_lines(sandbox, tmp_path, *pages).text
    assert "Gazette" not in text
    assert "- 1" not in text
    assert "6 May" not in text
    assert [f"page {n} of the story." in text for n in (11, 12, 13)] == [True] * 3


def test_number_that_is_no_page_number_stays(sandbox: Sandbox, tmp_path: Path) -> None:
    text = read_lines(sandbox, tmp_path, [LONG, LONG, (72, 600, "1932")], [LONG, LONG, (72, 580, "2027")]).text
    assert "1932" in text
    assert "2027" in text


def test_title_of_a_pdf_is_its_own_and_its_creation_no_publication(sandbox: Sandbox, tmp_path: Path) -> None:
    metadata = read_lines(sandbox, tmp_path, ["It opened."], title="A bridge for Lowmoor").metadata
    assert (metadata.title, metadata.sources) == ("A bridge for Lowmoor", {"title": "document"})
    assert metadata.published is None
    assert metadata.publisher is None
    assert read_lines(sandbox, tmp_path, ["It opened."], title="Microsoft Word - draft2.docx").metadata.title is None


def test_encrypted_pdf_is_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    key = "00" * 32
    extra = f"/ID [<00><00>] /Encrypt << /Filter /Standard /V 1 /R 2 /O <{key}> /U <{key}> /P -4 >>"
    (tmp_path / "a.pdf").write_bytes(make_pdf([["A secret."]], extra=extra))
    assert reason(sandbox, tmp_path / "a.pdf") == "encrypted with a password"


@pytest.mark.parametrize(("share", "is_scan"), [(1.0, True), (0.3, False)], ids=["a scan", "a photograph"])
def test_scanned_page_among_others_is_named(sandbox: Sandbox, tmp_path: Path, share: float, is_scan: bool) -> None:
    document = pypdfium2.PdfDocument(make_pdf([[LONG], []]))
    picture = pypdfium2.PdfImage.new(document)
    picture.set_bitmap(pypdfium2.PdfBitmap.new_native(8, 8, pypdfium2.raw.FPDFBitmap_BGR))
    picture.set_matrix(pypdfium2.PdfMatrix().scale(595 * share, 842))
    page = document[1]
    page.insert_obj(picture)
    page.gen_content()
    document.save(tmp_path / "a.pdf")
    document.close()
    read_pages = sandbox.read(tmp_path / "a.pdf", ".pdf")
    assert next(read_pages).text == LONG
    if is_scan:
        with pytest.raises(UnreadableError, match=r"pages without text left out \(2\): scans, which need OCR first"):
            next(read_pages)
    else:
        assert list(read_pages) == []


def test_scan_is_refused_with_what_it_needs(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(make_pdf([[], []]))
    assert reason(sandbox, tmp_path / "a.pdf") == "holds no text: a scan, which needs OCR first"


def test_letters_are_what_their_font_says(sandbox: Sandbox, tmp_path: Path) -> None:
    pdf = make_pdf([["They call A and B an ofCce, xD."]])
    (tmp_path / "a.pdf").write_bytes(map_letters(pdf, {"A": "🦉", "B": "é", "C": "ﬁ", "x": "A", "D": "B"}))
    assert read(sandbox, tmp_path / "a.pdf").text == "They call 🦉 and é an office, AB."


def test_pdf_whose_letters_no_one_knows_is_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    pdf = make_pdf([["ABCD DCBA it is ABCD"] * 9])
    (tmp_path / "a.pdf").write_bytes(map_letters(pdf, dict(zip("ABCD", "\ue001\ue002\ue003\ue004", strict=True))))
    assert "it needs OCR first" in reason(sandbox, tmp_path / "a.pdf")


@pytest.mark.parametrize("content", [b"", b"%PDF-1.4\n", b"no PDF at all", bytes(range(256)) * 40])
def test_what_is_no_pdf_is_refused(sandbox: Sandbox, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.pdf").write_bytes(content)
    assert reason(sandbox, tmp_path / "a.pdf") == "broken PDF"


def test_truncated_pdf_gives_what_is_left_or_a_reason(sandbox: Sandbox, tmp_path: Path) -> None:
    whole = make_pdf([[LONG]] * 5)
    for length in range(0, len(whole), 97):
        (tmp_path / "a.pdf").write_bytes(whole[:length])
        assert text_or_reason(sandbox, tmp_path / "a.pdf").startswith((LONG, "broken PDF", "holds no text"))


# Word

TABLE = "| Part | Cost |\n| --- | --- |\n| Piers | 5 |"


def test_paragraphs_and_tables_of_a_word_document_keep_their_order(sandbox: Sandbox, tmp_path: Path) -> None:
    document = docx.Document()
    document.core_properties.title = "A bridge for Lowmoor"
    document.add_heading("It opens", 1)
    document.add_paragraph("The bridge opened\ton Monday.")
    table = document.add_table(2, 2)
    for cell, text in zip((cell for row in table.rows for cell in row.cells), "Part Cost Piers 5".split(), strict=True):
        cell.text = text
    document.add_paragraph("It is long.")
    document.save(str(tmp_path / "a.docx"))
    extract = read(sandbox, tmp_path / "a.docx")
    assert extract.text == f"It opens\n\nThe bridge opened on Monday.\n\n{TABLE}\n\nIt is long."
    assert extract.metadata.title == "A bridge for Lowmoor"
    assert extract.metadata.published is None


def test_tracked_changes_are_read_as_accepted(sandbox: Sandbox, tmp_path: Path) -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("It costs ")
    paragraph._p.append(parse_xml(f"<w:del {W}><w:r><w:delText>five</w:delText></w:r></w:del>"))
    paragraph._p.append(parse_xml(f"<w:ins {W}><w:r><w:t>twelve</w:t></w:r></w:ins>"))
    paragraph.add_run(" millions.")
    document.save(str(tmp_path / "a.docx"))
    assert read(sandbox, tmp_path / "a.docx").text == "It costs twelve millions."


def test_text_of_content_controls_is_read(sandbox: Sandbox, tmp_path: Path) -> None:
    document = docx.Document()
    control = f"<w:sdt {W}><w:sdtContent><w:p><w:r><w:t>Inside.</w:t></w:r></w:p></w:sdtContent></w:sdt>"
    document.element.body.insert(0, parse_xml(control))
    document.save(str(tmp_path / "a.docx"))
    assert read(sandbox, tmp_path / "a.docx").text == "Inside."


def test_paragraph_in_the_style_of_a_title_is_one(sandbox: Sandbox, tmp_path: Path) -> None:
    document = docx.Document()
    document.add_heading("A bridge", 0)
    document.add_paragraph("It opened.")
    document.save(str(tmp_path / "a.docx"))
    extract = read(sandbox, tmp_path / "a.docx")
    assert (extract.metadata.title, extract.text) == ("A bridge", "A bridge\n\nIt opened.")


def test_old_or_encrypted_word_document_is_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1_000))
    assert reason(sandbox, tmp_path / "a.docx") == "encrypted with a password, or of an old version of Word"


# EPUB


def test_chapters_are_read_in_order_once_and_without_the_contents(sandbox: Sandbox, tmp_path: Path) -> None:
    head = '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head>'
    chapters = [
        f'{head}<body><h1>Chapter {i}</h1><a id="x"/><p>It rained&#160;&amp; rained.</p></body></html>' for i in "12"
    ]
    make_epub(tmp_path / "a.epub", chapters)
    extract = read(sandbox, tmp_path / "a.epub")
    assert extract.text == "Chapter 1\n\nIt rained & rained.\n\nChapter 2\n\nIt rained & rained."


def test_metadata_of_a_book_is_its_dublin_core(sandbox: Sandbox, tmp_path: Path) -> None:
    make_epub(tmp_path / "a.epub", ["<p>It rained.</p>"])
    metadata = read(sandbox, tmp_path / "a.epub").metadata
    assert (metadata.title, metadata.publisher, metadata.published) == ("The Low", "Finch Press", date(2019, 5, 6))


@pytest.mark.parametrize("written", ["2008", "2008-05", "May", ""])
def test_incomplete_date_of_a_book_is_none(sandbox: Sandbox, tmp_path: Path, written: str) -> None:
    make_epub(tmp_path / "a.epub", ["<p>It rained.</p>"], f"<dc:title>A</dc:title><dc:date>{written}</dc:date>")
    assert read(sandbox, tmp_path / "a.epub").metadata.published is None


def test_encrypted_book_is_refused_and_one_with_encrypted_fonts_read(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "a.epub"
    for uri, readable in (("OPS/font.otf", True), ("OPS/chapter%200.xhtml", False)):
        listed = f'<encryption><EncryptedData><CipherReference URI="{uri}"/></EncryptedData></encryption>'
        make_epub(path, ["<p>It rained.</p>"], extra={"META-INF/encryption.xml": listed})
        if readable:
            assert read(sandbox, path).text == "It rained."
        else:
            assert reason(sandbox, path) == "encrypted (digital rights management)"


# Archives that do harm


def test_archive_that_inflates_too_far_is_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    make_docx(tmp_path / "a.docx", "A text.")
    replace_member(tmp_path / "a.docx", "word/document.xml", b" " * 30_000_000)
    assert reason(sandbox, tmp_path / "a.docx") == "inflates more than 100 times"
    make_epub(tmp_path / "a.epub", [" " * 30_000_000])
    assert reason(sandbox, tmp_path / "a.epub") == "inflates more than 100 times"


def test_archive_that_lies_about_its_size_is_not_inflated(sandbox: Sandbox, tmp_path: Path) -> None:
    """1 GB in the stream, twice what the worker may hold; a size of 1,000 bytes in the header."""
    relation = '<Relationships><Relationship Type="x/officeDocument" Target="word/document.xml"/></Relationships>'
    make_lying_zip(tmp_path / "a.docx", "word/document.xml", {"_rels/.rels": relation}, 1_000)
    assert reason(sandbox, tmp_path / "a.docx").startswith("broken XML")
    package = '<package><manifest><item id="a" href="a.html"/></manifest><spine><itemref idref="a"/></spine></package>'
    members = {"META-INF/container.xml": CONTAINER, "OPS/book.opf": package}
    make_lying_zip(tmp_path / "a.epub", "OPS/a.html", members, 1_000)
    assert reason(sandbox, tmp_path / "a.epub") == "holds no text"


def test_small_honest_archive_may_inflate_far(sandbox: Sandbox, tmp_path: Path) -> None:
    make_docx(tmp_path / "a.docx", "It rained. " * 400_000)
    assert read(sandbox, tmp_path / "a.docx").text.count("rained") == 400_000


def test_entities_are_neither_multiplied_nor_fetched(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("A secret.")
    fetching = f'<!DOCTYPE a [<!ENTITY a9 SYSTEM "{(tmp_path / "secret.txt").as_uri()}">]>'
    text = f"<w:document {W}><w:body><w:p><w:r><w:t>One &a9; two.</w:t></w:r></w:p></w:body></w:document>"
    make_docx(tmp_path / "a.docx", "A text.")
    replace_member(tmp_path / "a.docx", "word/document.xml", ENTITY_BOMB + text)
    assert "amplification" in reason(sandbox, tmp_path / "a.docx")
    replace_member(tmp_path / "a.docx", "word/document.xml", fetching + text)
    assert read(sandbox, tmp_path / "a.docx").text == "One two."
    make_epub(
        tmp_path / "a.epub",
        [f"{doctype}<html><body><p>It rained &a9;.</p></body></html>" for doctype in (ENTITY_BOMB, fetching)],
    )
    assert "secret" not in read(sandbox, tmp_path / "a.epub").text
    assert len(read(sandbox, tmp_path / "a.epub").text) < 2_000


def test_deep_nesting_is_no_harm(sandbox: Sandbox, tmp_path: Path) -> None:
    depth = 100_000
    make_docx(tmp_path / "a.docx", "A text.")
    replace_member(tmp_path / "a.docx", "word/document.xml", "<a>" * depth + "</a>" * depth)
    assert reason(sandbox, tmp_path / "a.docx").startswith("broken XML: Excessive depth")
    make_epub(tmp_path / "a.epub", ["<div>" * depth + "It rained." + "</div>" * depth + "<p>And rained.</p>"])
    assert read(sandbox, tmp_path / "a.epub").text == "It rained.\n\nAnd rained."
