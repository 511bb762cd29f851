"""One folder of files that are broken or made to do harm: the real command takes in what is text and skips the rest."""

import codecs
import gzip
import json
import os
import random
import re
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from index.article_index import ArticleIndex
from index.catalog.sqlite.writer import SqliteCatalog
from index.models.embedding import OnnxEmbedding
from index.models.manifest import default_models_dir, find_model
from index.models.pull import ensure_model
from tests.support import ROOT
from tests.support.documents import ENTITY_BOMB, W, make_docx, make_epub, make_lying_zip, make_pdf, replace_member
from tests.support.texts import HOSTILE_FRONT_MATTER, LEGACY

Content = str | bytes | Callable[[Path], None]

LIMIT_S = 60  # of the processors' time, so that a busy machine fails no test
LIMIT_BYTES = 1_500_000_000

# Starts a command as the child of a small process: one that the tests start themselves has their own peak in its own.
MEASURE = (
    "import resource, subprocess, sys; code = subprocess.run(sys.argv[2:], timeout=180).returncode;"
    "used = resource.getrusage(resource.RUSAGE_CHILDREN);"
    "open(sys.argv[1], 'w').write(f'{used.ru_utime + used.ru_stime} {used.ru_maxrss}'); sys.exit(code)"
)

OWL = "The owl of Lowmoor — “Älva” — sat 🦉 on the mill."
SENTENCE = "The owl of Lowmoor sat on the mill."
PAGE = f"<html><head><title>An owl</title></head><body><p>{SENTENCE}</p></body></html>"
SCRIPTS = (
    "<html><head><style>p { color: red }</style><script>document.write('<p>Written by a script.</p>')</script></head>"
    f"<body onload='alert(1)'><p>{SENTENCE}</p><script>alert('Alerted.')</script><noscript>No script.</noscript></body>"
)
REFRESH = f'<meta http-equiv="refresh" content="0; url=file:///etc/passwd">{PAGE}'.replace("mill", "mi\0ll")
RSS = (
    f"<rss version='2.0'><channel><title>Owls</title><item><title>An owl</title>"
    f"<description>{SENTENCE} &a9;</description></item></channel></rss>"
)
MAIL = f"From ada Mon May  6 08:00:00 2024\nSubject: Owl\nDate: Mon, 6 May 2024 08:00:00 +0000\n\n{SENTENCE}\n\n"
HTTP = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + PAGE.encode()
RECORD = b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://a.example/\r\nWARC-Record-ID: <urn:uuid:1>\r\n"
LONG_RECORD = RECORD + b"Content-Type: application/http\r\nContent-Length: %d\r\n\r\n" % (len(HTTP) + 9_000) + HTTP
SAVED = "Content-Type: multipart/related; boundary=x; start='<a>'\n\n--x\nContent-Type: text/html\nContent-ID: <a>\n\n"
SAVED_ITSELF = f"{SAVED}<iframe src='cid:a'></iframe><p>{SENTENCE}</p>\n--x--\n"
LINES = "\n".join(
    [
        "{",
        '{"text": 5}',
        "null",
        "[]",
        '"text"',
        "\0",
        '{"text": "' + "[" * 100_000,
        json.dumps({"text": SENTENCE}),
        "{",
    ]
)
TABLE = f"title,text\nOwl,{SENTENCE}\nWords,{'word ' * 4_000_000}\n"
NESTED_PAGE = "<div>" * 100_000 + SENTENCE + "</div>" * 100_000
NESTED_LIST = "[" * 100_000
WORDS = "".join(f"o{number:03} " for number in range(159)) * 4_000  # where it is cut it repeats, to be embedded once
KEY = "00" * 32
ENCRYPTION = f"/ID [<00><00>] /Encrypt << /Filter /Standard /V 1 /R 2 /O <{KEY}> /U <{KEY}> /P -4 >>"
RELATION = '<Relationships><Relationship Type="x/officeDocument" Target="word/document.xml"/></Relationships>'
CONTROLS = "The owl \x1b]0;owned\x07\x1b[31m of \u202eLowmoor\u2066 sat \x9b2J on\x7f the\u200b mill."


def of_size(megabytes: int) -> Callable[[Path], None]:
    """Write a file that takes no place: all of it is a hole."""

    def write(path: Path) -> None:
        with path.open("wb") as file:
            file.truncate(megabytes * 1_000_000)

    return write


def closed(path: Path) -> None:
    path.write_text(SENTENCE)
    path.chmod(0)


def docx_bomb(path: Path) -> None:
    make_lying_zip(path, "word/document.xml", {"_rels/.rels": RELATION}, 1_000)


def honest_bomb(path: Path) -> None:
    make_docx(path, "An owl.")
    replace_member(path, "word/document.xml", b" " * 50_000_000)


def entity_bomb(path: Path) -> None:
    make_docx(path, "An owl.")
    text = f"<w:document {W}><w:body><w:p><w:r><w:t>One &a9; two.</w:t></w:r></w:p></w:body></w:document>"
    replace_member(path, "word/document.xml", ENTITY_BOMB + text)


# What the articles of each file must say, beside what is in it.
INDEXED: dict[str, tuple[Content, str]] = {
    "encodings/utf-8 with mark.txt": (codecs.BOM_UTF8 + OWL.encode(), OWL),
    "encodings/utf-16-le with mark.txt": (codecs.BOM_UTF16_LE + OWL.encode("utf-16-le"), OWL),
    "encodings/utf-16-be with mark.txt": (codecs.BOM_UTF16_BE + OWL.encode("utf-16-be"), OWL),
    "encodings/utf-16-le.txt": (SENTENCE.encode("utf-16-le"), SENTENCE),
    "encodings/utf-16-be.txt": (SENTENCE.encode("utf-16-be"), SENTENCE),
    "encodings/utf-32-le with mark.txt": (codecs.BOM_UTF32_LE + OWL.encode("utf-32-le"), OWL),
    "encodings/utf-32-be with mark.txt": (codecs.BOM_UTF32_BE + OWL.encode("utf-32-be"), OWL),
    "encodings/latin-1.txt": (LEGACY["latin-1"].encode("latin-1"), LEGACY["latin-1"]),
    "encodings/cp1251.txt": (LEGACY["cp1251"].encode("cp1251"), LEGACY["cp1251"]),
    "encodings/shift_jis.txt": (LEGACY["shift_jis"].encode("shift_jis"), LEGACY["shift_jis"]),
    "encodings/cut utf-16.txt": (codecs.BOM_UTF16_LE + OWL.encode("utf-16-le")[:-1], OWL[:-1]),
    "encodings/mixed.txt": (f"{SENTENCE} A café.\n".encode() + f"{SENTENCE} A café.".encode("latin-1"), SENTENCE),
    "encodings/broken utf-8.txt": (f"{SENTENCE} A café".encode()[:-1] + b" and more \xff\xfe.", SENTENCE),
    "length/one line.txt": (f"{WORDS}{SENTENCE}", SENTENCE),
    "length/marks and a sentence.txt": (f"{'?!' * 150_000} {SENTENCE}", SENTENCE),
    "length/blank lines.md": ("\n \t" * 100_000 + SENTENCE, SENTENCE),
    "length/field of 20 MB.csv": (TABLE, SENTENCE),
    "length/line of 50 MB.jsonl": (f'{{"text": "{SENTENCE}"}}\n{{"text": "{"word " * 10_000_000}"}}\n', SENTENCE),
    "names/new\nline.txt": (SENTENCE, SENTENCE),
    "names/🦉 \u202etxt.exe.txt": (SENTENCE, SENTENCE),
    'names/"it\'s" `$(reboot)` ; --.txt': (SENTENCE, SENTENCE),
    "names/-rf.txt": (SENTENCE, SENTENCE),
    "names/[red]\x1b[31m.txt": (SENTENCE, SENTENCE),
    "names/%s#1?a=b&c.txt": (SENTENCE, SENTENCE),
    os.fsdecode(b"names/caf\xe9.txt"): (SENTENCE, SENTENCE),
    f"names/{'n' * 251}.txt": (SENTENCE, SENTENCE),
    f"{'d/' * 100}deep.txt": (SENTENCE, SENTENCE),
    "markup/scripts.html": (SCRIPTS, SENTENCE),
    "markup/nested.html": (NESTED_PAGE, SENTENCE),
    "markup/itself.mhtml": (SAVED_ITSELF, SENTENCE),
    "markup/refresh.html": (f"<meta charset='utf-8'>{REFRESH}", "The owl of Lowmoor"),
    "markup/page within.xhtml": (f"<?xml version='1.0'?>{PAGE}", SENTENCE),
    "bombs/aliases.md": (HOSTILE_FRONT_MATTER["aliases"] + SENTENCE, SENTENCE),
    "bombs/10 MB of front matter.md": (f"---\ntitle: {'owl' * 3_000_000}\n---\n{SENTENCE}", SENTENCE),
    "bombs/entities.rss": (ENTITY_BOMB + RSS, SENTENCE),
    "records/broken lines.jsonl": (LINES, SENTENCE),
    "records/garbage.mbox": (b"\0\xff\xfe garbage\n" * 50 + MAIL.encode() + b"From \xff\n\xfe: \0\n", SENTENCE),
    "controls/text.txt": (CONTROLS, "The owl"),
    "controls/title.jsonl": (json.dumps({"title": CONTROLS, "text": SENTENCE}), SENTENCE),
    "controls/front matter.md": (f"---\ntitle: {CONTROLS}\n---\n{SENTENCE}", SENTENCE),
}
HONEST = {
    "honest/bridge.txt": "The mayor of Lowmoor, Ada Finch, opened the new bridge over the river Low on Monday.",
    "honest/ferry.html": "<html><body><p>The ferry Halibut sank off Gdynia after a fire.</p></body></html>",
    "honest/prize.jsonl": '{"headline": "A prize", "body": "The prize of the academy went to the chemist Irma Rowan."}',
}
QUESTIONS = {
    "Who opened the bridge of Lowmoor?": ("honest/bridge.txt", "Ada Finch"),
    "Which ferry sank off Gdynia?": ("honest/ferry.html", "Halibut"),
    "Which chemist won the prize of the academy?": ("honest/prize.jsonl#1", "Irma Rowan"),
}

# The reason, as a pattern.
SKIPPED: dict[str, tuple[Content, str]] = {
    "\x1b[31m\n[bold].txt": (b"\0", "binary, not text"),
    "encodings/utf-32 without mark.txt": (SENTENCE.encode("utf-32-le"), "binary, not text"),
    "encodings/cut utf-16.txt": (INDEXED["encodings/cut utf-16.txt"][0], "indexed, but a character of it is lost"),
    "encodings/NUL bytes.txt": (b"The owl \0 of Lowmoor \0\0.", "binary, not text"),
    "encodings/noise.txt": (bytes(range(256)) * 40, "binary, not text"),
    "length/200 MB.txt": (of_size(200), "larger than 20 MB"),
    "length/line of 50 MB.txt": (b"word " * 10_000_000, "larger than 20 MB"),
    "length/field of 20 MB.csv": (TABLE, r"read but for record 2 \(longer than 20 million characters\)"),
    "length/5 GB.jsonl": (of_size(5_000), "larger than 4 GB"),
    "length/marks.txt": ("?!" * 150_000, "holds no text"),
    "length/empty.txt": (b"", "holds no text"),
    "length/blank.txt": (" \r\n\t\u00a0\u3000" * 1_000, "holds no text"),
    "length/punctuation.md": ("... --- !!! *** “”", "holds no text"),
    "length/empty.html": (b"", "holds no text"),
    "length/line of 50 MB.jsonl": (INDEXED["length/line of 50 MB.jsonl"][0], "read but for line 2"),
    "records/broken lines.jsonl": (LINES, "read but for "),
    "records/garbage.mbox": (INDEXED["records/garbage.mbox"][0], "indexed, but "),
    "length/empty.jsonl": (b"", "holds no record"),
    "length/empty.csv": (b"", "holds no record"),
    "length/a column of a million rows.csv": (
        b"count\n" + b"7\n" * 1_000_000,
        r"no field is known .* \(fields: count\)",
    ),
    "documents/encrypted.pdf": (make_pdf([["A secret."]], extra=ENCRYPTION), "encrypted with a password"),
    "documents/cut.pdf": (make_pdf([[SENTENCE]])[:300], "broken PDF|holds no text"),
    "documents/none.pdf": (SENTENCE, "broken PDF"),
    "documents/none.docx": (SENTENCE, "broken ZIP archive"),
    "documents/none.epub": (b"PK\3\4" + bytes(100), "broken ZIP archive"),
    "bombs/lying.docx": (docx_bomb, "broken|inflates"),
    "bombs/honest.docx": (honest_bomb, "inflates more than 100 times"),
    "bombs/entities.docx": (entity_bomb, "broken XML"),
    "bombs/spaces.epub": (lambda path: make_epub(path, [" " * 50_000_000]), "inflates more than 100 times"),
    "bombs/nested.rtf": (b"{\\rtf1 " + b"{" * 100_000 + SENTENCE.encode(), "nested too deeply"),
    "documents/none.rtf": (SENTENCE, "no Rich Text Format"),
    "documents/none.odt": (SENTENCE, "broken ZIP archive"),
    "bombs/nested.json": (NESTED_LIST, "no JSON"),
    "bombs/nested.jsonl": (NESTED_LIST, "line 1: no JSON"),
    "bombs/zeros.warc.gz": (gzip.compress(b"WARC/1.0\r\n" + b"0" * 60_000_000), "inflates more than 100 times"),
    "records/length.warc": (LONG_RECORD, "record 1: a page that is cut off"),
    "bombs/garbage.webarchive": (b"bplist00" + bytes(range(256)) * 40, "no web archive"),
    "bombs/parts.mhtml": (b"Content-Type: multipart/related; boundary=x\n\n" + b"--x\n" * 100_000, "no MHTML"),
    "markup/NUL bytes.html": (REFRESH, "binary, not text"),
    "records/noise behind a text.eml": (MAIL.partition("\n")[2].encode() + bytes(range(256)), "holds no text"),
    "records/none.parquet": (SENTENCE, "no Parquet"),
    "records/none.xml": (SENTENCE, "no RSS or Atom feed"),
    "records/none.mbox": (random.Random(7).randbytes(20_000), "holds no message"),
    "program.exe": (b"MZ" + bytes(100), r"\.exe is not a format"),
}
if os.geteuid():  # root may read it
    SKIPPED["closed.txt"] = (closed, "Permission denied")
LEFT_OUT = ("itself.txt", "outside.txt", "outside", "loop", "pipe.txt", "socket.txt", "nowhere.txt", ".hidden.txt")


@dataclass(frozen=True)
class Run:
    """What the command did with the folder."""

    folder: Path
    index: Path
    code: int
    report: dict[str, Any]
    messages: str
    processor_s: float
    peak_bytes: float


def environment_of(index: Path) -> dict[str, str]:
    return dict(os.environ) | {"QA_INDEX": str(index), "QA_OFFLINE": "1", "COLUMNS": "80"}


def id_of(name: str) -> str:
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def files_of(report: dict[str, Any]) -> set[str]:
    """Give the files of the articles that were added; what follows `#` names a record."""
    return {re.sub(r"(\.(?:jsonl|csv|mbox|rss))#\d+$", r"\1", article_id) for article_id in report["added"]}


def write_files(folder: Path) -> None:
    for name, content in [
        *((name, content) for name, (content, _) in (INDEXED | SKIPPED).items()),
        *HONEST.items(),
        (".hidden.txt", SENTENCE),
    ]:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if callable(content):
            content(path)
        else:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())


def write_what_is_no_file(folder: Path) -> None:
    outside = folder.parent / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("A secret.")
    (folder / "itself.txt").symlink_to(folder / "itself.txt")
    (folder / "outside.txt").symlink_to(outside / "secret.txt")
    (folder / "outside").symlink_to(outside, target_is_directory=True)
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    (folder / "nowhere.txt").symlink_to("/nowhere/at/all")
    os.mkfifo(folder / "pipe.txt")
    with chdir(folder), socket.socket(socket.AF_UNIX) as listening:  # a socket's path has at most 108 bytes
        listening.bind("socket.txt")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Index the folder with the real command and the real embedder."""
    ensure_model(find_model("all-MiniLM-L6-v2"), default_models_dir())
    place = tmp_path_factory.mktemp("hostile")
    folder = place / "articles"
    folder.mkdir()
    write_files(folder)
    write_what_is_no_file(folder)
    command = [sys.executable, "-m", "qa", "index", str(folder), "--json"]
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(place / "used"), *command],
        capture_output=True, cwd=ROOT, env=environment_of(place / "index"),
    )  # fmt: skip
    processor_s, peak = map(float, (place / "used").read_text().split())
    peak_bytes = peak * (1 if sys.platform == "darwin" else 1024)
    report = json.loads(done.stdout)
    return Run(folder, place / "index", done.returncode, report, done.stderr.decode(), processor_s, peak_bytes)


def test_there_are_many_such_files() -> None:
    assert len(INDEXED | SKIPPED) + len(LEFT_OUT) >= 75


def test_command_ends_well_and_says_that_files_were_skipped(run: Run) -> None:
    assert run.code == 3
    first, *others = run.messages.splitlines()
    assert first == "Indexing ..."
    assert all(re.fullmatch(r"Indexing: [\d,]+ of [\d,]+ MB, [\d.,]+ MB a second.*", line) for line in others)


def test_every_text_is_indexed_and_everything_else_skipped_or_left_out(run: Run) -> None:
    assert files_of(run.report) == {id_of(name) for name in INDEXED.keys() | HONEST.keys()}
    assert {each["path"] for each in run.report["skipped"]} == {id_of(name) for name in SKIPPED}


@pytest.mark.parametrize("name", SKIPPED, ids=repr)
def test_skipped_file_has_its_reason_in_one_short_line(run: Run, name: str) -> None:
    (reason,) = (each["reason"] for each in run.report["skipped"] if each["path"] == id_of(name))
    assert re.match(SKIPPED[name][1], reason)
    assert len(reason) < 300
    assert reason.isprintable()


@pytest.mark.parametrize("name", INDEXED, ids=repr)
def test_text_of_a_file_is_what_it_says_and_its_sentences_are_of_it(run: Run, name: str) -> None:
    catalog = SqliteCatalog(run.index / "catalog.sqlite", read_only=True)
    articles = [catalog.article(article_id) for article_id in catalog.hashes(id_of(name))]
    (text,) = (article.text for article in articles if article and INDEXED[name][1] in article.text)
    assert not re.search("[\0\ud800-\udfff]", text)
    assert catalog.faults() == []
    catalog.close()


def test_honest_articles_are_found(run: Run) -> None:
    models = default_models_dir()
    embedder = OnnxEmbedding(models / "all-MiniLM-L6-v2", models)
    index = ArticleIndex(run.folder, run.index, embedder)
    for question, (article_id, answer) in QUESTIONS.items():
        best, *_ = index.retriever().retrieve(question)
        assert (best.node.metadata["article"], answer in best.node.get_content()) == (article_id, True)
    index.close()


def test_all_of_it_takes_no_time_and_no_memory(run: Run) -> None:
    assert run.processor_s < LIMIT_S
    assert run.peak_bytes < LIMIT_BYTES


def test_nothing_is_read_twice_and_no_name_does_harm_to_a_terminal(run: Run) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "qa", "index", str(run.folder)],
        capture_output=True, text=True, cwd=ROOT, env=environment_of(run.index), timeout=120,
    )  # fmt: skip
    assert done.returncode == 3
    said = re.fullmatch(r"0 added, 0 updated, 0 removed, (\d+) unchanged; (\d+) passages; ([\d.]+) s\n", done.stdout)
    assert said
    assert int(said[1]) == len(run.report["added"])
    assert int(said[2]) == run.report["passages"]
    assert float(said[3]) < 2
    # A file that may not be read is tried again, for a change of permissions changes no modification time.
    first, *others = (line for line in done.stderr.splitlines() if not line.startswith(("Indexing", "Left out")))
    assert first == "Skipped [31m [bold].txt: binary, not text"
    assert len(others) == 5
    assert done.stderr.replace("\n", "").isprintable()
