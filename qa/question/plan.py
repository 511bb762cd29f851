"""Plan how a question is to be answered: a fact that one sentence states, or something broader."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from io import BytesIO

import numpy as np
import numpy.typing as npt

from index.bm25 import STOPWORDS
from qa.answer import Kind
from qa.question.days import without_days
from qa.question.script import UNSPACED
from qa.question.words import is_number, tokens

# The probability from which a question is broad, and from which it is tried as that where no fact is found: of 3,500
# facts .01 and .03 have such a one (`evals.training.plan.train --hold .2`).
LEAST_BROAD, LEAST_OTHERWISE = 0.65, 0.3
TRAINED_WITH = "all-MiniLM-L6-v2"  # the embedder of the vectors
MAX_WORDS = 4  # of a stretch that is a feature
UNKNOWN, NUMBER, GAP = "*", "#", "_"
VECTOR_WEIGHT = 5.0  # of the question's vector beside the stretches, each of which counts 1

_WORD = re.compile(rf"[^\W{UNSPACED}]+(?:[’'.-][^\W{UNSPACED}]+)*|[{UNSPACED}]")
_POSSESSIVE = re.compile(r"[’']s\b")
_UNSPACED = re.compile(f"[{UNSPACED}]")

Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Plan:
    """What is asked: its `kind`, of a folder question which fact about the articles, and what it is all about.

    `probability` is that of the kind. `topic` holds the words of the question that say what it is about, in their
    order, without those that merely ask; `of_one` tells that it asks of a single article. A fact that may be something
    broader has that reading as `otherwise`.
    """

    kind: Kind
    probability: float = 1.0
    fact: str = ""
    topic: str = ""
    of_one: bool = False
    otherwise: "Plan | None" = None


class Planner:
    """A linear classifier over the question's pattern of words and its vector (`evals.training.plan.train`).

    The pattern is the question in which every word that the classifier does not know is a star: so it sees what is
    asked, not what about.
    """

    def __init__(self, facts: dict[str, list[str]], weights: Array, without_vector: Array) -> None:
        self._classes = facts["classes"]
        self._features = {feature: row for row, feature in enumerate(facts["features"])}
        self._words = frozenset(facts["words"])
        self._heads = frozenset(facts["heads"])
        self._frames = {name: frozenset(facts[name]) for name in [*self._classes, "any"] if name in facts}
        self._weights = weights
        self._without_vector = without_vector

    def plan(self, question: str, vector: Sequence[float] | None) -> Plan:
        """Plan a question, given its vector by the embedder of `TRAINED_WITH` or none; what may be a fact is one."""
        of_class = dict(zip(self._classes, self.probabilities(question, vector), strict=True))
        broad = 1 - float(of_class.pop(str(Kind.FACT)))
        likeliest = max(of_class, key=lambda each: of_class[each])
        otherwise = self.read_as(likeliest, question, broad) if broad >= LEAST_OTHERWISE else None
        if otherwise and broad >= LEAST_BROAD:
            return otherwise
        return Plan(Kind.FACT, 1 - broad, otherwise=otherwise)

    def plan_as(self, kind: Kind, question: str, vector: Sequence[float] | None) -> Plan:
        """Plan a question of a kind that is told: the likeliest class of it."""
        if kind is Kind.FACT:
            return Plan(kind)
        of_class = dict(zip(self._classes, self.probabilities(question, vector), strict=True))
        of_kind = [each for each in of_class if each.partition("_")[0] == kind]
        return self.read_as(max(of_kind, key=lambda each: of_class[each]), question)

    def read_as(self, name: str, question: str, probability: float = 1.0) -> Plan:
        """Read a question as one of a class, which is a kind or a kind and a fact: "overview", "folder_newest"."""
        kind, _, fact = name.partition("_")
        asking = self._frames.get(name, frozenset()) | self._frames["any"] | self._heads | STOPWORDS
        words = _WORD.findall(_POSSESSIVE.sub("", without_days(question)))
        said = [word for word in words if (known := tokens(word)) and known[0] not in asking]
        of_one = not self._heads.isdisjoint(tokens(question))
        return Plan(Kind(kind), probability, fact, ("" if _UNSPACED.search(question) else " ").join(said), of_one)

    def probabilities(self, question: str, vector: Sequence[float] | None) -> Array:
        """Give the probability of each class, shape (classes,)."""
        rows = [self._features[each] for each in features(question, self._words) if each in self._features]
        weights = self._without_vector if vector is None else self._weights
        logits = weights[rows].sum(0) + weights[-1]
        if vector is not None:
            logits = logits + VECTOR_WEIGHT * np.asarray(vector) @ weights[-len(vector) - 1 : -1]
        likely = np.exp(logits - logits.max())
        return np.asarray(likely / likely.sum(), np.float32)


@lru_cache(1)
def load_planner() -> Planner:
    """Open the planner that is shipped."""
    folder = files("qa.question") / "plan_model"
    weights = [
        np.load(BytesIO((folder / f"{name}.npy").read_bytes())).astype(np.float32)
        for name in ("weights", "weights_without_vector")
    ]
    return Planner(json.loads((folder / "features.json").read_text(encoding="utf-8")), *weights)


def features(question: str, known: frozenset[str]) -> list[str]:
    """Give what the classifier sees of a question's words: stretches of up to `MAX_WORDS`, and pairs over a gap."""
    pattern = ["<", *_pattern(question, known), ">"]
    found = {
        " ".join(pattern[start : start + size])
        for size in range(1, MAX_WORDS + 1)
        for start in range(len(pattern) - size + 1)
    }
    found |= {f"{one} {GAP} {other}" for one, other in zip(pattern, pattern[2:], strict=False)}
    return sorted(found)


def _pattern(question: str, known: frozenset[str]) -> Iterator[str]:
    last = ""
    for word in [*tokens(question), *(["?"] if question.rstrip().endswith(("?", "？", "؟")) else [])]:
        seen = word if word in known or word == "?" else NUMBER if is_number(word) and word[0].isdigit() else UNKNOWN
        if seen != UNKNOWN or last != UNKNOWN:
            yield seen
        last = seen
