"""Archives of the web: each page is an article, whoever wrote the archive, and what is broken in it is named."""

import gzip
import io
import shutil
import subprocess
import threading
from collections.abc import Iterator
from datetime import date
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from index.formats.extract import Extract, UnreadableError
from index.formats.sandbox import Sandbox

FIRST = "The weir at Sallow was repaired on Friday for 214 crowns, said the engineer, Odile Ferrand."
SECOND = "The ferry of Ness was sold to Norway for nine million, and nobody came to see it off."
CAPTURED = "2024-05-06T23:30:00Z"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


def page(text: str, head: str = "") -> bytes:
    return (
        f"<html><head><title>A page</title>{head}</head><body><article><p>{text}</p></article></body></html>".encode()
    )


class Archive:
    """Write records with warcio's own writer."""

    def __init__(self, zipped: bool = True) -> None:
        self.file = io.BytesIO()
        self._writer = WARCWriter(self.file, gzip=zipped)

    def add(
        self, content: bytes, kind: str = "text/html", status: str = "200 OK", record: str = "response", **headers: str
    ) -> "Archive":
        sent = [("Content-Type", kind), *((name.replace("_", "-"), value) for name, value in headers.items())]
        written = self._writer.create_warc_record(
            "https://courier.example/a",
            record,
            payload=io.BytesIO(content),
            http_headers=StatusAndHeaders(status, sent, protocol="HTTP/1.1") if record == "response" else None,
            warc_content_type=kind if record == "resource" else "",
            warc_headers_dict={"WARC-Date": CAPTURED},
        )
        self._writer.write_record(written)
        written.raw_stream.close()
        return self

    def bytes(self) -> bytes:
        return self.file.getvalue()


def read(sandbox: Sandbox, path: Path, content: bytes) -> tuple[list[Extract], str]:
    """Give the articles of an archive, and the reason at its end if there is one."""
    path.write_bytes(content)
    found: list[Extract] = []
    try:
        found += sandbox.read(path, ".warc.gz" if path.suffix == ".gz" else path.suffix)
    except UnreadableError as error:
        return found, str(error)
    return found, ""


def read_until_broken(sandbox: Sandbox, path: Path, content: bytes) -> tuple[list[str], str]:
    path.write_bytes(content)
    texts: list[str] = []
    extracts = sandbox.read(path, ".warc.gz")
    with pytest.raises(UnreadableError) as caught:
        texts += iter(lambda: next(extracts).text, None)
    return texts, str(caught.value)


@pytest.mark.parametrize("zipped", [True, False])
def test_pages_are_articles_under_the_numbers_of_their_records(sandbox: Sandbox, tmp_path: Path, zipped: bool) -> None:
    archive = Archive(zipped).add(page(FIRST)).add(b"body {}", "text/css").add(b"moved", status="301 Moved")
    archive.add(page("No such page."), status="404 Not Found").add(page(SECOND), "text/html; charset=utf-8")
    found, reason = read(sandbox, tmp_path / ("a.warc.gz" if zipped else "a.warc"), archive.bytes())
    assert [(each.record, each.text) for each in found] == [("1", FIRST), ("5", SECOND)]
    assert reason == ""
    assert found[0].metadata.url == "https://courier.example/a"


def test_capture_dates_a_page_only_where_nothing_else_does(sandbox: Sandbox, tmp_path: Path) -> None:
    archive = Archive().add(page(FIRST)).add(page(FIRST, '<meta name="date" content="2021-02-03">'))
    archive.add(page(f"Published: 4 March 2020</p><p>{FIRST}"))
    found, _ = read(sandbox, tmp_path / "a.warc.gz", archive.bytes())
    assert [each.metadata.published for each in found] == [date(2024, 5, 6), date(2021, 2, 3), None]
    assert found[0].metadata.sources["published"] == "day of capture"


def test_what_a_server_sent_is_unpacked_and_decoded(sandbox: Sandbox, tmp_path: Path) -> None:
    cyrillic = "Плотину в Заречном открыли в понедельник, сообщил мэр."
    zipped = gzip.compress(page(FIRST))
    chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(page(SECOND)), page(SECOND))
    archive = Archive().add(zipped, Content_Encoding="gzip").add(chunks, Transfer_Encoding="chunked")
    archive.add(page(FIRST), Content_Encoding="gzip").add(
        f"<p>{cyrillic}</p>".encode("cp1251"), "text/html; charset=windows-1251"
    )
    archive.add(page(cyrillic), "text/html; charset=windows-1251").add(page(SECOND), record="resource")
    found, reason = read(sandbox, tmp_path / "a.warc.gz", archive.bytes())
    assert [each.text for each in found] == [FIRST, SECOND, FIRST, cyrillic, cyrillic, SECOND]
    assert reason == ""


def test_archive_that_was_zipped_as_a_whole_is_read(sandbox: Sandbox, tmp_path: Path) -> None:
    plain = Archive(zipped=False).add(page(FIRST)).add(page(SECOND)).bytes()
    found, reason = read(sandbox, tmp_path / "a.warc.gz", gzip.compress(plain))
    assert ([each.text for each in found], reason) == ([FIRST, SECOND], "")


@pytest.mark.parametrize("zipped", [True, False])
def test_archive_that_is_cut_off_gives_what_is_whole_and_says_so(
    sandbox: Sandbox, tmp_path: Path, zipped: bool
) -> None:
    whole = Archive(zipped).add(page(FIRST)).add(page(SECOND * 400)).bytes()
    texts, reason = read_until_broken(sandbox, tmp_path / "a.warc", whole[: len(whole) - (60 if zipped else 9_000)])
    assert texts == [FIRST]
    assert reason.startswith("indexed, but ")


def test_page_that_cannot_be_read_is_named_and_the_others_are_read(sandbox: Sandbox, tmp_path: Path) -> None:
    archive = (
        Archive()
        .add(page(FIRST))
        .add(b"\0\1\2")
        .add(b"<p></p>")
        .add(gzip.compress(page(FIRST))[:-20], Content_Encoding="gzip")
    )
    archive.add(b"garbage", Content_Encoding="gzip").add(b"\x8b\x05", Content_Encoding="br")
    archive.add(gzip.compress(b" " * 50_000_000), Content_Encoding="gzip").add(page(SECOND))
    texts, reason = read_until_broken(sandbox, tmp_path / "a.warc", archive.bytes())
    assert texts == [FIRST, SECOND]
    assert reason == "indexed, but record 2: binary, not text (5 more)"


def test_wrong_length_of_a_record_is_named(sandbox: Sandbox, tmp_path: Path) -> None:
    whole = Archive(zipped=False).add(page(FIRST)).add(page(SECOND)).bytes()
    head, _, rest = whole.partition(b"Content-Length: ")
    for length in (b"40", b"99999", b"-5", b"none"):
        texts, reason = read_until_broken(sandbox, tmp_path / "a.warc", head + b"Content-Length: " + length + rest[3:])
        assert SECOND not in texts or FIRST not in texts
        assert reason


def test_archive_that_inflates_too_far_is_named(sandbox: Sandbox, tmp_path: Path) -> None:
    archive = Archive().add(page(FIRST)).add(b"0" * 60_000_000, "image/png").add(page(SECOND))
    texts, reason = read_until_broken(sandbox, tmp_path / "a.warc", archive.bytes())
    assert texts == [FIRST]
    assert "inflates more than 100 times" in reason


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "holds no web page"),
        (b"It rained.", "no WARC"),
        (b"\x1f\x8b" + b"\xff" * 40, "cut off or damaged|no WARC"),
        (gzip.compress(b"It rained."), "no WARC"),
        (b"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 10\r\n\r\nHTTP/1.1 2", "no WARC"),
        (Archive().add(b"GIF89a", "image/gif").bytes(), "holds no web page"),
    ],
    ids=["empty", "text", "broken", "zipped text", "cut", "picture"],
)
def test_what_holds_no_page_is_refused(sandbox: Sandbox, tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "a.warc").write_bytes(content)
    with pytest.raises(UnreadableError, match=reason):
        list(sandbox.read(tmp_path / "a.warc", ".warc"))


@pytest.mark.skipif(not shutil.which("wget"), reason="there is no wget here")
def test_archive_that_wget_wrote_is_read(sandbox: Sandbox, tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "index.html").write_bytes(page(f'{FIRST}</p><p>See <a href="b.html">the ferry</a> and its end.'))
    (site / "b.html").write_bytes(page(SECOND))
    handler: Any = partial(Quiet, directory=site)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/index.html"
    try:
        command = ["wget", "-q", "-r", "-l1", "--no-proxy", "--delete-after", "--warc-file=crawl", url]
        subprocess.run(command, cwd=tmp_path, check=False, timeout=60)
    finally:
        server.shutdown()
        server.server_close()
    extracts = list(sandbox.read(tmp_path / "crawl.warc.gz", ".warc.gz"))
    assert [each.text.split("\n\n")[0] for each in extracts] == [FIRST, SECOND]
    assert extracts[0].metadata.url == url


class Quiet(SimpleHTTPRequestHandler):
    """Serve files and say nothing."""

    def log_message(self, *_: Any) -> None: ...
