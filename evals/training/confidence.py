"""Fit the confidence of answers on runs of `qa eval`, and test it on others.

    python -m evals.training.confidence RUN.json ... --test RUN.json --least 0.38 --write

Each case of a run has what would be its answer, with its signals and whether it is right. A regularised logistic
regression over the signals gives the probability that it is. The penalty is chosen by folds of whole articles, and the
risks, from which thresholds are read, are those by fits on other articles. For a model that tells no probabilities
there is a fit without them, for a phrase of which the model gave its second thought one with that. The runs are those
in which the model was asked everything (`QA_READER_FIRST=0`), and again about every phrase (after a fit with
`--doubt 0 1`); what is fitted on the reader alone (`evals.training.alone`) stays as it is.
"""

import argparse
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import GroupKFold, cross_val_predict

from evals.calibration import area_under_risk_coverage, expected_calibration_error
from evals.case_verdict import Verdict
from evals.intervals import interval_of_pairs
from evals.run_file import load_run
from qa.answer import ReadBy
from qa.reading.confidence import probability, value_of

FILE = Path(__file__).parents[2] / "qa" / "reading" / "confidence.json"
PENALTIES = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
FOLDS = 5
LEAST_SCALE = 1e-6
ANSWERABLE_WEIGHT = 2  # people ask what articles answer more often than what they do not; the sets have one of each
SIGNALS = {
    "told": ["stated", "agreement", "refused", "refusal_probability", "closed"],
    "thought": ["stated", "agreement", "refused", "refusal_probability", "closed", "second_thought"],
    "untold": ["stated", "agreement", "closed"],
    "alone": ["stated", "phrase_probability", "lead", "overlap"],
}
THRESHOLDS = (0.0, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5)
Fit = dict[str, Any]


@dataclass(frozen=True)
class Example:
    """What would be the answer to a case on an article."""

    article: str
    answerable: bool
    right: bool
    signals: dict[str, float]


def main() -> None:
    """Fit, test, print tables, and write the coefficients if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path, nargs="+")
    parser.add_argument("--test", type=Path, nargs="*", default=[], help="runs that are not fitted")
    parser.add_argument("--least", type=float, default=0.38, help="the confidence below which an answer is withheld")
    parser.add_argument("--doubt", type=float, nargs=2, default=(0.25, 0.65), help="where the model is asked again")
    parser.add_argument("--write", action="store_true", help="write qa/reading/confidence.json")
    given = parser.parse_args()
    found = [each for run in given.runs for each in examples_of(run)]
    examples = [each for each in found for _ in range(ANSWERABLE_WEIGHT if each.answerable else 1)]
    fits = {"told": fit("told", examples)[0] | {"least": given.least}}
    thought = [each for each in examples if "second_thought" in each.signals]
    fits["thought"] = fit("thought", thought)[0] | {"least": given.least, "doubt": given.doubt}
    fits["untold"] = fit("untold", examples)[0] | {"least": 0.0}
    fits["alone"] = json.loads(FILE.read_text(encoding="utf-8")).get("alone")
    for run in given.test:
        tested = examples_of(run)
        first = [(probability(fits["told"], each.signals), each) for each in tested]
        show(f"{run.name}, not fitted, without second thoughts", first)
        show(f"{run.name}, not fitted", [(_confidence(fits, each.signals), each) for each in tested])
    if given.write:
        sets = [load_run(run)["cases_file"] for run in given.runs]
        made_by = {"examples": len(found), "articles": len({each.article for each in found}), "sets": sets}
        FILE.write_text(json.dumps(fits | {"made_by": made_by}, indent=1) + "\n", encoding="utf-8")


def _confidence(fits: dict[str, Fit], signals: dict[str, float]) -> float:
    """Give the confidence by these fits: by the model's second thought where the first leaves doubt."""
    first = probability(fits["told"], signals)
    lowest, highest = fits["thought"]["doubt"]
    has_thought = lowest <= first <= highest and "second_thought" in signals
    return probability(fits["thought"], signals) if has_thought else first


def examples_of(run: Path) -> list[Example]:
    """Give what would be the answers of a run and is known to be right or wrong.

    Where a set tells only that a question has an answer, not which, the model's answer counts as it, the reader's not.
    """
    verdicts = [Verdict.of(case) for case in load_run(run)["cases"]]
    return [
        Example(article_of(each), each.answerable, right, each.proposals[0]["signals"])
        for each in verdicts
        if each.proposals and (right := _is_right(each.proposals[0])) is not None
    ]


def _is_right(found: dict[str, Any]) -> bool | None:
    if found["right"] is None:
        return True if found["by"] == ReadBy.MODEL else None
    return bool(found["right"])


def article_of(verdict: Verdict) -> str:
    """Name the article that a case is about: that of its gold span, else its tag, which SQuAD's cases have."""
    return str(verdict.gold[0]["article"]) if verdict.gold else (verdict.tags or [verdict.id])[0]


def fit(name: str, examples: Sequence[Example]) -> tuple[Fit, list[tuple[float, Example]]]:
    """Fit a logistic regression over standardised signals, its penalty chosen by folds of whole articles.

    `risks` are those of confidences by fits on other articles, which are given with their examples.
    """
    names = SIGNALS[name]
    values = np.array([[value_of(signal, each.signals) for signal in names] for each in examples])
    right = np.array([each.right for each in examples])
    means, scales = values.mean(axis=0), values.std(axis=0) + LEAST_SCALE
    scaled = (values - means) / scales
    groups = [each.article for each in examples]

    def guess(penalty: float) -> Any:
        model = LogisticRegression(C=penalty, max_iter=1000)
        folds = GroupKFold(min(FOLDS, len(set(groups))))
        return cross_val_predict(model, scaled, right, groups=groups, cv=folds, method="predict_proba")[:, 1]

    best = min(PENALTIES, key=lambda penalty: log_loss(right, guess(penalty)))
    model = LogisticRegression(C=best, max_iter=1000).fit(scaled, right)
    print(f"{name}: {len(right)} phrases about {len(set(groups))} articles, {right.mean():.2f} right, C = {best}")
    for signal, coefficient in sorted(zip(names, model.coef_[0], strict=True), key=lambda each: -abs(each[1])):
        print(f"    {signal:<20} {coefficient:+.3f}")
    answers = list(zip(map(float, guess(best)), examples, strict=True))
    show(f"{name}, each case by a fit on other articles", answers)
    columns = {"means": means, "scales": scales, "coefficients": model.coef_[0]}
    rounded = {column: [round(float(each), 6) for each in numbers] for column, numbers in columns.items()}
    intercept = round(float(model.intercept_[0]), 6)
    return {"signals": names, **rounded, "intercept": intercept, "risks": risks_of(answers)}, answers


def risks_of(answers: Sequence[tuple[float, Example]]) -> list[list[float]]:
    """Give, for rising confidences that some answers reach, the share of wrong ones among these; it never rises."""
    rows: list[list[float]] = []
    for percent in range(0, 100, 5):
        kept = [each.right for confidence, each in answers if confidence >= percent / 100]
        if not kept:
            break
        error = 1 - sum(kept) / len(kept)
        rows.append([percent / 100, round(min([error, *(row[1] for row in rows)]), 4)])
    return rows


def show(title: str, answers: Sequence[tuple[float, Example]]) -> None:
    """Print how well confidences tell right answers, and what each threshold would keep of the cases with a phrase."""
    ranked = [(confidence, each.right) for confidence, each in answers]
    low, high = interval_of_pairs(ranked, area_under_risk_coverage, resamples=500)
    aurc, error = area_under_risk_coverage(ranked), expected_calibration_error(ranked)
    print(f"{title}: AURC {aurc:.3f} [{low:.3f}, {high:.3f}], ECE {error:.3f} ({len(answers)} cases)")
    for least in THRESHOLDS:
        right = share(each.right and p >= least for p, each in answers if each.answerable)
        withheld = share(p < least for p, each in answers if each.answerable)
        refused = share(p < least for p, each in answers if not each.answerable)
        print(f"    at {least:.2f}: right {right:.3f}, withheld {withheld:.3f}, unanswerable refused {refused:.3f}")


def share(truths: Iterable[bool]) -> float:
    """Give the share of what is true, nan of nothing."""
    counted = list(truths)
    return sum(counted) / len(counted) if counted else math.nan


if __name__ == "__main__":
    main()
