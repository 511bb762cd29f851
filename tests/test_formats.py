"""Every format from a file to a citation: what is cited is exactly what `qa show --text` prints at its offsets."""

import csv
import gzip
import io
import json
import mailbox
import plistlib
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from pyarrow import parquet
from typer.testing import CliRunner
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from index.article_index import ArticleIndex
from index.articles import FORMATS
from index.catalog.rows import StoredArticle
from index.formats.metadata import NAMES
from index.formats.text import SUFFIXES as TEXT_SUFFIXES
from qa.ask import ask
from qa.cli.main import app
from qa.testing import HashingEmbedding, ScriptedLLM
from tests.support import ROOT
from tests.support.catalogs import run_sql
from tests.support.documents import make_docx, make_epub, make_odt, make_pdf, make_rtf

# A town and its mayor for each format, so that an answer can come from one file alone.
TOWNS = (
    "Aldwick Brackley Corrieshaw Dunmoor Elverton Fosdyke Garstang Hexworthy Ilmington Jevington Kirkoswald Ludgvan "
    "Mardale Nenthead Osmotherley Penistone Quernmore Ravenglass Staithes Tenterden Ulverston Ventnor Wensley Yarm "
    "Zennor Uldale Venhampton Wadhurst Yelland Zeal Ambleside Brigsley Coldred Dunster Eyam Frosterley Glossop"
).split()
MAYORS = (
    "Ada Finch|Bruno Heron|Clara Dove|Dario Crane|Edith Wren|Felix Swift|Greta Lark|Hugo Rook|Irma Rowan|Jonas Kite|"
    "Karin Stork|Lukas Grouse|Marta Plover|Nadia Teal|Oskar Bittern|Petra Snipe|Quentin Shrike|Rosa Linnet|"
    "Silvan Dipper|Tilda Siskin|Ulla Pipit|Viktor Curlew|Wanda Godwit|Yvonne Knot|Zacharias Ruff|"
    "Ursel Linnet|Viktoria Plume|Walter Quail|Yorick Tern|Zelda Stint|"
    "Arno Smew|Berta Scaup|Claas Grebe|Dora Garganey|Emil Pintail|Frieda Gadwall|Gustav Eider"
).split("|")

Writer = Callable[[Path, str, str], object]


def plain(town: str, mayor: str) -> str:
    return f"The gate of {town} fell in a storm.\n\nThe mayor of {town} is {mayor}.\n\nSo says the clerk of {town}."


def tangled(town: str, mayor: str) -> str:
    """Give a text in which bytes, UTF-16 units, graphemes and what is shown all count otherwise than code points."""
    return (
        f"\u202eThe gate of {town}\u202c is 🦉 high.\r\n\r\nIts cafe\u0301 of {town} — “Zu\u0308rich” — has 👩\u200d🔬 "
        f"and \u2067{town}\u2069.\r\n\t\u00a0\u3000The mayor of {town} is {mayor}.\u2028So says 🏴\U000e0067\U000e007f "
        f"the clerk\x0b of\x0c {town}.\r\n\ufeffHere \x85ends\x1b[0m {town}.\r\n"
    )


def marked_up(town: str, mayor: str) -> str:
    paragraphs = plain(town, f"<b>{mayor}</b>").split("\n\n")
    return "".join(f"<p>{each} 🦉 cafe\u0301 &amp; “tea”</p>\r\n" for each in paragraphs)


def write(path: Path, text: str) -> None:
    path.write_bytes(text.encode())


def write_page(path: Path, town: str, mayor: str) -> None:
    head = f"<head><meta charset='utf-8'><title>{town}</title><style>p {{}}</style></head>"
    write(path, f"<!doctype html><html>{head}<body><h1>{town}</h1>{marked_up(town, mayor)}</body></html>")


def write_xhtml(path: Path, town: str, mayor: str) -> None:
    namespace = 'xmlns="http://www.w3.org/1999/xhtml"'
    body = f"<body>{marked_up(town, mayor)}</body>"
    write(path, f'<?xml version="1.0"?><html {namespace}><head><title>{town}</title></head>{body}</html>')


def write_notes(path: Path, town: str, mayor: str) -> None:
    content = f"<![CDATA[<en-note>{marked_up(town, mayor)}</en-note>]]>"
    write(path, f"<en-export><note><title>{town}</title><content>{content}</content></note></en-export>")


def write_mhtml(path: Path, town: str, mayor: str) -> None:
    message = MIMEMultipart("related", type="text/html")
    message.attach(MIMEText(f"<html><body><h1>{town}</h1>{marked_up(town, mayor)}</body></html>", "html", "utf-8"))
    path.write_bytes(bytes(message))


def write_webarchive(path: Path, town: str, mayor: str) -> None:
    page = f"<html><body><h1>{town}</h1>{marked_up(town, mayor)}</body></html>".encode()
    main = {"WebResourceData": page, "WebResourceMIMEType": "text/html", "WebResourceTextEncodingName": "UTF-8"}
    path.write_bytes(plistlib.dumps({"WebMainResource": main}, fmt=plistlib.FMT_BINARY))


def write_warc(path: Path, town: str, mayor: str) -> None:
    page = f"<html><body><h1>{town}</h1>{marked_up(town, mayor)}</body></html>".encode()
    sent = StatusAndHeaders("200 OK", [("Content-Type", "text/html; charset=utf-8")], protocol="HTTP/1.1")
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=path.suffix == ".gz")
        url = "https://gazette.example/gate"
        record = writer.create_warc_record(url, "response", payload=io.BytesIO(page), http_headers=sent)
        writer.write_record(record)
        record.raw_stream.close()


def record_of(town: str, mayor: str) -> dict[str, str]:
    return {"title": town, "text": tangled(town, mayor), "date": "2025-03-16"}


def write_lines(path: Path, town: str, mayor: str) -> None:
    write(path, json.dumps({"text": "No word of it."}) + "\r\n" + json.dumps(record_of(town, mayor)) + "\r\n")


def write_table(path: Path, town: str, mayor: str) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.DictWriter(file, ["title", "text", "date"], delimiter="\t" if path.suffix == ".tsv" else ",")
        table.writeheader()
        table.writerow(record_of(town, mayor))


def write_rss(path: Path, town: str, mayor: str) -> None:
    item = f"<item><title>{town}</title><description>{escape(marked_up(town, mayor))}</description></item>"
    write(path, f'<rss version="2.0"><channel><title>Gazette</title>{item}</channel></rss>')


def write_atom(path: Path, town: str, mayor: str) -> None:
    content = f'<content type="html"><![CDATA[{marked_up(town, mayor)}]]></content>'
    entry = f"<entry><title>{town}</title><id>urn:a</id><updated>2025-03-16T08:00:00Z</updated>{content}</entry>"
    write(path, f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Gazette</title>{entry}</feed>')


def mail_of(town: str, mayor: str) -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = f"{town} 🦉"
    message["Date"] = "Sun, 16 Mar 2025 08:00:00 +0100"
    message.set_content(plain(town, mayor) + "\n\nA cafe\u0301 🦉 \u202ein town\u202c.")
    return message


def write_mailbox(path: Path, town: str, mayor: str) -> None:
    messages = mailbox.mbox(path)
    messages.add(mail_of(town, mayor))
    messages.close()


def cues(town: str, mayor: str) -> str:
    lines = plain(town, mayor).split("\n\n")
    return "\n\n".join(f"00:0{place}:01,000 --> 00:0{place}:02,000\n{line}" for place, line in enumerate(lines))


def write_zip(path: Path, town: str, mayor: str) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("in/a.mbox", f"From a Sun Mar 16 08:00:00 2025\nSubject: {town}\n\n{plain(town, mayor)}\n")


def write_gzip(path: Path, town: str, mayor: str) -> None:
    with path.open("wb") as held, gzip.GzipFile("a.story", "wb", fileobj=held) as file:
        file.write(plain(town, mayor).encode())


def write_open_document(path: Path, town: str, mayor: str) -> None:
    paragraphs = [*plain(town, mayor).split("\n\n"), "A cafe\u0301 🦉 \u202ein town."]
    make_odt(path, "".join(f"<text:p>{each}</text:p>" for each in paragraphs))


def write_book(path: Path, town: str, mayor: str) -> None:
    make_epub(path, [f"<html><body>{marked_up(town, mayor)}</body></html>", "<p>No word of it.</p>"])


WRITERS: dict[str, Writer] = {
    ".txt": lambda path, *facts: path.write_bytes(tangled(*facts).encode("utf-8-sig")),
    ".md": lambda path, *facts: write(path, f"---\r\ntitle: A\r\n---\r\n{tangled(*facts)}"),
    ".markdown": lambda path, *facts: path.write_bytes(tangled(*facts).encode("utf-16")),
    ".rst": lambda path, *facts: write(path, f"A\n=\n\n{tangled(*facts)}"),
    ".jsonl": write_lines,
    ".ndjson": write_lines,
    ".json": lambda path, *facts: write(path, json.dumps([record_of(*facts)], ensure_ascii=False)),
    ".csv": write_table,
    ".tsv": write_table,
    ".parquet": lambda path, *facts: parquet.write_table(pyarrow.Table.from_pylist([record_of(*facts)]), path),
    ".ris": lambda path, *facts: write(path, f"TY  - NEWS\nTI  - A\nAB  - {plain(*facts)}\nER  - \n"),
    ".html": write_page,
    ".htm": write_page,
    ".xhtml": write_xhtml,
    ".mhtml": write_mhtml,
    ".mht": write_mhtml,
    ".webarchive": write_webarchive,
    ".warc": write_warc,
    ".warc.gz": write_warc,
    ".pdf": lambda path, *facts: path.write_bytes(make_pdf([plain(*facts).split("\n\n")])),
    ".docx": lambda path, *facts: make_docx(path, *plain(*facts).split("\n\n"), "A cafe\u0301 🦉 \u202ein town."),
    ".odt": write_open_document,
    ".rtf": lambda path, *facts: make_rtf(path, *plain(*facts).split("\n\n"), "A cafe\u0301 🦉 \u202ein town."),
    ".epub": write_book,
    ".rss": write_rss,
    ".atom": write_atom,
    ".xml": write_rss,
    ".enex": write_notes,
    ".mbox": write_mailbox,
    ".eml": lambda path, *facts: path.write_bytes(bytes(mail_of(*facts))),
    ".zip": write_zip,
    ".gz": write_gzip,
    ".wiki": lambda path, *facts: write(path, f'<doc id="1" url="" title="{facts[0]}">\n{plain(*facts)}\n</doc>\n'),
    ".story": lambda path, *facts: write(path, f"{plain(*facts)}\n\n@highlight\n\nA gate fell\n"),
    ".vtt": lambda path, *facts: write(path, f"WEBVTT\n\n{cues(*facts)}"),
    ".srt": lambda path, *facts: write(path, cues(*facts)),
}
ENCODINGS = {"a.txt": "utf-8-sig", "a.md": "utf-8", "a.markdown": "utf-16", "a.rst": "utf-8"}
RECORDS = {
    f"a{suffix}": f"a{suffix}#{number}"
    for suffix, number in {".jsonl": 2, ".ndjson": 2, ".zip": "in/a.mbox#1", ".warc.gz": 1}.items()
    | dict.fromkeys(
        (".json", ".csv", ".tsv", ".parquet", ".ris", ".rss", ".atom", ".xml", ".mbox", ".enex", ".wiki", ".warc"), 1
    ).items()
}
FACTS = dict(zip(FORMATS, zip(TOWNS, MAYORS, strict=False), strict=False))


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArticleIndex]:
    """The index of a folder that holds a file of every format."""
    folder = tmp_path_factory.mktemp("formats")
    for suffix, write_file in WRITERS.items():
        write_file(folder / f"a{suffix}", *FACTS[suffix])
    index = ArticleIndex(folder, tmp_path_factory.mktemp("index") / "index", HashingEmbedding())
    report = index.sync()
    assert report.skipped == []
    yield index
    index.close()


def article_of(index: ArticleIndex, suffix: str) -> StoredArticle:
    article = index.catalog.article(RECORDS.get(f"a{suffix}", f"a{suffix}"))
    assert article
    return article


def show(index: ArticleIndex, article_id: str) -> bytes:
    result = CliRunner().invoke(
        app, ["show", article_id, "--text", "--articles", str(index.articles), "--index", str(index.folder)]
    )
    assert result.exit_code == 0
    return result.stdout_bytes


def rows(index: ArticleIndex, query: str, article: StoredArticle) -> list[Any]:
    return run_sql(index.catalog, query, article.key)


def rows_of_page() -> dict[str, list[str]]:
    """Give the cells behind the suffix of each row of docs/formats.md, for each suffix."""
    page = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    table = [[cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line[:3] == "| `"]
    suffixes = [suffix for first, *_ in table for suffix in re.findall(r"`(\.[\w.]+)`", first)]
    assert len(suffixes) == len(set(suffixes))
    return {suffix: rest for first, *rest in table for suffix in re.findall(r"`(\.[\w.]+)`", first)}


def test_every_format_has_a_row_in_its_page() -> None:
    assert rows_of_page().keys() == set(FORMATS)
    assert all(len(cells) == 3 and all(cells) for cells in rows_of_page().values())


@pytest.mark.parametrize("suffix", FORMATS)
def test_page_names_where_metadata_come_from(index: ArticleIndex, suffix: str) -> None:
    _, metadata, _ = rows_of_page()[suffix]
    known = article_of(index, suffix).sources
    sources = {known[name] for name in known.keys() & NAMES.keys()} - {"first lines", "file name"}
    assert {source for source in sources if f"`{source}`" not in metadata} == set()


def test_every_format_has_a_file_here() -> None:
    assert list(WRITERS) == list(FORMATS)
    assert {Path(name).suffix for name in ENCODINGS} == set(TEXT_SUFFIXES)


@pytest.mark.parametrize("suffix", FORMATS)
def test_text_of_every_format_says_what_the_file_says(index: ArticleIndex, suffix: str) -> None:
    town, mayor = FACTS[suffix]
    text = article_of(index, suffix).text
    assert text.count(f"The gate of {town}") == text.count(f"The mayor of {town} is {mayor}.") == 1
    assert "<" not in text


@pytest.mark.parametrize("suffix", [".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet"])
def test_text_of_a_record_is_its_field_to_the_last_character(index: ArticleIndex, suffix: str) -> None:
    assert article_of(index, suffix).text == tangled(*FACTS[suffix])


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_stored_span_is_what_is_retrieved_and_shown(index: ArticleIndex, suffix: str) -> None:
    article = article_of(index, suffix)
    sentences = rows(index, "select start, end from sentences where article = ? order by ordinal", article)
    assert any(article.text[start:end].endswith(f"is {FACTS[suffix][1]}.") for start, end in sentences)
    assert all(last_end <= start < end for (_, last_end), (start, end) in pairwise([(0, 0), *sentences]))
    ids = [key for (key,) in rows(index, "select id from passages where article = ?", article)]
    passages = index.catalog.passages(ids)
    assert len(passages) == len(ids) > 0
    for passage in passages:
        assert passage.text == article.text[passage.start : passage.end]
        assert (passage.start, passage.end) == (sentences[passage.first][0], sentences[passage.last][1])


@pytest.mark.parametrize("name", ENCODINGS)
def test_every_span_of_a_text_file_stands_in_the_file_as_any_program_reads_it(index: ArticleIndex, name: str) -> None:
    article = article_of(index, Path(name).suffix)
    with (index.articles / name).open(encoding=ENCODINGS[name], newline="") as file:
        read = file.read()
    spans = rows(index, "select start, end from sentences where article = ?1", article)
    spans += rows(index, "select start, end from passages where article = ?1", article)
    assert len(spans) >= 5
    assert [read[start:end] for start, end in spans] == [article.text[start:end] for start, end in spans]


@pytest.mark.parametrize("suffix", FORMATS)
def test_citation_is_verbatim_in_what_show_prints(index: ArticleIndex, suffix: str) -> None:
    town, mayor = FACTS[suffix]
    answer = ask(f"Who is the mayor of {town}?", index, ScriptedLLM(replies=[f"{mayor} [1]"]))
    (citation,) = answer.citations
    article = article_of(index, suffix)
    shown = show(index, citation.span.article_id).decode()
    assert citation.span.article_id == article.id
    assert answer.short_answer == mayor
    assert f"The mayor of {town} is {mayor}." in citation.quote
    assert shown[citation.span.start : citation.span.end] == citation.quote
    assert shown == article.text


@pytest.mark.parametrize("article_id", ["a.txt", "a.jsonl#2"])
def test_command_itself_prints_the_very_text(index: ArticleIndex, article_id: str) -> None:
    command = [sys.executable, "-m", "qa", "show", article_id, "--text"]
    places = ["--articles", str(index.articles), "--index", str(index.folder)]
    done = subprocess.run([*command, *places], capture_output=True, check=True)
    article = index.catalog.article(article_id)
    assert article
    assert done.stdout == article.text.encode()
    assert done.stderr == b""
