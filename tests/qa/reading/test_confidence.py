"""The confidence is a probability from signals that the answer itself left; the threshold follows from a target."""

import math
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article_index import ArticleIndex
from qa.answer import Abstention, Evidence, Span
from qa.ask import ask
from qa.reading.confidence import confidence_of, least_confidence, probability, signals_of, value_of
from qa.reading.grounding import Grounded
from qa.reading.language_model import Reading
from qa.reading.reply import parse_reply
from qa.testing import ScriptedLLM

RUBIO = Evidence(
    Span("a.txt", 0, 28), "Rubio called Sergei Lavrov.", "News", date(2025, 3, 16), 2.5, 0.8, 1.5, "Sergei Lavrov", 0.9
)
OTHER = Evidence(
    Span("a.txt", 29, 50), "Starmer accused Putin.", "News", date(2025, 3, 16), 1.1, 0.1, -3.0, "Putin", 0.6
)


CALLED = "Who did Rubio call?"


def reading(reply: str, **probabilities: float) -> Reading:
    return Reading(parse_reply(reply), [RUBIO, OTHER], **probabilities)


def test_signals_tell_what_both_readers_make_of_the_cited_sentence() -> None:
    told = reading("Sergei Lavrov [1]", first_probability=0.9, refusal_probability=0.02)
    signals = signals_of(CALLED, told, Grounded("Sergei Lavrov", RUBIO))
    assert signals == {
        **{"stated": 1.5, "agreement": 1.0, "refused": 0.0, "closed": 0.0},
        **{"first_probability": 0.9, "refusal_probability": 0.02},
    }


def test_the_readers_agree_by_the_words_that_they_share() -> None:
    assert signals_of(CALLED, reading("Minister Lavrov [1]"), Grounded("Lavrov", RUBIO))["agreement"] == 0.5
    assert signals_of(CALLED, reading("Putin [2]"), Grounded("Sergei Lavrov", RUBIO))["agreement"] == 0


def test_a_model_that_found_nothing_agrees_with_nothing() -> None:
    signals = signals_of(CALLED, reading("not stated"), Grounded("Sergei Lavrov", RUBIO))
    assert (signals["refused"], signals["agreement"]) == (1, 0)


def test_a_model_without_probabilities_has_a_confidence_too() -> None:
    assert 0 < confidence_of(signals_of(CALLED, reading("Sergei Lavrov [1]"), Grounded("Sergei Lavrov", RUBIO))) < 1


def test_a_doubtful_model_and_a_doubtful_reader_make_less_sure() -> None:
    def confidence(refusal: float, cited: Evidence) -> float:
        told = reading("Sergei Lavrov [1]", first_probability=1 - refusal, refusal_probability=refusal)
        return confidence_of(signals_of(CALLED, told, Grounded("Sergei Lavrov", cited)))

    assert confidence(0.001, RUBIO) > confidence(0.35, RUBIO)
    assert confidence(0.001, RUBIO) > confidence(0.001, replace(RUBIO, stated=-3.0))


def test_the_probability_is_that_of_a_logistic_regression() -> None:
    fit = {"signals": ["a", "b"], "means": [1.0, 0.0], "scales": [2.0, 1.0], "coefficients": [1.0, -2.0]}
    fit["intercept"] = 0.5
    assert probability(fit, {"a": 3.0, "b": 0.25}) == pytest.approx(1 / (1 + math.exp(-1.0)))


@given(st.floats(0, 1))
def test_probabilities_are_taken_as_logits_and_never_without_end(value: float) -> None:
    taken = value_of("refusal_probability", {"refusal_probability": value})
    assert abs(taken) < 14
    assert (taken > 0) == (value > 0.5)
    assert value_of("agreement", {"agreement": value}) == value


def test_the_threshold_rises_as_fewer_errors_are_allowed() -> None:
    signals = signals_of(CALLED, reading("Putin", first_probability=0.9), Grounded("Putin", OTHER))
    thresholds = [least_confidence(signals, error) for error in (1.0, 0.5, 0.3, 0.2, 0.1, 0.05, 0.0)]
    assert thresholds == sorted(thresholds)
    assert thresholds[0] == 0.0
    assert thresholds[-1] > 0.0


def test_an_answer_below_the_threshold_is_withheld_and_its_confidence_told(seed_index: ArticleIndex) -> None:
    given_ = ask("Who did Rubio call?", seed_index, ScriptedLLM(replies=["Sergei Lavrov [1]"]))
    assert given_.confidence is not None
    withheld = ask("Who did Rubio call?", seed_index, ScriptedLLM(replies=["Sergei Lavrov [1]"]), max_error=0.0)
    assert withheld.abstention is Abstention.UNCERTAIN
    assert (withheld.statements, withheld.citations, withheld.short_answer) == ((), (), None)
    assert withheld.confidence == given_.confidence
