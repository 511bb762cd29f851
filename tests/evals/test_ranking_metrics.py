"""Ranking metrics agree with their definitions and with the library."""

import math
import random

import pytest
import pytrec_eval

from evals.ranking_metrics import ranking
from qa.answer import Span


def passages(*starts: int, article: str = "a") -> list[Span]:
    return [Span(article, start, start + 100) for start in starts]


def test_a_passage_counts_only_if_it_contains_the_gold_span_whole() -> None:
    gold = [Span("a", 150, 200)]
    assert ranking(passages(100), gold)["recall_at_1"] == 1
    assert ranking([*passages(120, article="b"), Span("a", 151, 300), Span("a", 100, 199)], gold)["recall_at_10"] == 0


def test_ranking_is_by_the_first_passage_that_finds_the_span() -> None:
    figures = ranking(passages(0, 100, 200, 300), [Span("a", 310, 320)])
    assert figures == {
        "recall_at_1": 0,
        "recall_at_3": 0,
        "recall_at_10": 1,
        "reciprocal_rank": 0.25,
        "ndcg_at_10": pytest.approx(1 / math.log2(5)),
    }


def test_evidence_in_several_places_is_found_in_shares() -> None:
    figures = ranking(passages(0, 100, 200, 300), [Span("a", 110, 120), Span("a", 350, 380), Span("b", 1, 5)])
    assert figures["recall_at_1"] == 0
    assert figures["recall_at_3"] == pytest.approx(1 / 3)
    assert figures["recall_at_10"] == pytest.approx(2 / 3)
    assert figures["reciprocal_rank"] == 0.5
    ideal = 1 + 1 / math.log2(3) + 1 / math.log2(4)
    assert figures["ndcg_at_10"] == pytest.approx((1 / math.log2(3) + 1 / math.log2(5)) / ideal)


def test_spans_that_overlap_or_share_a_passage_are_one_need() -> None:
    overlapping = [Span("a", 80, 110), Span("a", 105, 120), Span("a", 115, 130)]
    assert ranking(passages(100), overlapping)["recall_at_1"] == 1
    assert ranking(passages(100), [Span("a", 101, 105), Span("a", 150, 160)])["ndcg_at_10"] == 1
    assert ranking(passages(0, 200), [Span("a", 1, 5), Span("a", 150, 160)])["recall_at_10"] == 0.5
    assert ranking(passages(0), [Span("a", 1, 5), Span("b", 1, 5)])["recall_at_10"] == 0.5


def test_alternative_spans_are_one_need_wherever_they_stand() -> None:
    gold = [Span("a", 110, 120), Span("b", 1, 5)]
    assert ranking(passages(0, 100), gold, any_suffices=True) == ranking(passages(0, 100), gold[:1])


def test_a_passage_that_finds_the_same_again_gains_nothing() -> None:
    figures = ranking([Span("a", 0, 50), Span("a", 0, 60), Span("b", 0, 9)], [Span("a", 1, 5), Span("b", 1, 5)])
    ideal = 1 + 1 / math.log2(3)
    assert figures["ndcg_at_10"] == pytest.approx((1 + 1 / math.log2(4)) / ideal)


def test_nothing_retrieved_finds_nothing_and_no_gold_is_an_error() -> None:
    assert set(ranking([], [Span("a", 0, 1)]).values()) == {0.0}
    with pytest.raises(ValueError, match="no ranking metrics"):
        ranking(passages(0), [])


def test_ranking_agrees_with_the_library_where_passages_are_documents() -> None:
    generator = random.Random(7)
    measures = {"recall.1,3,10", "recip_rank", "ndcg_cut.10"}
    for _ in range(200):
        order = generator.sample(range(30), 12)
        relevant = generator.sample(range(30), generator.randint(1, 4))
        figures = ranking(passages(*(100 * n for n in order)), [Span("a", 100 * n + 5, 100 * n + 9) for n in relevant])
        run = {str(n): float(-place) for place, n in enumerate(order)}
        theirs = pytrec_eval.RelevanceEvaluator({"q": {str(n): 1 for n in relevant}}, measures).evaluate({"q": run})[
            "q"
        ]
        names = ("recall_1", "recall_3", "recall_10", "recip_rank", "ndcg_cut_10")
        assert list(figures.values()) == [theirs[name] for name in names]
