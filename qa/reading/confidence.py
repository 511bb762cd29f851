"""The probability that an answer is right, from signals that cost nothing more than the answer did.

A logistic regression over what the language model and the reader make of one sentence; its coefficients and what they
were fitted on are in `confidence.json`, made by `evals/training/confidence.py`. A model that tells no
probabilities of its tokens has coefficients of its own.
"""

import json
import math
from functools import lru_cache
from importlib.resources import files
from typing import Any

from qa.question.script import is_english
from qa.question.words import tokens
from qa.reading.grounding import Grounded
from qa.reading.language_model import Reading
from qa.reading.reader import can_read
from qa.reading.yes_or_no import is_closed

PROBABILITIES = ("first_probability", "refusal_probability", "phrase_probability")
LEAST_PROBABILITY = 1e-6
MAX_FOREIGN = 0.5  # nothing was fitted on answers of other languages: they may be right or not


def signals_of(question: str, reading: Reading, grounded: Grounded) -> dict[str, float]:
    """Gather what tells a right phrase from a wrong one.

    `stated` is the reader's logit that the cited sentence states the answer, `agreement` the share of words that the
    model's reply and the reader's phrase of that sentence have in common, in [0, 1], `refused` 1 where the model found
    nothing, `closed` 1 where yes or no is asked for, on which they never agree. The model's probabilities are
    there only where it tells them. Of what the reader cannot read there are neither `stated` nor `agreement`, and where
    it reads another language than its own, `foreign` is 1.
    """
    told = {"first_probability": reading.first_probability, "refusal_probability": reading.refusal_probability}
    probabilities = {name: value for name, value in told.items() if value is not None}
    if not can_read(question, grounded.evidence.text):
        return {"foreign": 1.0, "refused": float(reading.reply.refused)} | probabilities
    agreement = _agreement(reading.reply.text, grounded.evidence.phrase)
    signals = {
        "stated": grounded.evidence.stated,
        "agreement": 0.0 if reading.reply.refused else agreement,
        "refused": float(reading.reply.refused),
        "closed": float(is_closed(question)),
    }
    return signals | probabilities if is_english(question) else signals | probabilities | {"foreign": 1.0}


def confidence_of(signals: dict[str, float]) -> float:
    """Estimate the probability that a phrase with these signals is right, at most `MAX_FOREIGN` of another language.

    What the reader cannot read is as likely right as the model's first token is not a refusal and is the one it gave.
    """
    if "stated" in signals:
        likely = probability(_fits()[fit_of(signals)], signals)
    else:
        likely = signals.get("first_probability", 1.0) * (1 - signals.get("refusal_probability", 0.0))
    return round(min(likely, MAX_FOREIGN) if "foreign" in signals else likely, 4)


def fit_of(signals: dict[str, float]) -> str:
    """Name the fit for such signals: of a model that tells probabilities, of one that does not, of the reader alone.

    A model that tells them may have been asked for its second thought.
    """
    if "second_thought" in signals:
        return "thought"
    if "first_probability" in signals:
        return "told"
    return "alone" if "lead" in signals else "untold"


def is_silent(signals: dict[str, float]) -> bool:
    """Tell whether the reader alone is sure that no sentence states the answer."""
    return signals["stated"] < float(_fits()["alone"]["silent"])


def is_in_doubt(signals: dict[str, float]) -> bool:
    """Tell whether the model's second thought can change what becomes of a phrase: it is neither sure nor hopeless."""
    if "first_probability" not in signals or "stated" not in signals or "foreign" in signals:
        return False
    lowest, highest = _fits()["thought"]["doubt"]
    return bool(lowest <= confidence_of(signals) <= highest)


def least_confidence(signals: dict[str, float], max_error: float | None) -> float:
    """Give the confidence below which an answer with these signals is withheld.

    Where at most `max_error` of the others may be wrong it is read off the answers that were fitted; without such a
    wish it is the one of the fit, 0 for a model that tells no probabilities.
    """
    fit = _fits()[fit_of(signals)]
    if max_error is None:
        return float(fit["least"])
    risks: list[list[float]] = fit["risks"]
    return next((confidence for confidence, error in risks if error <= max_error), 1.0)


def probability(fit: dict[str, Any], signals: dict[str, float]) -> float:
    """Apply the coefficients of one fit."""
    terms = zip(fit["signals"], fit["means"], fit["scales"], fit["coefficients"], strict=True)
    logit = fit["intercept"] + sum(
        coefficient * (value_of(name, signals) - mean) / scale for name, mean, scale, coefficient in terms
    )
    return float(1 / (1 + math.exp(-logit)))


def value_of(name: str, signals: dict[str, float]) -> float:
    """Give a signal as the regression takes it: a probability as its logit."""
    if name not in PROBABILITIES:
        return signals[name]
    within = min(max(signals[name], LEAST_PROBABILITY), 1 - LEAST_PROBABILITY)
    return math.log(within / (1 - within))


@lru_cache(1)
def _fits() -> dict[str, Any]:
    fits: dict[str, Any] = json.loads((files("qa.reading") / "confidence.json").read_text(encoding="utf-8"))
    return fits


def _agreement(one: str, other: str) -> float:
    """Give the share of words that two phrases have in common (Dice)."""
    words = set(tokens(one)), set(tokens(other))
    return 2 * len(words[0] & words[1]) / max(1, len(words[0]) + len(words[1]))
