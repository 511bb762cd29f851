"""Forms of newsrooms and archives: NITF, NewsML, stories with highlights, subtitles."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from index.formats.extract import Extract, UnreadableError
from index.formats.story import read_story
from index.formats.subtitles import read_subtitles
from index.formats.xml_files import read_xml

DAY = date(2025, 3, 16)
NITF = """<nitf><head><title>Bridge</title><docdata><date.issue norm="20250316T080000Z"/>
<doc.copyright holder="The Paper" year="2025"/></docdata></head>
<body><body.head><hedline><hl1>A <em>bridge</em> opens</hl1>
<hl2>It is long</hl2></hedline><byline>By <person>Ada Finch</person></byline>
<dateline><location>TOLNE</location>, March 16
</dateline></body.head><body.content><p>The bridge <!-- no -->opened.</p><hl2>Its cost</hl2><p>It cost 3 million.</p>
<media media-type="image"><media-caption>A picture of it.</media-caption></media><ul><li>One</li><li>Two</li></ul>
</body.content><body.end><tagline>No.</tagline></body.end></body></nitf>"""
G2 = """<newsMessage xmlns="http://iptc.org/std/nar/2006-10-01/">
<header><sent>2025-03-20T00:00:00Z</sent></header><itemSet>
<newsItem guid="a"><itemMeta><provider literal="agency"><name>The Agency</name></provider>
<versionCreated>2025-03-17T09:00:00Z</versionCreated></itemMeta><contentMeta>
<contentCreated>2025-03-16T09:00:00+01:00
</contentCreated><by>Bruno Heron</by><dateline>TOLNE</dateline>
<headline>Bridge opens</headline></contentMeta><contentSet>
<inlineXML><html xmlns="http://www.w3.org/1999/xhtml">
<head><title>x</title></head><body><p>The bridge opened.</p>
<p>It is long.</p></body></html></inlineXML></contentSet></newsItem>
<newsItem guid="b"><contentMeta><headline>Picture</headline></contentMeta></newsItem></itemSet></newsMessage>"""
ML1 = """<NewsML><NewsItem><NewsManagement><FirstCreated>20250316T080000Z</FirstCreated></NewsManagement>
<NewsComponent>
<NewsLines><HeadLine>Bridge opens</HeadLine>
<ByLine>Ada Finch</ByLine></NewsLines>
<ContentItem><DataContent>
<p>It opened.</p>
<p>It is long.</p></DataContent></ContentItem></NewsComponent></NewsItem></NewsML>"""


def read(reader: Callable[[Path], Iterator[Extract]], path: Path, content: str | bytes) -> list[Extract]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(reader(path))


# News in XML


def test_nitf_is_read_with_headline_byline_dateline_and_paragraphs(tmp_path: Path) -> None:
    (extract,) = read(read_xml, tmp_path / "a.xml", NITF)
    assert extract.text.split("\n\n") == [
        "By Ada Finch", "TOLNE, March 16", "The bridge opened.", "Its cost", "It cost 3 million.", "One", "Two"
    ]  # fmt: skip
    known = extract.metadata
    assert (known.title, known.published, known.publisher) == ("A bridge opens", DAY, "The Paper")
    assert extract.record is None


def test_items_of_newsml_g2_are_articles_and_one_without_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text(G2)
    extracts = read_xml(path)
    extract = next(extracts)
    assert (extract.text, extract.record) == ("Bruno Heron\n\nTOLNE\n\nThe bridge opened.\n\nIt is long.", "1")
    known = extract.metadata
    assert (known.title, known.published, known.publisher) == ("Bridge opens", DAY, "agency")
    with pytest.raises(UnreadableError, match=r"read but for item 2 \(holds no text\)"):
        next(extracts)


def test_item_of_newsml_1_is_read(tmp_path: Path) -> None:
    (extract,) = read(read_xml, tmp_path / "a.xml", ML1)
    assert extract.text == "Ada Finch\n\nIt opened.\n\nIt is long."
    assert (extract.metadata.title, extract.metadata.published) == ("Bridge opens", DAY)


@pytest.mark.parametrize(("content", "why"), [(NITF[:-40], "broken XML"), ("<nitf><body/></nitf>", "holds no text")])
def test_news_that_is_broken_or_empty_is_refused(tmp_path: Path, content: str, why: str) -> None:
    with pytest.raises(UnreadableError, match=why):
        read(read_xml, tmp_path / "a.xml", content)


def test_xml_of_another_kind_is_no_feed_and_a_large_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="no RSS or Atom feed"):
        read(read_xml, tmp_path / "a.xml", "<invoice><p>It opened.</p></invoice>")
    with pytest.raises(UnreadableError, match="larger than 20 MB"):
        read(read_xml, tmp_path / "a.xml", b"<rss>" + b" " * 20_000_000)


# Stories


def test_highlights_of_a_story_are_paragraphs_at_its_end(tmp_path: Path) -> None:
    content = "TOLNE (Paper) -- It opened\non Sunday.\r\n\r\nIt is long.\n\n"
    content += "@highlight\n\nBridge opens\n\n@highlight\n\nIt is long\n"
    (extract,) = read(read_story, tmp_path / "a.story", content)
    assert extract.text.split("\n\n") == [
        "TOLNE (Paper) -- It opened on Sunday.", "It is long.", "Bridge opens", "It is long"
    ]  # fmt: skip
    assert extract.metadata.title == "Bridge opens"


# Subtitles


def cue(start: str, end: str, *lines: str) -> str:
    return "\n".join([f"00:{start} --> 00:{end} align:start", *lines, "", ""])


def test_cues_are_joined_to_sentences_without_times_notes_and_styles(tmp_path: Path) -> None:
    content = (
        "\ufeffWEBVTT - A talk\nKind: captions\n\nSTYLE\n::cue { color: red }\n\nNOTE It is\nno text\n\n"
        + "intro\n" + cue("01.000", "02.500", "A <i>bridge</i> of <c.x>Tolne</c>", "<00:00:02.000>opened &amp; closed")
        + cue("02.500", "04.000", "on Sunday. It is") + cue("04.100", "05.000", "long.")
        + cue("09.000", "10.000", "The ford closed.")
    )  # fmt: skip
    (extract,) = read(read_subtitles, tmp_path / "a.vtt", content)
    assert extract.text == "A bridge of Tolne opened & closed on Sunday. It is long.\n\nThe ford closed."


def test_lines_keep_their_speakers(tmp_path: Path) -> None:
    voices = cue("01.000", "02.000", "<v Ada Finch>It opened") + cue("02.000", "03.000", "<v Ada Finch>on Sunday.</v>")
    voices += cue("03.000", "04.000", "<v.loud Bruno>Is it long?")
    (extract,) = read(read_subtitles, tmp_path / "a.vtt", f"WEBVTT\n\n{voices}")
    assert extract.text == "Ada Finch: It opened on Sunday.\n\nBruno: Is it long?"
    named = cue("01,000", "02,000", "ADA: It opened") + cue("02,000", "03,000", "on Sunday.", "BRUNO: Is it")
    named += cue("03,000", "04,000", "long?") + cue("04,000", "05,000", "- Yes.", "- By far.")
    (extract,) = read(read_subtitles, tmp_path / "a.srt", named.replace("\n", "\r\n"))
    assert extract.text == "ADA: It opened on Sunday.\n\nBRUNO: Is it long?\n\nYes.\n\nBy far."


def test_sounds_are_no_speech_and_songs_stand_apart(tmp_path: Path) -> None:
    content = (
        cue("01,000", "02,000", "It held.")
        + cue("02,000", "03,000", "[MUSIC PLAYING]")
        + cue("03,000", "04,000", "(door creaks)")
    )
    content += cue("04,000", "05,000", "♪ The river runs ♪") + cue("05,000", "06,000", "It fell (in part) in 2019.")
    (extract,) = read(read_subtitles, tmp_path / "a.srt", content)
    assert extract.text == "It held.\n\n♪ The river runs ♪\n\nIt fell (in part) in 2019."


def test_lines_that_roll_up_are_read_once(tmp_path: Path) -> None:
    content = cue("01,000", "02,000", "it opened") + cue("02,000", "03,000", "it opened", "on Sunday")
    content += cue("03,000", "04,000", "on Sunday", "in Tolne")
    (extract,) = read(read_subtitles, tmp_path / "a.srt", content)
    assert extract.text == "it opened on Sunday in Tolne"


@pytest.mark.parametrize("content", ["", "WEBVTT\n", "It opened.", "1\n00:00:01,000 --> 00:00:02,000\n\n"])
def test_file_without_cues_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(UnreadableError, match="no subtitles"):
        read(read_subtitles, tmp_path / "a.srt", content)
