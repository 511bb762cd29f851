"""Opposites: "The Greens voted for it" is no answer to who voted against it."""

import re

from qa.question.words import stem, tokens
from qa.reading.yes_or_no import is_closed

# Words of one meaning, or forms of one word, and those of the opposite one.
_PAIRS = (
    "support/oppose highest/lowest largest,biggest/smallest longest/shortest oldest/youngest richest/poorest "
    "fastest/slowest earliest/latest maximum/minimum supporter/opponent northernmost/southernmost "
    "easternmost/westernmost heaviest/lightest cheapest/dearest strongest/weakest most,more/least,less,fewer "
    "open/close,shut rise,rose,risen,increase,grow,grew,grown/fall,fell,fallen,decrease,decline,shrink "
    "begin,began,begun,start,launch/end,finish,stop,complete,conclude"
).split()
_OPPOSITES = [
    (asked, other)
    for pair in _PAIRS
    for groups in [[frozenset(map(stem, group.split(","))) for group in pair.split("/")]]
    for asked, other in (groups, groups[::-1])
]
_SIDE_TAKEN = re.compile(
    r"\b(?P<verb>vot|argu|campaign|demonstrat|protest|rul|decid|lobb|spok|speak|march|testif)\w*(?: \w+){0,3}?"
    r" (?P<side>for|against|in favou?r of)\b",
    re.IGNORECASE,
)
_OF_ANOTHER_MEANING = re.compile(
    r"\b(?:(?:end|grow|grew)\w* up|(?:fall\w*|fell) (?:apart|asleep|ill|out|silent)|close to)\b", re.IGNORECASE
)
_DENIED = re.compile(r"\b(?:no|not|never|nor|neither|nobody|none|without|\w+n[’']t)\b", re.IGNORECASE)


def says_the_opposite(question: str, sentence: str) -> bool:
    """Tell whether a sentence says the opposite of what a question asks, and nothing of that itself.

    It takes the other side with the same verb (voted for, voted against), or has the other word of a pair (support,
    oppose; highest, lowest) without the one that is asked. A denied question or sentence is not told apart, and a
    closed question is answered by its opposite. Of 4,100 gold sentences of SQuAD and XQuAD 3 are taken for opposites,
    and of 3,168 sentences that seem to answer an impossible question 54.
    """
    if is_closed(question) or denies(question) or denies(sentence):
        return False
    return _takes_other_side(question, sentence) or _has_other_word(question, sentence)


def denies(text: str) -> bool:
    """Tell whether an English text denies anything."""
    return _DENIED.search(text) is not None


def _takes_other_side(question: str, sentence: str) -> bool:
    asked, said = _sides(question), _sides(sentence)
    other = {(verb, "against" if side == "for" else "for") for verb, side in asked}
    return bool(other & said) and not asked & said


def _sides(text: str) -> set[tuple[str, str]]:
    found = _SIDE_TAKEN.finditer(text)
    return {(each["verb"].lower(), "against" if each["side"].lower() == "against" else "for") for each in found}


def _has_other_word(question: str, sentence: str) -> bool:
    asked, said = (set(map(stem, tokens(_OF_ANOTHER_MEANING.sub("", text)))) for text in (question, sentence))
    return any(
        ones & asked and ones.isdisjoint(said) and others & said and others.isdisjoint(asked)
        for ones, others in _OPPOSITES
    )
