"""What people export for themselves: mail threads, chats, notes, clippings, blogs."""

import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pytest

from index.formats.evernote import read_evernote
from index.formats.exports import articles_of
from index.formats.extract import Extract, UnreadableError
from index.formats.feeds import read_feed
from index.formats.mail_quotes import unquoted
from index.formats.paragraphs import text_of_html
from index.formats.records import Fields, read_records
from index.formats.text import read_text
from index.sentences import split


def read_all(extracts: Iterable[Extract]) -> tuple[list[Extract], str]:
    found: list[Extract] = []
    try:
        found.extend(extracts)
    except UnreadableError as error:
        return found, str(error)
    return found, ""


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in split(text)]


# Mail


def test_quoted_lines_are_read_as_running_text_and_signatures_not_at_all() -> None:
    text = (
        "Thanks. It is dry here.\n\nOn Fri, 14 Mar 2025 at 09:12, Odile Ferrand <odile@weir.example>\nwrote:\n\n"
        "> The gate of Osk was shut on Monday\n> because of the storm. Nobody was hurt.\n>\n"
        "> > Was it loud?\n> - Odile\n\n"
        "-- \nAda Quill\nHarbour office"
    )
    assert unquoted(text).split("\n\n") == [
        "Thanks. It is dry here.",
        "On Fri, 14 Mar 2025 at 09:12, Odile Ferrand <odile@weir.example> wrote:",
        "The gate of Osk was shut on Monday because of the storm. Nobody was hurt.",
        "Was it loud?",
        "- Odile",
    ]


@pytest.mark.parametrize("text", ["Rain > snow.\nA -- B.", "One line\nand another -- \nof it.", ""])
def test_message_without_quotations_stays_as_it_is(text: str) -> None:
    assert unquoted(text) == text


# Notes of web pages and books


@pytest.mark.parametrize(
    "mark",
    [
        '<sup class="reference"><a href="#cite_note-1">[1]</a></sup>',
        '<a class="sdfootnoteanc" name="a" href="#b"><sup>1</sup></a>',
        '<a epub:type="noteref" href="notes.xhtml#n1">1</a>',
    ],
)
def test_number_of_a_note_is_no_part_of_the_sentence(mark: str) -> None:
    page = f'<p>The gate fell.{mark} Nobody was hurt.</p><aside><p><a href="#x"><sup>1</sup></a>So the log.</p></aside>'
    assert text_of_html(page) == "The gate fell. Nobody was hurt.\n\n¹ So the log."


def test_other_numbers_and_links_stay() -> None:
    page = '<p>It is 5 m<sup>2</sup>, see <a href="#s3">3</a> and <a href="https://a.example#x">12</a>.</p>'
    assert text_of_html(page) == "It is 5 m2, see 3 and 12."


def test_sentence_ends_before_the_number_of_a_note_that_stands_at_its_end() -> None:
    assert sentences("The gate fell on Friday.1 It was old. See No.5 and v1.2 of it.") == [
        "The gate fell on Friday.1",
        "It was old.",
        "See No.5 and v1.2 of it.",
    ]


# Chats


def test_messages_of_a_chat_stay_apart(tmp_path: Path) -> None:
    lines = [
        f"[14.03.25, 09:{minute}:44] Ada Quill: The boat from Vell is late by {minute} min." for minute in range(10, 20)
    ]
    lines.insert(4, "[14.03.25, 09:14:50] Bruno: It weighs 1.2 t.")
    assert sentences("\n".join(lines) + "\n") == lines


def test_marked_words_of_a_message_stay_in_its_sentence(tmp_path: Path) -> None:
    text = [
        "See ",
        {"type": "link", "text": "https://weir.example"},
        " for ",
        {"type": "bold", "text": "214 stones"},
        ".",
    ]
    whole = {"messages": [{"id": 1, "type": "message", "date": "2025-03-14T09:15:10", "from": "Ada", "text": text}]}
    (tmp_path / "a.json").write_text(json.dumps(whole))
    (extract,), _ = read_all(read_records(tmp_path / "a.json", Fields()))
    assert extract.text == "See https://weir.example for 214 stones."
    assert extract.metadata.published == date(2025, 3, 14)


# Notes and clippings


def test_notes_of_evernote_are_articles(tmp_path: Path) -> None:
    content = "<![CDATA[<?xml version='1.0'?><!DOCTYPE en-note SYSTEM 'http://a.example/x.dtd'><en-note>{}</en-note>]]>"
    notes = [
        f"<note><title>Gate</title><created>20250314T091244Z</created><content>{content.format('<div>It fell.</div>')}"
        "</content><note-attributes><source-url>https://a.example/g</source-url></note-attributes>"
        "<resource><data encoding='base64'>aGVsbG8=</data></resource></note>",
        f"<note><title>Empty</title><content>{content.format('')}</content></note>",
        f"<note><title>Ferry</title><content>{content.format('It sails.')}</content></note>",
    ]
    (tmp_path / "a.enex").write_text(f"<?xml version='1.0'?><en-export>{''.join(notes)}</en-export>")
    found, told = read_all(read_evernote(tmp_path / "a.enex"))
    assert [(each.record, each.text, each.metadata.title) for each in found] == [
        ("1", "It fell.", "Gate"),
        ("3", "It sails.", "Ferry"),
    ]
    assert (found[0].metadata.published, found[0].metadata.url) == (date(2025, 3, 14), "https://a.example/g")
    assert told == "read but for note 2 (holds no text)"


def test_encrypted_text_of_a_note_is_left_out(tmp_path: Path) -> None:
    note = "<en-note><div>It holds.</div><en-crypt cipher='AES'>c2VjcmV0</en-crypt><div>It is old.</div></en-note>"
    (tmp_path / "a.enex").write_text(f"<en-export><note><content><![CDATA[{note}]]></content></note></en-export>")
    found, told = read_all(read_evernote(tmp_path / "a.enex"))
    assert ([each.text for each in found], told) == (["It holds.\n\nIt is old."], "")


@pytest.mark.parametrize("content", ["", "<en-export/>", "<en-export><note><content>It", "no XML"])
def test_what_holds_no_note_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.enex").write_text(content)
    found, told = read_all(read_evernote(tmp_path / "a.enex"))
    assert (found, bool(told)) == ([], True)


def test_clippings_of_a_kindle_are_articles_of_their_books(tmp_path: Path) -> None:
    (tmp_path / "My Clippings.txt").write_text(
        "\ufeffThe River (Odile Ferrand)\r\n- Ihre Markierung auf Seite 12 | Hinzugefügt am Freitag, 14. März 2025 "
        "09:12:44\r\n\r\nThe weir holds. It is old.\r\n==========\r\n"
        "\ufeffShips (Bruno Heron)\r\n- Your Bookmark on page 4 | Added on Saturday, 15 March 2025 10:00:00\r\n"
        "\r\n\r\n==========\r\n"
        "Ships (Bruno Heron)\r\n- Your Highlight on page 5 | Added on Saturday, 15 March 2025 10:00:00\r\n"
        "\r\nThe ferry sails.\r\n==========\r\n",
        encoding="utf-8",
        newline="",
    )
    found, told = read_all(articles_of(read_text(tmp_path / "My Clippings.txt"), min_documents=2))
    assert [(each.metadata.title, each.text[each.body_start :]) for each in found] == [
        ("The River", "The weir holds. It is old."),
        ("Ships", "The ferry sails."),
    ]
    assert not any(each.metadata.published for each in found)
    assert told == ""


# Blogs


def test_export_of_wordpress_gives_its_posts_without_marks_and_tells_the_rest(tmp_path: Path) -> None:
    spaces = 'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:wp="http://wordpress.org/export/1.2/"'
    post = (
        "<item><title>Gate</title><content:encoded><![CDATA[<!-- wp:paragraph --><p>The gate fell.</p>\n\n[caption "
        "id='a']"
        "<img src='a.jpg'/> A mason [sic] at work[/caption]\n\n[gallery ids='1,2']]]></content:encoded>"
        "<wp:post_type>post</wp:post_type></item>"
    )
    others = "".join(
        f"<item><title>{each}</title><content:encoded></content:encoded><wp:post_type>{each}</wp:post_type></item>"
        for each in ("attachment", "attachment", "nav_menu_item")
    )
    (tmp_path / "a.xml").write_text(
        f'<rss version="2.0" {spaces}><channel><title>The Courier</title>{post}{others}</channel></rss>'
    )
    (extract,), told = read_all(read_feed(tmp_path / "a.xml"))
    assert extract.text.split() == "The gate fell. A mason [sic] at work".split()
    assert told == "read but for items 2, 3 (WordPress: attachment); item 4 (WordPress: nav_menu_item)"


def test_line_that_wordpress_puts_behind_each_entry_of_a_feed_is_left_out(tmp_path: Path) -> None:
    entry = "<p>The gate fell.</p><p>The post <a href='x'>Gate</a> appeared first on <a href='y'>The Courier</a>.</p>"
    (tmp_path / "a.rss").write_text(
        f'<rss version="2.0"><channel><item><title>Gate</title><description><![CDATA[{entry}]]></description></item>'
        "</channel></rss>"
    )
    (extract,), _ = read_all(read_feed(tmp_path / "a.rss"))
    assert extract.text == "The gate fell."


def test_posts_of_ghost_are_found_in_their_wrapping(tmp_path: Path) -> None:
    posts = [
        {"title": "Gate", "html": "<p>The gate fell.</p>", "published_at": "2025-03-14T09:12:44.000Z"},
        {"title": "Ferry", "html": "<p>The ferry <b>sails</b>.</p>", "published_at": None},
    ]
    whole = {"db": [{"meta": {"version": "5.2"}, "data": {"posts": posts, "users": [{"name": "Ada", "bio": "Rows."}]}}]}
    (tmp_path / "a.json").write_text(json.dumps(whole))
    found, told = read_all(read_records(tmp_path / "a.json", Fields()))
    assert [(each.metadata.title, each.text) for each in found] == [
        ("Gate", "The gate fell."),
        ("Ferry", "The ferry sails."),
    ]
    assert (found[0].metadata.published, told) == (date(2025, 3, 14), "")
