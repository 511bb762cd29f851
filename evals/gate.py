"""Compare two runs case by case, and fail a build when answers got worse by more than chance allows."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.case_verdict import Verdict
from evals.figures import FIRST_COLUMN, MEANS, values_of
from evals.intervals import paired_interval
from evals.run_file import load_run, write_run
from index.errors import UsageError
from qa.text import one_line

KEPT_OF_ANSWER = ("answer", "short_answer", "abstained", "reason", "confidence", "citations")
NOT_KEPT = ("retrieved", "signals", "proposals", "answers", "tags", "expected", "missed")
CASES_SHOWN = 20


@dataclass(frozen=True)
class Change:
    """How a figure changed over the `n` cases that both runs have a value for; the interval is that of `difference`.

    `fallen` and `risen` are the cases whose own value got worse or better, with their questions.
    """

    name: str
    before: float
    after: float
    low: float
    high: float
    n: int
    fallen: tuple[str, ...]
    risen: tuple[str, ...]

    @property
    def difference(self) -> float:
        """Give what was gained, negative where it was lost, whether or not more is better."""
        return self.after - self.before

    @property
    def worse(self) -> bool:
        """Tell whether the whole 95% interval is on the wrong side; of citation validity, whether anything is lost."""
        if self.name == "citation_validity":
            return self.difference < 0
        return self.high < 0 if MEANS[self.name].higher_is_better else self.low > 0

    @property
    def better(self) -> bool:
        """Tell whether the whole 95% interval is on the right side."""
        return self.low > 0 if MEANS[self.name].higher_is_better else self.high < 0


def compare(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    """Compare every figure that is a mean over cases, on the cases that both runs asked with the same words.

    Raises:
        UsageError: they have no case in common.
    """
    old, new = ([Verdict.of(case) for case in run["cases"]] for run in (before, after))
    asked = {each.id: each.question for each in old}
    common = {each.id for each in new if asked.get(each.id) == each.question}
    if not common:
        raise UsageError("The two runs have no case in common: compare runs of the same file of cases")
    old, new = ([each for each in verdicts if each.id in common] for verdicts in (old, new))
    return [change for name in MEANS if (change := _change(name, old, new))]


def failures(changes: Sequence[Change]) -> list[Change]:
    """Give the changes that must fail a build."""
    return [each for each in changes if each.worse and MEANS[each.name].gated]


def load_baseline(file: Path) -> dict[str, Any]:
    """Read a baseline.

    Raises:
        UsageError: there is none, or it is no file of a run.
    """
    if not file.is_file():
        raise UsageError(f"There is no baseline {file}: make it with --gate {file} --update-baseline")
    return load_run(file)


def write_baseline(run: dict[str, Any], baseline: Path) -> None:
    """Keep of a run what later ones are compared with: its settings, its figures, and how each case went."""
    cases = [{name: value for name, value in case.items() if name not in NOT_KEPT} for case in run["cases"]]
    for case in cases:
        case["answer"] = case["answer"] and {name: case["answer"][name] for name in KEPT_OF_ANSWER}
    settings = {
        name: value for name, value in run["settings"].items() if name not in ("articles", "index", "models_dir")
    }
    write_run({**run, "settings": settings, "cases": cases}, baseline)


def to_text(changes: Sequence[Change]) -> str:
    """Show the changes side by side, and the cases that got worse or better."""
    width = max([FIRST_COLUMN, *(len(each.name) for each in changes)])
    lines = [f"{'':<{width}} before   after  change  95% interval      n"]
    for each in changes:
        mark = "  WORSE" if each.worse else "  better" if each.better else ""
        name = each.name.replace("_", " ")
        lines.append(
            f"{name:<{width}} {each.before:>6.3f}  {each.after:>6.3f}  {each.difference:>+6.3f}  "
            f"{each.low:>+6.3f} {each.high:>+6.3f}  {each.n:>4}{mark}"
        )
    shown = [each for each in changes if each.worse] or [
        each for each in changes if each.name in ("right", "abstained")
    ]
    for each in shown:
        lines += _cases(f"{each.name.replace('_', ' ')}, worse:", each.fallen)
        lines += _cases(f"{each.name.replace('_', ' ')}, better:", each.risen)
    return "\n".join(lines)


def as_dict(change: Change) -> dict[str, Any]:
    """Give a change as JSON fields."""
    fields = {name: getattr(change, name) for name in ("name", "before", "after", "difference", "low", "high", "n")}
    return fields | {"worse": change.worse, "better": change.better, "fallen": change.fallen, "risen": change.risen}


def _change(name: str, old: Sequence[Verdict], new: Sequence[Verdict]) -> Change | None:
    before, after = values_of(name, old), values_of(name, new)
    ids = [each.id for each in new if each.id in before and each.id in after]
    if not ids:
        return None
    differences = [after[id_] - before[id_] for id_ in ids]
    low, high = paired_interval([before[id_] for id_ in ids], [after[id_] for id_ in ids])
    if low is None or high is None:  # a single case shows nothing
        return None
    sign = 1 if MEANS[name].higher_is_better else -1
    question = {each.id: f"{each.id}  {each.question}" for each in new}
    changed = list(zip(ids, differences, strict=True))
    return Change(
        name,
        before=sum(before[id_] for id_ in ids) / len(ids),
        after=sum(after[id_] for id_ in ids) / len(ids),
        low=low,
        high=high,
        n=len(ids),
        fallen=tuple(question[id_] for id_, difference in changed if sign * difference < 0),
        risen=tuple(question[id_] for id_, difference in changed if sign * difference > 0),
    )


def _cases(title: str, cases: Sequence[str]) -> list[str]:
    if not cases:
        return []
    more = [f"  ... and {len(cases) - CASES_SHOWN} more"] if len(cases) > CASES_SHOWN else []
    return [f"\n{title}", *(f"  {one_line(case)}" for case in cases[:CASES_SHOWN]), *more]
