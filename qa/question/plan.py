"""Plan how a question is to be answered: a fact that one sentence states, or something broader."""

import re
from collections.abc import Sequence
from functools import lru_cache

from index.bm25 import STOPWORDS
from qa.answer import Kind
from qa.question.asked import EXPLAIN, Plan
from qa.question.days import without_days
from qa.question.pattern import Array, PatternClassifier, load_model
from qa.question.script import UNSPACED
from qa.question.words import tokens

# The probability from which a question is broad, and from which it is tried as that where no fact is found. A number
# is mostly stated: of the facts of `evals/kinds` and `evals/invented` three are taken for a count with .93 or more.
LEAST_BROAD, LEAST_COUNT, LEAST_OTHERWISE = 0.6, 0.93, 0.3
SURELY_FACT = 0.9  # of .12 of SummHay's broad questions, and of .88 of CLAPNQ's, which are to be explained

_WORD = re.compile(rf"[^\W{UNSPACED}]+(?:[’'.-][^\W{UNSPACED}]+)*|[{UNSPACED}]")
_POSSESSIVE = re.compile(r"[’']s\b")
_UNSPACED = re.compile(f"[{UNSPACED}]")


class Planner:
    """Tells what a question asks for by a `PatternClassifier` that `evals.training.plan.train` trains."""

    def __init__(self, facts: dict[str, list[str]], weights: Array, without_vector: Array) -> None:
        self._classifier = PatternClassifier(facts, weights, without_vector)
        self._heads = frozenset(facts["heads"])
        self._frames = {name: frozenset(facts[name]) for name in [*facts["classes"], "any"] if name in facts}

    def plan(self, question: str, vector: Sequence[float] | None) -> Plan:
        """Plan a question, given its vector by the embedder of `TRAINED_WITH` or none; what may be a fact is one."""
        of_class = self._classifier.probabilities(question, vector)
        broad = 1 - of_class.pop(str(Kind.FACT))
        likeliest = max(of_class, key=lambda each: of_class[each])
        otherwise = self.read_as(likeliest, question, broad) if broad >= LEAST_OTHERWISE else None
        if otherwise and broad >= least_of(likeliest):
            return otherwise
        return Plan(Kind.FACT, 1 - broad, otherwise=otherwise)

    def plan_as(self, kind: Kind, question: str, vector: Sequence[float] | None) -> Plan:
        """Plan a question of a kind that is told: the likeliest class of it; of what is surely a fact it explains."""
        if kind is Kind.FACT:
            return Plan(kind)
        of_class = self._classifier.probabilities(question, vector)
        if kind is Kind.OVERVIEW and of_class[str(Kind.FACT)] >= SURELY_FACT:
            return self.read_as(f"{kind}_{EXPLAIN}", question)
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


def least_of(name: str) -> float:
    """Give the probability of not being a fact from which a question is one of a class."""
    return LEAST_COUNT if name == Kind.COUNT else LEAST_BROAD


@lru_cache(1)
def load_planner() -> Planner:
    """Open the planner that is shipped."""
    return Planner(*load_model("plan_model"))
