"""The probability that an answer is right, from signals that cost nothing more than the answer did.

A logistic regression over the signals; its coefficients and what they were fitted on are in `confidence.json`, made by
`evals/training/confidence.py`. A model that tells no probabilities of its tokens has coefficients of its own.
"""

import json
import math
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any

from qa.answer import Evidence
from qa.grounding import Grounded
from qa.reading import Reading
from qa.words import mentions, names, stems, tokens

PROBABILITIES = ("first_probability", "probability", "least_probability", "refusal_probability")
LEAST_PROBABILITY = 1e-6


def signals_of(question: str, reading: Reading, evidence: Sequence[Evidence], grounded: Grounded) -> dict[str, float]:
    """Gather what tells a right answer from a wrong one: the model's own doubt, and how its sentence fits the question.

    The probabilities are there only where the model tells them; shares are in [0, 1].
    """
    cited = grounded.evidence
    scores = sorted((each.score for each in evidence), reverse=True)
    asked = set(stems(question))
    named = names(question)
    words = set(tokens(f"{cited.title} {cited.text}"))
    probabilities = {name: getattr(reading, name) for name in PROBABILITIES}
    return {name: value for name, value in probabilities.items() if value is not None} | {
        "looks": reading.looks,
        "best_score": scores[0],
        "margin": scores[0] - scores[1] if len(scores) > 1 else scores[0],
        "cited_score": cited.score,
        "cited_rank": scores.index(cited.score),
        "cited_overlap": cited.overlap,
        "cited_similarity": cited.similarity,
        "cited_names": sum(mentions(words, name) for name in named) / len(named) if named else 1.0,
        "shown_words": _share(asked, set(stems(" ".join(each.text for each in evidence)))),
        "named_by_model": any(reading.evidence[number - 1] == cited for number in _valid_numbers(reading)),
        "question_words": len(asked),
        "answer_words": len(tokens(grounded.phrase)),
    }


def confidence_of(signals: dict[str, float]) -> float:
    """Estimate the probability that the answer with these signals is right."""
    fit = _fits()["with_probabilities" if "first_probability" in signals else "without_probabilities"]
    return round(probability(fit, signals), 4)


def probability(fit: dict[str, Any], signals: dict[str, float]) -> float:
    """Apply the coefficients of one fit."""
    terms = zip(fit["signals"], fit["means"], fit["scales"], fit["coefficients"], strict=True)
    logit = fit["intercept"] + sum(
        coefficient * (value_of(name, signals) - mean) / scale for name, mean, scale, coefficient in terms
    )
    return float(1 / (1 + math.exp(-logit)))


def value_of(name: str, signals: dict[str, float]) -> float:
    """Give a signal as the regression takes it: a probability as its logarithm."""
    return math.log(max(signals[name], LEAST_PROBABILITY)) if name in PROBABILITIES else float(signals[name])


def least_confidence(max_error: float) -> float:
    """Give the confidence below which an answer must be withheld for at most `max_error` of the others to be wrong.

    It is read off the answers that the coefficients were tested on; 0 where all of them together err less.
    """
    risks: list[list[float]] = _fits()["risks"]
    return next((confidence for confidence, error in risks if error <= max_error), 1.0)


@lru_cache(1)
def _fits() -> dict[str, Any]:
    fits: dict[str, Any] = json.loads((files("qa") / "confidence.json").read_text(encoding="utf-8"))
    return fits


def _share(asked: set[str], said: set[str]) -> float:
    return len(asked & said) / len(asked) if asked else 1.0


def _valid_numbers(reading: Reading) -> list[int]:
    return [number for number in reading.reply.numbers if 1 <= number <= len(reading.evidence)]
