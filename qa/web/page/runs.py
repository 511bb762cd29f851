"""Runs of `qa eval` as pages: those that are kept, one with its misses beside their articles, two side by side."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from evals.gate import Change, compare
from evals.report.plots import Bar, bars
from evals.report.run_page import VERDICTS, Row, rows_of
from evals.run_file import load_run, runs_folder
from index.errors import ArticleQAError
from qa.paths import place_of_run
from qa.web.problems import NotHereError

MOST_RUNS = 200
RIGHT = ("right", "found")
ACRONYMS = ("mrr", "ndcg", "ece", "aurc", "f1")
HEAD_ENDS = ',\n "cases": ['

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Kept:
    """A run by what its list tells: when it began, what was asked of which model, and the share that was right."""

    id: str
    began: str
    cases_file: str
    model: str
    cases: int
    right: float | None


@dataclass(frozen=True)
class ShownRun:
    """A run as its page shows it; `misses` are the cases that were not right."""

    kept: Kept
    figures: Mapping[str, Bar]
    counted: Mapping[str, int]
    misses: Sequence[Row]
    others: Sequence[Row]


@dataclass(frozen=True)
class Changed:
    """A case that two runs judge otherwise."""

    before: Row
    after: Row


@dataclass(frozen=True)
class SideBySide:
    """Two runs, the figures of both, and the cases that changed: those that got worse first."""

    before: Kept
    after: Kept
    changes: Sequence[Change]
    changed: Sequence[Changed]


def kept_runs() -> list[Kept]:
    """Give the runs that are kept, the newest first."""
    return [kept for _, kept in sorted(_runs().values(), key=lambda each: each[1].began, reverse=True)][:MOST_RUNS]


def label_of(figure: str) -> str:
    """Write the name of a figure as one says it."""
    words = [word.upper() if word in ACRONYMS else word for word in figure.split("_")]
    return " ".join([words[0][:1].upper() + words[0][1:], *words[1:]]).replace("NDCG", "nDCG")


def likely_before(runs: Sequence[Kept]) -> str:
    """Name the run that one compares the newest with: the last before it of the same cases and model."""
    alike = [each for each in runs[1:] if (each.cases_file, each.model) == (runs[0].cases_file, runs[0].model)]
    return (alike or runs[1:] or runs)[0].id if runs else ""


def shown_run(run_id: str) -> ShownRun:
    """Show one run.

    Raises:
        NotHereError: none of this id is kept.
        UsageError: its file cannot be read.
    """
    kept, rows, run = _read(run_id)
    counted = Counter(row.verdict for row in rows)
    misses = [row for row in rows if row.verdict not in RIGHT]
    others = [row for row in rows if row.verdict in RIGHT]
    return ShownRun(
        kept,
        bars(run["figures"]),
        {verdict: counted[verdict] for verdict in VERDICTS if counted[verdict]},
        misses,
        others,
    )


def side_by_side(before_id: str, after_id: str) -> SideBySide:
    """Show two runs side by side.

    Raises:
        NotHereError: one of them is not kept.
        UsageError: they have no case in common, or a file cannot be read.
    """
    (before, old, old_run), (after, new, new_run) = _read(before_id), _read(after_id)
    known = {(row.case.id, row.case.question): row for row in old}
    pairs = [Changed(known[key], row) for row in new if (key := (row.case.id, row.case.question)) in known]
    changed = [each for each in pairs if each.before.verdict != each.after.verdict]
    changed.sort(key=lambda each: each.before.verdict not in RIGHT)
    return SideBySide(before, after, compare(old_run, new_run), changed)


def _read(run_id: str) -> tuple[Kept, list[Row], dict[str, Any]]:
    runs = _runs()
    if run_id not in runs:
        raise NotHereError("There is no run of this name: choose one from the list")
    file, kept = runs[run_id]
    run = load_run(file)
    with _texts(run) as text_of:
        return kept, rows_of(run, text_of)[0], run


def _runs() -> dict[str, tuple[Path, Kept]]:
    """Give the runs that are kept by their ids; what a request names is looked up here, and opens no other file."""
    found = {}
    for file in runs_folder().glob("*.json"):
        try:
            kept = _head(file, file.stat().st_mtime_ns)
        except (OSError, ValueError, KeyError, TypeError):
            continue  # no run, or one of another version
        found[kept.id] = (file, kept)
    return found


@lru_cache(MOST_RUNS * 2)
def _head(file: Path, mtime_ns: int) -> Kept:
    """Read what stands before the cases of a run; `mtime_ns` tells the states of a file apart."""
    head, _, cases = file.read_text(encoding="utf-8").partition(HEAD_ENDS)
    run = json.loads(f"{head}}}" if cases else head)
    right = run["figures"].get("right", {}).get("value")
    began = f"{datetime.fromisoformat(run['began']):%Y-%m-%d %H:%M}"
    counted = sum(1 for line in cases.splitlines() if line.startswith("{"))
    return Kept(
        run["id"], began, Path(run["cases_file"]).name, run["models"]["llm"] or "retrieval only", counted, right
    )


@contextmanager
def _texts(run: Json) -> Iterator[Callable[[str], str | None]]:
    """Give the articles' texts as the run's index has them; where that is gone, none."""
    try:
        catalog = place_of_run(run["settings"]).open(read_only=True)
    except (ArticleQAError, KeyError, TypeError):
        yield lambda article_id: None
        return
    try:
        yield lambda article_id: catalog.text_of(article_id.encode("utf-8", "replace").decode())
    finally:
        catalog.close()
