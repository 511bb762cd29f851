"""Parse files in a process of its own: `python -m index.formats.worker MEMORY_BYTES LIMIT_S`, started by the sandbox.

A line of stdin asks for a file, `{"path": ..., "reader": ".pdf"}`. A line of stdout answers for each of its articles, a
last one says `{"done": true}` or `{"error": reason}`; with `"spent": true` the worker ends and reads no other file.
"""

import base64
import importlib
import json
import os
import re
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

from index.formats.extract import Extract, UnreadableError
from index.formats.readers import READERS

try:
    import resource
except ImportError:  # not on Windows: there only the sandbox's clock limits a parser
    resource = None  # type: ignore[assignment]

MAX_TEXT_CHARS = 20_000_000
MAX_ANSWER_BYTES = 256_000_000  # of them as JSON, and with room for their metadata
MAX_ATTACHMENT_BYTES = 100_000_000
MAX_ERROR_CHARS = 200
GRACE_S = 2  # the sandbox ends a slow parser; only where the sandbox is gone does the worker's own clock

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def main() -> None:
    memory_bytes, limit_s = int(sys.argv[1]), float(sys.argv[2])
    limit_resources(memory_bytes)
    requests, answers = take_streams()
    for line in requests:
        request = json.loads(line)
        last = b""
        for last in answer(Path(request["path"]), request["reader"], memory_bytes, limit_s):
            answers.write(last + b"\n")
            answers.flush()
        if b'"spent"' in last:
            break


def limit_resources(memory_bytes: int) -> None:
    """Refuse memory beyond `memory_bytes`, files that are written, and core dumps."""
    sys.dont_write_bytecode = True
    if resource:
        for limit, value in (
            (resource.RLIMIT_AS, memory_bytes),
            (resource.RLIMIT_FSIZE, 0),
            (resource.RLIMIT_CORE, 0),
        ):
            hard = resource.getrlimit(limit)[1]
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
            with suppress(OSError, ValueError):  # macOS refuses some
                resource.setrlimit(limit, (value, value))


def take_streams() -> tuple[BinaryIO, BinaryIO]:
    """Keep stdin and stdout for the protocol; what a library prints goes to stderr, and it has nothing to read."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    return requests, answers


def answer(path: Path, reader: str, memory_bytes: int, limit_s: float) -> Iterator[bytes]:
    """Give the lines that answer one request; the clock runs while a parser does, not while a line is written."""
    last: dict[str, str | bool] = {"done": True}
    try:
        start_clock(limit_s)
        for extract in load(reader)(path):
            line = encode(extract)
            stop_clock()
            yield line
            start_clock(limit_s)
    except UnreadableError as error:
        last = {"error": clean(str(error))}
    except OSError as error:
        last = {"error": error.strerror or str(error)}
    except RecursionError:
        last = {"error": "nested too deeply", "spent": True}
    except MemoryError:
        last = {"error": f"needs more than {in_words(memory_bytes)} of memory to be read", "spent": True}
    except Exception as error:  # noqa: BLE001  # parsers raise whatever their authors did not think of
        last = {"error": clean(f"the parser failed ({type(error).__name__}: {str(error)[:MAX_ERROR_CHARS]})")}
    stop_clock()
    if memory_held() > memory_bytes / 2:  # the next file would lack what this one leaves behind
        last["spent"] = True
    yield json.dumps(last).encode()


def load(reader: str) -> Callable[[Path], Iterator[Extract]]:
    module, _, function = READERS[reader].partition(":")
    sys.modules["py3langid"] = None  # type: ignore[assignment]  # trafilatura would import it, and numpy with it
    read: Callable[[Path], Iterator[Extract]] = getattr(importlib.import_module(module), function)
    return read


def encode(extract: Extract) -> bytes:
    """Write an article as a line of JSON.

    Raises:
        UnreadableError: it is longer than any article.
    """
    if len(extract.text) > MAX_TEXT_CHARS:
        raise UnreadableError(f"holds more than {MAX_TEXT_CHARS // 1_000_000} million characters")
    if len(extract.attachment or b"") > MAX_ATTACHMENT_BYTES:
        raise UnreadableError(f"holds a file of more than {MAX_ATTACHMENT_BYTES // 1_000_000} MB")
    fields = asdict(extract)
    fields["attachment"] = base64.b64encode(extract.attachment).decode() if extract.attachment is not None else None
    fields["text"] = clean(extract.text)
    fields["body_start"] = len(clean(extract.text[: extract.body_start]))
    published = extract.metadata.published
    fields["metadata"]["published"] = published.isoformat() if published else None
    return json.dumps(fields, ensure_ascii=False).encode("utf-8", "replace")


def clean(text: str) -> str:
    r"""Write newlines as "\n", and U+FFFD for NUL and lone surrogates, which no database takes."""
    return _UNSTORABLE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def start_clock(limit_s: float) -> None:
    """Let the system end this process where it is left alone with a parser that does not come back."""
    if resource:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        limit = int(usage.ru_utime + usage.ru_stime + limit_s) + GRACE_S
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.getrlimit(resource.RLIMIT_CPU)[1]))
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, limit_s + GRACE_S)


def stop_clock() -> None:
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, 0)


def memory_held() -> int:
    """Give the bytes of address space in use, which is what is limited; 0 where the system does not tell."""
    with suppress(OSError, AttributeError):
        return int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    return 0


def in_words(size: int) -> str:
    return f"{size / 2**30:g} GiB" if size >= 2**30 else f"{size / 2**20:g} MiB"


if __name__ == "__main__":
    main()
