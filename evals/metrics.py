"""Metrics as the field defines them."""

import re
import string
from collections import Counter
from collections.abc import Iterable


def normalize(text: str) -> str:
    """Lower case, no punctuation, no articles, single spaces (SQuAD's official evaluation script, arXiv 1606.05250)."""
    text = "".join(char for char in text.lower() if char not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())


def exact_match(prediction: str, golds: Iterable[str]) -> float:
    """Give 1 if the normalised prediction equals a normalised gold answer, else 0."""
    return float(any(normalize(prediction) == normalize(gold) for gold in golds))


def f1(prediction: str, golds: Iterable[str]) -> float:
    """Give the best harmonic mean of precision and recall over bags of normalised tokens, in [0, 1]."""
    return max((_f1(normalize(prediction).split(), normalize(gold).split()) for gold in golds), default=0.0)


def _f1(prediction: list[str], gold: list[str]) -> float:
    if not prediction or not gold:
        return float(prediction == gold)
    common = (Counter(prediction) & Counter(gold)).total()
    return 2 * common / (len(prediction) + len(gold))


def mean(values: Iterable[float]) -> float | None:
    """Give the arithmetic mean, None of nothing."""
    numbers = list(values)
    return sum(numbers) / len(numbers) if numbers else None
