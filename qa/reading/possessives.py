"""Whose something is: a sentence on Sorrel's minister is no answer to a question about Tamry's minister."""

import re
from collections.abc import Iterator

from index.bm25 import STOPWORDS
from qa.question.words import mentions, stem, tokens

_NAME = r"(?P<name>[A-Z][\w.-]*(?: (?:of (?:the )?)?[A-Z][\w.-]*)*)"
_POSSESSIVE = re.compile(_NAME + r"[’']s?(?P<things>(?: [a-z][\w-]*){1,3})")
_OF = re.compile(r"(?P<things>(?:\b[a-z][\w-]* ){1,3})of (?:the )?" + _NAME)

# Where a government sits, by which news call it.
_SEATS = (
    {"russia", "moscow", "kremlin"},
    {"us", "usa", "america", "united states", "washington", "white house"},
    {"uk", "britain", "united kingdom", "london", "downing street"},
    {"eu", "european union", "brussels"},
    {"ukraine", "kyiv", "kiev"},
    {"china", "beijing"},
    {"germany", "berlin"},
    {"france", "paris"},
    {"israel", "jerusalem"},
    {"iran", "tehran"},
    {"india", "delhi", "new delhi"},
    {"japan", "tokyo"},
    {"turkey", "ankara"},
)


def says_it_of_another(question: str, sentence: str) -> bool:
    """Tell whether a sentence has what the question asks about, but of another and nothing of the one who is named.

    Names that may be the same are not another's: an adjective (Russia, Russian), initials (UK, United Kingdom), the
    seat of a government (Russia, Moscow).
    """
    words = set(tokens(sentence))
    theirs = list(_owned(sentence))
    return any(
        things & other_things and not _may_be_same(owner, other)
        for owner, things in _owned(question)
        if not any(mentions(words, name) for name in tokens(owner))
        for other, other_things in theirs
    )


def _owned(text: str) -> Iterator[tuple[str, set[str]]]:
    """Give each name that something is said to belong to, and the stems of what that may be."""
    for found in _POSSESSIVE.finditer(text):
        yield found["name"], _stems(found["things"])
    for found in _OF.finditer(text):
        yield found["name"], _stems(found["things"].split()[-1])


def _stems(words: str) -> set[str]:
    return {stem(word) for word in tokens(words) if word not in STOPWORDS}


def _may_be_same(one: str, other: str) -> bool:
    words, others = tokens(one), tokens(other)
    if any(" ".join(words) in seats and " ".join(others) in seats for seats in _SEATS):
        return True
    return bool(set(words) & set(others)) or _initials(words) == "".join(others) or _initials(others) == "".join(words)


def _initials(words: list[str]) -> str:
    return "".join(word[0] for word in words)
