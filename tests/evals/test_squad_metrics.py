"""EM and F1 agree with SQuAD's official script, to the last digit."""

import collections
import random
import re
import string

import pytest

from evals.squad_metrics import exact_match, f1, normalize

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
