"""Fit the confidence that goes with an answer, on runs of `qa eval`, and test it on other articles.

    python -m evals.training.confidence RUN.json ... --write

The answers are split by article: of each set of questions, in alphabetical order, every second article that no set
before it has is for testing, and all that goes into the coefficients comes from the others. The risks, from which
thresholds are read, are those of each fitted answer by a fit on other articles. For a model that tells no probabilities
there is a second fit without them.
"""

import argparse
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import GroupKFold, cross_val_predict

from evals.calibration import area_under_risk_coverage, expected_calibration_error
from evals.intervals import interval_of_pairs
from evals.runs import load_run
from evals.verdict import Verdict
from qa.confidence import PROBABILITIES, probability, value_of

FILE = Path(__file__).parents[2] / "qa" / "confidence.json"
PENALTIES = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
FOLDS = 5
SIGNALS = {  # few: with all of them folds of other articles are told less well
    "with_probabilities": [
        "probability",
        "least_probability",
        "cited_score",
        "cited_overlap",
        "cited_rank",
        "looks",
    ],
    "without_probabilities": ["cited_score", "margin"],
}
ALONE = ("best_score", "cited_score", "cited_similarity", "probability", "first_probability")
Fit = dict[str, Any]


def main() -> None:
    """Fit, test, print a table, and write the coefficients if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path, nargs="+")
    parser.add_argument("--write", action="store_true", help="write qa/confidence.json")
    given = parser.parse_args()
    sets: dict[str, list[Verdict]] = {}
    for run in map(load_run, given.runs):
        sets.setdefault(run["cases_file"], []).extend(answered(run))
    tested = articles_to_test(sets.values())
    train = [each for answers in sets.values() for each in answers if article_of(each) not in tested]
    fits = {name: fit(train, signals) for name, signals in SIGNALS.items()}
    risks = {name: found.pop("risks") for name, found in fits.items()}["with_probabilities"]
    for name, answers in sets.items():
        print(f"\n{name}")
        show(fits, [each for each in answers if article_of(each) in tested])
    if given.write:
        fitted = {article_of(each) for each in train}
        made_by: dict[str, Any] = {"answers_fitted": len(train), "articles_fitted": len(fitted), "sets": list(sets)}
        made_by["models"] = load_run(given.runs[0])["models"]
        FILE.write_text(json.dumps(fits | {"risks": risks, "made_by": made_by}, indent=1) + "\n", encoding="utf-8")


def articles_to_test(sets: Iterable[Sequence[Verdict]]) -> set[str]:
    """Give every second article of each set; one that an earlier set has too keeps its part."""
    known: set[str] = set()
    tested: set[str] = set()
    for answers in sets:
        new = sorted({article_of(each) for each in answers} - known)
        tested.update(new[1::2])
        known.update(new)
    return tested


def show(fits: dict[str, Fit], test: Sequence[Verdict]) -> None:
    """Print how well each fit, and each signal alone, tells right answers from wrong ones."""
    for title, found in fits.items():
        report(title, test, [probability(found, each.signals) for each in test], calibrated=True)
    for name in ALONE:
        report(f"{name} alone", test, [each.signals[name] for each in test], calibrated=name in PROBABILITIES)


def answered(run: dict[str, Any]) -> list[Verdict]:
    """Give the answers of a run that are known to be right or wrong."""
    verdicts = [Verdict.of(case) for case in run["cases"]]
    return [each for each in verdicts if each.signals and each.right is not None]


def article_of(verdict: Verdict) -> str:
    """Name the article that a case is about: by its tag, which SQuAD's cases have, or its gold span."""
    return verdict.tags[0] if verdict.tags else str(verdict.gold[0]["article"])


def fit(answers: Sequence[Verdict], names: list[str]) -> Fit:
    """Fit a logistic regression over standardised signals, its penalty chosen by folds of whole articles."""
    values = np.array([[value_of(name, each.signals) for name in names] for each in answers])
    right = np.array([bool(each.right) for each in answers])
    means, scales = values.mean(axis=0), values.std(axis=0)
    scaled = (values - means) / scales
    groups = [article_of(each) for each in answers]

    def guess(penalty: float) -> Any:
        model = LogisticRegression(C=penalty, max_iter=1000)
        folds = GroupKFold(min(FOLDS, len(set(groups))))
        return cross_val_predict(model, scaled, right, groups=groups, cv=folds, method="predict_proba")[:, 1]

    best = min(PENALTIES, key=lambda penalty: log_loss(right, guess(penalty)))
    model = LogisticRegression(C=best, max_iter=1000).fit(scaled, right)
    print(f"fitted on {len(right)} answers of {len(set(groups))} articles, {right.mean():.2f} right, C = {best}")
    for name, coefficient in sorted(zip(names, model.coef_[0], strict=True), key=lambda each: -abs(each[1])):
        print(f"    {name:<20} {coefficient:+.3f}")
    columns = {"means": means, "scales": scales, "coefficients": model.coef_[0]}
    rounded = {name: [round(float(each), 6) for each in column] for name, column in columns.items()}
    intercept = round(float(model.intercept_[0]), 6)
    return {"signals": names, **rounded, "intercept": intercept, "risks": risks_of(guess(best), right)}


def risks_of(confidences: Any, right: Any) -> list[list[float]]:
    """Give, for rising confidences, the share of wrong answers among those at or above; it never rises."""
    rows: list[list[float]] = []
    for percent in range(0, 100, 5):
        kept = confidences >= percent / 100
        error = float(1 - right[kept].mean()) if kept.any() else 0.0
        rows.append([percent / 100, round(min([error, *(row[1] for row in rows)]), 4)])
    return rows


def report(title: str, test: Sequence[Verdict], confidences: Sequence[float], calibrated: bool) -> None:
    """Print the area under the risk-coverage curve with its interval and, of a probability, the calibration error."""
    right = [bool(each.right) for each in test]
    least, most = min(confidences), max(confidences)
    ranked = [((each - least) / (most - least), ok) for each, ok in zip(confidences, right, strict=True)]
    low, high = interval_of_pairs(ranked, area_under_risk_coverage, resamples=500)
    line = f"{title:<24} AURC {area_under_risk_coverage(ranked):.3f} [{low:.3f}, {high:.3f}]"
    if calibrated:
        line += f"  ECE {expected_calibration_error(list(zip(confidences, right, strict=True))):.3f}"
    print(f"{line}  ({len(right)} answers, {sum(right)} right)")


if __name__ == "__main__":
    main()
