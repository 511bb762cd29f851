"""Tell what a follow-up on a broad answer asks to be done with it: narrow it, list it, tell more of the second."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from index.bm25 import STOPWORDS
from qa.question.days import day_words
from qa.question.pattern import Array, PatternClassifier, load_model
from qa.question.script import UNSPACED
from qa.question.words import tokens

OTHER = "other"  # it asks a fact, or stands alone
OF_ONE = ("item", "speaker", "origin")  # of what was told
# Of the templates' follow-ups held apart .86 in English and .40 in the other ten languages are told from here on, .04
# wrongly; of 4,079 questions .003 are taken for one (`evals.training.follow_ups.train --hold .2`).
LEAST_PROBABILITY = 0.6
LONGEST_ORDINAL = 4  # words, where each letter is one

_WORD = re.compile(rf"[^\W{UNSPACED}]+(?:[’'.-][^\W{UNSPACED}]+)*|[{UNSPACED}]")


@dataclass(frozen=True)
class DialogueAct:
    """What is asked to be done, and with what.

    `days` are the words for days, as they stand. `own` is what the follow-up names itself, from the first to the last
    word that neither asks nor counts, and `before_own` the word ahead of that, in lower case. `ordinal` tells which one
    is meant, from 1, or -1 for the last.
    """

    name: str
    probability: float
    days: tuple[str, ...] = ()
    own: str = ""
    before_own: str = ""
    ordinal: int | None = None


class ActClassifier:
    """Tells a follow-up's act by a `PatternClassifier` that `evals.training.follow_ups.train` trains."""

    def __init__(self, facts: dict[str, Any], weights: Array, without_vector: Array) -> None:
        self._classifier = PatternClassifier(facts, weights, without_vector)
        self._asking = frozenset(facts["asking"]) | STOPWORDS
        self._ordinals: dict[str, int] = facts["ordinals"]

    def act(self, follow_up: str, vector: Sequence[float] | None) -> DialogueAct:
        """Tell the act of a follow-up, given its vector by the embedder of `TRAINED_WITH` or none; unsure is other."""
        of_class = self._classifier.probabilities(follow_up, vector)
        name = max(of_class, key=lambda each: of_class[each])
        if of_class[name] < LEAST_PROBABILITY:
            name = OTHER
        days = day_words(follow_up) or [_uncapitalised(each) for each in day_words(follow_up.title())]  # "in may?"
        rest = _without(days, follow_up)
        ordinal, counting = self._ordinal(rest)
        own, before_own = self._own(rest, counting)
        if name == "swap" and ordinal is not None and not own:  # "and the third?"
            name = "item"
        if name not in OF_ONE:
            ordinal = None
            own, before_own = self._own(rest, frozenset())
        if name in OF_ONE and ordinal is None and own.isdecimal():
            ordinal, own = int(own), ""
        return DialogueAct(name, of_class[name], tuple(days), own, before_own, ordinal)

    def _ordinal(self, text: str) -> tuple[int | None, frozenset[str]]:
        """Find which one a text means, and the words that say so; the longest is meant."""
        said = tokens(text)
        for size in range(LONGEST_ORDINAL, 0, -1):
            for start in range(len(said) - size + 1):
                words = said[start : start + size]
                if (number := self._ordinals.get(" ".join(words))) is not None:
                    return number, frozenset(words)
        return None, frozenset()

    def _own(self, text: str, counting: frozenset[str]) -> tuple[str, str]:
        words = list(_WORD.finditer(text))
        known = [tokens(each[0]) for each in words]
        own = [
            place
            for place, said in enumerate(known)
            if not all(word in self._asking or word in counting for word in said)
        ]
        if not own:
            return "", ""
        ahead = known[own[0] - 1] if own[0] else []
        return text[words[own[0]].start() : words[own[-1]].end()], "".join(ahead[:1])


def _uncapitalised(days: str) -> str:
    """Give "Since May" as "since May"; a month alone stays as it is."""
    return f"{days[0].lower()}{days[1:]}" if " " in days else days


def _without(days: Sequence[str], text: str) -> str:
    for each in days:
        text = re.sub(re.escape(each), " ", text, flags=re.IGNORECASE)
    return text


@lru_cache(1)
def load_act_classifier() -> ActClassifier:
    """Open the classifier that is shipped."""
    return ActClassifier(*load_model("act_model"))
