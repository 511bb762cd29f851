"""Reading a folder of articles: encodings, titles, dates, and which files are articles at all."""

import codecs
import os
from datetime import date
from pathlib import Path

import pytest
from conftest import MakeFolder

from index.articles import Article, UnreadableError, decode, list_files, read_article
from index.sentences import split


def read_only_article(folder: Path) -> Article:
    (file,) = list_files(folder)
    return read_article(file)


# Encodings

TEXT = "The “café” opened in Zürich — at last. 🦉 It sells tea."
LEGACY = {
    "latin-1": "L'été dernier, la société a présenté ses résultats à Genève. Les bénéfices ont été très élevés, malgré "
    "la crise qui a frappé l'économie européenne. Où sont passés les députés ? Ils étaient déjà à la fête.",
    "cp1252": "El año pasado la “señora” Núñez viajó a España; mañana volverá a Bogotá, según su compañía.",
    "cp1250": "Prezydent powiedział, że nowy most został otwarty dla ludzi. Łódź i Gdańsk również planują budowę.",
    "cp1251": "Президент сказал, что мост открыт для всех жителей города.",
    "shift_jis": "大統領は新しい橋が市民に開放されたと述べた。政府は他の橋も計画している。",
}


@pytest.mark.parametrize(
    "raw",
    [
        TEXT.encode("utf-8"),
        codecs.BOM_UTF8 + TEXT.encode("utf-8"),
        codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
    ],
    ids=["utf-8", "utf-8 with mark", "utf-16-le", "utf-16-be"],
)
def test_unicode_file_is_decoded_without_its_byte_order_mark(raw: bytes) -> None:
    assert decode(raw) == TEXT


@pytest.mark.parametrize("encoding", LEGACY)
def test_file_of_an_older_encoding_is_decoded(make_folder: MakeFolder, encoding: str) -> None:
    article = read_only_article(make_folder({"old.txt": LEGACY[encoding].encode(encoding)}))
    assert article.text == LEGACY[encoding]


def test_second_byte_order_mark_is_a_character_of_the_text() -> None:
    assert decode(codecs.BOM_UTF8 * 2 + b"Tea.") == "\ufeffTea."


def test_newlines_are_kept_as_they_are(make_folder: MakeFolder) -> None:
    article = read_only_article(make_folder({"a.txt": b"One.\r\nTwo.\rThree.\n"}))
    assert article.text == "One.\r\nTwo.\rThree.\n"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4, "binary"),
        (b"a text with one \0 in it", "binary, not text"),
        (codecs.BOM_UTF16_LE + "a\0b".encode("utf-16-le"), "binary, not text"),
        (codecs.BOM_UTF8 + b"cut \xf0\x9f", "broken utf-8-sig: unexpected end of data"),
        (codecs.BOM_UTF16_LE + b"odd", "broken utf-16: truncated data"),
        (b"", "holds no text"),
        (b" \r\n\t ", "holds no text"),
        (b"... --- !!! ***", "holds no text"),
        (b"2025-03-16\n", "holds no text"),
    ],
    ids=["png", "NUL", "NUL in UTF-16", "cut UTF-8", "cut UTF-16", "empty", "blank", "punctuation", "only a date"],
)
def test_file_without_text_is_refused_with_the_reason(make_folder: MakeFolder, content: bytes, reason: str) -> None:
    with pytest.raises(UnreadableError, match=reason):
        read_only_article(make_folder({"a.txt": content}))


def test_format_that_is_not_read_is_refused_by_its_name(make_folder: MakeFolder) -> None:
    with pytest.raises(UnreadableError, match=r"\.docx is not a format that is read yet"):
        read_only_article(make_folder({"a.docx": "a text"}))


def test_file_too_large_is_refused_unread(make_folder: MakeFolder) -> None:
    folder = make_folder({"huge.txt": "a"})
    with (folder / "huge.txt").open("r+b") as file:
        file.truncate(60_000_000)
    with pytest.raises(UnreadableError, match="larger than 50 MB"):
        read_only_article(folder)


def test_file_that_is_gone_meanwhile_is_refused_with_the_reason(make_folder: MakeFolder) -> None:
    folder = make_folder({"a.txt": "A text."})
    (file,) = list_files(folder)
    file.path.unlink()
    with pytest.raises(UnreadableError, match="No such file"):
        read_article(file)


# Dates


def test_date_of_the_seed_is_read_and_is_no_part_of_its_first_sentence(seeds: Path) -> None:
    article = read_only_article(seeds)
    start, end = split(article.text, article.body_start)[0]
    assert article.published == date(2025, 3, 16)
    assert article.text.startswith(" date 2025-03-16 U.S. President")
    assert article.text[start:end].startswith("U.S. President Donald Trump said")


@pytest.mark.parametrize("head", ["2025-03-16\n", "Date: 2025-03-16\n", "published 2025-03-16 ", "UPDATED:2025-03-16 "])
def test_date_line_is_read_in_its_usual_forms(make_folder: MakeFolder, head: str) -> None:
    article = read_only_article(make_folder({"a.txt": f"{head}The bridge opened."}))
    assert article.published == date(2025, 3, 16)
    assert article.text[article.body_start :].strip() == "The bridge opened."


@pytest.mark.parametrize("head", ["2025-13-45", "2025-02-30", "0000-00-00", "2025-03-167", "٢٠٢٥-٠٣-١٦"])
def test_what_is_no_date_stays_text(make_folder: MakeFolder, head: str) -> None:
    article = read_only_article(make_folder({"a.txt": f"{head} The bridge opened."}))
    assert article.published is None
    assert article.body_start == 0


def test_date_further_down_is_no_publication_date(make_folder: MakeFolder) -> None:
    assert read_only_article(make_folder({"a.txt": "It opened on 2025-03-16."})).published is None


# Titles


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("A bridge for Lowmoor\n\nThe bridge opened.", "A bridge for Lowmoor"),
        ("2025-03-16\nA bridge for Lowmoor\r\nThe bridge opened.", "A bridge for Lowmoor"),
        ("# A bridge for Lowmoor #\nThe bridge opened.", "A bridge for Lowmoor"),
        ("The bridge opened.\nIt is long.", "the old bridge"),
        ("The bridge has been opened", "the old bridge"),
        ("word " * 40 + "\nThe bridge opened.", "the old bridge"),
    ],
    ids=["first line", "line behind the date", "markdown heading", "a sentence", "nothing follows", "a long line"],
)
def test_title_is_a_heading_or_a_short_first_line_or_the_file_name(
    make_folder: MakeFolder, text: str, title: str
) -> None:
    assert read_only_article(make_folder({"the_old-bridge.md": text})).title == title


# Folders


def test_hidden_files_and_folders_are_left_out(make_folder: MakeFolder) -> None:
    folder = make_folder({".hidden.txt": "A text.", ".git/a.txt": "A text.", "a.txt": "A text."})
    assert [file.id for file in list_files(folder)] == ["a.txt"]


def test_nested_files_have_posix_ids_in_the_order_of_their_paths(make_folder: MakeFolder) -> None:
    folder = make_folder({"b.txt": "B.", "a.txt": "A.", "news/2025/c.txt": "C.", "news/a b.md": "D."})
    assert [file.id for file in list_files(folder)] == ["a.txt", "b.txt", "news/a b.md", "news/2025/c.txt"]


def test_links_pipes_and_sockets_are_neither_followed_nor_read(make_folder: MakeFolder, tmp_path: Path) -> None:
    folder = make_folder({"a.txt": "A text."})
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("A secret.")
    (folder / "link.txt").symlink_to(outside / "secret.txt")
    (folder / "linked").symlink_to(outside, target_is_directory=True)
    os.mkfifo(folder / "pipe.txt")
    assert [file.id for file in list_files(folder)] == ["a.txt"]


def test_file_name_that_is_no_utf_8_has_an_id_that_can_be_stored(make_folder: MakeFolder) -> None:
    folder = make_folder({})
    (folder / os.fsdecode(b"caf\xe9.txt")).write_text("The bridge opened.")
    (file,) = list_files(folder)
    assert file.id == "caf\\xe9.txt"
    assert read_article(file).title == "caf\\xe9"
