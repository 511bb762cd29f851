"""Read files that may be malformed or hostile in a process that can be ended, with limits on time and memory."""

import base64
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import index
from index.formats.extract import Extract, Metadata, UnreadableError
from index.formats.readers import READERS
from index.formats.worker import MAX_ANSWER_BYTES

SUFFIXES = tuple(READERS)
READ_LIMIT_S = 30.0  # for each article, so that a feed of a thousand entries may take longer
MEMORY_LIMIT_BYTES = 2**30

# What a parser needs of the environment; keys and tokens it does not.
_ENVIRONMENT = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "LD_LIBRARY_PATH",
    "PYTHONHOME",
    "SYSTEMROOT",
    "TEMP",
)


class Sandbox:
    """Read files in a worker process, one after the other; the worker starts with the first and again after its end."""

    def __init__(self, limit_s: float = READ_LIMIT_S, memory_bytes: int = MEMORY_LIMIT_BYTES) -> None:
        self._limit_s = limit_s
        self._memory_bytes = memory_bytes
        self._process: subprocess.Popen[bytes] | None = None
        self._reading = False
        self._inner: Sandbox | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the worker, whatever it does."""
        if self._inner:
            self._inner.close()
        if not self._process:
            return
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                with suppress(OSError):
                    pipe.close()
        self._process.wait()
        self._process = None

    @property
    def inner(self) -> "Sandbox":
        """The sandbox for a file that is inside the one that is being read here."""
        self._inner = self._inner or Sandbox(self._limit_s, self._memory_bytes)
        return self._inner

    def read(self, path: Path, suffix: str) -> Iterator[Extract]:
        """Give the articles of a file by the reader for `suffix`, one of `SUFFIXES`.

        Raises:
            UnreadableError: it is no article, takes too long or too much memory, or crashes its parser; where a file
                holds several, this may come after some of them.
            RuntimeError: another file is still being read.
        """
        if self._reading:
            raise RuntimeError("read the last file to its end, or close its iterator, before the next")
        self._reading, usable = True, False
        try:
            self._ask(path, suffix)
            while "text" in (answer := self._answer()):
                yield _extract_of(answer)
            usable = not answer.get("spent")
            if "error" in answer:
                raise UnreadableError(answer["error"])
        finally:
            self._reading = False
            if not usable:
                self.close()

    def _ask(self, path: Path, suffix: str) -> None:
        request = json.dumps({"path": os.fspath(path.absolute()), "reader": suffix}).encode() + b"\n"
        if self._process and self._process.poll() is not None:  # it was ended from outside
            self.close()
        if not self._process:
            self._process = self._start()
        assert self._process.stdin
        with suppress(BrokenPipeError):  # then there is no answer either, which says why
            self._process.stdin.write(request)
            self._process.stdin.flush()

    def _start(self) -> subprocess.Popen[bytes]:
        """Start a worker that Ctrl-C does not reach, and that finds this package but nothing in the current folder."""
        environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        places = [str(Path(place).parent) for place in index.__path__] + [os.environ.get("PYTHONPATH", "")]
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, places))
        limits = (str(self._memory_bytes), str(self._limit_s))
        return subprocess.Popen(
            [sys.executable, "-P", "-W", "ignore", "-m", "index.formats.worker", *limits],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )

    def _answer(self) -> dict[str, Any]:
        assert self._process
        assert self._process.stdout
        late = threading.Event()
        clock = threading.Timer(self._limit_s, _end, [self._process, late])
        clock.start()
        try:
            line = self._process.stdout.readline(MAX_ANSWER_BYTES + 2)
        finally:
            clock.cancel()
            clock.join()  # so that it ends this worker at once or never
        if late.is_set():
            raise UnreadableError(f"took longer than {self._limit_s:g} s")
        if not line.endswith(b"\n"):
            raise UnreadableError(self._reason_of_end())
        return _parsed(line)

    def _reason_of_end(self) -> str:
        assert self._process
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        code = self._process.poll()
        if code is None or code >= 0:
            return "the parser crashed"
        name = signal.Signals(-code).name
        too_slow = name in ("SIGXCPU", "SIGALRM")
        return f"took longer than {self._limit_s:g} s" if too_slow else f"the parser crashed ({name})"


def _end(process: subprocess.Popen[bytes], late: threading.Event) -> None:
    late.set()
    process.kill()


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(line)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise UnreadableError("the parser crashed")
    return answer


def _extract_of(answer: dict[str, Any]) -> Extract:
    known: dict[str, Any] = answer["metadata"]
    if known["published"]:
        known["published"] = date.fromisoformat(known["published"])
    attachment = base64.b64decode(answer["attachment"]) if answer["attachment"] is not None else None
    return Extract(answer["text"], Metadata(**known), answer["body_start"], answer["record"], attachment)
