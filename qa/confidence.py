"""The probability that an answer is right, from signals that cost nothing more than the answer did.

A logistic regression over the signals; its coefficients and what they were fitted on are in `confidence.json`, made by
`evals/training/confidence.py`: those of the model's answers, those of the judge's, and those of a model's that tells no
probabilities of its tokens.
"""

import json
import math
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any

from qa.answer import Evidence, Reader
from qa.grounding import Grounded
from qa.reading import Reading
from qa.words import mentions, names_asked, stems, tokens

PROBABILITIES = ("first_probability", "probability", "least_probability", "refusal_probability")
LEAST_PROBABILITY = 1e-6
NOTHING_STATED = -6.0  # about the least logit that the judge gives


def signals_of(question: str, reading: Reading, evidence: Sequence[Evidence], grounded: Grounded) -> dict[str, float]:
    """Gather what tells a right phrase from a wrong one: what the model and the judge make of it, and its sentence.

    `model_for` and `model_against` are the model's probability of an answer that is this phrase, or another one. They
    and the other probabilities are there only where the model tells them. Shares are in [0, 1], what is `stated` is a
    logit.
    """
    cited = grounded.evidence
    asked, named = set(stems(question)), names_asked(question)
    words = set(tokens(f"{cited.title} {cited.text}"))
    support = 0.0 if reading.reply.refused else _agreement(grounded.phrase, reading.reply.text)
    others = [each.stated for each in evidence if each != cited]
    signals = {
        "support": support,
        "refused": float(reading.reply.refused),
        "looks": reading.looks,
        "stated": cited.stated,
        "lead": cited.stated - max(others, default=NOTHING_STATED),
        "agreement": _agreement(grounded.phrase, cited.phrase),
        "phrase_probability": cited.phrase_probability,
        "cited_overlap": cited.overlap,
        "cited_names": sum(mentions(words, name) for name in named) / len(named) if named else 1.0,
        "shown_words": _share(asked, set(stems(" ".join(each.text for each in evidence)))),
        "named_by_model": float(any(reading.evidence[number - 1] == cited for number in _valid_numbers(reading))),
        "answer_words": len(tokens(grounded.phrase)),
    }
    if reading.probability is not None:
        signals["model_for"] = support * reading.probability
        signals["model_against"] = (1 - support) * (1 - signals["refused"]) * reading.probability
    probabilities = {name: getattr(reading, name) for name in PROBABILITIES}
    return signals | {name: value for name, value in probabilities.items() if value is not None}


def confidence_of(by: Reader, signals: dict[str, float]) -> float:
    """Estimate the probability that what a reader proposes with these signals is right."""
    name = by if "model_for" in signals else "untold"
    return round(probability(_fits()[name], signals), 4)


def least_confidence(signals: dict[str, float], max_error: float | None) -> float:
    """Give the confidence below which an answer with these signals is withheld.

    Where at most `max_error` of the others may be wrong it is read off the answers that were fitted; without such a
    wish it is the one of the fit, 0 for a model that tells no probabilities.
    """
    told = "model_for" in signals
    if max_error is None:
        return float(_fits()["least"]) if told else 0.0
    risks: list[list[float]] = _fits()["risks" if told else "risks_untold"]
    return next((confidence for confidence, error in risks if error <= max_error), 1.0)


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


@lru_cache(1)
def _fits() -> dict[str, Any]:
    fits: dict[str, Any] = json.loads((files("qa") / "confidence.json").read_text(encoding="utf-8"))
    return fits


def _agreement(one: str, other: str) -> float:
    """Give the share of words that two phrases have in common (Dice)."""
    words = set(tokens(one)), set(tokens(other))
    return 2 * len(words[0] & words[1]) / max(1, len(words[0]) + len(words[1]))


def _share(asked: set[str], said: set[str]) -> float:
    return len(asked & said) / len(asked) if asked else 1.0


def _valid_numbers(reading: Reading) -> list[int]:
    return [number for number in reading.reply.numbers if 1 <= number <= len(reading.evidence)]
