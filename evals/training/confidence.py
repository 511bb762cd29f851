"""Fit the confidence of what could be an answer, on runs of `qa eval`, and test it on other articles.

    python -m evals.training.confidence RUN.json ... --test RUN.json --least 0.2 --write

Each case of a run has what the model and the judge proposed, with its signals and whether it is right. For each reader
a regularised logistic regression over the signals gives the probability that it is. The penalty is chosen by folds of
whole articles, and the risks, from which thresholds are read, are those of each case's likeliest phrase by fits on
other articles. For a model that tells no probabilities there is a fit without them.
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
from evals.intervals import interval_of_pairs
from evals.runs import load_run
from evals.verdict import Verdict
from qa.answer import Reader
from qa.confidence import probability, value_of

FILE = Path(__file__).parents[2] / "qa" / "confidence.json"
PENALTIES = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
FOLDS = 5
LEAST_SCALE = 1e-6
JUDGED = ["stated", "lead", "phrase_probability", "answer_words"]
TOLD = ["refusal_probability", "looks", "probability", "first_probability"]
SIGNALS = {
    "model": [*JUDGED, *TOLD, "agreement", "shown_words", "cited_names"],
    "judge": [*JUDGED, "refused", "support"],
    "untold": [*JUDGED, "agreement"],
}
THRESHOLDS = (0.0, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5)
Fit = dict[str, Any]


@dataclass(frozen=True)
class Example:
    """What a reader proposed for a case on an article."""

    by: Reader
    case: str
    article: str
    answerable: bool
    right: bool
    signals: dict[str, float]


def main() -> None:
    """Fit, test, print tables, and write the coefficients if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path, nargs="+")
    parser.add_argument("--test", type=Path, nargs="*", default=[], help="runs on articles that are not fitted")
    parser.add_argument("--least", type=float, default=0.3, help="the confidence below which an answer is withheld")
    parser.add_argument("--write", action="store_true", help="write qa/confidence.json")
    given = parser.parse_args()
    examples = [each for run in given.runs for each in examples_of(run)]
    by_model = [each for each in examples if each.by is Reader.MODEL]
    by_judge = [each for each in examples if each.by is Reader.JUDGE]
    fitted = {"model": by_model, "judge": by_judge, "untold": by_model}
    fits = {name: fit(name, fitted[name]) for name in SIGNALS}
    guesses = {name: fits[name].pop("guesses") for name in SIGNALS}
    told = likeliest(by_model + by_judge, [*guesses["model"], *guesses["judge"]])
    untold = likeliest(by_model, guesses["untold"])
    show("fitted, each case by a fit on other articles", told)
    for run in given.test:
        tested = examples_of(run)
        show(
            f"{run.name}, not fitted", likeliest(tested, [probability(fits[each.by], each.signals) for each in tested])
        )
    if given.write:
        sets = [load_run(run)["cases_file"] for run in given.runs]
        made_by = {"examples": len(examples), "articles": len({each.article for each in examples}), "sets": sets}
        kept = fits | {"least": given.least, "risks": risks_of(told), "risks_untold": risks_of(untold)}
        FILE.write_text(json.dumps(kept | {"made_by": made_by}, indent=1) + "\n", encoding="utf-8")


def examples_of(run: Path) -> list[Example]:
    """Give what was proposed in a run and is known to be right or wrong.

    Where a set tells only that a question has an answer, not which, the model's answer counts as it, the judge's not.
    """
    verdicts = [Verdict.of(case) for case in load_run(run)["cases"]]
    return [
        Example(Reader(found["by"]), each.id, article_of(each), each.answerable, right, found["signals"])
        for each in verdicts
        for found in each.proposals
        if (right := _is_right(each, found)) is not None
    ]


def _is_right(verdict: Verdict, found: dict[str, Any]) -> bool | None:
    if found["right"] is None:
        return True if found["by"] == Reader.MODEL else None
    return bool(found["right"])


def article_of(verdict: Verdict) -> str:
    """Name the article that a case is about: that of its gold span, else its tag, which SQuAD's cases have."""
    return str(verdict.gold[0]["article"]) if verdict.gold else (verdict.tags or [verdict.id])[0]


def fit(name: str, examples: Sequence[Example]) -> Fit:
    """Fit a logistic regression over standardised signals, its penalty chosen by folds of whole articles.

    `guesses` are the confidences that the examples get by fits on other articles.
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
    columns = {"means": means, "scales": scales, "coefficients": model.coef_[0]}
    rounded = {column: [round(float(each), 6) for each in numbers] for column, numbers in columns.items()}
    intercept = round(float(model.intercept_[0]), 6)
    return {"signals": names, **rounded, "intercept": intercept, "guesses": guess(best)}


def likeliest(examples: Sequence[Example], confidences: Sequence[float]) -> list[tuple[float, Example]]:
    """Give the likeliest phrase of each case with its confidence."""
    best: dict[str, tuple[float, Example]] = {}
    for each, confidence in zip(examples, confidences, strict=True):
        if each.case not in best or confidence > best[each.case][0]:
            best[each.case] = (float(confidence), each)
    return list(best.values())


def risks_of(answers: Sequence[tuple[float, Example]]) -> list[list[float]]:
    """Give, for rising confidences, the share of wrong answers among those at or above; it never rises."""
    rows: list[list[float]] = []
    for percent in range(0, 100, 5):
        kept = [each.right for confidence, each in answers if confidence >= percent / 100]
        error = 1 - sum(kept) / len(kept) if kept else 0.0
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
