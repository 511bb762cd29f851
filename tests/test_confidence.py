"""The confidence is a probability from signals that the answer itself left; the threshold follows from a target."""

import math
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article_index import ArticleIndex
from qa.answer import Abstention, Evidence, Reader, Span
from qa.ask import ask
from qa.confidence import LEAST_PROBABILITY, confidence_of, least_confidence, probability, signals_of, value_of
from qa.grounding import Grounded
from qa.reading import Reading
from qa.reply import parse_reply
from qa.testing import HashingEmbedding, ScriptedLLM

RUBIO = Evidence(
    Span("a.txt", 0, 28), "Rubio called Sergei Lavrov.", "News", date(2025, 3, 16), 2.5, 0.8, 1.5, "Sergei Lavrov", 0.9
)
OTHER = Evidence(
    Span("a.txt", 29, 50), "Starmer accused Putin.", "News", date(2025, 3, 16), 1.1, 0.1, -3.0, "Putin", 0.6
)


def reading(reply: str, **probabilities: float) -> Reading:
    return Reading(parse_reply(reply), [RUBIO, OTHER], **probabilities)


def test_signals_tell_how_the_cited_sentence_fits_the_question() -> None:
    told = reading("Sergei Lavrov [1]", first_probability=0.9, probability=0.8)
    signals = signals_of("Who did Rubio call?", told, [RUBIO, OTHER], Grounded("Sergei Lavrov", RUBIO))
    assert (signals["stated"], signals["lead"]) == (1.5, 4.5)
    assert (signals["support"], signals["agreement"]) == (1, 1)
    assert (signals["model_for"], signals["model_against"]) == (0.8, 0)
    assert signals["cited_names"] == 1
    assert signals["named_by_model"] == 1
    assert signals["shown_words"] == 1
    assert signals["answer_words"] == 2
    assert (signals["first_probability"], signals["probability"]) == (0.9, 0.8)
    assert "least_probability" not in signals


def test_a_name_that_the_cited_sentence_lacks_and_another_number_are_signs_of_doubt() -> None:
    told = reading("Putin [1]")
    signals = signals_of("Who did Rubio accuse?", told, [RUBIO, OTHER], Grounded("Putin", OTHER))
    assert signals["cited_names"] == 0
    assert signals["named_by_model"] == 0
    assert signals["lead"] == -4.5


def test_another_answer_of_the_model_speaks_against_a_phrase_of_the_judge() -> None:
    told = reading("Putin [2]", first_probability=0.6, probability=0.7)
    signals = signals_of("Who did Rubio call?", told, [RUBIO, OTHER], Grounded("Sergei Lavrov", RUBIO))
    assert (signals["model_for"], signals["model_against"]) == (0, 0.7)
    refused = reading("not stated", first_probability=0.6, probability=0.7)
    signals = signals_of("Who did Rubio call?", refused, [RUBIO, OTHER], Grounded("Sergei Lavrov", RUBIO))
    assert (signals["refused"], signals["model_against"]) == (1, 0)


def test_a_number_that_names_no_sentence_is_no_sign() -> None:
    signals = signals_of("Who?", reading("Putin [7] [0]"), [OTHER], Grounded("Putin", OTHER))
    assert signals["named_by_model"] == 0


def test_a_model_without_probabilities_has_a_confidence_too() -> None:
    grounded = Grounded("Sergei Lavrov", RUBIO)
    plain = signals_of("Who did Rubio call?", reading("Sergei Lavrov [1]"), [RUBIO, OTHER], grounded)
    assert 0 < confidence_of(Reader.MODEL, plain) < 1


def test_a_doubtful_model_is_less_sure() -> None:
    grounded = Grounded("Sergei Lavrov", RUBIO)

    def confidence(first: float, refusal: float) -> float:
        told = reading(
            "Sergei Lavrov [1]",
            first_probability=first,
            probability=first,
            least_probability=first,
            refusal_probability=refusal,
        )
        return confidence_of(Reader.MODEL, signals_of("Who did Rubio call?", told, [RUBIO, OTHER], grounded))

    assert confidence(0.99, 0.001) > confidence(0.4, 0.35)


def test_the_probability_is_that_of_a_logistic_regression() -> None:
    fit = {"signals": ["a", "b"], "means": [1.0, 0.0], "scales": [2.0, 1.0], "coefficients": [1.0, -2.0]}
    fit["intercept"] = 0.5
    assert probability(fit, {"a": 3.0, "b": 0.25}) == pytest.approx(1 / (1 + math.exp(-1.0)))


@given(st.floats(0, 1))
def test_probabilities_are_taken_as_logarithms_and_never_without_end(value: float) -> None:
    assert math.log(LEAST_PROBABILITY) <= value_of("probability", {"probability": value}) <= 0
    assert value_of("lead", {"lead": value}) == value


def test_the_threshold_rises_as_fewer_errors_are_allowed() -> None:
    signals = signals_of("Who?", reading("Putin", probability=0.9), [OTHER], Grounded("Putin", OTHER))
    thresholds = [least_confidence(signals, error) for error in (1.0, 0.5, 0.3, 0.2, 0.1, 0.05, 0.0)]
    assert thresholds == sorted(thresholds)
    assert thresholds[0] == 0.0
    assert thresholds[-1] > 0.0


def test_an_answer_below_the_threshold_is_withheld_and_its_confidence_told(seeds: Path, tmp_path: Path) -> None:
    index = ArticleIndex(seeds, tmp_path / "index", HashingEmbedding())
    index.sync()
    given_ = ask("Who did Rubio call?", index, ScriptedLLM(replies=["Sergei Lavrov [1]"]))
    assert given_.confidence is not None
    withheld = ask("Who did Rubio call?", index, ScriptedLLM(replies=["Sergei Lavrov [1]"]), max_error=0.0)
    index.close()
    assert withheld.abstention is Abstention.UNCERTAIN
    assert (withheld.statements, withheld.citations, withheld.short_answer) == ((), (), None)
    assert withheld.confidence == given_.confidence
