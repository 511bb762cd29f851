"""Measure whether an index survives SIGKILL at any moment of a sync, in a folder or on PostgreSQL.

A folder of articles is changed (added, edited, deleted, renamed), and a process that syncs it, Chroma included, is
killed; or, on servers of the measurement's own, a backend of PostgreSQL, which then ends all the others, or Chroma. Who
syncs has to end then, well or with the product's error. Then, without any repair, two fresh processes look at what is
left. The first one retrieves from the index as the kill left it: the catalog must be sound, every article wholly old or
wholly new with its sentences, passages, vectors and words, what is retrieved must stand in its article at its offsets,
and what Chroma finds must be what an exact scan finds. The second one asks as `qa ask --json` does, sync included, and
must answer with the new state's fact, cited.

A killed process is not a power cut: what the system has taken from it reaches the disk.

Half of the moments are drawn uniformly over the time that a whole sync takes, half uniformly over its phases, so that
the short ones are met as well. A sync that ends before its moment comes is not counted; another one is started.

    python -m evals.robustness.crash --kills 200
    python -m evals.robustness.crash --kills 200 --index postgresql --chroma
    python -m evals.robustness.crash --kills 20 --real       `qa index` and `qa ask`, the real embedder, a real model
"""

import argparse
import copy
import math
import random
import statistics
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from evals.robustness.expected import prepare
from evals.robustness.folders import Folder
from evals.robustness.processes import Process, working_folder
from evals.robustness.states import is_clear
from evals.robustness.stores import INDEXER, Store, add_options, storing
from evals.robustness.victims import Command, ForkedSync

WHOLE_SYNCS = 4  # measured, one where few kills are asked for
FEW_KILLS = 10
FRESH_SHARE = 0.1  # of the kills meet the first sync of all


@dataclass
class Tally:
    """What the kills met and what came of them."""

    seconds: dict[str, float]
    killed: Counter[str] = field(default_factory=Counter)
    killed_in: Counter[str] = field(default_factory=Counter)
    catalogs: Counter[str] = field(default_factory=Counter)
    chromas: Counter[str] = field(default_factory=Counter)
    kills: int = 0
    survived: int = 0
    ended_before: int = 0
    slowest_s: float = 0.0  # from the kill of a server to the error of who syncs


def main() -> int:
    """Kill as often as is asked for and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=math.inf, help="end after these, however few the kills")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--articles", type=int, default=60)
    parser.add_argument("--real", action="store_true", help="kill `qa index` and ask with `qa ask`")
    parser.add_argument("--llm", default="local:0.5b", help="the model of --real")
    parser.add_argument("--keep", type=Path, help="work in this folder and leave it")
    add_options(parser)
    arguments = parser.parse_args()
    began = time.perf_counter()
    with working_folder(arguments.keep) as place, storing(arguments, place) as store:
        folder = Folder(place / "articles", arguments.seed)
        folder.add(arguments.articles)
        prepare(folder)
        victim = Command(folder, store, arguments.llm) if arguments.real else ForkedSync(folder, store)
        draw, end = random.Random(arguments.seed), time.monotonic() + arguments.minutes * 60
        tally = kill_repeatedly(victim, folder, store, arguments.kills, draw, end)
    print_tally(tally, time.perf_counter() - began)
    return 0 if tally.survived == tally.kills else 1


def kill_repeatedly(
    victim: ForkedSync | Command, folder: Folder, store: Store, kills: int, draw: random.Random, end: float
) -> Tally:
    """Change, sync, kill and look until it was done `kills` times, or until `time.monotonic()` is `end`."""
    tally = Tally(_measure(victim, folder, 1 if kills <= FEW_KILLS else WHOLE_SYNCS))
    seen = copy.deepcopy(folder)
    while tally.kills < kills and time.monotonic() < end:
        if draw.random() < FRESH_SHARE:
            store.delete()
            seen = Folder(folder.path, sentences=folder.sentences)
        _change(folder)
        target = draw.choice(store.targets())
        running = victim.start()
        _await_moment(running, victim, tally, draw)
        faults = _kill(running, store, target, tally, draw)
        if faults is None:
            tally.ended_before += 1
        else:
            tally.killed[target] += 1
            _look(victim, seen, draw.choice(sorted(folder.contents)), faults, tally)
        seen = copy.deepcopy(folder)
    _change(folder)
    victim.measure()  # which leaves nothing behind of all that was killed
    return tally


def _kill(running: Process, store: Store, target: str, tally: Tally, draw: random.Random) -> list[str] | None:
    """Kill who syncs or a server, and say what is wrong with the end of the sync; None where nothing was killed."""
    if target == INDEXER:
        running.kill()
        outcome = running.wait()
        assert outcome.signal or not outcome.fault, outcome.fault
        return [] if outcome.signal else None
    was_running, was_killed = running.is_alive(), store.kill(target, draw)
    began = time.monotonic()
    outcome = running.wait()
    seconds = time.monotonic() - began
    store.mend(target)
    if not (was_running and was_killed):
        assert not outcome.fault, outcome.fault
        return None
    if outcome.fault:
        tally.slowest_s = max(tally.slowest_s, seconds)
    return [] if is_clear(outcome) else [f"who syncs ended in {outcome.fault}"]


def _measure(victim: ForkedSync | Command, folder: Folder, syncs: int) -> dict[str, float]:
    """Give the seconds of each phase of a sync, the median of `syncs`."""
    victim.measure()
    measured = []
    for _ in range(syncs):
        _change(folder)
        measured.append(victim.measure())
    return {phase: statistics.median(each[phase] for each in measured) for phase in victim.phases}


def _change(folder: Folder) -> None:
    size = len(folder.contents)
    folder.change(adds=size // 12, edits=size // 6, deletes=size // 12, renames=size // 15)
    prepare(folder)


def _await_moment(running: Process, victim: ForkedSync | Command, tally: Tally, draw: random.Random) -> None:
    """Wait for a time of the whole sync, or every other time for one of a phase."""
    if (tally.kills + tally.ended_before) % 2 == 0 or victim.phases == ("all",):
        time.sleep(draw.uniform(0, sum(tally.seconds.values())))
        return
    phase = draw.choice(victim.phases)
    while running.is_alive() and phase not in dict(victim.timeline.entries()):
        time.sleep(0.0001)
    time.sleep(draw.uniform(0, tally.seconds[phase]))


def _look(victim: ForkedSync | Command, seen: Folder, path: str, faults: list[str], tally: Tally) -> None:
    """Look at what a kill left, then ask for the fact of an article; `faults` are those of the kill itself."""
    tally.kills += 1
    met = [name for name, _ in victim.timeline.entries()]
    phase = met[-1] if met else victim.phases[0]
    tally.killed_in[phase] += 1
    left = victim.look(seen)
    tally.catalogs[left.catalog] += 1
    tally.chromas[left.chroma] += 1
    faults = faults + left.faults + victim.ask(path)
    tally.survived += not faults
    for fault in faults:
        print(f"FAULT at kill {tally.kills}, in {phase}: {fault}", flush=True)


def print_tally(tally: Tally, seconds: float) -> None:
    """Print when the kills came, what they left and how many were survived."""
    print(f"{'phase':<24}{'whole sync':>12}{'kills':>8}")
    for phase, spent in tally.seconds.items():
        print(f"{phase:<24}{spent * 1000:>9.1f} ms{tally.killed_in[phase]:>8}")
    killed = ", ".join(f"{count} {target}" for target, count in sorted(tally.killed.items()))
    print(f"{'together':<24}{sum(tally.seconds.values()) * 1000:>9.1f} ms{tally.kills:>8}")
    for name, states in (("catalog", tally.catalogs), ("Chroma", tally.chromas)):
        print(f"{name} left: {', '.join(f'{count} {state}' for state, count in states.most_common())}")
    print(f"killed: {killed}; who syncs was told at most {tally.slowest_s:.1f} s after its server was")
    print(f"{tally.ended_before} syncs ended before their moment, {seconds:.0f} s in all")
    print(f"{tally.survived} of {tally.kills}")


if __name__ == "__main__":
    raise SystemExit(main())
