"""The sandbox: whatever a file does to its parser, an article or a reason comes back, and the next file is read."""

import gzip
import os
import plistlib
import random
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.formats.extract import Extract, UnreadableError
from index.formats.readers import READERS
from index.formats.sandbox import SUFFIXES, Sandbox
from index.formats.worker import load
from tests.support.documents import make_docx, make_epub, make_odt, make_pdf, make_rtf

PAGE = "<html><head><title>Bridge</title></head><body><p>The bridge opened on Monday.</p></body></html>"
FEED = """<rss version="2.0"><channel><title>Gazette</title><item><title>One</title>
<description>The first.</description></item><item><title>Two</title>
<description>The second.</description></item></channel></rss>"""
SENT = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n{PAGE}"
RECORD = f"WARC-Type: response\r\nWARC-Target-URI: https://gazette.example/\r\nContent-Length: {len(SENT)}"
WARC = f"WARC/1.0\r\n{RECORD}\r\n\r\n{SENT}\r\n\r\n".encode()
MAIL = "Subject: Bridge\nDate: Mon, 6 May 2024 08:00:00 +0000\n\nThe bridge opened on Monday.\n"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Give a file of each format."""
    folder = tmp_path_factory.mktemp("samples")
    files = {suffix: folder / f"sample{suffix}" for suffix in SUFFIXES}
    for suffix in (".html", ".htm", ".xhtml"):
        files[suffix].write_text(PAGE)
    for suffix in (".rss", ".atom", ".xml"):
        files[suffix].write_text(FEED)
    files[".eml"].write_text(MAIL)
    files[".mbox"].write_text(f"From ada Mon May 6 08:00:00 2024\n{MAIL}")
    for suffix in (".mhtml", ".mht"):
        files[suffix].write_text(f"Content-Type: text/html\n\n{PAGE}")
    main = {"WebResourceData": PAGE.encode(), "WebResourceMIMEType": "text/html"}
    files[".webarchive"].write_bytes(plistlib.dumps({"WebMainResource": main}))
    files[".warc"].write_bytes(WARC)
    files[".warc.gz"].write_bytes(gzip.compress(WARC))
    files[".wiki"].write_text('<doc id="1" url="" title="Bridge">\nThe bridge opened on Monday.\n</doc>\n')
    files[".gz"].write_bytes(gzip.compress(b"The bridge opened on Monday."))
    with zipfile.ZipFile(files[".zip"], "w") as archive:
        archive.writestr("a.txt", "The bridge opened on Monday.")
    notes = "<note><title>Gate</title><content>The bridge opened on Monday.</content></note>"
    files[".enex"].write_text(f"<en-export>{notes}</en-export>")
    files[".story"].write_text("The bridge opened on Monday.\n")
    for suffix in (".vtt", ".srt"):
        files[suffix].write_text("1\n00:00:01,000 --> 00:00:02,000\nThe bridge opened on Monday.\n")
    files[".pdf"].write_bytes(make_pdf([["The bridge opened on Monday."]]))
    make_docx(files[".docx"], "The bridge opened on Monday.")
    make_odt(files[".odt"], "<text:p>The bridge opened on Monday.</text:p>")
    make_rtf(files[".rtf"], "The bridge opened on Monday.")
    make_epub(files[".epub"], ["<html><body><p>The bridge opened on Monday.</p></body></html>"])
    return files


def read(sandbox: Sandbox, path: Path) -> list[Extract]:
    return list(sandbox.read(path, path.suffix))


def reason(sandbox: Sandbox, path: Path) -> str:
    with pytest.raises(UnreadableError) as caught:
        read(sandbox, path)
    return str(caught.value)


def texts_or_reason(sandbox: Sandbox, path: Path) -> list[str]:
    try:
        return [extract.text for extract in read(sandbox, path)]
    except UnreadableError as error:
        return [str(error)]


def worker_of(sandbox: Sandbox) -> subprocess.Popen[bytes]:
    assert sandbox._process
    return sandbox._process


def wait_until_gone(pid: int, limit_s: float) -> bool:
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.05)
    return False


# Formats


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_format_is_read(sandbox: Sandbox, samples: dict[str, Path], suffix: str) -> None:
    first, *_ = sandbox.read(samples[suffix], suffix)
    said = first.attachment.decode() if first.attachment else first.text
    assert said in ("The bridge opened on Monday.", "The first.")


def test_no_reader_imports_what_only_the_index_needs() -> None:
    code = (
        "import sys; from index.formats.readers import READERS; from index.formats.worker import load;"
        "[load(each) for each in READERS];"
        "import trafilatura, feedparser, pypdfium2;"
        "print({'numpy', 'torch', 'llama_index', 'chromadb', 'pyarrow'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_parsers_are_not_imported_before_a_file_needs_them() -> None:
    code = "import sys, index.formats.sandbox; print({'lxml', 'trafilatura', 'pypdfium2'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_every_reader_exists() -> None:
    assert all(callable(load(suffix)) for suffix in READERS)


# One worker for many files


def test_metadata_and_records_arrive(sandbox: Sandbox, samples: dict[str, Path]) -> None:
    first, second = read(sandbox, samples[".rss"])
    assert (first.record, second.record) == ("1", "2")
    assert first.metadata.title == "One"
    assert first.metadata.sources == {"title": "feed", "publisher": "feed"}
    (mail,) = read(sandbox, samples[".eml"])
    assert mail.metadata.published is not None
    assert mail.metadata.published.isoformat() == "2024-05-06"


def test_worker_is_kept_for_the_next_file(samples: dict[str, Path]) -> None:
    with Sandbox() as sandbox:
        pids = set()
        for suffix in (".eml", ".pdf", ".docx"):
            read(sandbox, samples[suffix])
            pids.add(worker_of(sandbox).pid)
        assert len(pids) == 1
    assert wait_until_gone(pids.pop(), 5)


def test_worker_is_kept_after_a_file_that_cannot_be_read(samples: dict[str, Path], tmp_path: Path) -> None:
    with Sandbox() as sandbox:
        read(sandbox, samples[".eml"])
        pid = worker_of(sandbox).pid
        assert reason(sandbox, tmp_path / "missing.html") == "No such file or directory"
        assert reason(sandbox, tmp_path / "missing.mbox") == "No such file or directory"
        read(sandbox, samples[".eml"])
        assert worker_of(sandbox).pid == pid


def test_file_left_half_read_does_not_mix_with_the_next(samples: dict[str, Path]) -> None:
    with Sandbox() as sandbox:
        entries = sandbox.read(samples[".rss"], ".rss")
        next(entries)
        with pytest.raises(RuntimeError, match="before the next"):
            read(sandbox, samples[".eml"])
        entries.close()  # type: ignore[attr-defined]  # a generator
        assert read(sandbox, samples[".eml"])[0].text == "The bridge opened on Monday."


def test_name_that_is_no_utf_8_is_read(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9\n.html")
    path.write_text(PAGE)
    assert read(sandbox, path)[0].text == "The bridge opened on Monday."


def test_relative_path_is_read(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.html").write_text(PAGE)
    read(sandbox, tmp_path / "a.html")  # so that the worker has started elsewhere
    monkeypatch.chdir(tmp_path)
    assert read(sandbox, Path("a.html"))


def test_text_has_plain_newlines_and_nothing_that_cannot_be_stored(sandbox: Sandbox, tmp_path: Path) -> None:
    head = b"Subject: a\0b\r\nContent-Type: text/plain; charset=utf-7\r\n\r\n"
    (tmp_path / "a.eml").write_bytes(head + b"One\r\ntwo\rthree \0 four +2AA- five.\r\n")
    (extract,) = read(sandbox, tmp_path / "a.eml")
    assert extract.text == "One\ntwo\nthree \ufffd four \ufffd five."
    assert extract.metadata.title == "a\ufffdb"


# Limits


def test_parser_that_hangs_is_ended_and_the_next_file_read(samples: dict[str, Path], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.eml")
    with Sandbox(limit_s=1.5) as sandbox:
        began = time.monotonic()
        assert reason(sandbox, tmp_path / "pipe.eml") == "took longer than 1.5 s"
        assert time.monotonic() - began < 5
        assert read(sandbox, samples[".eml"])


def test_worker_that_is_killed_is_replaced(samples: dict[str, Path], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.eml")
    with Sandbox() as sandbox:
        read(sandbox, samples[".eml"])
        threading.Timer(0.3, worker_of(sandbox).kill).start()
        assert reason(sandbox, tmp_path / "pipe.eml") == "the parser crashed (SIGKILL)"
        assert read(sandbox, samples[".eml"])
        os.kill(worker_of(sandbox).pid, signal.SIGSEGV)  # while it waits for a file
        worker_of(sandbox).wait()
        assert read(sandbox, samples[".eml"])


def test_file_that_needs_too_much_memory_is_refused(samples: dict[str, Path], tmp_path: Path) -> None:
    with (tmp_path / "large.html").open("wb") as file:
        file.truncate(300_000_000)
    with Sandbox(memory_bytes=256 * 2**20) as sandbox:
        read(sandbox, samples[".eml"])
        assert reason(sandbox, tmp_path / "large.html") == "needs more than 256 MiB of memory to be read"
        assert read(sandbox, samples[".eml"])


@pytest.mark.skipif(not Path("/proc/self/limits").exists(), reason="asks Linux for the limits of a process")
def test_worker_may_neither_write_nor_grow_and_knows_no_keys(
    samples: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "a secret")
    with Sandbox() as sandbox:
        read(sandbox, samples[".eml"])
        process = Path(f"/proc/{worker_of(sandbox).pid}")
        limits = {line[:25].strip(): line[25:].split()[:2] for line in (process / "limits").read_text().splitlines()}
        assert limits["Max address space"] == [str(2**30)] * 2
        assert limits["Max file size"] == ["0", "0"]
        assert limits["Max core file size"] == ["0", "0"]
        assert limits["Max cpu time"][0] != "unlimited"
        assert b"secret" not in (process / "environ").read_bytes()


def test_worker_is_out_of_reach_of_ctrl_c(samples: dict[str, Path]) -> None:
    with Sandbox() as sandbox:
        read(sandbox, samples[".eml"])
        assert os.getsid(worker_of(sandbox).pid) != os.getsid(0)


def test_nothing_of_the_current_folder_is_run(
    samples: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("json.py", "lxml.py", "index.py"):
        (tmp_path / name).write_text("raise SystemExit(7)")
    monkeypatch.chdir(tmp_path)
    with Sandbox() as sandbox:
        assert read(sandbox, samples[".eml"])


def test_what_a_library_prints_is_no_part_of_the_answers() -> None:
    code = (
        "import os; from index.formats.worker import take_streams; requests, answers = take_streams();"
        "print('noise', flush=True); os.write(1, b'noise'); answers.write(requests.read()); answers.flush()"
    )
    done = subprocess.run([sys.executable, "-c", code], input=b"an answer", capture_output=True, check=True)
    assert done.stdout == b"an answer"


# The end of the one who asks


@pytest.mark.parametrize("name", ["sample.eml", "pipe.eml"])
def test_worker_ends_when_its_sandbox_is_killed(samples: dict[str, Path], tmp_path: Path, name: str) -> None:
    """An idle worker sees the end of its requests; one with a parser that hangs is ended by its own clock."""
    os.mkfifo(tmp_path / "pipe.eml")
    (tmp_path / "sample.eml").write_text(MAIL)
    code = (
        "import sys; from pathlib import Path; from index.formats.sandbox import Sandbox\n"
        "sandbox = Sandbox(limit_s=4.0)\n"
        f"list(sandbox.read(Path({str(samples['.eml'])!r}), '.eml'))\n"
        "print(sandbox._process.pid, flush=True)\n"
        f"list(sandbox.read(Path({str(tmp_path / name)!r}), '.eml'))\n"
        "input()\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        time.sleep(0.3)
        parent.kill()
    assert wait_until_gone(pid, 12)


# Damage


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_damaged_file_gives_a_text_or_a_reason(
    sandbox: Sandbox, samples: dict[str, Path], tmp_path: Path, suffix: str
) -> None:
    chance = random.Random(suffix)
    whole = samples[suffix].read_bytes()
    path = tmp_path / f"damaged{suffix}"
    for attempt in range(30):
        damaged = bytearray(whole[: chance.randrange(len(whole))] if attempt % 3 == 0 else whole)
        for _ in range(chance.choice((1, 5, 50))):
            if damaged:
                damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        path.write_bytes(damaged)
        texts = texts_or_reason(sandbox, path)
        assert texts
        assert all(text.strip() and "crashed" not in text for text in texts)
