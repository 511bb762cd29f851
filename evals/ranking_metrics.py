"""Where the gold evidence of a case stands among what was retrieved, as the field measures it."""

from collections.abc import Sequence

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
