"""Measure whether readers see one state of an index while it is written.

A writer syncs a folder in three waves: all articles are added, then each half of them is edited. Meanwhile readers in
processes of their own open the index again and again, retrieve and ask, half of them with Chroma. Every sentence of an
article names its version, so a passage or an evidence with two versions is a mix, and so is a passage or a quote that
is not what the article says in the same read transaction. A second writer, tried during each wave, must be refused
within a second and be told who writes.

    python -m evals.robustness.readers --articles 1000 --readers 8
    python -m evals.robustness.readers --index postgresql --chroma
"""

import argparse
import mmap
import statistics
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random

import chromadb  # noqa: F401  # imported once, before the forks

from evals.robustness.expected import examine, is_mixed, retrieve
from evals.robustness.folders import FactReader, Folder, mayor_of, question_of, versions_in
from evals.robustness.processes import Outcome, Process, run, working_folder
from evals.robustness.stores import Store, add_options, storing
from index.article_index import ArticleIndex
from index.errors import IndexBusyError
from qa.ask import ask
from qa.testing import HashingEmbedding

ROUNDS_BEFORE_REOPENING = 5
PAUSE_S = 0.02  # so that the writer has a share of the processors
REFUSED_WITHIN_S = 1.0
TRIED_WITHIN_S = 20

WRITING, TRIED, DONE = 1, 2, 3


@dataclass
class Seen:
    """What one reader did and saw."""

    opened: int = 0
    retrievals_s: list[float] = field(default_factory=list)
    asks_s: list[float] = field(default_factory=list)
    passages: int = 0
    answered: int = 0
    generations: set[int] = field(default_factory=set)
    mixed: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Refusal:
    """What a second writer was told, and after how long."""

    seconds: float
    message: str


class State:
    """How far the writer is, for all processes to see."""

    def __init__(self) -> None:
        self._map = mmap.mmap(-1, 1)

    @property
    def value(self) -> int:
        return self._map[0]

    @value.setter
    def value(self, number: int) -> None:
        self._map[0] = number


def main() -> int:
    """Let them read and write, and print what they saw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=1000)
    parser.add_argument("--readers", type=int, default=8)
    parser.add_argument("--keep", type=Path, help="work in this folder and leave it")
    add_options(parser)
    arguments = parser.parse_args()
    with working_folder(arguments.keep) as place, storing(arguments, place) as store:
        folder, state = Folder(place / "articles", sentences=16), State()
        folder.path.mkdir(parents=True)
        readers = [
            Process(partial(_read, folder.path, store, arguments.articles, number, state))
            for number in range(arguments.readers)
        ]
        waves, refusals = _write_waves(folder, store, arguments.articles, state)
        state.value = DONE
        outcomes = [reader.wait() for reader in readers]
        faults = run(lambda: _examine(folder, store))
    return _print(waves, refusals, outcomes, [faults.fault] if faults.fault else faults.value)


def _write_waves(folder: Folder, store: Store, articles: int, state: State) -> tuple[dict[str, float], list[Outcome]]:
    """Sync three states of the folder and give the seconds of each, and what second writers were told."""
    waves: dict[str, Callable[[], None]] = {
        "added": lambda: folder.add(articles),
        "first half edited": lambda: folder.edit(sorted(folder.contents)[: articles // 2]),
        "second half edited": lambda: folder.edit(sorted(folder.contents)[articles // 2 :]),
    }
    seconds, refusals = {}, []
    for name, change in waves.items():
        change()
        writer = Process(lambda: _write(folder.path, store, state))
        while state.value != WRITING and writer.is_alive():
            time.sleep(0.001)
        refusals.append(run(partial(_write_too, folder.path, store, writer.pid)))
        state.value = TRIED
        ended = writer.wait()
        assert not ended.fault, ended.fault
        seconds[name] = ended.value
    return seconds, refusals


def _write(articles: Path, store: Store, state: State) -> float:
    """Sync and give the seconds, without those that a second writer was waited for."""
    began = time.perf_counter()
    embedder = _AwaitingEmbedding(state)
    with closing(store.open_to_write(articles, embedder)) as index:
        index.sync()
        index.sync_store()
    return time.perf_counter() - began - embedder.awaited_s


class _AwaitingEmbedding(HashingEmbedding):
    """Tell when the index is being written, and go on when a second writer has been refused."""

    awaited_s: float = 0.0

    def __init__(self, state: State) -> None:
        super().__init__()
        self._state = state

    def _get_text_embedding(self, text: str) -> list[float]:
        if not self.awaited_s:
            began = time.perf_counter()
            self._state.value = WRITING
            while self._state.value != TRIED and time.perf_counter() < began + TRIED_WITHIN_S:
                time.sleep(0.001)
            self.awaited_s = time.perf_counter() - began
        return super()._get_text_embedding(text)


def _write_too(articles: Path, store: Store, holder: int) -> Refusal:
    """Try to sync while another process does, and give what that is told."""
    with closing(store.open(articles, HashingEmbedding())) as index:
        began = time.perf_counter()
        try:
            index.sync()
        except IndexBusyError as error:
            refusal = Refusal(time.perf_counter() - began, str(error))
        else:
            raise AssertionError("a second process could write")
    assert f"process {holder}" in refusal.message, f"{refusal.message!r} does not name process {holder}"
    assert refusal.seconds < REFUSED_WITHIN_S, f"refused after {refusal.seconds:.1f} s only"
    return refusal


def _read(articles: Path, store: Store, count: int, number: int, state: State) -> Seen:
    """Retrieve and ask until the writer is done."""
    seen = Seen()
    draw = Random(number)
    embedder = HashingEmbedding()
    while state.value != DONE:
        with closing(store.open(articles, embedder, searched=bool(number % 2))) as index:
            seen.opened += 1
            for _ in range(ROUNDS_BEFORE_REOPENING):
                look_up(index, draw.randint(1, count), seen)
                ask_fact(index, draw.randint(1, count), seen)
                time.sleep(PAUSE_S)
    return seen


def look_up(index: ArticleIndex, number: int, seen: Seen) -> None:
    """Retrieve what an index finds of a town, and note what is of two states."""
    with index.catalog.reading():
        began = time.perf_counter()
        passages = retrieve(index, number)
        seen.retrievals_s.append(time.perf_counter() - began)
        seen.generations.add(index.catalog.generation)
        mixed = [passage for passage in passages if is_mixed(passage, index.catalog)]
    seen.mixed += [f"a passage of {passage.path}: {passage.text[:80]}" for passage in mixed]
    seen.passages += len(passages)


def ask_fact(index: ArticleIndex, number: int, seen: Seen) -> None:
    """Ask for a town's fact, and note what is of two states."""
    began = time.perf_counter()
    answer = ask(question_of(number), index, FactReader())
    seen.asks_s.append(time.perf_counter() - began)
    texts: dict[str, str] = {}
    for each in answer.evidence:
        texts[each.span.article_id] = texts.get(each.span.article_id, "") + f" {each.text}"
    seen.mixed += [f"the evidence from {path}: {text}" for path, text in texts.items() if len(versions_in(text)) > 1]
    for citation in answer.citations:
        seen.answered += 1
        (version,) = versions_in(citation.quote)
        if answer.short_answer != mayor_of((number, version)) or not citation.quote.startswith("The mayor"):
            seen.mixed.append(f"of Town{number}, version {version}, the answer is {answer.short_answer}")


def _examine(folder: Folder, store: Store) -> list[str]:
    with closing(store.open(folder.path, HashingEmbedding())) as opened:
        return examine(opened.catalog, folder, folder)


def _print(waves: dict[str, float], refusals: list[Outcome], outcomes: list[Outcome], faults: list[str]) -> int:
    errors = [outcome.fault for outcome in [*outcomes, *refusals] if outcome.fault]
    seen: list[Seen] = [outcome.value for outcome in outcomes if not outcome.fault]
    mixed = [each for reader in seen for each in reader.mixed]
    for name, seconds in waves.items():
        print(f"{name:<22}{seconds:>8.1f} s")
    print(f"{'reader':<8}{'opened':>8}{'retrieved':>11}{'asked':>8}{'answered':>10}{'states':>8}{'p50':>10}{'p95':>10}")
    for number, each in enumerate(seen):
        done = f"{each.opened:>8}{len(each.retrievals_s):>11}{len(each.asks_s):>8}{each.answered:>10}"
        p50, p95 = _percentiles_ms(each.retrievals_s)
        print(f"{number:<8}{done}{len(each.generations):>8}{p50:>7.1f} ms{p95:>7.1f} ms")
    for refused in (outcome.value for outcome in refusals if not outcome.fault):
        print(f"second writer refused after {refused.seconds:.2f} s: {refused.message}")
    for fault in [*errors, *mixed, *faults]:
        print(f"FAULT {fault}")
    read = sum(each.passages for each in seen)
    print(f"{read} passages read, {len(errors)} errors, {len(mixed)} mixed states, {len(faults)} faults in the catalog")
    return 1 if errors or mixed or faults else 0


def _percentiles_ms(seconds: list[float]) -> tuple[float, float]:
    cuts = statistics.quantiles(seconds, n=20) if len(seconds) > 1 else [0.0] * 19
    return cuts[9] * 1000, cuts[18] * 1000


if __name__ == "__main__":
    raise SystemExit(main())
