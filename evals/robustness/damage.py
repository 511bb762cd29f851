"""Measure what damage to an index's files does to the answers.

An index is laid whose questions are answered from Chroma, each file of its Chroma folder, the stamp included, is
damaged in turn (halved, emptied, deleted, overwritten, some bytes changed, with another modification time and with the
old one, as of a disk that decays), and a fresh process opens it, syncs and asks ten questions. It must find the same
passages in the same order with the same scores as before. The same damage must change nothing at all, and not even be
noticed, where the catalog's own vectors are searched, which is the default. Then the catalog itself is damaged: an
index must answer from what its files say, or say in one line that it is damaged and what to do. Where other passages
are found than before, and nothing is said, that is counted apart.

    python -m evals.robustness.damage --cases 100
"""

import argparse
import os
import random
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import chromadb  # noqa: F401  # imported once, before the forks

from evals.robustness.expected import Retrieved, retrieve
from evals.robustness.folders import FactReader, Folder, question_of
from evals.robustness.processes import Outcome, run, working_folder
from index.article_index import ArticleIndex
from index.chroma.stamp import Stamp, read_stamp
from index.errors import IndexDamagedError
from qa.ask import ask
from qa.testing import HashingEmbedding

QUESTIONS = 10
SAME_SCORE = 1e-5
CURE = "`qa index --rebuild`"

Harm = Callable[[Path, random.Random], None]


@dataclass(frozen=True)
class Case:
    """A damage to one file below an index; its size and modification time may stay as they were."""

    path: str
    name: str
    harm: Harm
    keeps_time: bool

    def do(self, index: Path, seed: int) -> None:
        """Damage the file."""
        path = index / self.path
        status = path.stat()
        self.harm(path, random.Random(seed))
        if self.keeps_time and path.exists():
            os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

    def __str__(self) -> str:
        return f"{self.path} {self.name}{', time kept' if self.keeps_time else ''}"


@dataclass(frozen=True)
class Asked:
    """What was found, the answer to the first question, and what was made anew."""

    found: list[list[Retrieved]]
    answer: str | None
    stamp: Stamp | None


def _halve(path: Path, _: random.Random) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _empty(path: Path, _: random.Random) -> None:
    os.truncate(path, 0)


def _delete(path: Path, _: random.Random) -> None:
    path.unlink()


def _overwrite(path: Path, draw: random.Random) -> None:
    path.write_bytes(draw.randbytes(path.stat().st_size))


def _change_bytes(count: int, path: Path, draw: random.Random) -> None:
    content = bytearray(path.read_bytes())
    for _ in range(count):
        if content:
            content[draw.randrange(len(content))] ^= draw.randint(1, 255)
    path.write_bytes(content)


def _overwrite_page(path: Path, draw: random.Random) -> None:
    """Fill a page of 4 KB with what never was there, as a torn write does."""
    content = bytearray(path.read_bytes())
    start = draw.randrange(max(1, len(content) // 4096)) * 4096
    content[start : start + 4096] = draw.randbytes(len(content[start : start + 4096]))
    path.write_bytes(content)


HARMS: list[tuple[str, Harm, bool]] = [
    ("halved", _halve, False),
    ("emptied", _empty, False),
    ("deleted", _delete, False),
    ("overwritten", _overwrite, False),
    ("overwritten", _overwrite, True),
    ("a page overwritten", _overwrite_page, True),
    *(
        (f"{count} bytes changed", partial(_change_bytes, count), keeps)
        for count in (1, 16, 256)
        for keeps in (False, True)
    ),
]


def main() -> int:
    """Do the damage and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--catalogs", type=int, default=50, help="cases of damaged catalogs")
    parser.add_argument("--cases", type=int, default=100, help="of Chroma's files")
    parser.add_argument("--articles", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="work in this folder and leave it")
    arguments = parser.parse_args()
    began = time.perf_counter()
    served, unserved, catalog = Tally("Chroma serves"), Tally("Chroma does not serve"), Tally("catalog")
    with working_folder(arguments.keep) as place:
        bench = Bench(place, arguments.articles, arguments.seed)
        for seed, case in _cases(bench.chroma_files(), arguments.cases, arguments.seed):
            bench.try_unserved(case, seed, unserved)
            bench.try_served(case, seed, served)
        for seed, case in _cases(["catalog.sqlite"], arguments.catalogs, arguments.seed):
            bench.try_catalog(case, seed, catalog)
    for tally in (served, unserved, catalog):
        tally.show()
    failed = sum(len(tally.failed) for tally in (served, unserved, catalog))
    print(f"{failed} failed, {time.perf_counter() - began:.0f} s")
    return 1 if failed else 0


def _cases(paths: list[str], count: int, seed: int) -> Iterator[tuple[int, Case]]:
    """Draw cases: every harm to every file, in a drawn order, and again with other bytes until there are enough."""
    every = [Case(path, *harm) for harm in HARMS for path in paths]
    random.Random(seed).shuffle(every)
    for number in range(count):
        yield seed + number, every[number % len(every)]


@dataclass
class Tally:
    """What came of the cases of one kind; `said` are those that deserve a line."""

    name: str
    counted: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def fail(self, case: Case, why: str) -> None:
        """Count a case that must not be."""
        self.counted["FAILED"] += 1
        self.failed.append(f"{case}: {why.strip().splitlines()[-1]}")

    def show(self) -> None:
        """Print how many cases ended how."""
        ends = ", ".join(f"{count} {end}" for end, count in self.counted.most_common())
        print(f"{self.name:<24}{self.counted.total():>5} cases: {ends}")
        for each in self.said:
            print(f"    {each}")
        for each in self.failed:
            print(f"FAULT {each}")


class Bench:
    """An index, laid once; each case damages a copy."""

    def __init__(self, place: Path, articles: int, seed: int) -> None:
        self.laid, self._index = place / "laid", place / "index"
        self._folder = Folder(place / "articles", seed, sentences=40)
        self._folder.add(articles)
        self._numbers = [self._folder.contents[path][0] for path in self._folder.some(QUESTIONS)]
        self._before = self._undamaged(self._ask_served)
        assert self._before.stamp
        assert self._before.stamp.folder, "Chroma does not serve the undamaged index"
        assert not self._difference(self._undamaged(self._ask_unserved))

    def chroma_files(self) -> list[str]:
        """Give the files of the Chroma folder, the stamp included."""
        files = (path for path in (self.laid / "chroma").rglob("*") if path.is_file())
        return sorted(path.relative_to(self.laid).as_posix() for path in files)

    def try_served(self, case: Case, seed: int, tally: Tally) -> None:
        """Ask an index whose Chroma folder is damaged and has to serve."""
        outcome = self._damaged(case, seed, self._ask_served)
        if wrong := outcome.fault or self._difference(outcome.value):
            tally.fail(case, wrong)
        elif "searched instead" in outcome.stderr:
            tally.counted["refused by Chroma, the catalog's vectors searched instead"] += 1
        else:
            tally.counted[self._noticed(outcome.value.stamp)] += 1

    def try_unserved(self, case: Case, seed: int, tally: Tally) -> None:
        """Ask an index whose Chroma folder is damaged and does not matter."""
        outcome = self._damaged(case, seed, self._ask_unserved)
        if wrong := outcome.fault or self._difference(outcome.value) or outcome.stderr:
            tally.fail(case, wrong)
        else:
            tally.counted["not noticed"] += 1

    def try_catalog(self, case: Case, seed: int, tally: Tally) -> None:
        """Ask an index whose catalog is damaged."""
        outcome = self._damaged(case, seed, self._ask_or_refuse)
        if outcome.fault:
            tally.fail(case, outcome.fault)
        elif isinstance(outcome.value, str):
            if CURE in outcome.value:
                tally.counted["refused with a cure"] += 1
            else:
                tally.fail(case, f"no cure in {outcome.value!r}")
        elif wrong := self._misquoted(outcome.value):
            tally.fail(case, wrong)
        elif difference := self._difference(outcome.value):
            tally.counted["other passages"] += 1
            tally.said.append(f"{case}: {difference}")
        else:
            tally.counted["as before"] += 1

    def _noticed(self, stamp: Stamp | None) -> str:
        if stamp == self._before.stamp:
            return "not noticed"
        same = stamp and self._before.stamp and stamp.folder == self._before.stamp.folder
        return "found whole" if same else "rebuilt"

    def _undamaged(self, function: Callable[[Path], Asked]) -> Asked:
        outcome = run(lambda: function(self.laid))
        assert not outcome.fault, outcome.fault
        asked: Asked = outcome.value
        return asked

    def _damaged(self, case: Case, seed: int, function: Callable[[Path], object]) -> Outcome:
        shutil.rmtree(self._index, ignore_errors=True)
        shutil.copytree(self.laid, self._index)
        case.do(self._index, seed)
        return run(lambda: function(self._index))

    def _ask_served(self, index: Path) -> Asked:
        with closing(ArticleIndex(self._folder.path, index, HashingEmbedding(), exact_passages=0)) as opened:
            opened.sync()
            opened.sync_store()
            return self._ask(opened)

    def _ask_unserved(self, index: Path) -> Asked:
        with closing(ArticleIndex(self._folder.path, index, HashingEmbedding())) as opened:
            opened.sync()
            return self._ask(opened)

    def _ask_or_refuse(self, index: Path) -> Asked | str:
        try:
            return self._ask_unserved(index)
        except IndexDamagedError as error:
            return str(error)

    def _ask(self, index: ArticleIndex) -> Asked:
        found = [retrieve(index, number) for number in self._numbers]
        answer = ask(question_of(self._numbers[0]), index, FactReader())
        return Asked(found, answer.short_answer, read_stamp(index.folder / "chroma"))

    def _difference(self, asked: Asked) -> str:
        """Say how what was found differs from what was found before the damage."""
        if asked.answer != self._before.answer:
            return f"the answer is {asked.answer}"
        for number, now, before in zip(self._numbers, asked.found, self._before.found, strict=True):
            places = [[(each.path, each.start) for each in found] for found in (now, before)]
            if places[0] != places[1]:
                same = sum(place in places[1] for place in places[0])
                return f"of Town{number} {same} of {len(before)} passages are found as before, or in another order"
            if any(abs(one.score - other.score) > SAME_SCORE for one, other in zip(now, before, strict=True)):
                return f"of Town{number} the scores are others"
        return ""

    def _misquoted(self, asked: Asked) -> str:
        """Name a passage that is not what its file says."""
        for passage in (each for found in asked.found for each in found):
            path = self._folder.path / passage.path
            if not path.is_file() or path.read_text(encoding="utf-8")[passage.start : passage.end] != passage.text:
                return f"{passage.path}:{passage.start}-{passage.end} does not say {passage.text[:80]!r}"
        return ""


if __name__ == "__main__":
    raise SystemExit(main())
