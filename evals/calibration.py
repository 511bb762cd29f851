"""How far a confidence can be trusted: calibration, and the risk of answering only where it is high.

Each function takes (confidence, right) pairs, confidence in [0, 1], in any order.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

BINS = 10

Pairs = Sequence[tuple[float, bool]] | NDArray[np.float64]


class ReliabilityBin(NamedTuple):
    """The answers whose confidence is in (low, high]: how many, their mean confidence, the share that is right."""

    low: float
    high: float
    n: int
    confidence: float
    right: float


class RiskPoint(NamedTuple):
    """The share of wrong answers (risk) when the surest share `coverage` is answered, down to this confidence."""

    coverage: float
    risk: float
    confidence: float


def expected_calibration_error(pairs: Pairs) -> float | None:
    """Give the mean distance of confidence from the share of right answers over bins, weighted by their size.

    Ten bins of equal width, each open below (Guo et al. 2017, arXiv 1706.04599, eq. 3); None of no pairs.
    """
    bins = reliability_bins(pairs)
    n = sum(each.n for each in bins)
    return sum(each.n * abs(each.right - each.confidence) for each in bins) / n if n else None


def brier_score(pairs: Pairs) -> float | None:
    """Give the mean squared distance of confidence from 1 where right, 0 where wrong (Brier 1950); None of no pairs."""
    confidence, right = _columns(pairs)
    return float(np.mean((confidence - right) ** 2)) if len(confidence) else None


def reliability_bins(pairs: Pairs) -> list[ReliabilityBin]:
    """Give the bins of a reliability diagram that are not empty, by confidence; 0 is in the lowest."""
    confidence, right = _columns(pairs)
    edges = np.arange(BINS + 1) / BINS
    place = np.digitize(confidence, edges[1:-1], right=True)
    bins = []
    for number in np.unique(place):
        inside = place == number
        means = float(confidence[inside].mean()), float(right[inside].mean())
        bins.append(ReliabilityBin(float(edges[number]), float(edges[number + 1]), int(inside.sum()), *means))
    return bins


def risk_coverage(pairs: Pairs, total: int | None = None) -> list[RiskPoint]:
    """Give the risk of answering only the surest 1, 2, ... questions (Geifman & El-Yaniv 2017, arXiv 1705.08500).

    Answers of equal confidence have no order: the risk is the mean over all orders. `total` counts the questions
    abstained on too, so that coverage is of all questions; by default all were answered.

    Raises:
        ValueError: `total` is less than there are pairs, or a confidence is not in [0, 1].
    """
    confidence, risks, total = _curve(pairs, total)
    coverages = np.arange(1, len(risks) + 1) / max(total, 1)
    return [RiskPoint(*map(float, point)) for point in zip(coverages, risks, confidence, strict=True)]


def area_under_risk_coverage(pairs: Pairs, total: int | None = None) -> float | None:
    """Give the area under `risk_coverage` (AURC), the sum of its risks over `total`; 0 is best, None of no pairs.

    Areas compare where coverage ends alike: who answers fewer of `total` questions has less to sum.

    Raises:
        ValueError: as `risk_coverage`.
    """
    _, risks, total = _curve(pairs, total)
    return float(risks.sum() / total) if len(risks) else None


def _curve(pairs: Pairs, total: int | None) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
    """Give the confidences, highest first, the risk down to each, and the number of questions."""
    confidence, right = _columns(pairs)
    total = len(confidence) if total is None else total
    if total < len(confidence):
        raise ValueError(f"{len(confidence)} answers to {total} questions")
    order = np.argsort(-confidence, kind="stable")
    confidence, wrong = confidence[order], np.concatenate([[0.0], np.cumsum(1 - right[order])])
    ties = np.concatenate([[0], np.flatnonzero(np.diff(confidence)) + 1, [len(confidence)]])
    counts = np.arange(1, len(confidence) + 1)
    # Drawing from a tie at random, the expected number of wrong answers grows evenly from its start to its end.
    return confidence, np.interp(counts, ties, wrong[ties]) / counts, total


def _columns(pairs: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    columns = np.asarray(pairs, dtype=np.float64).reshape(-1, 2).T
    if not np.all((columns[0] >= 0) & (columns[0] <= 1)):
        raise ValueError("a confidence is a probability, from 0 to 1")
    return columns[0], columns[1]
