"""What a file's bytes are, whatever it declares, and texts that were garbled before they came here."""

import codecs
import csv
import json
from email.message import EmailMessage
from pathlib import Path

import pytest

from index.articles import list_files, read_articles
from index.formats.encodings import decode_declared, why_garbled
from index.formats.extract import UnreadableError
from index.formats.paragraphs import decode_html
from index.formats.records import Fields
from index.formats.sandbox import Sandbox

# Real scripts and their typography, in which no line may look garbled.
TEXTS = {
    "French": "« Été », dit-elle : « Ça ira. »\n« Élève », «\u00a0Santé\u00a0» et “CAFÉ” — où l’on boit du thé.",
    "Portuguese": "NÃO É SÓ A IRMÃ: “MAÇÃ” e “AVÔ” são palavras.",
    "German": "Der Bürgermeister von Köln weiß, daß die Straße gesperrt ist – „völlig“.",
    "Polish": "Łódź i Gdańsk również planują budowę żółtego mostu.",
    "Vietnamese": "Thị trưởng Nguyễn Đức nói rằng cây cầu sẽ mở cửa vào thứ Hai.",
    "Greek": "Ο δήμαρχος της Αθήνας άνοιξε τη γέφυρα.",
    "Russian": "Мэр города Тверь открыл мост в понедельник.",
    "Arabic": "افتتح رئيس البلدية الجسر يوم الاثنين.",
    "Hindi": "महापौर ने सोमवार को पुल खोला।",
    "Thai": "นายกเทศมนตรีเปิดสะพานเมื่อวันจันทร์",
    "Chinese": "市长星期一打开了这座桥。联通公司在北京。",
    "Japanese": "市長は月曜日に橋を開通させた。カフェもある。",
    "Korean": "시장은 월요일에 다리를 개통했다.",
}
MISTAKES = ("cp1252", "latin-1", "cp1250", "cp1251", "mac_roman", "cp437", "gb18030", "koi8_r")
DECLARED = ("gb2312", "windows-1251", "iso-8859-1", "shift_jis", "euc-kr", "us-ascii", "utf-16", "utf-7", "hex", "none")


@pytest.mark.parametrize("declared", DECLARED)
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_utf_8_is_read_as_such_whatever_is_declared(text: str, declared: str) -> None:
    for head in (f'<meta charset="{declared}">', f"<?xml version='1.0' encoding='{declared}'?>"):
        assert decode_html(f"{head}<p>{text}".encode()) == f"{head}<p>{text}"
    assert decode_declared(text.encode(), declared) == text


def test_page_that_was_cut_within_a_character_is_read_as_utf_8_all_the_same() -> None:
    page = f"<meta charset=windows-1251><p>{TEXTS['Russian'] * 40}".encode()
    assert decode_html(page[:-2]) == page.decode()[:-2] + "\ufffd"


@pytest.mark.parametrize(
    ("declared", "language"),
    [
        ("gb2312", "Chinese"),
        ("big5", "Chinese"),
        ("shift_jis", "Japanese"),
        ("iso-2022-jp", "Japanese"),
        ("euc-kr", "Korean"),
        ("windows-1251", "Russian"),
        ("koi8-r", "Russian"),
        ("iso-8859-2", "Polish"),
        ("windows-1253", "Greek"),
    ],
)
def test_what_is_no_utf_8_is_read_as_declared(declared: str, language: str) -> None:
    text = TEXTS[language].encode(declared, "ignore").decode(declared)
    assert decode_html(f"<meta charset={declared}>{text}".encode(declared)) == f"<meta charset={declared}>{text}"


def test_who_sent_a_page_is_believed_before_the_page() -> None:
    page = f"<meta charset=iso-8859-1>{TEXTS['Russian']}"
    assert decode_html(page.encode("koi8-r"), "koi8-r") == page
    assert decode_html(page.encode("koi8-r"), "no such encoding") != page


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_text_of_any_script_is_not_garbled(text: str) -> None:
    assert why_garbled(text) is None
    assert why_garbled(f"{text}\n{text}\n" * 20) is None


@pytest.mark.parametrize("mistake", MISTAKES)
@pytest.mark.parametrize("language", ["German", "Polish", "Russian", "Greek", "Vietnamese"])
def test_utf_8_that_was_read_as_another_encoding_is_garbled(language: str, mistake: str) -> None:
    assert why_garbled(TEXTS[language].encode().decode(mistake, "replace"))


def test_one_garbled_paragraph_of_many_is_found() -> None:
    sound = "The café of Müller is open.\n" * 5
    assert why_garbled(sound + TEXTS["German"].encode().decode("cp1252", "replace"))


def test_single_odd_character_is_none() -> None:
    assert why_garbled("The two letters Ã© stand for an é, and � for what was lost.") is None
    assert why_garbled("What was lost: ��� of it.") == "3 characters of it are lost"


def write_garbled(folder: Path) -> None:
    garbled = TEXTS["German"].encode().decode("latin-1")
    (folder / "a.txt").write_text(garbled, encoding="utf-8")
    (folder / "b.md").write_text(f"# Köln\n\n{garbled}", encoding="utf-8")
    (folder / "c.html").write_text(f"<meta charset=utf-8><p>{garbled}</p>", encoding="utf-8")
    (folder / "d.jsonl").write_text(json.dumps({"text": "It rained."}) + "\n" + json.dumps({"text": garbled}))
    with (folder / "e.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["title", "text"], ["Rain", garbled]])
    message = EmailMessage()
    message["Subject"] = "Rain"
    message.set_content(garbled)
    (folder / "f.eml").write_bytes(bytes(message))


def test_garbled_article_of_any_format_is_indexed_and_its_file_named(tmp_path: Path) -> None:
    write_garbled(tmp_path)
    reasons = {}
    read: list[str] = []
    with Sandbox() as sandbox:
        for file in list_files(tmp_path):
            articles = read_articles(file, sandbox, Fields())
            read += [next(articles).id for _ in range(2 if file.id == "d.jsonl" else 1)]
            with pytest.raises(UnreadableError, match=r"^indexed, but .*it looks like UTF-8") as caught:
                next(articles)
            reasons[file.id] = str(caught.value)
    assert read == ["a.txt", "b.md", "c.html", "d.jsonl#1", "d.jsonl#2", "e.csv#1", "f.eml"]
    assert list(reasons) == ["a.txt", "b.md", "c.html", "d.jsonl", "e.csv", "f.eml"]
    assert "record 2:" in reasons["d.jsonl"]


@pytest.mark.parametrize("suffix", [".rss", ".eml"])
def test_feed_and_mail_that_declare_another_encoding_are_read_as_utf_8(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(
        f"<?xml version='1.0' encoding='iso-8859-1'?><rss version='2.0'><channel><item><description>{TEXTS['Greek']}"
        "</description></item></channel></rss>".encode()
        if suffix == ".rss"
        else b"Subject: A\nContent-Type: text/plain; charset=windows-1253\n\n" + TEXTS["Greek"].encode()
    )
    with Sandbox() as sandbox:
        (extract,) = sandbox.read(path, suffix)
    assert extract.text == TEXTS["Greek"]


def test_byte_order_mark_is_stronger_than_a_declaration() -> None:
    assert decode_html(codecs.BOM_UTF16_LE + "<meta charset=utf-8>Tea".encode("utf-16-le")) == "<meta charset=utf-8>Tea"


# A byte that is wrong costs itself.


def read_with_reason(path: Path) -> tuple[list[str], str | None]:
    """Read the texts of a file, and what is told at its end."""
    texts = []
    with Sandbox() as sandbox:
        try:
            for article in read_articles(next(iter(list_files(path.parent))), sandbox, Fields()):
                texts.append(article.text)
        except UnreadableError as error:
            return texts, str(error)
    return texts, None


@pytest.mark.parametrize("language", ["German", "Russian", "Greek", "Chinese", "Arabic"])
def test_text_with_a_bad_byte_is_read_and_the_byte_is_told(tmp_path: Path, language: str) -> None:
    line = f"{TEXTS[language]}\n".encode()
    (tmp_path / "a.txt").write_bytes(line * 3 + b"The \xffbridge.\n" + line)
    text = TEXTS[language] + "\n"
    assert read_with_reason(tmp_path / "a.txt") == (
        [text * 3 + "The \ufffdbridge.\n" + text],
        "indexed, but a character of it is lost",
    )


def test_text_that_was_cut_within_a_character_is_read_with_its_mark_too(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(codecs.BOM_UTF8 + (TEXTS["Korean"] * 3).encode()[:-2] + b"\n")
    texts, told = read_with_reason(tmp_path / "a.md")
    assert texts == [(TEXTS["Korean"] * 3)[:-2] + "\ufffd\n"]
    assert told == "indexed, but a character of it is lost"


def test_character_that_a_text_itself_has_as_lost_is_not_told(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The caf\ufffd of Köln is open.\n", encoding="utf-8")
    assert read_with_reason(tmp_path / "a.txt") == (["The caf\ufffd of Köln is open.\n"], None)


BAD_TEA = "Grüner Tee aus Çay für Łódź ist wieder da.".encode() + b" Nur \xe4lter."
READ_TEA = "Grüner Tee aus Çay für Łódź ist wieder da. Nur \ufffdlter."


@pytest.mark.parametrize(
    ("name", "raw", "place"),
    [
        ("a.csv", b"title,text\nOne,The gate is open.\nTwo," + BAD_TEA + b"\n", "record 2"),
        ("a.jsonl", b'{"text": "The gate is open."}\n{"text": "' + BAD_TEA + b'"}\n', "line 2"),
        ("a.json", b'[{"text": "The gate is open."}, {"text": "' + BAD_TEA + b'"}]', "record 2"),
    ],
)
def test_record_with_a_bad_byte_is_read_and_named(tmp_path: Path, name: str, raw: bytes, place: str) -> None:
    (tmp_path / name).write_bytes(raw)
    assert read_with_reason(tmp_path / name) == (
        ["The gate is open.", READ_TEA],
        f"read but for {place} (bytes that are no text are lost in it)",
    )


def test_bad_byte_behind_a_million_of_ascii_does_not_change_the_encoding_of_a_table(tmp_path: Path) -> None:
    rows = [b"title,text\n", *[b"Gate,The gate is open at nine.\n"] * 40_000, b"Bad,A \xff gate.\n"]
    (tmp_path / "a.csv").write_bytes(b"".join(rows) + "Tea,Grüner Tee für Çay und Żółw.\n".encode() * 9)
    texts, told = read_with_reason(tmp_path / "a.csv")
    assert texts[-1] == "Grüner Tee für Çay und Żółw."
    assert told == "read but for record 40001 (bytes that are no text are lost in it)"


# UTF-16 without its mark.


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_utf_16_without_its_mark_is_recognised_in_any_script(tmp_path: Path, text: str, encoding: str) -> None:
    for name in ("a.txt", "a.jsonl", "a.csv"):
        written = {
            "a.txt": f"{text}\n",
            "a.jsonl": json.dumps({"text": text}, ensure_ascii=False) + "\n",
            "a.csv": f'title,text\nTea,"{text.replace(chr(34), chr(39))}"\n',
        }[name]
        path = tmp_path / name
        path.write_bytes(written.encode(encoding))
        texts, told = read_with_reason(path)
        assert [each.strip() for each in texts] == [text.replace(chr(34), chr(39)) if name == "a.csv" else text]
        assert told is None
        path.unlink()


@pytest.mark.parametrize(
    "raw",
    [
        b"a text with one \0 in it",
        "Ein Text über Köln mit\0 einem Zeichen zu viel.".encode(),
        "Мэр города\0 Тверь".encode(),
        "Мэр города\0 Тверь открыл мост".encode("cp1251"),
        bytes(range(256)) * 8,
        b"\x01\0\x02\0\x03\0" * 50,
    ],
)
def test_what_holds_a_zero_and_is_no_utf_16_is_binary(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "a.txt").write_bytes(raw)
    assert read_with_reason(tmp_path / "a.txt") == ([], "binary, not text")
