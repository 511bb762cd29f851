"""Find the answers of examples among the tokens of what the reader is given (`qa.reading.reader_io`)."""

from collections.abc import Sequence

import numpy as np

from evals.training.reader.examples import Example, Span
from qa.reading.reader_io import Window


def tokens_of(window: Window, answer: Span) -> tuple[int, int] | None:
    """Give the first and last token (positions in the whole input) of an answer, None where the window cuts it."""
    inside = np.flatnonzero((window.offsets[:, 1] > answer[0]) & (window.offsets[:, 0] < answer[1]))
    if not len(inside) or window.offsets[inside[0], 0] > answer[0] or window.offsets[inside[-1], 1] < answer[1]:
        return None
    return window.first + int(inside[0]), window.first + int(inside[-1])


def window_of(windows: Sequence[Window], example: Example) -> Window:
    """Give the window to learn from: the first one with the best answer, else the first."""
    holding = (each for each in windows if example.answers and tokens_of(each, example.answers[0]))
    return next(holding, windows[0])
