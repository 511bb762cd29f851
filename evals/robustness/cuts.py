"""Measure what a cut of the network does to an index on PostgreSQL, to who writes it and to who asks.

The database runs in one network namespace, a process that syncs a changed folder and one that retrieves and asks, over
and over, in another; a router is between them. At any moment the way is cut, silently or with the router saying so, and
healed after some seconds. Every question must be answered from one state, or end in the error that says that the index
cannot be reached, within five seconds; who syncs must end well or in that error. During the cut every article must be
wholly old or wholly new, and once the way is healed a sync must end well, and the index be what the folder is.

    python -m evals.robustness.cuts --cuts 20           as root, with PostgreSQL and iproute2
"""

import argparse
import copy
import random
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from evals.robustness.expected import examine, prepare
from evals.robustness.folders import Folder
from evals.robustness.network import Cut, Network, enter, laid
from evals.robustness.processes import Process, run, working_folder
from evals.robustness.readers import DONE, Seen, State, ask_fact, look_up
from evals.robustness.servers import SURVIVING, Server, serving
from evals.robustness.states import catalog_state
from index.article_index import ArticleIndex
from index.catalog.postgres.place import PostgresPlace
from index.catalog.postgres.url import PostgresUrl
from index.errors import IndexBusyError, IndexUnreachableError
from qa.testing import HashingEmbedding

SHORTEST_S, LONGEST_S = 0.5, 9.0
TOLD_WITHIN_S = 5.0
HEALED_WITHIN_S = 20.0
SCHEMA = "cuts"
COLD, WARM = 0, 1  # until who asks has loaded all that a question needs, and from then on


@dataclass(frozen=True)
class End:
    """How and when, by `time.monotonic`, a sync ended."""

    how: str
    at: float


@dataclass
class Read:
    """What who asks saw, and how long each retrieval and each question took that ended in an answer or an error."""

    seen: Seen = field(default_factory=Seen)
    answered_s: list[float] = field(default_factory=list)
    told_s: list[float] = field(default_factory=list)


@dataclass
class Tally:
    """What the cuts met and what came of them."""

    kinds: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)
    answered_s: list[float] = field(default_factory=list)
    told_s: list[float] = field(default_factory=list)
    ended_s: list[float] = field(default_factory=list)
    healed_s: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def main() -> int:
    """Cut as often as is asked for and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cuts", type=int, default=20)
    parser.add_argument("--articles", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--longest", type=float, default=LONGEST_S, help="seconds of a cut")
    given = parser.parse_args()
    with working_folder(None) as place, laid() as network:
        settings = SURVIVING | {"listen_addresses": network.server_address}
        with serving(settings, network.inside(network.server)) as server:
            bench = Bench(place, network, server, random.Random(given.seed), given.articles)
            for number in range(given.cuts):
                bench.cut(list(Cut)[number % len(Cut)], given.longest)
    return _print(bench.tally)


class Bench:
    """An index on PostgreSQL that processes in the client's namespace sync and ask."""

    def __init__(self, place: Path, network: Network, server: Server, draw: random.Random, articles: int) -> None:
        self.tally = Tally()
        self._network = network
        self._draw = draw
        self._state = State()
        self._folder = Folder(place / "articles", draw.randrange(10**6))
        self._folder.add(articles)
        self._far = _place(server.url_at(network.server_address), place)
        self._near = _place(server.url, place)  # by the socket, which no cut reaches
        self._inside(self._sync).wait()
        self._change()
        began = time.monotonic()
        whole = self._inside(self._sync).wait()
        assert not whole.fault, whole.fault
        self._whole_s = time.monotonic() - began

    def cut(self, kind: Cut, longest_s: float) -> None:
        """Change the folder, and cut the way while it is synced and asked."""
        old = copy.deepcopy(self._folder)
        self._change()
        self._state.value = COLD
        reader = self._inside(partial(self._read, old))
        while self._state.value != WARM and reader.is_alive():
            time.sleep(0.01)
        writer = self._inside(self._write)
        time.sleep(self._draw.uniform(0, self._whole_s))
        self._network.cut(kind)
        began = time.monotonic()
        time.sleep(self._draw.uniform(SHORTEST_S, longest_s))
        self._note(run(partial(self._look, self._near, old)), "during the cut", self.tally.left.update)
        self._network.heal()
        self._note(self._inside(self._heal).wait(), "after the cut", self.tally.healed_s.append)
        self._note(writer.wait(), "who syncs", partial(self._note_end, began))
        self._state.value = DONE
        self.tally.kinds[kind] += 1
        self._note(reader.wait(), "who asks", self._note_read)
        self._note(run(partial(self._look, self._near, self._folder)), "at the end", lambda states: None)

    def _change(self) -> None:
        size = len(self._folder.contents)
        self._folder.change(adds=size // 12, edits=size // 6, deletes=size // 12, renames=size // 15)
        prepare(self._folder)

    def _note(self, outcome: Any, when: str, take: Callable[[Any], None]) -> None:
        if outcome.fault:
            self.tally.faults.append(f"{when}: {outcome.fault}")
        elif isinstance(outcome.value, tuple):
            state, wrong = outcome.value
            take([state])
            self.tally.faults += [f"{when}: {each}" for each in wrong]
        else:
            take(outcome.value)

    def _note_end(self, began: float, end: End) -> None:
        self.tally.ends[end.how] += 1
        self.tally.ended_s.append(end.at - began)

    def _note_read(self, read: Read) -> None:
        self.tally.answered_s += read.answered_s
        self.tally.told_s += read.told_s
        late = [each for each in (*read.answered_s, *read.told_s) if each > TOLD_WITHIN_S]
        self.tally.faults += [*read.seen.mixed, *(f"a question ended after {each:.1f} s" for each in late)]

    def _inside(self, function: Callable[[], Any]) -> Process:
        def work() -> Any:
            enter(self._network.client)
            return function()

        return Process(work)

    def _open(self, place: PostgresPlace) -> ArticleIndex:
        return ArticleIndex(self._folder.path, place, HashingEmbedding())

    def _sync(self) -> None:
        with closing(self._open(self._far)) as index:
            index.sync()

    def _write(self) -> End:
        """Sync, and tell the end, be it well or for the index cannot be reached."""
        try:
            self._sync()
        except IndexUnreachableError:
            return End("unreachable", time.monotonic())
        return End("well", time.monotonic())

    def _heal(self) -> float:
        """Sync as soon as that can be done, and give the seconds until then."""
        began = time.monotonic()
        while time.monotonic() < began + HEALED_WITHIN_S:
            with suppress(IndexBusyError, IndexUnreachableError):
                self._sync()
                return time.monotonic() - began
            time.sleep(0.1)
        self._sync()
        raise AssertionError(f"a sync was possible after {HEALED_WITHIN_S:.0f} s only")

    def _look(self, place: PostgresPlace, old: Folder) -> tuple[str, list[str]]:
        with closing(self._open(place)) as index:
            state = catalog_state(index.catalog, old, self._folder)
            return state, examine(index.catalog, old, self._folder)

    def _read(self, old: Folder) -> Read:
        """Retrieve and ask until all is over, by an index that stays open and by one that is opened anew in turn."""
        read, draw, index = Read(), random.Random(self._draw.random()), None
        numbers = sorted({number for number, _ in (*old.contents.values(), *self._folder.contents.values())})
        while self._state.value != DONE:
            for act in (look_up, ask_fact):
                began = _worked_s()
                try:
                    index = index or self._open(self._far)
                    act(index, draw.choice(numbers), read.seen)
                    read.answered_s.append(_worked_s() - began)
                except IndexUnreachableError:
                    read.told_s.append(_worked_s() - began)
            if self._state.value == COLD:
                self._state.value = WARM
            if index and draw.random() < 0.5:
                index.close()
                index = None
        return read


def _worked_s() -> float:
    """Give the time in seconds, less that in which this thread was to go on but had no processor of a busy machine.

    https://docs.kernel.org/scheduler/sched-stats.html, `/proc/<pid>/schedstat`
    """
    delay_ns = int(Path("/proc/thread-self/schedstat").read_text(encoding="ascii").split()[1])
    return time.monotonic() - delay_ns / 1e9


def _place(url: str, place: Path) -> PostgresPlace:
    return PostgresPlace(PostgresUrl.parse(url).within(SCHEMA), place / "index")


def _print(tally: Tally) -> int:
    print(f"cuts: {_counts(tally.kinds)}; during them the catalog was {_counts(tally.left)}")
    print(f"who syncs ended {_counts(tally.ends)}, at most {max(tally.ended_s, default=0):.1f} s after the cut began")
    print(f"questions answered: {len(tally.answered_s)}, at most in {max(tally.answered_s, default=0):.1f} s")
    print(f"questions that could not be: {len(tally.told_s)}, told at most in {max(tally.told_s, default=0):.1f} s")
    print(f"a sync ended well at most {max(tally.healed_s, default=0):.1f} s after the way was healed")
    for fault in tally.faults:
        print(f"FAULT {fault}")
    print(f"{len(tally.faults)} faults")
    return 1 if tally.faults else 0


def _counts(counted: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counted.most_common())


if __name__ == "__main__":
    raise SystemExit(main())
