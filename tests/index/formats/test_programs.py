"""Files that real programs wrote of one article: all are read alike, and every sentence is its text's.

`programs/` holds what LibreOffice 7.4 made of a document (.docx, .odt, .rtf, .pdf, .html, .epub), Chromium of a page
(.mhtml), wget 1.21 of a site (.warc.gz), Python's mailbox of two messages, one with a document (.mbox), and
Thunderbird 153 of two messages to be sent later, one with that document (Unsent: its folders have no suffix).
"""

import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from index.article_index import ArticleIndex
from index.catalog.reader import StoredArticle
from qa.testing import HashingEmbedding

PROGRAMS = Path(__file__).parent / "programs"
TITLE = "Weir at Sallow holds again"
FIRST = "The weir at Sallow holds again after the flood of last winter, the engineer Odile Ferrand said on Friday."
STONES = "Masons set 214 stones, the heaviest of 1.2 t."
TABLE = ("| Vell | 24 |", "| Ness | 31 |")
DOCUMENTS = (
    "weir.docx",
    "weir.odt",
    "weir.rtf",
    "weir.pdf",
    "weir.html",
    "weir.epub",
    "weir.mbox#1/weir.docx",
    "Unsent#1/weir.docx",
)
PAGES = ("weir.mhtml", "weir.warc.gz#7")


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArticleIndex]:
    folder = tmp_path_factory.mktemp("programs") / "articles"
    shutil.copytree(PROGRAMS, folder)
    with closing(ArticleIndex(folder, folder.parent / "index", HashingEmbedding())) as index:
        assert index.sync().skipped == []
        yield index


def article_of(index: ArticleIndex, article_id: str) -> StoredArticle:
    article = index.catalog.article(article_id)
    assert article, sorted(index.catalog.hashes())
    return article


def sentences_of(index: ArticleIndex, article_id: str) -> list[str]:
    text = article_of(index, article_id).text
    return [text[start:end] for start, end in index.catalog.sentences(article_id, 0, 99)]


@pytest.mark.parametrize("article_id", [*DOCUMENTS, *PAGES, "weir.mbox#1"])
def test_title_day_and_sentences_are_those_that_were_written(index: ArticleIndex, article_id: str) -> None:
    article = article_of(index, article_id)
    assert (article.title, article.published) == (TITLE, date(2025, 3, 14))
    sentences = sentences_of(index, article_id)
    assert (f"{FIRST}1" if article_id == "weir.pdf" else FIRST) in sentences  # what is raised is not told in a PDF
    assert STONES in sentences
    assert all(sentence in article.text for sentence in sentences)


@pytest.mark.parametrize("article_id", [*DOCUMENTS, *PAGES])
def test_note_and_table_are_read(index: ArticleIndex, article_id: str) -> None:
    sentences = sentences_of(index, article_id)
    assert any(
        each.endswith(("So the harbour’s log of 12 March.", "So the harbour's log of 12 March.")) for each in sentences
    )
    if article_id != "weir.epub":  # LibreOffice leaves the header out there
        assert sentences[(at := sentences.index("| Port | Boats |")) + 1 : at + 3] == list(TABLE)
    if article_id not in PAGES:
        assert "It had leaked since 1911." in sentences


def test_reply_is_read_without_marks_and_signature(index: ArticleIndex) -> None:
    assert sentences_of(index, "weir.mbox#2") == [
        "From here on it is dry.",
        "On Fri, 14 Mar 2025 at 09:12, Odile Ferrand <odile@weir.example> wrote:",
        STONES,
        "The weir holds.",
    ]


def test_day_of_a_page_is_its_own_before_that_of_its_capture(index: ArticleIndex) -> None:
    ferry = article_of(index, "weir.warc.gz#9")
    assert (ferry.title, ferry.published) == ("Ferry to Ness sails again", date(2025, 3, 14))
    assert ferry.url == "http://127.0.0.1:8765/ferry.html"


def test_folder_of_thunderbird_is_read_without_its_wrapping_marks_and_signatures(index: ArticleIndex) -> None:
    sent = article_of(index, "Unsent#1")
    assert (sent.title, sent.published) == ("Weir at Sallow holds again – report", date(2026, 11, 29))
    sentences = sentences_of(index, "Unsent#1")
    assert sentences[:3] == [
        "Dear Bram,",
        "Weir at Sallow",
        "The weir at Sallow holds again after the flood of last winter, the engineer said on Friday.",
    ]
    assert sentences[-1] == "From here on it is dry."
    assert sentences_of(index, "Unsent#2") == [
        "Die Fähre nach Ness fährt ab dem 5. April wieder täglich um 9.30 Uhr.",
        "From Vell it sails at noon.",
        "Am 14.03.25 um 09:12 schrieb Bram Vell:",
        "Wann fährt die Fähre wieder?",
        "Und was kostet sie, wenn man zu viert ist?",
        "Hier wird es eng.",
    ]
