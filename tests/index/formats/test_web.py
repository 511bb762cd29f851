"""Web pages: the article's text and nothing else, and only what the page itself says about it."""

import codecs
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from index.formats.extract import Extract, UnreadableError
from index.formats.paragraphs import decode_html, text_of_html
from index.formats.sandbox import Sandbox

OPENING = "The bridge over the Low was opened on Monday by the mayor, Ada Finch, after four years of building."
CLOSING = "The first lorry crossed at noon, and by the evening a thousand people had walked over it in the rain."


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


def page(middle: str = "", head: str = "", around: str = "") -> str:
    """Write a page as sites do: the article between two paragraphs, with navigation, comments and a footer."""
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">{head}</head><body>'
        '<nav><ul><li><a href="/">Home</a></li><li><a href="/sport">Sport</a></li></ul></nav>'
        f"<article><h1>Bridge opens in Lowmoor</h1><p>{OPENING}</p>{middle}<p>{CLOSING}</p></article>{around}"
        '<section class="comments"><h3>Comments</h3><p>First! What a waste of the money of all of us.</p></section>'
        "<footer>© 2021 The Gazette. All rights reserved.</footer></body></html>"
    )


@pytest.fixture
def read(sandbox: Sandbox, tmp_path: Path) -> "Read":
    return Read(sandbox, tmp_path / "a.html")


class Read:
    """Read a page through the sandbox."""

    def __init__(self, sandbox: Sandbox, path: Path) -> None:
        self.sandbox, self.path = sandbox, path

    def __call__(self, markup: str | bytes) -> Extract:
        self.path.write_bytes(markup if isinstance(markup, bytes) else markup.encode())
        (extract,) = self.sandbox.read(self.path, ".html")
        return extract

    def paragraphs(self, middle: str) -> list[str]:
        """Give the paragraphs between the opening and the closing one."""
        found = self(page(middle)).text.split("\n\n")
        return found[found.index(OPENING) + 1 : found.index(CLOSING)]


# Text


def test_article_is_read_without_what_stands_around_it(read: Read) -> None:
    script = "<script>var secret = 1;</script><style>p { color: red }</style>"
    assert read(page(script)).text == f"Bridge opens in Lowmoor\n\n{OPENING}\n\n{CLOSING}"


@pytest.mark.parametrize(
    ("middle", "paragraphs"),
    [
        ("<h2>The cost</h2><p>It was <b>high</b>, <i>too</i> high.</p>", ["The cost", "It was high, too high."]),
        ("<ul><li>Length: 210 m</li><li>Width: 14 m</li></ul>", ["Length: 210 m", "Width: 14 m"]),
        (
            "<table><tr><th>Part</th><th>Cost</th></tr><tr><td>Piers</td><td>5 m</td></tr></table>",
            ["| Part | Cost |\n| --- | --- |\n| Piers | 5 m |"],
        ),
        ("<blockquote><p>We waited long.</p></blockquote>", ["We waited long."]),
        ("<p>One line<br>and another</p>", ["One line\nand another"]),
        (
            "<p>It opened on <time datetime='1932-03-19'>a day in March</time> too.</p>",
            ["It opened on a day in March too."],
        ),
        (
            "<figure><img src='a.jpg'><figcaption>The mayor on the bridge.</figcaption></figure>",
            ["The mayor on the bridge."],
        ),
        ("<dl><dt>Deck</dt><dd>What one drives on.</dd></dl>", ["Deck", "What one drives on."]),
        ("<details><summary>More</summary><p>It is made of steel.</p></details>", ["More", "It is made of steel."]),
        ("<p>Steel &amp; concrete&nbsp;– 3&#8202;%&#x1F989;</p>", ["Steel & concrete – 3 %🦉"]),
    ],
    ids=["heading", "list", "table", "quote", "line break", "time", "caption", "definitions", "details", "entities"],
)
def test_parts_of_an_article_become_paragraphs(read: Read, middle: str, paragraphs: list[str]) -> None:
    assert read.paragraphs(middle) == paragraphs


def test_page_in_one_large_form_is_read(read: Read) -> None:
    assert OPENING in read(page().replace("<body>", "<body><form>").replace("</body>", "</form></body>")).text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>It rained.</p>", "It rained."),
        ("It rained.", "It rained."),
        ("<div>It rained.<p>And rained.</div>And rained.", "It rained.\n\nAnd rained.\n\nAnd rained."),
        ("<html><script>secret()</script><body>It rained.<style>p{}</style></body></html>", "It rained."),
        ("<p>It rained &#1; and &#xD800; rained.\x01</p>", None),
    ],
)
def test_page_that_holds_little_is_read_as_it_is(read: Read, markup: str, text: str | None) -> None:
    found = read(markup).text
    assert found == text if text else "rained" in found


@pytest.mark.parametrize(
    "markup", ["", " \n", "<html><head><title>A title</title></head><body></body></html>", "<!-- a -->"]
)
def test_page_without_text_is_refused(read: Read, markup: str) -> None:
    with pytest.raises(UnreadableError, match="holds no text"):
        read(markup)


def test_script_alone_is_no_text(read: Read) -> None:
    with pytest.raises(UnreadableError, match="holds no text"):
        read("<html><body><script>document.write('It rained.')</script><noscript>Use scripts.</noscript></body></html>")


@pytest.mark.parametrize("depth", [300, 1_500, 100_000])
def test_deep_nesting_loses_no_text(read: Read, depth: int) -> None:
    text = read(f"<html><body>{'<div>' * depth}<p>{OPENING}</p>{'</div>' * depth}<p>{CLOSING}</p></body></html>").text
    assert OPENING in text
    assert CLOSING in text


def test_page_of_very_many_elements_is_read_whole(read: Read) -> None:
    assert read(f"<html><body>{'<p>It rained.</p>' * 120_000}</body></html>").text.count("It rained.") == 120_000


def test_preformatted_text_keeps_its_lines() -> None:
    assert text_of_html("<p>a\n b</p><pre>one\n  two</pre>") == "a b\n\none\ntwo"


def test_table_for_layout_is_no_row_of_cells() -> None:
    long = "It rained. " * 40
    assert text_of_html(f"<table><tr><td>{long}</td><td><p>One.</p><p>Two.</p></td></tr></table>").split("\n\n") == [
        long.strip(),
        "One. Two.",
    ]


def test_markup_that_is_not_closed_loses_no_text() -> None:
    assert text_of_html("<table><tr><td>One<td>Two<tr><td>Three") == "One | Two\n\nThree"
    assert text_of_html("</td></tr>One</p><li>Two</ul><li>Three</table>four") == "One\n\nTwo\n\nThreefour"


# Encodings

GERMAN = "<p>Straße für Fußgänger</p>"


@pytest.mark.parametrize(
    "raw",
    [
        codecs.BOM_UTF8 + f"<meta charset=latin-1>{GERMAN}".encode(),
        codecs.BOM_UTF16_LE + GERMAN.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + GERMAN.encode("utf-16-be"),
        f'<meta charset="iso-8859-1">{GERMAN}'.encode("latin-1"),
        f"<META http-equiv=Content-Type content='text/html; charset=windows-1252'>{GERMAN}".encode("cp1252"),
        f'<?xml version="1.0" encoding="ISO-8859-1"?>{GERMAN}'.encode("latin-1"),
        f"<meta charset=utf-16>{GERMAN}".encode(),
        f"<meta charset=no-such-encoding>{GERMAN}".encode(),
        GERMAN.encode(),
        f"<meta charset=utf-8>{GERMAN}".encode("latin-1")
        + b"<p>F\xfcr alle, die zu Fu\xdf gehen, ist sie ge\xf6ffnet.",
    ],
    ids=["mark", "UTF-16LE", "UTF-16BE", "meta", "http-equiv", "XML", "meta UTF-16", "unknown", "none", "wrong"],
)
def test_page_is_decoded_as_it_says_or_as_it_is(raw: bytes) -> None:
    assert GERMAN in decode_html(raw)


def test_few_wrong_bytes_do_not_change_the_encoding() -> None:
    raw = f"<meta charset=utf-8>{GERMAN * 100}".encode() + b"cut \xc3"
    assert decode_html(raw).count(GERMAN) == 100
    assert decode_html(raw).endswith("cut \ufffd")


def test_windows_characters_of_a_latin_1_page_are_read() -> None:
    assert decode_html(b"<meta charset=iso-8859-1>\x93quoted\x94 \x80 5") == "<meta charset=iso-8859-1>“quoted” € 5"


def test_binary_file_is_refused(read: Read) -> None:
    with pytest.raises(UnreadableError, match="binary"):
        read(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4)


# Metadata

OPEN_GRAPH = (
    '<title>Bridge opens | The Gazette</title><meta property="og:title" content="Bridge opens &amp; more">'
    '<meta property="og:site_name" content="The Gazette"><link rel="canonical" href="https://gazette.example/bridge">'
    '<meta property="article:published_time" content="2024-05-06T23:30:00-05:00">'
    '<meta property="article:modified_time" content="2024-06-01T08:00:00Z">'
)


def test_metadata_is_what_the_page_declares(read: Read) -> None:
    metadata = read(page(head=OPEN_GRAPH)).metadata
    assert (metadata.title, metadata.publisher) == ("Bridge opens & more", "The Gazette")
    assert metadata.url == "https://gazette.example/bridge"
    assert metadata.published == date(2024, 5, 6)
    assert metadata.sources == dict.fromkeys(("title", "published", "publisher", "url"), "html")


def json_ld(content: str) -> str:
    return f'<script type="application/ld+json">{content}</script>'


@pytest.mark.parametrize(
    ("head", "middle"),
    [
        ('<meta name="DC.date.issued" content="2024-05-06">', ""),
        ('<meta name="citation_publication_date" content="2024/05/06">', ""),
        ('<meta itemprop="datePublished" content="2024-05-06T10:00Z">', ""),
        (json_ld('{"@type": "NewsArticle", "datePublished" : "2024-05-06T08:00:00Z"}'), ""),
        (json_ld('{"@graph": [{"@type": "WebSite", "datePublished": "2001-01-01"}, {"@type": ["Article"], '
                 '"datePublished": "2024-05-06"}]}'), ""),
        (json_ld("{broken") + json_ld('[{"@type": "WebPage", "datePublished": "2024-05-06"}]'), ""),
        ("", '<time datetime="2024-05-06T08:00">today</time>'),
        ("", '<p class="byline">By Jane Doe | Published 6 May 2024</p>'),
        ("", '<span class="post-date">May 6, 2024</span>'),
        ("", '<span itemprop="datePublished">6 May 2024</span>'),
        ('<link rel="canonical" href="https://gazette.example/2024/05/06/bridge">', ""),
        ('<meta property="article:published_time" content="soon"><meta name="date" content="2024-05-06">', ""),
    ],
)  # fmt: skip
def test_day_of_publication_is_found_where_pages_state_it(read: Read, head: str, middle: str) -> None:
    assert read(page(middle, head)).metadata.published == date(2024, 5, 6)


@pytest.mark.parametrize(
    ("head", "middle", "around"),
    [
        ("", "", ""),
        ("", "<p>The old one opened on 19 March 1932 and was closed on 2019-02-03.</p>", ""),
        ("", f"<p>It was <time datetime='1932-03-19'>long ago</time> when {OPENING} {CLOSING}</p>", ""),
        ("", "", '<aside><time datetime="2019-02-03">3 Feb 2019</time> <a href="/flood">Flood</a></aside>'),
        ("", "", '<div class="related-stories"><p><span class="date">3 Feb 2019</span></p></div>'),
        ('<meta property="article:modified_time" content="2024-06-01">', "", ""),
        ('<meta name="last-modified" content="2024-06-01">', '<time class="updated" datetime="2024-06-01"></time>', ""),
        ('<meta name="date" content="2024-05">', "", ""),
        ('<meta name="copyright" content="2021">', "", "<small>Copyright 2019-2021</small>"),
        ('<meta name="date" content="03/04/2024">', "", ""),
        ('<link rel="canonical" href="https://gazette.example/2024/05/bridge-of-2001-09-11">', "", ""),
        (json_ld('{"@type": "NewsArticle", "dateModified": "2024-05-06"}'), "", ""),
        (json_ld('{"@type": "NewsArticle", "datePublished": null}') + json_ld("[" * 50_000), "", ""),
    ],
)
def test_no_other_day_is_taken_for_that_of_publication(read: Read, head: str, middle: str, around: str) -> None:
    """Neither today, nor the file's own date, nor a year, a month, a change, or another article's day."""
    assert read(page(middle, head, around)).metadata.published is None


def test_title_is_the_heading_where_nothing_else_is_declared(read: Read) -> None:
    metadata = read(page()).metadata
    assert metadata.title == "Bridge opens in Lowmoor"
    assert metadata.publisher is None
    assert metadata.url is None
    assert metadata.sources == {"title": "html"}


def test_link_that_is_no_address_of_the_web_is_none(read: Read) -> None:
    assert read(page(head='<link rel="canonical" href="javascript:alert(1)">')).metadata.url is None


@pytest.mark.parametrize("head", ["th", "td"])
def test_header_of_two_rows_stands_in_each_row_of_a_pages_table(sandbox: Sandbox, tmp_path: Path, head: str) -> None:
    table = (
        f"<table><tr><{head} rowspan=2>Port</{head}><{head} colspan=2>Boats</{head}></tr>"
        f"<tr><{head}>2023</{head}><{head}>2024</{head}></tr>"
        "<tr><td rowspan=2>Vell</td><td>24</td><td>31</td></tr><tr><td>26</td><td>33</td></tr>"
        "<tr><td>Ness</td><td colspan=2>none, for the harbour is shut</td></tr></table>"
    )
    told = "<p>The harbour of Vell was dredged for the {} time, the master said on Monday.</p>"
    story = "".join(map(told.format, ("first", "second", "third")))
    (tmp_path / "a.html").write_text(
        f"<html><body><article><h1>Boats</h1>{story}{table}{story}</article></body></html>"
    )
    (extract,) = sandbox.read(tmp_path / "a.html", ".html")
    assert (
        "| Port | Boats 2023 | Boats 2024 |\n| --- | --- | --- |\n| Vell | 24 | 31 |\n| Vell | 26 | 33 |\n"
        "| Ness | none, for the harbour is shut | |"
    ) in extract.text
