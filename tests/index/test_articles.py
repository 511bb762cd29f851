"""Reading a folder of articles: encodings, front matter, which files are articles, and what is known of each."""

import codecs
import json
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.articles import FORMATS, Article, facts_of_name, file_sha256, list_files, read_articles
from index.formats.extract import UnreadableError
from index.formats.records import Fields
from index.formats.sandbox import Sandbox
from index.formats.text import decode, read_text
from index.sentences import split
from tests.support.articles import MakeFolder
from tests.support.texts import HOSTILE_FRONT_MATTER, LEGACY


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


def read_all(folder: Path, sandbox: Sandbox) -> list[Article]:
    return [article for file in list_files(folder) for article in read_articles(file, sandbox, Fields())]


def read_only_article(folder: Path, sandbox: Sandbox) -> Article:
    (article,) = read_all(folder, sandbox)
    return article


# Encodings

TEXT = "The “café” opened in Zürich — at last. 🦉 It sells tea."


@pytest.mark.parametrize(
    "raw",
    [
        TEXT.encode("utf-8"),
        codecs.BOM_UTF8 + TEXT.encode("utf-8"),
        codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        codecs.BOM_UTF32_LE + TEXT.encode("utf-32-le"),
        codecs.BOM_UTF32_BE + TEXT.encode("utf-32-be"),
    ],
    ids=["utf-8", "utf-8 with mark", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"],
)
def test_unicode_file_is_decoded_without_its_byte_order_mark(raw: bytes) -> None:
    assert decode(raw) == TEXT


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", [TEXT.replace("🦉", "(owl)"), "Tea.\r\n"])
def test_utf_16_without_a_byte_order_mark_is_recognised(encoding: str, text: str) -> None:
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize(
    "raw",
    [bytes(n % 2 * n % 256 for n in range(512)), b"\1\0\2\0\3\0\4\0" * 50, b"\0" * 64, b"a\0b\0c\0\0\0"],
    ids=["noise", "small numbers", "zeros", "a NUL in the text"],
)
def test_binary_file_of_many_zeros_is_no_utf_16(raw: bytes) -> None:
    with pytest.raises(UnreadableError, match="binary, not text"):
        decode(raw)


@pytest.mark.parametrize("encoding", LEGACY)
def test_file_of_an_older_encoding_is_decoded(make_folder: MakeFolder, sandbox: Sandbox, encoding: str) -> None:
    article = read_only_article(make_folder({"old.txt": LEGACY[encoding].encode(encoding)}), sandbox)
    assert article.text == LEGACY[encoding]


def test_second_byte_order_mark_is_a_character_of_the_text() -> None:
    assert decode(codecs.BOM_UTF8 * 2 + b"Tea.") == "\ufeffTea."


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_every_text_is_decoded_as_it_was_written(text: str) -> None:
    assert decode(codecs.BOM_UTF8 + text.encode()) == text


def test_newlines_are_kept_as_they_are(make_folder: MakeFolder, sandbox: Sandbox) -> None:
    article = read_only_article(make_folder({"a.txt": b"One.\r\nTwo.\rThree.\n"}), sandbox)
    assert article.text == "One.\r\nTwo.\rThree.\n"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4, "binary"),
        (b"a text with one \0 in it", "binary, not text"),
        (codecs.BOM_UTF16_LE + "a\0b".encode("utf-16-le"), "binary, not text"),
        (codecs.BOM_UTF8 + b"cut \xf0\x9f", "broken utf-8-sig: unexpected end of data"),
        (codecs.BOM_UTF16_LE + b"odd", "broken utf-16: truncated data"),
        ("The bridge".encode("utf-16-le")[:-1], "broken utf-16-le: truncated data"),
        (b"", "holds no text"),
        (b" \r\n\t ", "holds no text"),
        (b"... --- !!! ***", "holds no text"),
        (b"2025-03-16\n", "holds no text"),
        (b"---\ntitle: A bridge\n---\n", "holds no text"),
    ],
    ids="png|NUL|NUL in UTF-16|cut UTF-8|cut UTF-16|cut UTF-16 without mark|empty|blank|punctuation|only a date|only "
    "front matter".split("|"),
)
def test_file_without_text_is_refused_with_the_reason(
    make_folder: MakeFolder, sandbox: Sandbox, content: bytes, reason: str
) -> None:
    with pytest.raises(UnreadableError, match=reason):
        read_all(make_folder({"a.txt": content}), sandbox)


@pytest.mark.parametrize(("name", "said"), [("a.pages", r"\.pages"), ("README", "no suffix")])
def test_format_that_is_not_read_is_refused_by_its_name(
    make_folder: MakeFolder, sandbox: Sandbox, name: str, said: str
) -> None:
    with pytest.raises(UnreadableError, match=rf"{said} is not a format that is read yet"):
        read_all(make_folder({name: "a text"}), sandbox)


@pytest.mark.parametrize(
    ("suffix", "size", "limit"),
    [(".txt", 21, "20 MB"), (".html", 101, "100 MB"), (".json", 21, "20 MB"), (".pdf", 201, "200 MB")]
    + [(suffix, 4_001, "4 GB") for suffix in (".jsonl", ".csv", ".mbox", ".parquet")],
)
def test_file_too_large_is_refused_unread(
    make_folder: MakeFolder, sandbox: Sandbox, suffix: str, size: int, limit: str
) -> None:
    folder = make_folder({f"huge{suffix}": "a"})
    with (folder / f"huge{suffix}").open("r+b") as file:
        file.truncate(size * 1_000_000)
    with pytest.raises(UnreadableError, match=f"larger than {limit}"):
        read_all(folder, sandbox)


@pytest.mark.parametrize("suffix", [".txt", ".jsonl", ".json", ".csv", ".parquet"])
def test_file_that_is_gone_meanwhile_is_refused_with_the_reason(
    make_folder: MakeFolder, sandbox: Sandbox, suffix: str
) -> None:
    folder = make_folder({f"a{suffix}": "A text."})
    (file,) = list_files(folder)
    file.path.unlink()
    with pytest.raises(UnreadableError, match="No such file"):
        list(read_articles(file, sandbox, Fields()))
    with pytest.raises(UnreadableError, match="No such file"):
        file_sha256(file.path)


def test_every_format_is_told_apart_by_a_suffix_in_lower_case() -> None:
    assert len(set(FORMATS)) == len(FORMATS)
    assert all(suffix.startswith(".") and suffix == suffix.lower() for suffix in FORMATS)


def test_suffix_in_capitals_is_read(make_folder: MakeFolder, sandbox: Sandbox) -> None:
    folder = make_folder({"A.TXT": "The bridge opened.", "B.JSONL": '{"text": "The tunnel opened."}'})
    assert [article.text for article in read_all(folder, sandbox)] == ["The bridge opened.", "The tunnel opened."]


# Front matter

BODY = "The bridge opened.\n"
FRONT_MATTER = {
    "YAML": '---\ntitle: "A bridge: for Lowmoor"\ndate: 2025-03-16\nsource: Reuters\nurl: https://example.org/a\n---\n',
    "TOML": '+++\ntitle = "A bridge: for Lowmoor"\ndate = 2025-03-16T10:30:00Z\nsite = "Reuters"\n'
    'link = "https://example.org/a"\n+++\n',
    "CRLF": "---\r\nTitle: 'A bridge: for Lowmoor'\r\npublishedAt: March 16, 2025\r\nPublisher: Reuters\r\n"
    "canonical: https://example.org/a\r\n---\r\n",
    "YAML that is none": "---\ntitle: A bridge: for Lowmoor\npubdate: 16.03.2025\noutlet: Reuters\n"
    "url: https://example.org/a\n...\n",
    "nested": "---\ntitle: >\n  A bridge:\n  for Lowmoor\ndate: 2025-03-16 10:30:00 +0100\nsource:\n  name: Reuters\n"
    "tags: [bridges, {of: Lowmoor}]\nlink: https://example.org/a\n---\n",
}


@pytest.mark.parametrize("form", FRONT_MATTER)
@pytest.mark.parametrize("suffix", [".md", ".txt", ".markdown"])
def test_front_matter_is_read_and_stays_in_the_text_before_the_body(
    make_folder: MakeFolder, sandbox: Sandbox, form: str, suffix: str
) -> None:
    article = read_only_article(make_folder({f"a{suffix}": FRONT_MATTER[form] + BODY}), sandbox)
    assert article.title == "A bridge: for Lowmoor"
    assert article.published == date(2025, 3, 16)
    assert article.publisher == "Reuters"
    assert article.url == "https://example.org/a"
    assert {article.sources[name] for name in ("title", "published", "publisher", "url")} == {"front matter"}
    assert article.text == FRONT_MATTER[form] + BODY
    assert article.text[article.body_start :] == BODY


@pytest.mark.parametrize(
    "text",
    [
        "---\nThe bridge opened.\n---\nIt is long.",
        "---\nThe bridge opened: it is long.\n---\nIt is wide.",
        "---\n- one\n- two\n---\nIt is wide.",
        "---\ntitle: never closed\n\nThe bridge opened.",
        "----\ntitle: a bridge\n----\nThe bridge opened.",
        " ---\ntitle: a bridge\n---\nThe bridge opened.",
        "+++\nno TOML\n+++\nThe bridge opened.",
        "--- \n---\nThe bridge opened.",
    ],
    ids="paragraph|sentence with a colon|list|never closed|four dashes|not at the start|no TOML|empty".split("|"),
)
def test_rule_of_dashes_that_begins_no_front_matter_is_text(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.md"
    path.write_text(text)
    assert read_text(path).body_start == 0


@pytest.mark.parametrize("form", HOSTILE_FRONT_MATTER)
def test_hostile_front_matter_does_no_harm_and_costs_no_time(
    make_folder: MakeFolder, sandbox: Sandbox, form: str
) -> None:
    folder = make_folder({"a.md": HOSTILE_FRONT_MATTER[form] + "\nThe bridge opened."})
    began = time.perf_counter()
    article = read_only_article(folder, sandbox)
    assert time.perf_counter() - began < 2
    assert article.text.endswith("The bridge opened.")
    assert article.published is None
    article.title.encode()


@given(st.text(alphabet=st.sampled_from("-+: \n\r\"'[]{}&*?|>#!%@`ab0=.\\")))
def test_no_front_matter_moves_the_body_further_than_its_own_end(
    tmp_path_factory: pytest.TempPathFactory, block: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "block.md"
    text = f"---\n{block}\n---\nThe bridge opened."
    path.write_bytes(text.encode())
    extract = read_text(path)
    assert extract.text == text
    assert extract.body_start == 0 or text[: extract.body_start].rstrip("\n").endswith(("---", "..."))


# What is known of an article


def test_date_of_the_seed_is_read_and_is_no_part_of_its_first_sentence(seeds: Path, sandbox: Sandbox) -> None:
    article = read_only_article(seeds, sandbox)
    start, end = split(article.text, article.body_start)[0]
    assert article.published == date(2025, 3, 16)
    assert article.sources == {"published": "first lines", "title": "file name"}
    assert article.text.startswith(" date 2025-03-16 U.S. President")
    assert article.text[start:end].startswith("U.S. President Donald Trump said")


def test_each_field_is_taken_from_the_surest_place_that_knows_it(make_folder: MakeFolder, sandbox: Sandbox) -> None:
    text = "---\npublisher: Reuters\ntitle: ''\n---\n# A bridge\nIt opened."
    article = read_only_article(make_folder({"2025-03-16-the-old-bridge.md": text}), sandbox)
    assert (article.publisher, article.title, article.published) == ("Reuters", "A bridge", date(2025, 3, 16))
    assert article.sources == {"publisher": "front matter", "title": "first lines", "published": "file name"}


def test_time_of_modification_is_no_publication_date(make_folder: MakeFolder, sandbox: Sandbox) -> None:
    folder = make_folder({"a.txt": "The bridge opened."})
    os.utime(folder / "a.txt", (1742083200, 1742083200))
    assert read_only_article(folder, sandbox).published is None


def test_dump_gives_an_article_for_each_record_with_a_word(make_folder: MakeFolder, sandbox: Sandbox) -> None:
    records = [
        {"headline": "A bridge", "text": "The bridge opened."},
        {"text": "..."},
        {"text": "2025-03-16 The tunnel opened."},
    ]
    folder = make_folder({"news/2024-01-01_dump.json": json.dumps(records)})
    articles = read_articles(next(iter(list_files(folder))), sandbox, Fields())
    first, second = next(articles), next(articles)
    with pytest.raises(UnreadableError, match="record 2 "):
        next(articles)
    assert (first.id, first.file, first.title) == (
        "news/2024-01-01_dump.json#1",
        "news/2024-01-01_dump.json",
        "A bridge",
    )
    assert first.published is None  # the dump's date is not that of its articles
    assert (second.id, second.title) == ("news/2024-01-01_dump.json#3", "dump 3")
    assert (second.published, second.text[second.body_start :]) == (date(2025, 3, 16), "The tunnel opened.")
    assert second.sources == {"title": "file name", "published": "first lines"}


def test_dump_whose_records_hold_no_word_is_refused(make_folder: MakeFolder, sandbox: Sandbox) -> None:
    with pytest.raises(UnreadableError, match="holds no text"):
        read_all(make_folder({"a.csv": "title,text\nA bridge,...\n"}), sandbox)


def test_character_that_no_database_takes_is_replaced_in_text_and_fields(
    make_folder: MakeFolder, sandbox: Sandbox
) -> None:
    record = r'{"title": "A \ud800 bridge", "text": "It \udfff op\u0000ened.", "source": "Reuters \ud83e\udd89"}'
    article = read_only_article(make_folder({"a.jsonl": record}), sandbox)
    assert article.text == "It \ufffd op\ufffdened."
    assert (article.title, article.publisher) == ("A \ufffd bridge", "Reuters 🦉")


def test_hash_of_an_article_changes_with_its_text_its_body_and_its_fields(
    make_folder: MakeFolder, sandbox: Sandbox
) -> None:
    record = {"title": "A bridge", "text": "It opened.", "date": "2025-03-16", "source": "Reuters"}
    changed = [{}, {"text": "It closed."}, {"title": "Bridges"}, {"date": "2025-03-17"}, {"source": "AFP"}]
    urls = [{"url": "https://example.org/a"}, {"url": "https://example.org/b"}]
    lines = "\n".join(json.dumps(record | change) for change in changed + urls)
    hashes = [article.sha256 for article in read_all(make_folder({"a.jsonl": lines + "\n" + lines}), sandbox)]
    assert len(set(hashes)) == 7
    assert hashes[:7] == hashes[7:]


def test_name_of_a_renamed_file_says_what_reading_it_again_would(make_folder: MakeFolder, sandbox: Sandbox) -> None:
    folder = make_folder({"2025-03-16-bridge.txt": "It opened.", "b.jsonl": '{"text": "It opened."}'})
    for file in list_files(folder):
        (article,) = read_articles(file, sandbox, Fields())
        known = facts_of_name(article.id, file)
        assert (known.title, known.published) == (article.title, article.published)


def test_hash_of_a_file_is_that_of_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"abc")
    assert file_sha256(tmp_path / "a.txt").startswith("ba7816bf8f01cfea414140de5dae2223b00361a396177a9c")


# Folders


def test_hidden_files_and_folders_are_left_out(make_folder: MakeFolder) -> None:
    folder = make_folder({".hidden.txt": "A text.", ".git/a.txt": "A text.", "a.txt": "A text."})
    assert [file.id for file in list_files(folder)] == ["a.txt"]


def test_nested_files_have_posix_ids_in_the_order_of_their_paths(make_folder: MakeFolder) -> None:
    folder = make_folder(
        {"b.txt": "B.", "a.txt": "A.", "news/2025/c.txt": "C.", "news/a b.md": "D.", "old/e.txt": "E."}
    )
    expected = ["a.txt", "b.txt", "news/a b.md", "news/2025/c.txt", "old/e.txt"]
    assert [file.id for file in list_files(folder)] == expected


def test_listed_file_carries_what_the_file_system_says_of_it(make_folder: MakeFolder) -> None:
    folder = make_folder({"news/a.txt": "A text."})
    (file,) = list_files(folder)
    status = file.path.stat()
    assert (file.path, file.size, file.mtime_ns) == (folder / "news/a.txt", 7, status.st_mtime_ns)


def test_links_pipes_and_sockets_are_neither_followed_nor_read(make_folder: MakeFolder, tmp_path: Path) -> None:
    folder = make_folder({"a.txt": "A text."})
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("A secret.")
    (folder / "link.txt").symlink_to(outside / "secret.txt")
    (folder / "linked").symlink_to(outside, target_is_directory=True)
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    (folder / "itself.txt").symlink_to(folder / "itself.txt")
    os.mkfifo(folder / "pipe.txt")
    assert [file.id for file in list_files(folder)] == ["a.txt"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may list every folder")
def test_folder_that_may_not_be_listed_does_not_end_the_walk(make_folder: MakeFolder) -> None:
    folder = make_folder({"closed/a.txt": "A text.", "open/b.txt": "A text."})
    (folder / "closed").chmod(0)
    try:
        assert [file.id for file in list_files(folder)] == ["open/b.txt"]
    finally:
        (folder / "closed").chmod(0o700)


def test_folder_that_is_gone_meanwhile_does_not_end_the_walk(make_folder: MakeFolder) -> None:
    folder = make_folder({"a.txt": "A text.", "gone/b.txt": "A text.", "here/c.txt": "A text."})
    files = list_files(folder)
    assert next(files).id == "a.txt"
    (folder / "gone/b.txt").unlink()
    (folder / "gone").rmdir()
    assert [file.id for file in files] == ["here/c.txt"]


def test_file_name_that_is_no_utf_8_has_an_id_that_can_be_stored(make_folder: MakeFolder, sandbox: Sandbox) -> None:
    folder = make_folder({})
    (folder / os.fsdecode(b"caf\xe9.txt")).write_text("The bridge opened.")
    (article,) = read_all(folder, sandbox)
    assert (article.id, article.title) == ("caf\\xe9.txt", "caf\\xe9")


def test_ten_thousand_files_are_listed_at_once(tmp_path: Path) -> None:
    for folder in range(20):
        (tmp_path / str(folder)).mkdir()
        for number in range(500):
            (tmp_path / str(folder) / f"{number}.txt").touch()
    list(list_files(tmp_path))
    began = time.perf_counter()
    assert len(list(list_files(tmp_path))) == 10_000
    assert time.perf_counter() - began < 5  # about 0.1 on a quiet machine


def test_size_is_checked_as_it_was_listed(make_folder: MakeFolder, sandbox: Sandbox) -> None:
    (file,) = list_files(make_folder({"a.txt": "A text."}))
    with pytest.raises(UnreadableError, match="larger than 20 MB"):
        next(read_articles(replace(file, size=20_000_001), sandbox, Fields()))
