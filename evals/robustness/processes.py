"""Run a function in a process of its own, forked from one that has imported everything: fresh, and there at once."""

import mmap
import os
import pickle
import signal
import struct
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

DEADLINE_S = 240


@dataclass(frozen=True)
class Outcome:
    """How a process ended: what its function returned, or the traceback it raised, or the signal that ended it."""

    value: Any = None
    raised: str = ""
    signal: int = 0
    stderr: str = ""

    @property
    def fault(self) -> str:
        """Say what is wrong with the end itself, nothing where the function returned."""
        if self.signal:
            return f"{self.stderr}ended by {signal.Signals(self.signal).name}"
        if self.raised:
            return self.raised
        return f"a traceback was printed: {self.stderr}" if "Traceback" in self.stderr else ""


class Process:
    """A function at work in a fork of this process, or a command; its stderr is kept, its stdout is not."""

    def __init__(self, function: Callable[[], Any] | None = None, command: list[str] | None = None) -> None:
        self._result = tempfile.TemporaryFile()  # noqa: SIM115  # closed when they were read
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115
        sys.stdout.flush()
        self.pid = os.fork()
        if self.pid == 0:
            self._work(function or partial(os.execvp, (command or [])[0], command or []))

    def is_alive(self) -> bool:
        """Tell whether it works still; it stays to be waited for."""
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    def kill(self) -> None:
        """Send SIGKILL."""
        os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> Outcome:
        """Wait for its end; after `DEADLINE_S` it is killed."""
        end = time.monotonic() + DEADLINE_S
        while self.is_alive():
            if time.monotonic() > end:
                self.kill()
            time.sleep(0.002)
        _, status = os.waitpid(self.pid, 0)
        stderr, content = _content(self._stderr).decode("utf-8", "replace"), _content(self._result)
        if os.WIFSIGNALED(status):
            return Outcome(signal=os.WTERMSIG(status), stderr=stderr)
        if not content:  # a command has nothing but its exit code
            code = os.waitstatus_to_exitcode(status)
            return Outcome(code, f"exit code {code}: {stderr}" if code else "", stderr=stderr)
        value, raised = pickle.loads(content)
        return Outcome(value, raised, stderr=stderr)

    def _work(self, function: Callable[[], Any]) -> None:
        os.dup2(self._stderr.fileno(), 2)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        try:
            end = (function(), "")
        except BaseException:  # noqa: BLE001  # whatever it is, it is told in the parent
            end = (None, traceback.format_exc())
        with open(self._result.fileno(), "wb", closefd=False) as file:
            pickle.dump(end, file)
        sys.stderr.flush()
        os._exit(0)


def run(function: Callable[[], Any]) -> Outcome:
    """Run a function in a process of its own to its end."""
    return Process(function).wait()


class Timeline:
    """The phases of a process's work as it enters them, in memory that another process can read, also when it is dead.

    One number to a phase; the memory holds a count, then the phase and the time of each entry.
    """

    _ENTRY = struct.Struct("=id")
    _MAX_ENTRIES = 20_000

    def __init__(self, phases: Sequence[str]) -> None:
        self._phases = phases
        self._map = mmap.mmap(-1, 8 + self._ENTRY.size * self._MAX_ENTRIES)

    def clear(self) -> None:
        """Forget all entries."""
        self._map[:8] = struct.pack("=q", 0)

    def enter(self, name: str) -> None:
        """Note that a phase begins now, unless it is the one that is going on."""
        (count,) = struct.unpack("=q", self._map[:8])
        number = self._phases.index(name)
        if count < self._MAX_ENTRIES and (not count or self._entry(count - 1)[0] != number):
            place = 8 + count * self._ENTRY.size
            self._map[place : place + self._ENTRY.size] = self._ENTRY.pack(number, time.monotonic())
            self._map[:8] = struct.pack("=q", count + 1)

    def entries(self) -> Iterator[tuple[str, float]]:
        """Give name and beginning of each phase in turn, in seconds of `time.monotonic`."""
        (count,) = struct.unpack("=q", self._map[:8])
        for position in range(count):
            number, began = self._entry(position)
            yield self._phases[number], began

    def _entry(self, position: int) -> tuple[int, float]:
        number, began = self._ENTRY.unpack_from(self._map, 8 + position * self._ENTRY.size)
        return number, began


@contextmanager
def working_folder(keep: Path | None) -> Iterator[Path]:
    """Give a folder to work in: `keep`, which stays, or a temporary one."""
    if keep:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep
        return
    with tempfile.TemporaryDirectory(prefix="article-qa-") as folder:
        yield Path(folder)


def _content(file: Any) -> bytes:
    file.seek(0)
    content: bytes = file.read()
    file.close()
    return content
