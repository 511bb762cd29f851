"""The figures of a run, each with its 95% interval, answerable (HasAns) and unanswerable (NoAns) cases apart."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evals.broad_gold import BROAD_KINDS
from evals.calibration import area_under_risk_coverage, brier_score, expected_calibration_error
from evals.case_verdict import Verdict
from evals.intervals import interval, interval_of_pairs
from qa.text import one_line

RESAMPLES_OF_PAIRS = 500  # each is computed by itself
CASES_SHOWN = 20
FIRST_COLUMN = 19
MAX_SAID_CHARS = 200  # of a broad answer, which may be long

Value = Callable[[Verdict], float | None]


@dataclass(frozen=True)
class Figure:
    """A figure over `n` cases or answers with its 95% bootstrap interval; null where there is nothing to measure."""

    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True)
class Measure:
    """What one case adds to a mean, null where it adds nothing; `gated` where a build may fail over it."""

    value: Value
    higher_is_better: bool = True
    gated: bool = True


def _answerable(value: Value) -> Value:
    return lambda each: value(each) if each.answerable and each.scored else None


def _unanswerable(value: Value) -> Value:
    return lambda each: value(each) if each.scored and not each.answerable else None


def _cited(value: Value) -> Value:
    return lambda each: value(each) if each.cited_spans and each.gold and not each.is_broad else None


def _scored(name: str) -> Value:
    return lambda each: each.scores.get(name)


OF_BROAD: dict[str, Measure] = {
    "kind_planned": Measure(_scored("kind_planned")),
    "points_carried": Measure(_scored("points_carried")),
    "set_precision": Measure(_scored("set_precision"), gated=False),
    "set_recall": Measure(_scored("set_recall"), gated=False),
    "set_f1": Measure(_scored("set_f1")),
    "number_exact": Measure(_scored("number_exact")),
    "articles_f1": Measure(_scored("articles_f1")),
    "silent_parts_told": Measure(_scored("silent_parts_told")),
    "broad_citation_recall": Measure(_scored("broad_citation_recall")),
    "broad_citation_precision": Measure(_scored("broad_citation_precision")),
    "coverage_honest": Measure(_scored("coverage_honest")),
}
MEANS: dict[str, Measure] = {
    "exact_match": Measure(_answerable(lambda each: each.exact_match)),
    "f1": Measure(_answerable(lambda each: each.f1)),
    "right": Measure(_answerable(lambda each: each.right)),
    "wrongly_abstained": Measure(_answerable(lambda each: each.abstained), higher_is_better=False),
    "abstained": Measure(_unanswerable(lambda each: each.abstained)),
    "hallucinated": Measure(_unanswerable(lambda each: not each.abstained), higher_is_better=False),
    "refusal_precision": Measure(lambda each: not each.answerable if each.abstained else None, gated=False),
    "recall_at_1": Measure(lambda each: each.recall_at_1),
    "recall_at_3": Measure(lambda each: each.recall_at_3),
    "recall_at_10": Measure(lambda each: each.recall_at_10),
    "mrr": Measure(lambda each: each.reciprocal_rank),
    "ndcg_at_10": Measure(lambda each: each.ndcg_at_10),
    "evidence_recall": Measure(lambda each: each.evidence_holds),
    "citation_recall": Measure(_cited(lambda each: each.holding > 0)),
    "citation_precision": Measure(_cited(lambda each: each.touching / each.cited_spans)),
    "citation_validity": Measure(lambda each: each.valid / each.cited_spans if each.cited_spans else None),
    **OF_BROAD,
}
OF_A_KIND = ("right", "wrongly_abstained", "abstained", *OF_BROAD)


def figures(verdicts: Sequence[Verdict]) -> dict[str, Figure]:
    """Give every figure by name; times in seconds, the rest as shares of 1 unless named otherwise."""
    found = {name: _mean(measure.value, verdicts) for name, measure in MEANS.items()}
    judged = _judged(verdicts)
    found["brier"] = _of_pairs(judged, brier_score)
    found["ece"] = _of_pairs(judged, expected_calibration_error)
    found["aurc"] = _of_pairs(judged, area_under_risk_coverage)
    seconds = [each.seconds for each in verdicts if each.seconds is not None]
    found["seconds_median"] = _figure(seconds, np.median)
    found["seconds_p90"] = _figure(seconds, _p90)
    found["prompt_tokens"] = _figure([e.prompt_tokens for e in verdicts if e.prompt_tokens is not None], np.median)
    return found


def figures_by_kind(verdicts: Sequence[Verdict]) -> dict[str, dict[str, Figure]]:
    """Give the figures of each kind of broad question among the cases, by name, those that were measured."""
    found: dict[str, dict[str, Figure]] = {}
    for kind in BROAD_KINDS:
        of_kind = [each for each in verdicts if each.kind == kind]
        measured = {name: _mean(MEANS[name].value, of_kind) for name in OF_A_KIND}
        measured["seconds_median"] = _figure([e.seconds for e in of_kind if e.seconds is not None], np.median)
        if kept := {name: figure for name, figure in measured.items() if figure.n}:
            found[kind] = kept
    return found


def counts(verdicts: Sequence[Verdict]) -> dict[str, int]:
    """Count the cases, and those of them that could not be judged."""
    return {
        "answerable": sum(each.answerable for each in verdicts),
        "unanswerable": sum(not each.answerable for each in verdicts),
        "unscored": sum(not each.scored for each in verdicts),
    }


def values_of(name: str, verdicts: Sequence[Verdict]) -> dict[str, float]:
    """Give what each case, by its id, adds to a mean; the cases that add nothing are not there."""
    values = {each.id: MEANS[name].value(each) for each in verdicts}
    return {case: float(value) for case, value in values.items() if value is not None}


def to_text(run: dict[str, Any]) -> str:
    """Give the figures of a run's file, one a line, those of each kind, then the cases that went wrong."""
    tables = {"": run["figures"]} | run.get("kinds", {})
    width = max([FIRST_COLUMN, *(len(name) for table in tables.values() for name, each in table.items() if each["n"])])
    lines = [f"{'':<{width}} {'':>6}  95% interval      n"]
    for kind, table in tables.items():
        lines += [f"\n{kind}"] if kind else []
        shown = {name.replace("_", " "): Figure(**figure) for name, figure in table.items() if figure["n"]}
        lines += [f"{name:<{width}} {_line(figure)}" for name, figure in shown.items()]
    verdicts = [Verdict.of(case) for case in run["cases"]]
    missed = [each for each in verdicts if each.right is False]
    unscored = [each for each in verdicts if not each.scored and each.unscored_reason]
    if any(each.scored for each in verdicts):
        lines.append(f"\n{len(missed)} of {len(verdicts)} missed" + (":" if missed else "."))
    lines += [_missed(each) for each in missed[:CASES_SHOWN]]
    lines += [
        f"  {_named(each)}\n      not judged: {one_line(each.unscored_reason or '')}" for each in unscored[:CASES_SHOWN]
    ]
    if max(len(missed), len(unscored)) > CASES_SHOWN:
        lines.append("  ... all of them are in the file of the run")
    return "\n".join(lines)


def _line(figure: Figure) -> str:
    return f"{_number(figure.value):>6}  {_number(figure.low):>6} {_number(figure.high):>6}  {figure.n:>4}"


def _missed(verdict: Verdict) -> str:
    answer = verdict.answer or {}
    said = answer.get("answer") or f"abstained, {answer.get('reason')}"
    if verdict.missed:
        said, missing = one_line(said), one_line("; ".join(verdict.missed))
        cut = f"{said[:MAX_SAID_CHARS]}…" if len(said) > MAX_SAID_CHARS else said
        return f"  {_named(verdict)}\n      said:   {cut}\n      lacks:  {missing}"
    wanted = " / ".join(verdict.answers[:2]) or ("an answer" if verdict.answerable else "the articles do not say")
    return f"  {_named(verdict)}\n      said:   {one_line(said)}\n      wanted: {one_line(wanted)}"


def _named(verdict: Verdict) -> str:
    return one_line(f"{verdict.id}  {verdict.question}")


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _judged(verdicts: Sequence[Verdict]) -> list[tuple[float, bool]]:
    """Pair each answer's confidence with whether it is right; none where of some answers that is not known."""
    answered = [each for each in verdicts if each.confidence is not None]
    if any(each.right is None for each in answered):
        return []
    return [(each.confidence, bool(each.right)) for each in answered if each.confidence is not None]


def _p90(values: Any, axis: int = -1) -> Any:
    return np.quantile(values, 0.9, axis=axis)


def _mean(value: Value, verdicts: Sequence[Verdict]) -> Figure:
    return _figure([float(each) for each in map(value, verdicts) if each is not None], np.mean)


def _figure(values: Sequence[float], statistic: Callable[..., Any]) -> Figure:
    if not values:
        return Figure(None, None, None, 0)
    low, high = interval(values, statistic)
    return Figure(float(statistic(values)), low, high, len(values))


def _of_pairs(pairs: Sequence[tuple[float, bool]], statistic: Callable[[Any], float | None]) -> Figure:
    low, high = interval_of_pairs(pairs, statistic, resamples=RESAMPLES_OF_PAIRS)
    return Figure(statistic(pairs), low, high, len(pairs))
