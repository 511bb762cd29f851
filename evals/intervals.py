"""95% intervals by the bootstrap: cases drawn with replacement, again and again (Efron & Tibshirani 1993, ch. 13).

The percentile method: unlike BCa it has a value where all cases, or all but one, are alike, which is common here.
"""

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import DegenerateDataWarning, bootstrap

RESAMPLES = 2000
PERCENTILES = (2.5, 97.5)

Interval = tuple[float, float] | tuple[None, None]
Statistic = Callable[..., Any]


def interval(
    values: Sequence[float], statistic: Statistic = np.mean, seed: int = 0, resamples: int = RESAMPLES
) -> Interval:
    """Give the interval of a statistic of `values`, (None, None) of fewer than two; the same for the same seed.

    `statistic` takes an array and the keyword `axis`, as numpy's do.
    """
    if len(values) < 2:
        return None, None
    data = (np.asarray(values, dtype=np.float64),)
    return _bounds(data, statistic, seed, resamples, vectorized=True)


def interval_of_pairs(
    pairs: Sequence[tuple[float, float]],
    statistic: Callable[[Any], float | None],
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Interval:
    """Give the interval of a statistic of pairs that are drawn as a whole, as those of `evals.calibration`."""
    if len(pairs) < 2:
        return None, None
    first, second = np.asarray(pairs, dtype=np.float64).T
    return _bounds(
        (first, second), lambda *columns: statistic(np.column_stack(columns)), seed, resamples, vectorized=False
    )


def paired_interval(
    before: Sequence[float | None], after: Sequence[float | None], seed: int = 0, resamples: int = RESAMPLES
) -> Interval:
    """Give the interval of mean(after) - mean(before) of two runs over the same cases in the same order.

    A case is drawn with both its values. One that is None adds nothing to its run's mean, as an answer does to refusal
    precision. (None, None) where there are fewer than two cases, or nothing to compare.
    """
    old, new = (
        np.array([np.nan if each is None else each for each in run], dtype=np.float64) for run in (before, after)
    )
    if len(old) != len(new):
        raise ValueError(f"two runs over the same cases have as many values, not {len(old)} and {len(new)}")
    told = ~(np.isnan(old) & np.isnan(new))
    old, new = old[told], new[told]
    if len(old) < 2 or np.isnan(old).all() or np.isnan(new).all():
        return None, None
    return _bounds((old, new), _difference, seed, resamples, vectorized=True)


def _bounds(
    data: tuple[NDArray[np.float64], ...], statistic: Statistic, seed: int, resamples: int, vectorized: bool
) -> Interval:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DegenerateDataWarning)  # of a draw without any case that counts: it has no mean
        drawn = bootstrap(
            data,
            statistic,
            n_resamples=resamples,
            paired=len(data) > 1,
            vectorized=vectorized,
            axis=-1,
            method="percentile",
            rng=np.random.default_rng(seed),
        ).bootstrap_distribution
    low, high = np.nanpercentile(drawn, PERCENTILES)
    return float(low), float(high)


def _difference(old: NDArray[np.float64], new: NDArray[np.float64], axis: int = -1) -> NDArray[np.float64]:
    return _mean(new, axis) - _mean(old, axis)


def _mean(values: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    counted = (~np.isnan(values)).sum(axis=axis)
    total = np.nansum(values, axis=axis)
    mean = np.full(np.shape(total), np.nan)
    np.divide(total, counted, out=mean, where=counted > 0)
    return mean
