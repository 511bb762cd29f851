"""The plots of a run, as shapes in the coordinates of an SVG drawing that a template only has to write down."""

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from evals import calibration
from evals.case_verdict import Verdict

WIDTH, HEIGHT = 400, 250
LEFT, RIGHT, TOP, BOTTOM = 42, 12, 20, 40
RECALL_DEPTHS = (1, 3, 10)
MAX_TICKS = 6


@dataclass(frozen=True)
class Bar:
    """A figure with its interval, as written and as shares of a scale, in [0, 1]; no shares, no bar."""

    value: str
    interval: str
    n: int
    shares: Sequence[float] = ()


@dataclass(frozen=True)
class Label:
    """A text at a point; `kind` is the class of its style."""

    x: float
    y: float
    text: str
    kind: str = "value"
    anchor: str = "middle"


@dataclass(frozen=True)
class Plot:
    """A drawing of `WIDTH` x `HEIGHT` units, y downwards; or, without data, only why there is none (`missing`).

    `x_ticks` and `y_ticks` are positions with their text, `lines` pairs of a style's class and an SVG path, `bars`
    `(x, y, width, height)`, `whiskers` `(x, top, bottom)`, `dots` `(x, y)`.
    """

    title: str
    explanation: str
    missing: str | None = None
    x_name: str = ""
    y_name: str = ""
    x_ticks: Sequence[tuple[float, str]] = ()
    y_ticks: Sequence[tuple[float, str]] = ()
    lines: Sequence[tuple[str, str]] = ()
    bars: Sequence[tuple[float, float, float, float]] = ()
    whiskers: Sequence[tuple[float, float, float]] = ()
    dots: Sequence[tuple[float, float]] = ()
    labels: Sequence[Label] = field(default_factory=tuple)


def bars(figures: Mapping[str, Mapping[str, Any]]) -> dict[str, Bar]:
    """Give the figures that were measured; shares of 1 stand on a scale to 1, seconds on one to the longest of them."""
    figures = {name: each for name, each in figures.items() if each["value"] is not None}
    longest = max((each["high"] or each["value"] for name, each in figures.items() if "seconds" in name), default=0)
    return {name: _bar(each, longest, 2) if "seconds" in name else _bar(each, 1, 3) for name, each in figures.items()}


def plots(verdicts: Sequence[Verdict], figures: Mapping[str, Mapping[str, Any]]) -> list[Plot]:
    """Give the plots of a run: risk and coverage, calibration, time a question, recall at depth."""
    answers = [(each.confidence, bool(each.right)) for each in verdicts if each.confidence is not None and each.scored]
    seconds = [each.seconds for each in verdicts if each.seconds is not None]
    return [_risk_coverage(answers), _reliability(answers), _times(seconds), _recall(figures)]


def _risk_coverage(answers: Sequence[tuple[float, bool]]) -> Plot:
    plot = Plot(
        "Risk and coverage",
        "If only the surest answers were given: how many of those would be wrong. Low on the left is good: "
        "the confidence puts the right answers first.",
    )
    if not answers:
        return replace(plot, missing="No answer of this run has a confidence.")
    points = calibration.risk_coverage(answers)
    x, y = _across(0, 1), _up(0, 1)
    risk = points[-1].risk
    curve = "L".join(f"{x(each.coverage)} {y(each.risk)}" for each in points)
    return replace(
        plot,
        x_name="share of answers given, surest first",
        y_name="wrong among them",
        x_ticks=_ticks(x, 0, 1),
        y_ticks=_ticks(y, 0, 1),
        lines=[("guide", f"M{x(0)} {y(risk)}H{x(1)}"), ("curve", f"M{curve}")],
        labels=[Label(x(1), y(risk) - 6, f"all {len(points)} answers: {risk:.2f}", anchor="end")],
    )


def _reliability(answers: Sequence[tuple[float, bool]]) -> Plot:
    plot = Plot(
        "Calibration",
        "Of the answers given with a confidence, how many are right. Dots on the diagonal mean that the confidence "
        "can be taken at its word; the numbers on top count the answers.",
    )
    if not answers:
        return replace(plot, missing="No answer of this run has a confidence.")
    bins = calibration.reliability_bins(answers)
    x, y = _across(0, 1), _up(0, 1)
    width = x(1 / calibration.BINS) - x(0)
    return replace(
        plot,
        x_name="confidence",
        y_name="right among them",
        x_ticks=_ticks(x, 0, 1),
        y_ticks=_ticks(y, 0, 1),
        lines=[("guide", f"M{x(0)} {y(0)}L{x(1)} {y(1)}")],
        bars=[(x(each.low) + 1, y(each.right), width - 2, y(0) - y(each.right)) for each in bins],
        dots=[(x(each.confidence), y(each.right)) for each in bins],
        labels=[Label(x(each.low) + width / 2, TOP - 7, str(each.n), "count") for each in bins],
    )


def _times(seconds: Sequence[float]) -> Plot:
    plot = Plot("Time a question", "How many questions were done within so many seconds.")
    if not seconds:
        return replace(plot, missing="No question of this run was timed.")
    ordered = sorted(seconds)
    longest = _round_up(ordered[-1])
    x, y = _across(0, longest), _up(0, 1)
    steps = "".join(f"V{y(number / len(ordered))}H{x(each)}" for number, each in enumerate(ordered))
    marks = [("median", 0.5, statistics.median(ordered)), ("p90", 0.9, float(np.quantile(ordered, 0.9)))]
    return replace(
        plot,
        x_name="seconds",
        y_name="questions done",
        x_ticks=_ticks(x, 0, longest),
        y_ticks=_ticks(y, 0, 1),
        lines=[
            *(("guide", f"M{x(0)} {y(share)}H{x(at)}V{y(0)}") for _, share, at in marks),
            ("curve", f"M{x(0)} {y(0)}{steps}V{y(1)}H{x(longest)}"),
        ],
        dots=[(x(at), y(share)) for _, share, at in marks],
        labels=[_beside(x(at), y(share), f"{name} {at:.3g} s") for name, share, at in marks],
    )


def _recall(figures: Mapping[str, Mapping[str, Any]]) -> Plot:
    plot = Plot(
        "Recall at depth",
        "How much of the gold evidence is among the first 1, 3 and 10 passages that retrieval finds.",
    )
    held = {depth: figures.get(f"recall_at_{depth}") for depth in RECALL_DEPTHS}
    measured = {depth: each for depth, each in held.items() if each and each["value"] is not None}
    if not measured:
        return replace(plot, missing="No question of this run has gold evidence to find.")
    x, y = _across(0, len(measured)), _up(0, 1)
    half = (x(1) - x(0)) * 0.28
    bars, whiskers, labels = [], [], []
    for number, each in enumerate(measured.values()):
        middle, top = x(number + 0.5), y(each["value"])
        bars.append((middle - half, top, 2 * half, y(0) - top))
        if each["low"] is not None and each["high"] is not None:
            whiskers.append((middle, y(each["high"]), y(each["low"])))
        labels.append(Label(middle, y(0) - 8, f"{each['value']:.3f}", "inside"))
    return replace(
        plot,
        x_name="passages",
        y_name="gold evidence found",
        x_ticks=[(x(number + 0.5), f"first {depth}") for number, depth in enumerate(measured)],
        y_ticks=_ticks(y, 0, 1),
        bars=bars,
        whiskers=whiskers,
        labels=labels,
    )


def _bar(figure: Mapping[str, Any], scale: float, digits: int) -> Bar:
    value, ends = figure["value"], [figure[key] for key in ("low", "high") if figure[key] is not None]
    fits = scale and max(value, *ends, 0) <= scale
    shares = [each / scale for each in (value, *ends)] if fits else []
    written, *interval = (f"{each:.{digits}f}" if abs(each) < 100 else f"{each:,.0f}" for each in (value, *ends))
    return Bar(written, "–".join(interval), figure["n"], shares)


def _across(low: float, high: float) -> Callable[[float], float]:
    return lambda value: round(LEFT + (value - low) / (high - low) * (WIDTH - LEFT - RIGHT), 1)


def _up(low: float, high: float) -> Callable[[float], float]:
    return lambda value: round(HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - TOP - BOTTOM), 1)


def _beside(x: float, y: float, text: str) -> Label:
    """Label a point to its right, or to its left where there is no room."""
    near_edge = x > WIDTH * 0.66
    return Label(
        x + (-9 if near_edge else 9), y + (-6 if near_edge else 12), text, anchor="end" if near_edge else "start"
    )


def _ticks(scale: Callable[[float], float], low: float, high: float) -> list[tuple[float, str]]:
    step = _step(high - low)
    count = math.floor((high - low) / step + 1e-9)
    return [(scale(low + number * step), f"{low + number * step:g}") for number in range(count + 1)]


def _step(length: float) -> float:
    """Give the smallest of 1, 2, 2.5, 5 times a power of ten that cuts a length into at most `MAX_TICKS` - 1 parts."""
    power = 10.0 ** math.floor(math.log10(length / MAX_TICKS))
    return next(power * each for each in (1, 2, 2.5, 5, 10, 20) if length / (power * each) <= MAX_TICKS - 1 + 1e-9)


def _round_up(length: float) -> float:
    step = _step(max(length, 0.001))
    return math.ceil(max(length, 0.001) / step - 1e-9) * step
