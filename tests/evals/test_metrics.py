"""Metrics agree with their definitions, to the last digit where there is an official script."""

import collections
import math
import random
import re
import string

import pytest
import pytrec_eval

from evals.metrics import exact_match, f1, normalize, ranking
from qa.answer import Span

WORDS = (
    "the a an The AN another theatre Lavrov Sergei U.S. it's rock-and-roll 1,815 3.14 $5 — “the” naïve İstanbul ǅ ß ﬁ "
    "😀 漢字 ... ! - the. (a) _ a_b\xa0c \u2003 \u200b x y z"
).split(" ")


def official_normalize(text: str) -> str:
    """SQuAD 2.0's evaluation script: remove_articles of remove_punc of lower, then white_space_fix."""
    exclude = set(string.punctuation)
    without_punctuation = "".join(ch for ch in text.lower() if ch not in exclude)
    without_articles = re.compile(r"\b(a|an|the)\b", re.UNICODE).sub(" ", without_punctuation)
    return " ".join(without_articles.split())


def official_tokens(text: str) -> list[str]:
    return official_normalize(text).split() if text else []


def official_exact(gold: str, prediction: str) -> int:
    return int(official_normalize(gold) == official_normalize(prediction))


def official_f1(gold: str, prediction: str) -> float:
    gold_tokens, tokens = official_tokens(gold), official_tokens(prediction)
    same = sum((collections.Counter(gold_tokens) & collections.Counter(tokens)).values())
    if len(gold_tokens) == 0 or len(tokens) == 0:
        return int(gold_tokens == tokens)
    if same == 0:
        return 0
    precision = 1.0 * same / len(tokens)
    recall = 1.0 * same / len(gold_tokens)
    return (2 * precision * recall) / (precision + recall)


def official_golds(golds: list[str]) -> list[str]:
    return [gold for gold in golds if official_normalize(gold)] or [""]


def random_text(generator: random.Random) -> str:
    words = generator.choices(WORDS, k=generator.choice([0, 1, 1, 2, 3, 5, 9]))
    return generator.choice(["", " ", "\t"]) + generator.choice([" ", "  ", "\n"]).join(words)


def test_em_and_f1_agree_with_the_official_script_to_the_last_digit() -> None:
    generator = random.Random(2018)
    scores = []
    for _ in range(1000):
        prediction, gold = random_text(generator), random_text(generator)
        if generator.random() < 0.5:
            words = prediction.split() + gold.split()
            gold = " ".join(generator.sample(words, generator.randint(0, len(words))))
        assert normalize(prediction) == official_normalize(prediction)
        assert exact_match(prediction, [gold]) == official_exact(gold, prediction)
        assert f1(prediction, [gold]) == official_f1(gold, prediction)
        scores.append(f1(prediction, [gold]))
    assert sum(0 < score < 1 for score in scores) > 100
    assert sum(score == 1 for score in scores) > 50


def test_em_and_f1_take_the_best_of_the_golds_that_the_official_script_keeps() -> None:
    generator = random.Random(2016)
    for _ in range(1000):
        prediction, golds = random_text(generator), [random_text(generator) for _ in range(generator.randrange(5))]
        kept = official_golds(golds)
        assert exact_match(prediction, golds) == max(official_exact(gold, prediction) for gold in kept)
        assert f1(prediction, golds) == max(official_f1(gold, prediction) for gold in kept)


def test_normalising_follows_squad() -> None:
    assert normalize("The  U.S. Navy, an army!") == "us navy army"


@pytest.mark.parametrize(
    ("prediction", "golds", "em", "best"),
    [
        ("the Lavrov", ["Lavrov"], 1.0, 1.0),
        ("Sergei Lavrov", ["Lavrov", "Putin"], 0.0, 2 / 3),
        ("Putin", ["Lavrov"], 0.0, 0.0),
        ("a b b", ["b b c d"], 0.0, 2 * 2 / (2 + 4)),
        ("", ["x"], 0.0, 0.0),
        ("x", [], 0.0, 0.0),
        ("", [], 1.0, 1.0),
        ("the", ["..."], 1.0, 1.0),
        ("", ["the", "x"], 0.0, 0.0),
    ],
)
def test_em_and_f1_are_the_definitions(prediction: str, golds: list[str], em: float, best: float) -> None:
    assert exact_match(prediction, golds) == em
    assert f1(prediction, golds) == pytest.approx(best)


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
