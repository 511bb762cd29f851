"""Calibration agrees with scikit-learn, risk and coverage with what is counted by hand."""

import itertools
import random

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from evals.calibration import (
    area_under_risk_coverage,
    brier_score,
    expected_calibration_error,
    reliability_bins,
    risk_coverage,
)


def drawn(seed: int, n: int = 300) -> list[tuple[float, bool]]:
    generator = random.Random(seed)
    confidences = [round(generator.random(), generator.choice([1, 2, 9])) for _ in range(n)]
    return [(confidence, generator.random() < confidence**2) for confidence in confidences]


@pytest.mark.parametrize("seed", range(5))
def test_brier_and_bins_agree_with_scikit_learn(seed: int) -> None:
    pairs = drawn(seed)
    confidence, right = zip(*pairs, strict=True)
    assert brier_score(pairs) == pytest.approx(brier_score_loss(right, confidence))
    true, predicted = calibration_curve(right, confidence, n_bins=10)
    bins = reliability_bins(pairs)
    assert [each.right for each in bins] == pytest.approx(list(true))
    assert [each.confidence for each in bins] == pytest.approx(list(predicted))
    weights = np.array([each.n for each in bins]) / len(pairs)
    assert expected_calibration_error(pairs) == pytest.approx(float(weights @ np.abs(true - predicted)))


def test_a_bin_has_its_upper_bound_and_the_lowest_has_zero() -> None:
    bins = reliability_bins([(0.0, False), (0.1, False), (0.3, True), (0.7, True), (1.0, True)])
    assert [(each.low, each.high, each.n) for each in bins] == [(0, 0.1, 2), (0.2, 0.3, 1), (0.6, 0.7, 1), (0.9, 1, 1)]


def test_calibration_error_is_what_is_counted_by_hand() -> None:
    pairs = [(0.95, True), (0.95, False), (0.15, False), (0.15, False)]
    assert expected_calibration_error(pairs) == pytest.approx(0.5 * 0.45 + 0.5 * 0.15)
    assert expected_calibration_error([(1.0, True), (0.0, False)]) == 0


def test_risk_is_the_share_of_wrong_answers_among_the_surest() -> None:
    points = risk_coverage([(0.2, False), (0.9, True), (0.5, False), (0.8, True)])
    assert [(point.coverage, point.confidence) for point in points] == [(0.25, 0.9), (0.5, 0.8), (0.75, 0.5), (1, 0.2)]
    assert [point.risk for point in points] == pytest.approx([0, 0, 1 / 3, 1 / 2])
    assert area_under_risk_coverage([(0.2, False), (0.9, True), (0.5, False), (0.8, True)]) == pytest.approx(5 / 24)


def test_equal_confidence_is_the_mean_over_all_orders() -> None:
    tied = [(0.5, True), (0.5, False), (0.5, True), (0.5, False)]
    pairs = [(0.9, False), *tied, (0.1, True)]
    areas = []
    for order in itertools.permutations(tied):
        wrong = np.cumsum([1, *(not right for _, right in order), 0])
        areas.append((wrong / np.arange(1, 7)).mean())
    assert area_under_risk_coverage(pairs) == pytest.approx(np.mean(areas))
    for shuffled in itertools.islice(itertools.permutations(pairs), 0, 720, 37):
        assert area_under_risk_coverage(shuffled) == pytest.approx(np.mean(areas))
        assert risk_coverage(shuffled) == risk_coverage(pairs)


def test_coverage_is_of_all_questions_where_some_were_abstained_on() -> None:
    pairs = [(0.9, True), (0.8, False)]
    assert [point.coverage for point in risk_coverage(pairs, total=8)] == [1 / 8, 2 / 8]
    assert area_under_risk_coverage(pairs, total=8) == pytest.approx(0.5 / 8)
    for measured in (risk_coverage, area_under_risk_coverage):
        with pytest.raises(ValueError, match="2 answers to 1 questions"):
            measured(pairs, total=1)


def test_a_constant_confidence_has_the_error_rate_as_its_area() -> None:
    assert area_under_risk_coverage([(0.5, n < 3) for n in range(10)]) == pytest.approx(0.7)


def test_nothing_answered_has_no_figure() -> None:
    assert expected_calibration_error([]) is None
    assert brier_score([]) is None
    assert area_under_risk_coverage([]) is None
    assert area_under_risk_coverage([], total=5) is None
    assert risk_coverage([]) == risk_coverage([], total=5) == []
    assert reliability_bins([]) == []


@pytest.mark.parametrize("confidence", [-0.1, 1.1, float("nan")])
def test_a_confidence_that_is_no_probability_is_an_error(confidence: float) -> None:
    with pytest.raises(ValueError, match="a probability, from 0 to 1"):
        brier_score([(confidence, True)])
