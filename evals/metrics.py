"""Metrics of one case, and the rates of abstaining, as the field defines them."""

import re
import string
from collections import Counter
from collections.abc import Iterable, Sequence

import pytrec_eval

from qa.answer import Span

_MEASURES = {"recall.1,3,10", "recip_rank", "ndcg_cut.10"}
_NAMES = {
    "recall_at_1": "recall_1",
    "recall_at_3": "recall_3",
    "recall_at_10": "recall_10",
    "reciprocal_rank": "recip_rank",
    "ndcg_at_10": "ndcg_cut_10",
}


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


def ranking(retrieved: Sequence[Span], gold: Sequence[Span], any_suffices: bool = False) -> dict[str, float]:
    """Give recall at 1, 3 and 10, reciprocal rank and nDCG at 10 of a case's evidence, by pytrec_eval.

    `retrieved` are passages, best first. A passage finds the gold spans that it contains whole. Gold spans that
    overlap, or that one of the passages contains together, are one need: annotators who mark one answer differently
    ask for one thing. A need counts at the first passage that finds it, and recall is the share of needs found. With
    `any_suffices` (SQuAD, where the gold spans are alternatives) all of them are one need, so that recall is 0 or 1.

    Raises:
        ValueError: there is no gold span, so there is nothing to find.
    """
    if not gold:
        raise ValueError("a case without gold spans has no ranking metrics")
    needs = [list(gold)] if any_suffices else _needs(retrieved, gold)
    qrel = {"case": {f"need {number}": 1 for number in range(len(needs))}}
    result = pytrec_eval.RelevanceEvaluator(qrel, _MEASURES).evaluate({"case": _places(retrieved, needs)})["case"]
    return {name: float(result[theirs]) for name, theirs in _NAMES.items()}


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


def _needs(retrieved: Sequence[Span], gold: Sequence[Span]) -> list[list[Span]]:
    """Gather the gold spans that are one need, also where only others link them."""
    needs: list[list[Span]] = []
    for span in gold:
        linked = [need for need in needs if any(_are_one(span, other, retrieved) for other in need)]
        needs = [need for need in needs if need not in linked] + [[span, *(each for need in linked for each in need)]]
    return needs


def _are_one(span: Span, other: Span, retrieved: Sequence[Span]) -> bool:
    if span.article_id != other.article_id:
        return False
    overlap = span.start < other.end and other.start < span.end
    return overlap or any(_contains(passage, span) and _contains(passage, other) for passage in retrieved)


def _places(retrieved: Sequence[Span], needs: Sequence[Sequence[Span]]) -> dict[str, float]:
    """Give what stands at each place of the ranking: the need that is found there first, else something else."""
    scores: dict[str, float] = {}
    for place, passage in enumerate(retrieved):
        found = [
            f"need {number}" for number, need in enumerate(needs) if any(_contains(passage, each) for each in need)
        ]
        new = [need for need in found if need not in scores]
        scores[new[0] if new else f"other {place}"] = float(-place)
    return scores


def _contains(passage: Span, gold: Span) -> bool:
    return passage.article_id == gold.article_id and passage.start <= gold.start and gold.end <= passage.end
