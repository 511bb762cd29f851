"""Intervals repeat themselves, are as wide as theory says, and exist where all cases are alike."""

import random
import time

import numpy as np
import pytest

from evals.calibration import area_under_risk_coverage, expected_calibration_error
from evals.intervals import interval, interval_of_pairs, paired_interval


def flips(n: int, share: float, seed: int) -> list[float]:
    generator = random.Random(seed)
    return [float(generator.random() < share) for _ in range(n)]


def test_an_interval_is_about_two_standard_errors_around_the_mean() -> None:
    values = flips(400, 0.7, seed=1)
    low, high = interval(values)
    assert low is not None
    error = np.std(values) / np.sqrt(400)
    assert low == pytest.approx(np.mean(values) - 1.96 * error, abs=error / 4)
    assert high == pytest.approx(np.mean(values) + 1.96 * error, abs=error / 4)


def test_an_interval_covers_the_truth_about_19_times_of_20() -> None:
    covered = 0
    for seed in range(200):
        low, high = interval(flips(100, 0.6, seed), resamples=500)
        covered += low is not None and low <= 0.6 <= high
    assert 180 <= covered <= 198


def test_an_interval_is_the_same_for_the_same_seed() -> None:
    values = [random.Random(n).random() for n in range(50)]
    assert interval(values) == interval(values, seed=0) != interval(values, seed=1)


def test_cases_that_are_all_alike_have_an_interval_without_width() -> None:
    assert interval([1.0] * 30) == (1, 1)
    assert paired_interval([1.0] * 30, [1.0] * 30) == (0, 0)


@pytest.mark.parametrize("n", [0, 1])
def test_fewer_than_two_cases_have_no_interval(n: int) -> None:
    assert interval([1.0] * n) == (None, None)
    assert interval_of_pairs([(0.5, True)] * n, expected_calibration_error) == (None, None)
    assert paired_interval([1.0] * n, [0.0] * n) == (None, None)


def test_other_statistics_have_intervals_too() -> None:
    low, high = interval([float(n) for n in range(101)], np.median)
    assert low is not None
    assert 30 < low < 50 < high < 70
    pairs = [(n / 100, n % 10 < 8) for n in range(100)]
    low, high = interval_of_pairs(pairs, area_under_risk_coverage)
    area = area_under_risk_coverage(pairs)
    assert low is not None
    assert area is not None
    assert low < area < high


def test_a_paired_interval_sees_what_two_intervals_would_not() -> None:
    before = flips(200, 0.5, seed=2)
    after = [0.0 if number < 12 else value for number, value in enumerate(before)]
    low, high = paired_interval(before, after)
    assert low is not None
    assert low < high < 0
    apart_low, apart_high = interval(before), interval(after)
    assert apart_low[0] is not None
    assert apart_high[1] is not None
    assert apart_low[0] < apart_high[1]


def test_a_paired_interval_is_that_of_the_differences() -> None:
    before, after = flips(100, 0.5, seed=3), flips(100, 0.6, seed=4)
    differences = [new - old for old, new in zip(before, after, strict=True)]
    assert paired_interval(before, after) == pytest.approx(interval(differences), abs=0.03)


def test_a_case_that_counts_in_one_run_only_is_drawn_with_what_it_has() -> None:
    before: list[float | None] = [1.0, None, None, 0.0] * 20
    after: list[float | None] = [None, None, 1.0, 1.0] * 20
    low, high = paired_interval(before, after)
    assert low is not None
    assert 0.25 < low < 0.5 < high < 0.75
    assert paired_interval([None, 1.0], [None, None]) == (None, None)
    low, high = paired_interval([1.0, None, None], [None, 0.0, 0.0])
    assert (low, high) == (-1, -1)


def test_runs_of_different_length_are_an_error() -> None:
    with pytest.raises(ValueError, match="not 1 and 2"):
        paired_interval([1.0], [1.0, 0.0])


def test_twenty_figures_of_five_hundred_cases_take_seconds() -> None:
    began = time.process_time()
    for seed in range(20):
        interval(flips(500, 0.8, seed))
    assert time.process_time() - began < 6
