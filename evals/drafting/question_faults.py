"""Find what is wrong with a proposed question by its words alone."""

import re
from enum import StrEnum

from evals.drafting.candidates import Candidate, Kind, topic_of
from qa.question.words import mentions, names, stem, stems, tokens
from qa.reading.check_names_and_counts import counted_words

QUESTION_WORDS = range(4, 26)
MIN_CARRIED = 0.7
MIN_SPECIFIC = 2
WORDS_TO_COUNTED = 4


class Fault(StrEnum):
    """Why a proposal is dropped."""

    MALFORMED = "no well-formed question"
    LEANING = "does not stand alone"
    TELLING = "tells its own answer"
    STRANGE_NAME = "names what the sentence does not"
    NAMELESS = "names nothing"
    VAGUE = "says too little of what the sentence says"
    UNFIT = "asks for another kind of answer"
    STRAYING = "asks about something else than the sentence"
    REPEATED = "was asked before"
    NOT_FOUND = "the assistant does not find the answer"
    UNSURE = "the assistant is unsure of the answer"
    AMBIGUOUS = "another sentence may answer it too"


_OPENING = re.compile(
    r"(?:(?:in|on|at|by|for|from|to|with|during|of|after|under|against|around|until|since) )?"
    r"(?:who|whom|whose|what|which|when|where|how)\b",
    re.IGNORECASE,
)
_PRONOUN = re.compile(r"\b(?:he|she|it|they|him|her|them|his|hers|its|their)\b", re.IGNORECASE)
_LEANING = re.compile(
    r"\b(?:this|these|those|here|article|passage|sentence|text|author|paragraph|mentioned|described|above|following|"
    r"given|now|today|recently|currently|ago|i|we|you|our|us|my|your)\b",
    re.IGNORECASE,
)
# "the game" in a question is one that its reader has not been told of.
_UNTOLD = re.compile(
    r"\b[Tt]he (?:game|match|season|museum|company|firm|city|town|country|region|area|state|university|school|college|"
    r"team|club|series|show|program(?:me)?|film|movie|book|story|event|war|battle|building|church|government|party|group|"
    r"organi[sz]ation|agency|project|mission|system|election|treaty|agreement|network|station|hospital|court|article|"
    r"second|first|third)\b(?! of [A-Z]| [A-Z]| [a-z]+ed )|\bthe [a-z]+\?$"
)
_WHEN = re.compile(r"\bwhen\b|\b(?:what|which) (?:\w+ )?(?:year|date|day|month|century|decade)\b", re.IGNORECASE)
_AMOUNT = re.compile(
    r"\bhow (?:many|much|long|old|far|tall|high|large|big|wide|deep|heavy|fast|often)\b|"
    r"\b(?:what|which) (?:\w+ )?(?:percentage|percent|number|amount|share|proportion|portion|fraction|price|cost|size|"
    r"length|height|population|distance|speed|temperature|age|score|total|area)\b|"
    r"\bwhat (?:is|was) the [\w ]*\b(?:percentage|number|amount|population|size|length|height|price|cost|total|area|"
    r"score)\b",
    re.IGNORECASE,
)
# What is measured has a unit, and a bare number is half an answer.
_MEASURE = re.compile(r"\bhow (?:much|long|far|tall|high|large|big|wide|deep|heavy|fast)\b", re.IGNORECASE)
_IN = ("in", "at", "near", "from", "to", "into", "across", "outside", "inside", "around", "towards", "toward")


def fault_of(question: str, candidate: Candidate) -> Fault | None:
    """Give the first thing that is wrong with a question on a candidate, None where nothing is."""
    said = {stem(word) for word in tokens(f"{candidate.article.title} {candidate.sentence}")}
    asked = _asked(question)
    if not is_well_formed(question):
        return Fault.MALFORMED
    if leans(question):
        return Fault.LEANING
    if set(stems(candidate.answer)) & set(stems(question)):
        return Fault.TELLING
    if not all(mentions(set(tokens(candidate.sentence)), name) for name in names(question)):
        return Fault.STRANGE_NAME
    if not any(not name[0].isdigit() for name in names(question)):
        return Fault.NAMELESS
    if not fits(question, candidate):
        return Fault.UNFIT
    if len(asked & said) < MIN_CARRIED * len(asked):
        return Fault.STRAYING
    return Fault.VAGUE if len(asked & said - topic_of(candidate.article)) < MIN_SPECIFIC else None


def is_well_formed(question: str) -> bool:
    """Tell whether a text is one question with a question word at its beginning."""
    words = re.findall(r"\w[\w’'.-]*", question)
    return (
        len(words) in QUESTION_WORDS
        and question.endswith("?")
        and question.count("?") == 1
        and not re.search(r"[\[\]_*#<>:;]", question)
        and _OPENING.match(question) is not None
    )


def leans(question: str) -> bool:
    """Tell whether a question points at something outside of it: "this", "the game", a pronoun before any name."""
    pronoun = _PRONOUN.search(question)
    if _LEANING.search(question) or _UNTOLD.search(question):
        return True
    return pronoun is not None and not names(question[: pronoun.start()])


def fits(question: str, candidate: Candidate) -> bool:
    """Tell whether the answer is of the kind that the question asks for."""
    when, amount = bool(_WHEN.search(question)), bool(_AMOUNT.search(question))
    if candidate.kind is Kind.DATE:
        only_year = candidate.answer.isdecimal()
        asks_year = re.search(r"\byear\b", question, re.IGNORECASE) is not None
        return when and (only_year or not asks_year) and not (only_year and re.search(r"\b(?:date|day)\b", question))
    if candidate.kind is Kind.NUMBER:
        return amount and _counts(question, candidate)
    if when or amount or re.match(r"how\b", question, re.IGNORECASE):
        return False
    if re.match(r"(?:\w+ )?who", question, re.IGNORECASE):
        return candidate.before not in _IN
    return candidate.before in (*_IN, "of", "the") if re.match(r"where\b", question, re.IGNORECASE) else True


def _counts(question: str, candidate: Candidate) -> bool:
    """Tell whether what is counted stands right behind the number."""
    counted = counted_words(question)
    following = [stem(word) for word in candidate.after[:WORDS_TO_COUNTED]]
    if re.search(r"[$€£%]|percent", candidate.answer):
        return not counted
    return stem(counted[-1]) in following if counted else not _MEASURE.search(question)


def _asked(question: str) -> set[str]:
    """Give the stems of what a question says, without the noun that it asks for: "which town", "the name of"."""
    asked_for = re.findall(r"\b(?:what|which) ([a-z]+)|\b(name) of", question.lower())
    return set(stems(question)) - {stem(word) for pair in asked_for for word in pair}
