"""Feeds and mail: every entry and every message is an article of its own."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from index.formats.extract import Extract, UnreadableError
from index.formats.sandbox import Sandbox

RSS = """<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
<title>The Gazette</title><link>https://gazette.example</link>
<item><title>Bridge &amp;amp; ford</title><link>https://gazette.example/1</link>
<pubDate>Mon, 06 May 2024 23:30:00 -0500</pubDate><description>&lt;p&gt;Short.&lt;/p&gt;</description>
<content:encoded><![CDATA[<p>The bridge opened.</p><script>secret()</script><p>It is <b>long</b>.</p>]]>
</content:encoded></item>
<item><title>Only a title</title></item><item></item>
<item><title>Last</title><description>It rained.</description></item></channel></rss>"""
ATOM = """<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Atom</title>
<entry><title type="html">A &lt;b&gt;ford&lt;/b&gt;</title><link href="https://gazette.example/a"/>
<updated>2024-05-06T23:30:00-05:00</updated><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">
<p>It rained.</p><p>And rained.</p></div></content></entry>
<entry><title>Plain</title><published>2024-05-05T00:00:00Z</published><updated>2024-05-06T00:00:00Z</updated>
<content type="text">1 &lt; 2 and 3 &gt; 2</content></entry></feed>"""
TEXT = b"Content-Type: text/plain; charset=utf-8\n\nIt r\xc3\xa4ined.\n"
ATTACHMENT = b"Content-Type: text/plain\nContent-Disposition: attachment\n\nA secret.\n"
BASE64 = b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\nSXQgcsOkaW5lZC4=\n"
FLOWED = b"Content-Type: text/plain; charset=utf-8; format=flowed\n\nIt \nr\xc3\xa4ined.\n-- \nAda\n"
MARKUP = b"Content-Type: text/html; charset=latin-1\n\n<p>It r\xe4ined.</p><style>p{}</style><p>A lot.</p>\n"
HEADER = b"From: Ada <ada@example.org>\nSubject: =?utf-8?q?Caf=C3=A9?= opens\nDate: Mon, 6 May 2024 23:30:00 -0500\n"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


def read(sandbox: Sandbox, path: Path, content: str | bytes) -> list[Extract]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(sandbox.read(path, path.suffix))


def multipart(*parts: bytes, kind: bytes = b"alternative") -> bytes:
    body = b"".join(b"--part\n" + part for part in parts)
    return b"MIME-Version: 1.0\nContent-Type: multipart/" + kind + b"; boundary=part\n\n" + body + b"--part--\n"


# Feeds


def test_entries_of_rss_are_articles_under_their_numbers(sandbox: Sandbox, tmp_path: Path) -> None:
    entries = read(sandbox, tmp_path / "a.rss", RSS)
    assert [entry.record for entry in entries] == ["1", "2", "4"]
    assert [entry.text for entry in entries] == ["The bridge opened.\n\nIt is long.", "Only a title", "It rained."]


def test_metadata_of_an_entry_is_its_own_and_the_publisher_the_feeds(sandbox: Sandbox, tmp_path: Path) -> None:
    first, second, _ = read(sandbox, tmp_path / "a.xml", RSS)
    assert (first.metadata.title, first.metadata.publisher) == ("Bridge & ford", "The Gazette")
    assert (first.metadata.url, first.metadata.published) == ("https://gazette.example/1", date(2024, 5, 6))
    assert set(first.metadata.sources.values()) == {"feed"}
    assert second.metadata.published is None


def test_entries_of_atom_are_read(sandbox: Sandbox, tmp_path: Path) -> None:
    first, second = read(sandbox, tmp_path / "a.atom", ATOM)
    assert (first.text, first.metadata.title) == ("It rained.\n\nAnd rained.", "A ford")
    assert first.metadata.published == date(2024, 5, 6)
    assert second.text == "1 < 2 and 3 > 2"
    assert second.metadata.published == date(2024, 5, 5)


@pytest.mark.parametrize(
    "content",
    ["", "<catalog><item>x</item></catalog>", "https://gazette.example/feed", "no XML", "<html><p>a</p></html>"],
)
def test_what_is_no_feed_is_refused(sandbox: Sandbox, tmp_path: Path, content: str) -> None:
    with pytest.raises(UnreadableError, match="no RSS or Atom feed"):
        read(sandbox, tmp_path / "a.xml", content)


def test_content_that_is_a_path_is_not_opened(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "real.rss").write_text(RSS)
    with pytest.raises(UnreadableError, match="no RSS or Atom feed"):
        read(sandbox, tmp_path / "a.rss", str(tmp_path / "real.rss"))


def test_feed_without_entries_is_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="a feed without entries"):
        read(sandbox, tmp_path / "a.rss", '<rss version="2.0"><channel><title>Gazette</title></channel></rss>')


def test_entities_of_a_feed_are_neither_multiplied_nor_fetched(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("A secret.")
    entities = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 10))
    system = f'<!ENTITY file SYSTEM "{(tmp_path / "secret.txt").as_uri()}">'
    bomb = RSS.replace("<rss", f'<!DOCTYPE rss [<!ENTITY a0 "ha">{entities}{system}]><rss')
    entries = read(sandbox, tmp_path / "a.rss", bomb.replace("It rained.", "It &a9; &file; rained."))
    assert all(len(entry.text) < 1_000 and "secret" not in entry.text for entry in entries)


# Mail


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (TEXT, "It räined."),
        (MARKUP, "It räined.\n\nA lot."),
        (multipart(MARKUP, TEXT), "It räined."),
        (multipart(TEXT, ATTACHMENT, kind=b"mixed"), "It räined."),
        (BASE64, "It räined."),
        (TEXT.replace(b"utf-8", b"no-such"), "It räined."),
        (FLOWED, "It räined."),
    ],
    ids=["plain", "html", "both", "attachment", "base64", "unknown charset", "flowed"],
)
def test_text_of_a_message_is_its_plain_text_or_its_html(
    sandbox: Sandbox, tmp_path: Path, message: bytes, text: str
) -> None:
    extract, *attached = read(sandbox, tmp_path / "a.eml", HEADER + message)
    assert extract.text == text
    assert extract.record is None
    assert [each.record for each in attached] == ["attachment.txt"] * (ATTACHMENT in message)


def test_metadata_of_a_message_is_its_subject_and_the_day_as_written(sandbox: Sandbox, tmp_path: Path) -> None:
    (extract,) = read(sandbox, tmp_path / "a.eml", HEADER + TEXT)
    assert (extract.metadata.title, extract.metadata.published) == ("Café opens", date(2024, 5, 6))
    assert extract.metadata.publisher is None
    assert extract.metadata.sources == {"title": "mail", "published": "mail"}


@pytest.mark.parametrize("written", [b"no date", b"", b"Mon, 99 May 2024 08:00:00 +0000", b"=?utf-8?q?x?="])
def test_message_without_a_real_date_has_none(sandbox: Sandbox, tmp_path: Path, written: bytes) -> None:
    (extract,) = read(sandbox, tmp_path / "a.eml", b"Subject: a\nDate: " + written + b"\n" + TEXT)
    assert extract.metadata.published is None


def test_messages_of_a_mailbox_are_articles_under_their_numbers(sandbox: Sandbox, tmp_path: Path) -> None:
    empty = b"From x Mon May 6 08:00:00 2024\nSubject: empty\n\n\n"
    mailbox = b"".join(b"From ada Mon May 6 08:00:00 2024\n" + HEADER + each + b"\n" for each in (TEXT, MARKUP))
    path = tmp_path / "a.mbox"
    path.write_bytes(empty + mailbox)
    extracts = sandbox.read(path, ".mbox")
    first, second = next(extracts), next(extracts)
    with pytest.raises(UnreadableError, match=r"read but for part 1 \(holds no text\)"):
        next(extracts)
    assert (first.record, second.record) == ("2", "3")
    assert (first.text, second.text) == ("It räined.", "It räined.\n\nA lot.")
    assert path.read_bytes() == empty + mailbox
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(("name", "why"), [("a.mbox", "holds no message with a text"), ("a.eml", "no mail")])
def test_what_is_no_mail_is_refused(sandbox: Sandbox, tmp_path: Path, name: str, why: str) -> None:
    with pytest.raises(UnreadableError, match=why):
        read(sandbox, tmp_path / name, "\nIt rained.")


def test_message_nested_deeply_is_no_harm(sandbox: Sandbox, tmp_path: Path) -> None:
    nested = TEXT
    for depth in range(3_000):
        boundary = f"b{depth}".encode()
        nested = b"Content-Type: multipart/mixed; boundary=" + boundary + b"\n\n--" + boundary + b"\n" + nested
    with pytest.raises(UnreadableError, match=r"nested too deeply|holds no text"):
        read(sandbox, tmp_path / "a.eml", b"MIME-Version: 1.0\n" + nested)
    assert read(sandbox, tmp_path / "a.eml", HEADER + TEXT)
