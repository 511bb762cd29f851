"""Mail as programs write it: which part is the text, what is attached and forwarded, and where messages begin."""

import email.policy
import io
import mailbox
import zipfile
from email.message import EmailMessage
from pathlib import Path

import pytest

from index.article_files import SourceFile
from index.articles import Article, read_articles
from index.formats.extract import UnreadableError
from index.formats.records import Fields
from index.formats.sandbox import Sandbox
from tests.support.documents import make_docx, make_pdf

LONG = "<p>The tower of Tolne is lit in blue on Sunday, said Ada Finch.</p><p>It is the first time since 1960.</p>"


def message(subject: str = "News", text: str | None = "The bridge opened.") -> EmailMessage:
    made = EmailMessage()
    made["From"] = "ada@example.org"
    made["Subject"] = subject
    made["Date"] = "Sun, 16 Mar 2025 08:00:00 +0100"
    if text is not None:
        made.set_content(text)
    return made


def read(path: Path) -> tuple[dict[str, Article], str]:
    """Read a file's articles by their ids, and what is told to be left out."""
    found: dict[str, Article] = {}
    with Sandbox() as sandbox:
        file = SourceFile(path.name, path, path.stat().st_size, 0)
        try:
            for article in read_articles(file, sandbox, Fields()):
                found[article.id] = article
        except UnreadableError as error:
            return found, str(error)
    return found, ""


def read_message(tmp_path: Path, made: EmailMessage | bytes) -> tuple[dict[str, Article], str]:
    path = tmp_path / "a.eml"
    path.write_bytes(made if isinstance(made, bytes) else made.as_bytes())
    return read(path)


def text_of(tmp_path: Path, made: EmailMessage) -> str:
    (article,) = read_message(tmp_path, made)[0].values()
    return article.text


# Which part is the text


@pytest.mark.parametrize("stub", ["View this mail in your browser: https://a.example/v", "Ver en línea", " "])
def test_html_is_the_text_where_the_plain_part_is_a_stub(tmp_path: Path, stub: str) -> None:
    made = message(text=stub)
    made.add_alternative(LONG, subtype="html")
    text = "The tower of Tolne is lit in blue on Sunday, said Ada Finch.\n\nIt is the first time since 1960."
    assert text_of(tmp_path, made) == text


def test_plain_part_is_the_text_where_it_says_the_same(tmp_path: Path) -> None:
    made = message(text="The tower of Tolne is lit in blue, said Ada Finch.\nIt is the first time.")
    made.add_alternative(LONG, subtype="html")
    assert text_of(tmp_path, made) == "The tower of Tolne is lit in blue, said Ada Finch.\nIt is the first time."


def test_html_with_its_pictures_is_one_text_and_the_pictures_are_no_attachments(tmp_path: Path) -> None:
    made = message(text="See it online.")
    made.add_alternative(LONG, subtype="html")
    parts = made.get_payload()
    assert isinstance(parts, list)
    parts[1].add_related(b"\x89PNG", "image", "png", cid="<a@b>")  # type: ignore[union-attr]
    articles, told = read_message(tmp_path, made)
    assert (list(articles), told) == (["a.eml"], "")
    assert "lit in blue" in articles["a.eml"].text


def test_texts_behind_a_picture_are_read_too(tmp_path: Path) -> None:
    made = message(text="The bridge opened.")
    made.make_mixed()
    footer = EmailMessage()
    footer.set_content("The list of Tolne.")
    made.attach(footer)
    assert text_of(tmp_path, made) == "The bridge opened.\n\nThe list of Tolne."


def test_headings_of_a_table_for_layout_stay_apart_and_rows_of_data_together(tmp_path: Path) -> None:
    made = message(text=None)
    made.set_content(
        "<table><tr><td><h2>Cranes for Tolne</h2><p>Two came.</p></td></tr>"
        "<tr><td><b>Eel ban</b></td><td>The bay bans eels.</td></tr>"
        "<tr><td><table><tr><td>Boat</td><td>24</td></tr></table></td></tr></table>",
        subtype="html",
    )
    assert text_of(tmp_path, made).split("\n\n") == [
        "Cranes for Tolne", "Two came.", "Eel ban", "The bay bans eels.", "Boat | 24"
    ]  # fmt: skip


# What is attached


def docx_bytes(tmp_path: Path) -> bytes:
    make_docx(tmp_path / "made.docx", "The theatre of Tolne names Britta Dove its director.")
    return (tmp_path / "made.docx").read_bytes()


def test_attachments_are_articles_of_their_own_and_what_is_not_read_is_named(tmp_path: Path) -> None:
    made = message()
    made.add_attachment(docx_bytes(tmp_path), maintype="application", subtype="octet-stream", filename="release.docx")
    pdf = make_pdf([["The ford of Tolne closed."]])
    made.add_attachment(pdf, maintype="application", subtype="pdf", filename="../up/a#b.pdf")
    made.add_attachment("title,text\nFair,The fair of Tolne began.\n", subtype="csv", filename="list.csv")
    made.add_attachment("The quay was sold.", filename="release.docx.txt")
    made.add_attachment(b"\xff\xd8", maintype="image", subtype="jpeg", filename="photo.jpg")
    made.add_attachment(b"PK", maintype="application", subtype="octet-stream", filename="broken.docx")
    box = mailbox.mbox(tmp_path / "a.mbox")
    box.add(message("Other"))
    box.add(made)
    box.close()
    articles, told = read(tmp_path / "a.mbox")
    assert {article_id: article.text for article_id, article in articles.items()} == {
        "a.mbox#1": "The bridge opened.",
        "a.mbox#2": "The bridge opened.",
        "a.mbox#2/release.docx": "The theatre of Tolne names Britta Dove its director.",
        "a.mbox#2/a b.pdf": "The ford of Tolne closed.",
        "a.mbox#2/list.csv#1": "The fair of Tolne began.",
        "a.mbox#2/release.docx.txt": "The quay was sold.\n",
    }
    assert told == (
        "read but for part 2/photo.jpg (.jpg is not a format that is read yet); "
        "read but for attachment 2/broken.docx (broken ZIP archive)"
    )


def test_forwarded_messages_are_articles_with_their_own_day_and_attachments(tmp_path: Path) -> None:
    inner = message("Agenda", "The council votes on the pier.\n>From now on the clerk is Ola Rook.")
    inner.replace_header("Date", "Fri, 14 Mar 2025 08:00:00 +0100")
    inner.add_attachment("The budget is 3 million.", filename="budget.txt")
    made = message("Fwd: Agenda", "See below.")
    made.add_attachment(inner)
    made.add_attachment(message("Second", "The ford closed."))
    articles, told = read_message(tmp_path, made)
    assert [(each.id, each.title) for each in articles.values()] == [
        ("a.eml", "Fwd: Agenda"),
        ("a.eml#message.eml", "Agenda"),
        ("a.eml#message.eml/budget.txt", "a message.eml/budget.txt"),
        ("a.eml#message-2.eml", "Second"),
    ]
    forwarded = articles["a.eml#message.eml"]
    assert forwarded.published
    assert (forwarded.published.day, told) == (14, "")
    assert forwarded.text.endswith("\nFrom now on the clerk is Ola Rook.")


def test_message_as_an_attached_file_is_read_and_nesting_without_end_is_named(tmp_path: Path) -> None:
    made = message("0", "The innermost.")
    for depth in range(1, 7):
        outer = message(str(depth), f"Depth {depth}.")
        outer.add_attachment(made.as_bytes(), maintype="application", subtype="octet-stream", filename="inner.eml")
        made = outer
    articles, told = read_message(tmp_path, made)
    assert [each.text for each in articles.values()] == ["Depth 6.", "Depth 5.", "Depth 4.", "Depth 3."]
    assert told.startswith("read but for attachment inner.eml (attachment inner.eml (")


# Where messages begin


def test_line_of_a_text_that_says_from_begins_no_message(tmp_path: Path) -> None:
    raw = (
        b"From a@b Sun Mar 16 08:00:00 2025\nSubject: One\n\nIt opened.\n\nFrom now on it is open.\n"
        b"From Monday, 8:00.\n"
        b">From there it goes on.\nFrom c@d Mon Mar 17 08:00:00 2025\nSubject: Two\n\nIt closed.\n"
        b"\nFrom - Tue Mar 18 08:00:00 2025\r\nX-Mozilla-Status: 0001\r\nSubject: Three\r\n\r\nIt rained.\r\n"
    )
    (tmp_path / "a.mbox").write_bytes(raw)
    articles, told = read(tmp_path / "a.mbox")
    assert [(each.title, each.text) for each in articles.values()] == [
        ("One", "It opened.\n\nFrom now on it is open.\nFrom Monday, 8:00.\nFrom there it goes on."),
        ("Two", "It closed."),
        ("Three", "It rained."),
    ]
    assert told == ""


@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: raw.replace(b"--===", b"--=X=", 2),
        lambda raw: raw[: len(raw) // 2],
        lambda raw: raw.replace(b'charset="utf-8"', b'charset="\xff\xfe"'),
        lambda raw: raw.replace(b"base64", b"base65"),
        lambda raw: raw.replace(b"filename=", b"filename*0*=no''%ff%zz; filename*2="),
        lambda raw: raw.replace(b"multipart/mixed", b"multipart/"),
    ],
    ids=["boundary", "cut", "charset", "encoding", "file name", "type"],
)
def test_broken_mail_ends_in_articles_or_a_reason(tmp_path: Path, damage: object) -> None:
    made = message(text="It opened: café.")
    made.add_attachment(docx_bytes(tmp_path), maintype="application", subtype="octet-stream", filename="a.docx")
    articles, told = read_message(tmp_path, damage(made.as_bytes(policy=email.policy.SMTP)))  # type: ignore[operator]
    assert articles or told
    assert "crashed" not in told
    assert "failed" not in told


def test_attachment_that_is_a_bomb_is_named_and_the_message_read(tmp_path: Path) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", bytes(200_000_000))
    made = message()
    made.add_attachment(held.getvalue(), maintype="application", subtype="zip", filename="bomb.docx")
    articles, told = read_message(tmp_path, made)
    assert list(articles) == ["a.eml"]
    assert told == "read but for attachment bomb.docx (inflates more than 100 times)"


@pytest.mark.parametrize("style", ["display:none", "max-height:0;overflow:hidden", "mso-hide: all"])
def test_words_that_only_a_list_of_mails_shows_are_no_text(tmp_path: Path, style: str) -> None:
    made = message(text=None)
    made.set_content(f"<div style='{style}'>Ships wait<br>for days</div>{LONG}", subtype="html")
    assert text_of(tmp_path, made).startswith("The tower of Tolne is lit")
