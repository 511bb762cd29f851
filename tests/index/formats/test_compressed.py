"""Packed files: what is inside is read by its own format, and nothing inflates without bound."""

import gzip
import io
import json
import mailbox
import zipfile
from email.message import EmailMessage
from pathlib import Path

import pytest

from index.article_files import SourceFile
from index.articles import read_articles
from index.formats.extract import UnreadableError
from index.formats.records import Fields
from index.formats.sandbox import Sandbox

LINES = "".join(json.dumps({"text": text}) + "\n" for text in ("It opened.", "It closed."))


def read(path: Path) -> tuple[dict[str, str], str]:
    texts: dict[str, str] = {}
    with Sandbox() as sandbox:
        try:
            for article in read_articles(SourceFile(path.name, path, path.stat().st_size, 0), sandbox, Fields()):
                texts[article.id] = article.text
        except UnreadableError as error:
            return texts, str(error)
    return texts, ""


def pack(path: Path, files: dict[str, bytes | str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def test_files_of_an_archive_are_read_and_what_is_not_is_named(tmp_path: Path) -> None:
    message = EmailMessage()
    message["Subject"] = "Quay"
    message.set_content("The quay was sold.")
    box = mailbox.mbox(tmp_path / "a.mbox")
    box.add(message)
    box.close()
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("deep.txt", "It is deep.")
    files: dict[str, bytes | str] = {
        "a.mbox": (tmp_path / "a.mbox").read_bytes(),
        "wiki/AA/wiki_00": '<doc id="1" title="Osk">\nOsk is a ford.\n</doc>',
        "in/d.jsonl": LINES, "in.zip": inner.getvalue(), "photo.jpg": b"\xff",
        "__MACOSX/._d.txt": "no", ".hidden.txt": "no",
    }  # fmt: skip
    texts, told = read(pack(tmp_path / "all.zip", files))
    assert texts == {
        "all.zip#a.mbox#1": "The quay was sold.",
        "all.zip#in/d.jsonl#1": "It opened.",
        "all.zip#in/d.jsonl#2": "It closed.",
        "all.zip#in.zip#deep.txt": "It is deep.",
        "all.zip#wiki/AA/wiki_00#1": "Osk is a ford.",
    }
    assert told == "read but for attachment photo.jpg (.jpg is not a format that is read yet)"


def test_compressed_dump_has_the_ids_of_its_records(tmp_path: Path) -> None:
    (tmp_path / "d.jsonl.gz").write_bytes(gzip.compress(LINES.encode()))
    assert read(tmp_path / "d.jsonl.gz") == ({"d.jsonl.gz#1": "It opened.", "d.jsonl.gz#2": "It closed."}, "")
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(b"It rained."))
    assert read(tmp_path / "a.txt.gz") == ({"a.txt.gz": "It rained."}, "")


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.txt.gz", gzip.compress(bytes(50_000_000)), "inflates more than 100 times"),
        ("a.txt.gz", gzip.compress(b"It rained." * 100)[:-20], "broken gzip"),
        ("a.txt.gz", b"It rained.", "broken gzip"),
        ("a.bin.gz", gzip.compress(b"It rained."), r"\.bin is not a format that is read yet"),
        ("a.zip", b"PK\3\4" + bytes(100), "broken ZIP archive"),
    ],
    ids=["bomb", "cut", "none", "other", "zip"],
)
def test_what_is_broken_or_a_bomb_is_named(tmp_path: Path, name: str, content: bytes, why: str) -> None:
    (tmp_path / name).write_bytes(content)
    texts, told = read(tmp_path / name)
    assert texts == {}
    assert why.replace("\\", "") in told


def test_archives_in_archives_end_somewhere(tmp_path: Path) -> None:
    content: bytes | str = "It is deep."
    name = "a.txt"
    for depth in range(8):
        content, name = pack(tmp_path / "packed.zip", {name: content}).read_bytes(), f"{depth}.zip"
    texts, told = read(tmp_path / "packed.zip")
    assert texts == {}
    assert told.startswith("read but for attachment 6.zip (attachment 5.zip (attachment 4.zip (")
