"""How far an answer is a gold one, word for word, as SQuAD's official scripts measure it."""

import re
import string
from collections import Counter
from collections.abc import Iterable


def normalize(text: str) -> str:
    """Lower case, no punctuation, no articles, single spaces (SQuAD's official evaluation script, arXiv 1606.05250)."""
    text = "".join(char for char in text.lower() if char not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())


def exact_match(prediction: str, golds: Iterable[str]) -> float:
    """Give 1 if the normalised prediction equals a normalised gold answer, else 0.

    As in SQuAD 2.0's official script (arXiv 1806.03822) gold answers of which nothing is left do not count, and where
    no gold answer is left only a prediction of which nothing is left is right.
    """
    return float(normalize(prediction) in _normalized(golds))


def f1(prediction: str, golds: Iterable[str]) -> float:
    """Give the best harmonic mean of precision and recall over bags of normalised tokens, in [0, 1].

    Where nothing is left of the prediction or of all gold answers it is `exact_match`, as in SQuAD 2.0's script.
    """
    tokens = normalize(prediction).split()
    return max(_f1(tokens, gold.split()) for gold in _normalized(golds))


def _normalized(golds: Iterable[str]) -> list[str]:
    return [gold for gold in map(normalize, golds) if gold] or [""]


def _f1(prediction: list[str], gold: list[str]) -> float:
    if not prediction or not gold:
        return float(prediction == gold)
    common = (Counter(prediction) & Counter(gold)).total()
    if not common:
        return 0.0
    # Not shortened to 2 * common / (len + len): that differs from the official script in the last digit.
    precision, recall = common / len(prediction), common / len(gold)
    return (2 * precision * recall) / (precision + recall)
