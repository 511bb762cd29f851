"""Classify short texts by the pattern of their words, and by their vector: a linear model that ships as three files."""

import json
from collections.abc import Iterator, Sequence
from importlib.resources import files
from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt

from index.models.embedding import Embedder
from qa.question.words import is_number, tokens

TRAINED_WITH = "all-MiniLM-L6-v2"  # the embedder of the vectors
MAX_WORDS = 4  # of a stretch that is a feature
UNKNOWN, PLURAL, NUMBER, GAP = "*", "*s", "#", "_"
NO_PLURALS = ("ss", "us", "is", "'s", "’s")
MIN_PLURAL = 4  # letters
VECTOR_WEIGHT = 5.0  # of the text's vector beside the stretches, each of which counts 1

Array = npt.NDArray[np.float32]


class PatternClassifier:
    """A linear classifier over the pattern of a text's words and its vector.

    The pattern is the text in which every word that the classifier does not know is a star, or, where it knows that,
    one that may be an English plural a star with an s: so it sees what is asked, of one thing or of several, not what
    about.
    """

    def __init__(self, facts: dict[str, list[str]], weights: Array, without_vector: Array) -> None:
        self.classes = facts["classes"]
        self.words = frozenset(facts["words"])
        self._features = {feature: row for row, feature in enumerate(facts["features"])}
        self._weights = weights
        self._without_vector = without_vector

    def probabilities(self, text: str, vector: Sequence[float] | None) -> dict[str, float]:
        """Give the probability of each class, from a vector by the embedder of `TRAINED_WITH` or without one."""
        rows = [self._features[each] for each in features(text, self.words) if each in self._features]
        weights = self._without_vector if vector is None else self._weights
        logits = weights[rows].sum(0) + weights[-1]
        if vector is not None:
            logits = logits + VECTOR_WEIGHT * np.asarray(vector) @ weights[-len(vector) - 1 : -1]
        likely = np.exp(logits - logits.max())
        return dict(zip(self.classes, map(float, likely / likely.sum()), strict=True))


def vector_of(text: str, embedder: Embedder) -> list[float] | None:
    """Give a text's vector where its embedder is the one that classifiers know."""
    return embedder.get_query_embedding(text) if embedder.model_name == TRAINED_WITH else None


def load_model(name: str) -> tuple[dict[str, Any], Array, Array]:
    """Read the files of a classifier in `qa/question/`: its facts, its weights, and those without a vector."""
    folder = files("qa.question") / name
    weights, without_vector = (
        np.load(BytesIO((folder / f"{each}.npy").read_bytes())).astype(np.float32)
        for each in ("weights", "weights_without_vector")
    )
    return json.loads((folder / "features.json").read_text(encoding="utf-8")), weights, without_vector


def features(text: str, known: frozenset[str]) -> list[str]:
    """Give what the classifier sees of a text's words: stretches of up to `MAX_WORDS`, and pairs over a gap."""
    pattern = ["<", *_pattern(text, known), ">"]
    found = {
        " ".join(pattern[start : start + size])
        for size in range(1, MAX_WORDS + 1)
        for start in range(len(pattern) - size + 1)
    }
    found |= {f"{one} {GAP} {other}" for one, other in zip(pattern, pattern[2:], strict=False)}
    return sorted(found)


def _pattern(text: str, known: frozenset[str]) -> Iterator[str]:
    last = ""
    for word in [*tokens(text), *(["?"] if text.rstrip().endswith(("?", "？", "؟")) else [])]:
        seen = word if word in known or word == "?" else _kind_of(word, known)
        if seen != UNKNOWN or last != UNKNOWN:
            yield seen
        last = seen


def _kind_of(word: str, known: frozenset[str]) -> str:
    if is_number(word) and word[0].isdigit():
        return NUMBER
    may_be_plural = word.endswith("s") and len(word) >= MIN_PLURAL and not word.endswith(NO_PLURALS)
    return PLURAL if may_be_plural and PLURAL in known else UNKNOWN
