"""Measure what a full or a broken disk does to an index: each call that writes, in turn, fails once.

A shim before the C library counts the calls that change files below the index (write, fsync, rename, ftruncate, mkdir,
opening a new file, and their kin) while 3 edited ones of 20 articles are synced, Chroma included, and lets one of them
fail with "No space left on device" or "Input/output error". The sync must succeed all the same, or raise one of the
product's errors that names the cause. Then, on the disk that is well again, what is retrieved must be what was
retrieved before the sync or what is after a whole one, from a sound catalog, and the next sync must succeed.

    python -m evals.robustness.faults               every call, both errors
    python -m evals.robustness.faults --every 9     each ninth call
    python -m evals.robustness.faults --part new    the first sync of all, which makes the index, without Chroma
"""

import argparse
import copy
import ctypes
import errno
import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import chromadb  # noqa: F401  # imported once, before the forks

from evals.robustness.expected import examine, prepare, retrieve
from evals.robustness.folders import Folder
from evals.robustness.processes import run, working_folder
from index.article_index import ArticleIndex
from index.dense import EXACT_PASSAGES
from index.errors import ArticleQAError
from qa.testing import HashingEmbedding

ARTICLES, EDITED, OTHERS_ASKED = 20, 3, 3
ERRORS = {"ENOSPC": errno.ENOSPC, "EIO": errno.EIO}
CAUSE = re.compile(r"disk is full|no space left|input/output error|i/o error", re.IGNORECASE)
SHIM = "QA_FAULT_SHIM"

Found = list[tuple[str, int, float]]


@dataclass(frozen=True)
class Ended:
    """How a sync ended on the disk that failed: the call that did, and the product's error if one was raised."""

    calls: int
    failed: str
    raised: str = ""
    message: str = ""


@dataclass
class Row:
    """What came of one errno."""

    failed: int = 0
    raised: Counter[str] = field(default_factory=Counter)
    silent: int = 0
    unnamed: list[str] = field(default_factory=list)
    bad: list[str] = field(default_factory=list)


class Disk:
    """The shim that this process was started with."""

    def __init__(self) -> None:
        self._shim = ctypes.CDLL(os.environ[SHIM])
        self._shim.fault_count.restype = ctypes.c_long
        self._shim.fault_name.restype = ctypes.c_char_p

    def watch(self, folder: Path, call: int = 0, error: int = 0) -> None:
        """Count the calls below `folder` from now on, and let one fail."""
        self._shim.fault_watch(os.fsencode(folder.resolve()), ctypes.c_long(call), error)

    def watched(self) -> tuple[int, str]:
        """Give the number of calls so far and the one that failed."""
        return self._shim.fault_count(), os.fsdecode(self._shim.fault_name())


def main() -> int:
    """Let the calls fail and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1, help="let each Kth call fail")
    parser.add_argument("--last", type=int, help="end with this call")
    parser.add_argument("--part", choices=("all", "catalog", "new"), default="all", help="the last two without Chroma")
    parser.add_argument("--keep", type=Path, help="work in this folder and leave it")
    arguments = parser.parse_args()
    if SHIM not in os.environ:
        return _run_with_shim()
    began = time.perf_counter()
    with working_folder(arguments.keep) as place:
        bench = Bench(place, Disk(), arguments.part)
        rows = {
            name: bench.let_fail(error, range(1, (arguments.last or bench.calls) + 1, arguments.every))
            for name, error in ERRORS.items()
        }
    _print(rows, bench.calls, time.perf_counter() - began)
    return 1 if any(row.bad for row in rows.values()) else 0


def _run_with_shim() -> int:
    """Compile the shim and run this script again with it."""
    with TemporaryDirectory(prefix="article-qa-") as folder:
        shim = Path(folder, "fault.so")
        source = Path(__file__).with_name("fail_calls.c")
        subprocess.run(["gcc", "-shared", "-fPIC", "-O2", "-o", shim, source, "-ldl"], check=True)
        environment = os.environ | {SHIM: str(shim), "LD_PRELOAD": str(shim)}
        return subprocess.run(
            [sys.executable, "-m", "evals.robustness.faults", *sys.argv[1:]], env=environment
        ).returncode


class Bench:
    """An index, laid once, of a folder that was then edited; each round syncs a copy of it on a disk that fails."""

    def __init__(self, place: Path, disk: Disk, part: str) -> None:
        self._disk = disk
        self._part = part
        self._laid, self._index = place / "laid", place / "index"
        self._new = Folder(place / "articles", seed=2)
        self._new.add(ARTICLES)
        self._laid.mkdir(parents=True)
        self._old = Folder(self._new.path)
        if part != "new":
            assert not (ended := run(lambda: self._sync(self._laid))).fault, ended.fault
            self._old = copy.deepcopy(self._new)
        edited = self._new.some(EDITED)
        self._new.edit(edited)
        self._numbers = [self._new.contents[path][0] for path in [*edited, *self._new.some(OTHERS_ASKED)]]
        prepare(self._old)
        prepare(self._new)
        self.calls = self._sync_failing(0, 0).calls
        self._before, self._after = self._retrieved(self._laid), self._retrieved(self._index)
        if part == "new":  # retrieving has made an empty index
            shutil.rmtree(self._laid)
            self._laid.mkdir()
        assert self._before != self._after

    def let_fail(self, error: int, calls: range) -> Row:
        """Let each of these calls fail in a round of its own."""
        row = Row()
        for call in calls:
            try:
                ended = self._sync_failing(call, error)
            except AssertionError as escaped:
                row.failed += 1
                row.bad.append(f"call {call}: {escaped}")
                continue
            if not ended.failed:
                continue
            row.failed += 1
            where = f"call {call} ({ended.failed})"
            if ended.raised:
                row.raised[ended.raised] += 1
                if not CAUSE.search(ended.message):
                    row.unnamed.append(f"{where}: {ended.message}")
            else:
                row.silent += 1
            row.bad += [f"{where}, {ended.raised or 'silent'}: {fault}" for fault in self._faults_after()]
        return row

    def _sync_failing(self, call: int, error: int) -> Ended:
        shutil.rmtree(self._index, ignore_errors=True)
        shutil.copytree(self._laid, self._index)
        outcome = run(lambda: self._watched_sync(call, error))
        assert not outcome.fault, outcome.fault
        ended: Ended = outcome.value
        return ended

    def _watched_sync(self, call: int, error: int) -> Ended:
        self._disk.watch(self._index, call, error)
        try:
            self._sync(self._index)
        except ArticleQAError as raised:
            return Ended(*self._disk.watched(), type(raised).__name__, str(raised))
        return Ended(*self._disk.watched())

    def _sync(self, index: Path) -> None:
        with closing(ArticleIndex(self._new.path, index, HashingEmbedding())) as opened:
            opened.sync()
            if self._part == "all":
                opened.sync_store()

    def _faults_after(self) -> list[str]:
        """Say what is wrong with the index on the disk that is well again, before the next sync and after it."""
        left = run(lambda: self._examine(self._old, self._before, self._after))
        again = run(lambda: self._sync(self._index))
        whole = run(lambda: self._examine(self._new, self._after))
        wrong = [*(left.value or []), *(f"after the next sync: {fault}" for fault in whole.value or [])]
        wrong += [outcome.fault for outcome in (left, again, whole) if outcome.fault]
        folders = len(list((self._index / "chroma").iterdir())) if self._part == "all" else 0
        return wrong + ([f"{folders} left in the Chroma folder"] if folders > 2 else [])

    def _examine(self, old: Folder, *wanted: Found) -> list[str]:
        with closing(ArticleIndex(self._new.path, self._index, HashingEmbedding())) as index:
            wrong = examine(index.catalog, old, self._new)
        wrong += [
            f"what is retrieved is neither old nor new (exact_passages={exact_passages})"
            for exact_passages in (EXACT_PASSAGES, 0)
            if self._retrieve(self._index, exact_passages) not in wanted
        ]
        return wrong

    def _retrieved(self, index: Path) -> Found:
        outcome = run(lambda: self._retrieve(index, EXACT_PASSAGES))
        assert not outcome.fault, outcome.fault
        found: Found = outcome.value
        return found

    def _retrieve(self, index: Path, exact_passages: int) -> Found:
        """Give article, offset and score of what is retrieved for the edited towns and some others."""
        embedder = HashingEmbedding()
        with closing(ArticleIndex(self._new.path, index, embedder, exact_passages=exact_passages)) as opened:
            found = [passage for number in self._numbers for passage in retrieve(opened, number)]
        return [(passage.path, passage.start, round(passage.score, 5)) for passage in found]


def _print(rows: dict[str, Row], calls: int, seconds: float) -> None:
    print(f"a whole sync makes {calls} calls")
    print(f"{'error':<10}{'failed':>8}{'raised':>8}{'silent':>8}{'unnamed':>9}{'bad':>6}")
    for name, row in rows.items():
        raised = row.raised.total()
        print(f"{name:<10}{row.failed:>8}{raised:>8}{row.silent:>8}{len(row.unnamed):>9}{len(row.bad):>6}")
    for name, row in rows.items():
        print(f"{name} raised: {', '.join(f'{count} {kind}' for kind, count in row.raised.most_common()) or 'nothing'}")
        for each in row.unnamed:
            print(f"UNNAMED {name} {each}")
        for each in row.bad:
            print(f"BAD {name} {each}")
    bad = sum(len(row.bad) for row in rows.values())
    print(f"{sum(row.failed for row in rows.values())} calls failed, bad = {bad}, {seconds:.0f} s")


if __name__ == "__main__":
    raise SystemExit(main())
