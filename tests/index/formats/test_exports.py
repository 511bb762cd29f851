"""Exports of press archives: each of their documents is an article, and what only resembles one is not taken apart."""

import time
from contextlib import suppress
from datetime import date
from pathlib import Path

import docx
import pytest

from index.article_files import list_files
from index.articles import Article, read_articles
from index.formats.exports import articles_of
from index.formats.extract import Extract, UnreadableError
from index.formats.records import Fields
from index.formats.sandbox import Sandbox
from tests.support.documents import make_odt, make_rtf

COVER = """User Name: A. Finch
Date and Time: Monday, 5 May 2025 9:00:00 AM CEST
Job Number: 1
Documents (2)
1. Weir leaks again
2. Ferry sold
Client/Matter: -None-
Search Terms: weir
"""
WEIR = """Weir leaks again
The Lowmoor Gazette (Lowmoor)
May 6, 2024 Monday Final Edition
Copyright 2024 Gazette Press All Rights Reserved
Section:\u00a0NEWS; Pg. 2
Length:\u00a0112 words
Byline:\u00a0Ada Finch
Highlight:\u00a0Third time in a year
Body
The weir at Dunmoor leaks, warden Bruno Heron said.
Section 4 is closed.
Graphic
A photo of the weir.
Classification
Language:\u00a0ENGLISH
Load-Date:\u00a0May 7, 2024
End of Document
"""
FERRY = """Ferry sold
Coast Herald
7 May 2024
Copyright 2024 Coast Herald
Length: 40 words
The ferry Siri was sold to Norlink for 2 million euros.
Load-Date: May 9, 2024
End of Document
"""
OLDER = """1 of 2 DOCUMENTS
The Lowmoor Gazette (Lowmoor)
May 6, 2004 Monday
Final Edition
Weir leaks again
BYLINE: Ada Finch
SECTION: News; Pg. 2
LENGTH: 112 words
The weir at Dunmoor leaks, warden Bruno Heron said.
LOAD-DATE: May 7, 2004
LANGUAGE: ENGLISH
Copyright 2004 Gazette Press
2 of 2 DOCUMENTS
Coast Herald
May 7, 2004
Ferry sold
LENGTH: 40 words
The ferry Siri was sold.
LOAD-DATE: May 9, 2004
"""
RULE = "_" * 60
PROQUEST = f"""{RULE}
Report Information from ProQuest
06 May 2024 09:00
{RULE}
Document 1 of 2
Weir leaks again
Author: Finch, Ada
Publication info: The Lowmoor Gazette; Lowmoor [Lowmoor]06 May 2024: 2.
ProQuest document link
Abstract: None available.
Full text: The weir at Dunmoor leaks, warden Bruno Heron said.
Note: he was there.
It rained.
Subject: Weirs; Rivers
Title: Weir leaks again
Publication title: The Lowmoor Gazette; Lowmoor
Publication date: May 6, 2024
Section: News
ProQuest document ID: 3050000001
Document URL: https://www.proquest.com/docview/3050000001
Database: Global Newsstream
{RULE}
Document 2 of 2
Ferry sold
Full text: Not available.
Publication title: Coast Herald
Publication date: May 7, 2024
ProQuest document ID: 3050000002
{RULE}
"""
FACTIVA = """SE
News
HD
Weir leaks again
BY
By Ada Finch
WC
112 words
PD
6 May 2024
SN
The Lowmoor Gazette
SC
LGAZ
LA
English
CY
Copyright 2024 Gazette Press
LP
The weir at Dunmoor leaks, warden Bruno Heron said.
TD
IN 2023 it was mended.
CO and others paid.
NS
gdis : Disasters
AN
Document LGAZ000020240506ek5600001
HD | Ferry sold
WC | 40 words
PD | 7 May 2024
SN | Coast Herald
LP | The ferry Siri was sold.
TD | It was built in 1961.
AN | Document CHER000020240507ek5700001
Search Summary
Text weir
"""
ALL = {"LexisNexis": COVER + WEIR + FERRY, "older LexisNexis": OLDER, "ProQuest": PROQUEST, "Factiva": FACTIVA}


def documents(text: str) -> list[Extract]:
    found = []
    try:
        found.extend(articles_of(Extract(text)))
    except UnreadableError as error:
        found.append(Extract(str(error)))
    return found


def body(extract: Extract) -> list[str]:
    return extract.text[extract.body_start :].split("\n\n")


@pytest.mark.parametrize("archive", ALL)
def test_first_document_is_known_by_its_fields(archive: str) -> None:
    first = documents(ALL[archive])[0]
    known = first.metadata
    assert (first.record, known.title) == ("1", "Weir leaks again")
    assert known.published in (date(2024, 5, 6), date(2004, 5, 6))
    assert known.publisher
    assert known.publisher.startswith("The Lowmoor Gazette")
    assert set(known.sources.values()) == {archive.removeprefix("older ")}
    assert body(first)[0] == "The weir at Dunmoor leaks, warden Bruno Heron said."


@pytest.mark.parametrize("archive", ["LexisNexis", "older LexisNexis", "Factiva"])
def test_second_document_is_an_article_of_its_own(archive: str) -> None:
    second = documents(ALL[archive])[1]
    assert (second.record, second.metadata.title, second.metadata.publisher) == ("2", "Ferry sold", "Coast Herald")
    assert body(second)[0].startswith("The ferry Siri was sold")
    assert "weir" not in second.text.lower()


def test_text_ends_where_the_fields_go_on_and_the_cover_is_no_article() -> None:
    first, second = documents(ALL["LexisNexis"])
    assert body(first)[1:] == ["Section 4 is closed.", "A photo of the weir."]
    assert first.text.startswith("Weir leaks again\n\nThe Lowmoor Gazette")
    assert "Byline: Ada Finch" in first.text[: first.body_start]
    assert "A. Finch" not in first.text + second.text
    assert len(body(second)) == 1


def test_table_of_a_document_stays_one() -> None:
    table = "| Part | Cost |\n| --- | --- |\n| Gate | 5 |"
    (only,) = documents(WEIR.replace("Section 4 is closed.", table))
    assert body(only)[1] == table


def test_cover_is_known_by_the_date_where_it_lists_no_titles() -> None:
    cover = "User Name: A. Finch\nJob Number: 1\nDate and Time: Monday, 5 May 2025 9:00:00 AM CEST\n"
    first, _ = documents(cover + WEIR + FERRY)
    assert first.metadata.title == "Weir leaks again"
    assert first.metadata.published == date(2024, 5, 6)


def test_text_of_proquest_is_its_full_text_and_one_without_is_named() -> None:
    first, reason = documents(PROQUEST)
    assert body(first) == ["The weir at Dunmoor leaks, warden Bruno Heron said.", "Note: he was there.", "It rained."]
    assert first.metadata.url == "https://www.proquest.com/docview/3050000001"
    assert reason.text == "an export of ProQuest: #2 of 2 hold no text"


def test_words_of_a_text_that_look_like_codes_stay_in_it() -> None:
    first, second = documents(FACTIVA)
    assert body(first)[1:] == ["IN 2023 it was mended.", "CO and others paid."]
    assert body(second) == ["The ferry Siri was sold.", "It was built in 1961."]
    assert "Search Summary" not in second.text


def test_long_text_without_words_is_passed_in_no_time() -> None:
    began = time.perf_counter()
    for text in ("-\n" * 500_000, " " * 1_000_000, "HD\n" * 50_000, "1 of 2\n" * 50_000):
        documents(text)
    assert time.perf_counter() - began < 20


FACTIVA_INLINE = """HD Weir leaks again
BY By Ada Finch
WC 112 words
PD 6 May 2024
SN The Lowmoor Gazette
LA English
LP The weir at Dunmoor leaks, warden Bruno Heron said.
TD IN 2023 it was mended.
CO and others paid.
BY noon it rained.
CO stork : Stork Works
NS gdis : Disasters
AN Document LGAZ000020240506ek5600001
"""


def test_codes_may_stand_in_front_of_their_lines() -> None:
    first, second = documents(FACTIVA_INLINE + FACTIVA_INLINE.replace("Weir leaks again", "Again"))
    assert (first.metadata.published, first.metadata.publisher) == (date(2024, 5, 6), "The Lowmoor Gazette")
    assert body(first)[1:] == ["IN 2023 it was mended.", "CO and others paid.", "BY noon it rained."]
    assert second.metadata.title == "Again"


def test_export_of_one_document_is_one_file_without_a_number() -> None:
    (only,) = documents(WEIR)
    assert (only.record, only.metadata.title, only.metadata.published) == (None, "Weir leaks again", date(2024, 5, 6))


def test_export_that_was_cut_off_keeps_its_last_document() -> None:
    cut = (COVER + WEIR + WEIR).removesuffix("End of Document\n")
    assert [each.record for each in documents(cut)] == ["1", "2"]


@pytest.mark.parametrize(
    "text",
    [
        "It rained.\nEnd of Document\n",
        "He wrote on page\n1 of 2\nthat it rained.\nLength: 5 m\n",
        f"{RULE}\nAbstract: It rained.\nTitle: Rain\n{RULE}\n",
        "HD was the word.\nPD\nSN is a town.",
        "BY\nHD\nIt rained.",
        "HD television is\nHD and not UHD.\n",
    ],
)
def test_text_of_another_kind_stays_one_article(text: str) -> None:
    assert documents(text) == [Extract(text)]


def test_text_with_the_marks_of_several_documents_is_one_article_and_named() -> None:
    text = "It rained.\nEnd of Document\nIt snowed.\nEnd of Document\n"
    one, reason = documents(text)
    assert one.text == text
    assert reason.text == "read as one article: an export of 2 documents, in a form that is not known"


def read_file(folder: Path) -> list[Article]:
    (file,) = list_files(folder)
    found = []
    with Sandbox() as sandbox, suppress(UnreadableError):
        found.extend(read_articles(file, sandbox, Fields()))
    return found


def page_of(text: str) -> str:
    lines = ["<hr>" if line == RULE else f"<p><strong>{line}</strong></p>" for line in text.splitlines()]
    return f"<!DOCTYPE html><html><head><title>Export</title></head><body>{''.join(lines)}</body></html>"


FACTIVA_PAGE = """<html><head><title>Factiva</title></head><body><div id="x">
<div class="article enArticle"><div id="hd"><span class="enHeadline">Weir leaks again</span></div><div>News</div>
<div class="author">By Ada Finch</div><div>112 words</div><div>6 May 2024</div><div>03:12</div>
<div>The Lowmoor Gazette</div><div>LGAZ</div><div>English</div><div>Copyright 2024 Gazette Press</div>
<p class="articleParagraph enarticleParagraph">The weir at Dunmoor leaks, warden Bruno Heron said.</p>
<p class="articleParagraph enarticleParagraph">It rained.</p><p>Document LGAZ000020240506ek5600001</p></div>
<div class="article deArticle"><div id="hd"><span class="deHeadline">Ferry sold</span></div><div>40 words</div>
<div>7. Mai 2024</div><div>Coast Herald</div>
<p class="articleParagraph dearticleParagraph">The ferry was sold.</p></div>
</div></body></html>"""


def test_page_of_factiva_is_taken_apart_by_its_classes(tmp_path: Path) -> None:
    (tmp_path / "Factiva.html").write_text(FACTIVA_PAGE)
    first, second = read_file(tmp_path)
    assert (first.id, first.title, first.published) == ("Factiva.html#1", "Weir leaks again", date(2024, 5, 6))
    assert first.publisher == "The Lowmoor Gazette"
    assert first.text[first.body_start :].split("\n\n")[1:] == ["It rained."]
    assert (second.title, second.published, second.publisher) == ("Ferry sold", date(2024, 5, 7), "Coast Herald")


@pytest.mark.parametrize("archive", ALL)
@pytest.mark.parametrize("suffix", [".txt", ".html", ".rtf", ".odt"])
def test_export_in_any_format_is_taken_apart(tmp_path: Path, archive: str, suffix: str) -> None:
    path, text = tmp_path / f"a{suffix}", ALL[archive]
    match suffix:
        case ".txt":
            path.write_text(text)
        case ".html":
            path.write_text(page_of(text))
        case ".rtf":
            make_rtf(path, *text.splitlines())
        case ".odt":
            make_odt(path, "".join(f"<text:p>{line}</text:p>" for line in text.splitlines()))
    first, *_ = read_file(tmp_path)
    assert (first.id, first.title) == (f"a{suffix}#1", "Weir leaks again")
    assert first.text[first.body_start :].startswith("The weir at Dunmoor leaks, warden Bruno Heron said.")


def test_text_file_that_holds_one_document_keeps_every_character(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(WEIR.replace("\n", "\r\n").encode())
    (only,) = read_file(tmp_path)
    assert only.text == WEIR.replace("\n", "\r\n")


def test_articles_of_a_word_export_have_numbers_and_sentences_behind_their_heads(tmp_path: Path) -> None:
    document = docx.Document()
    for line in ALL["LexisNexis"].splitlines():
        document.add_paragraph(line)
    document.save(str(tmp_path / "Files (2).DOCX"))
    first, second = read_file(tmp_path)
    assert (first.id, second.id) == ("Files (2).DOCX#1", "Files (2).DOCX#2")
    assert first.text[first.body_start :].startswith("The weir at Dunmoor leaks")
    assert (second.title, second.published, second.publisher) == ("Ferry sold", date(2024, 5, 7), "Coast Herald")
