"""Pages that browsers saved: MHTML by Chromium itself and as others write it, Safari's archives, SingleFile."""

import base64
import plistlib
from collections.abc import Iterator
from email.mime.image import MIMEImage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from pathlib import Path
from typing import Any

import pytest

from index.formats.extract import Extract, UnreadableError
from index.formats.sandbox import Sandbox
from tests.support.browser import CHROMIUM, Browser

TEXT = (
    "Sluice opened\n\nThe sluice at Sallow was opened on Friday for 214 crowns — “at last”, said Odile Ferrand.\n\n"
    "Zürich’s engineers built it; the otters came back the same night, as she had hoped."
)
URL = "https://courier.example/sluice"
FRAME = "<html><body><p>Buy a boat from Bram of Ness today, he sells them cheap.</p></body></html>"


def page(charset: str = "utf-8") -> str:
    title, *paragraphs = TEXT.split("\n\n")
    return (
        f'<!DOCTYPE html><html><head><meta charset="{charset}"><title>{title}</title></head><body><article>'
        f"<h1>{title}</h1>{''.join(f'<p>{each}</p>' for each in paragraphs)}</article></body></html>"
    )


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


def read(sandbox: Sandbox, path: Path, content: bytes) -> Extract:
    path.write_bytes(content)
    (extract,) = sandbox.read(path, path.suffix)
    return extract


def archive_of(*parts: Any, snapshot: str = "", **params: str) -> bytes:
    message = MIMEMultipart("related", type="text/html", **params)
    if snapshot:
        message["Snapshot-Content-Location"] = snapshot
    for part in parts:
        message.attach(part)
    return bytes(message)


def part_of(markup: str, charset: str = "utf-8", **headers: str) -> MIMEText:
    part = MIMEText(markup, "html", charset)
    for name, value in headers.items():
        part[name.replace("_", "-")] = value
    return part


@pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium here")
def test_page_that_chromium_saved_is_read(sandbox: Sandbox, tmp_path: Path, browser: Browser) -> None:
    (tmp_path / "frame.html").write_text(FRAME)
    markup = page().replace("</article>", '</article><iframe src="frame.html"></iframe>')
    (tmp_path / "a.html").write_text(markup, encoding="utf-8")
    browser.open(tmp_path / "a.html")
    saved = browser.call("Page.captureSnapshot", format="mhtml")["data"]
    assert "multipart/related" in saved
    extract = read(sandbox, tmp_path / "a.mhtml", saved.encode())
    assert extract.text == TEXT
    assert extract.metadata.title == "Sluice opened"


@pytest.mark.parametrize(
    "content",
    [
        archive_of(part_of(page(), Content_Location=URL), part_of(FRAME)),
        archive_of(part_of(FRAME), part_of(page(), Content_Location=URL), snapshot=URL),
        archive_of(part_of(FRAME), part_of(page(), Content_ID="<a@b>", Content_Location=URL), start="<a@b>"),
        archive_of(MIMEImage(b"GIF89a", "gif"), part_of(page(), Content_Location=URL)),
        archive_of(part_of(page("iso-8859-1"), Content_Location=URL)),
        archive_of(part_of(page("windows-1252"), "windows-1252", Content_Location=URL)),
        archive_of(part_of(page(), Content_Location=URL)).replace(b'charset="utf-8"', b'charset="gb2312"'),
        archive_of(part_of(page(), Content_Location=URL)).replace(b'charset="utf-8"', b"").replace(b"\n", b"\r\n"),
        archive_of(part_of(page(), Content_Location=URL))[:-20],
        bytes(part_of(page(), Content_Location=URL)),
    ],
    ids="first|snapshot|start|picture|meta|1252|charset|none|cut end|no parts".split("|"),
)
def test_root_of_an_mhtml_file_is_its_article(sandbox: Sandbox, tmp_path: Path, content: bytes) -> None:
    extract = read(sandbox, tmp_path / "a.mht", content)
    assert extract.text == TEXT
    assert extract.metadata.url == URL


def test_quoted_printable_lines_are_put_together(sandbox: Sandbox, tmp_path: Path) -> None:
    head = b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n--x\r\nContent-Type: text/html\r\n"
    body = "Content-Transfer-Encoding: quoted-printable\r\n\r\n<p>The caf=C3=A9 in Sal=\r\nlow =3D shut.</p>\r\n--x--"
    assert read(sandbox, tmp_path / "a.mhtml", head + body.encode()).text == "The café in Sallow = shut."


@pytest.mark.parametrize(
    "content",
    [b"", b"\0\1\2", b"It rained.", archive_of(MIMEImage(b"GIF89a", "gif")), b"Content-Type: multipart/related\n\n"],
)
def test_what_is_no_mhtml_is_refused(sandbox: Sandbox, tmp_path: Path, content: bytes) -> None:
    with pytest.raises(UnreadableError, match="no MHTML"):
        read(sandbox, tmp_path / "a.mhtml", content)


def test_nested_parts_without_end_are_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    nested = b"".join(b"Content-Type: multipart/related; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(5_000))
    with pytest.raises(UnreadableError):
        read(sandbox, tmp_path / "a.mhtml", nested)


@pytest.mark.parametrize("kind", [plistlib.FMT_BINARY, plistlib.FMT_XML])
def test_web_archive_is_read_from_its_main_resource(sandbox: Sandbox, tmp_path: Path, kind: Any) -> None:
    main = {
        "WebResourceData": page("iso-8859-1").encode(),
        "WebResourceMIMEType": "text/html",
        "WebResourceTextEncodingName": "UTF-8",
        "WebResourceURL": URL,
    }
    frame = {"WebMainResource": main | {"WebResourceData": FRAME.encode()}}
    extract = read(
        sandbox,
        tmp_path / "a.webarchive",
        plistlib.dumps({"WebMainResource": main, "WebSubframeArchives": [frame]}, fmt=kind),
    )
    assert (extract.text, extract.metadata.url) == (TEXT, URL)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no web archive"),
        (b"bplist00" + b"\xff" * 64, "no web archive"),
        (plistlib.dumps([1, 2]), "no web archive"),
        (plistlib.dumps({"WebMainResource": {"WebResourceData": "text"}}), "no web archive"),
        (plistlib.dumps({"WebMainResource": {"WebResourceData": b"%PDF", "WebResourceMIMEType": "application/pdf"}}),
         "something other than a web page"),
    ],
    ids=["empty", "garbage", "list", "text", "PDF"],
)  # fmt: skip
def test_what_is_no_web_archive_is_refused(sandbox: Sandbox, tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(UnreadableError, match=reason):
        read(sandbox, tmp_path / "a.webarchive", content)


def test_page_of_single_file_has_its_address_and_its_pictures_are_no_text(sandbox: Sandbox, tmp_path: Path) -> None:
    picture = base64.b64encode(bytes(range(256)) * 40_000).decode()
    note = f"<!--\n Page saved with SingleFile \n url: {URL} \n saved date: Fri Mar 14 2025 10:00:00 GMT+0100 \n-->"
    markup = (
        page().replace("<head>", f"{note}<head>").replace("<h1>", f'<img src="data:image/png;base64,{picture}"><h1>')
    )
    extract = read(sandbox, tmp_path / "a.html", markup.encode())
    assert extract.text == TEXT
    assert extract.metadata.url == URL
    assert extract.metadata.published is None
