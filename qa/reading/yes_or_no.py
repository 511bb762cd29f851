"""Closed questions, which ask for yes or no: they get the clause that settles them, in the article's own words.

"Did Putin agree to the ceasefire?" is answered by "Putin has not given a clear response": neither yes nor no stands in
an article, and often neither would be true.
"""

import re

from qa.answer import Evidence
from qa.forms.interviews import first_sentence
from qa.forms.shape import Kind
from qa.reading.grounding import Grounded
from qa.reading.reply import Reply

MIN_CLAUSE_WORDS = 4

_CLOSED = re.compile(
    r"(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|must|may|might)(?:n[’']t)?\b(?!.* or\b)",
    re.IGNORECASE,
)
_YES_OR_NO = re.compile(r"(?:yes|no)\b", re.IGNORECASE)
_BOUNDARY = re.compile(
    r"[,;:](?=[\s\"”’'])[\"”’']*\s+(?:(?:and|but|so|yet|while|whereas|although|though)\s+)?|\s[–—-]\s"
)


def is_closed(question: str) -> bool:
    """Tell whether a question asks for yes or no, as "Did Putin agree?" does, and "Was it Rubio or Waltz?" does not."""
    return _CLOSED.match(question) is not None


def says_yes_or_no(reply: Reply) -> bool:
    """Tell whether a model answered a closed question with yes or no, which no sentence carries."""
    return _YES_OR_NO.match(reply.text) is not None


def settle(evidence: Evidence, phrase: str | None = None) -> Grounded:
    """Give the clause of a sentence that holds a phrase of it, by default the reader's, as the words of an answer.

    In an interview the answer begins with what settles it: "Never. I got a fruit basket."
    """
    if evidence.form == Kind.ANSWER:
        return Grounded(first_sentence(evidence.text), evidence)
    return Grounded(_clause_around(phrase or evidence.phrase, evidence.text), evidence)


def _clause_around(phrase: str, sentence: str) -> str:
    """Give the part between marks that holds the phrase, and what follows it up to the next mark where it is short."""
    at = sentence.find(phrase)
    quoted = [range(found.start(), found.end()) for found in re.finditer(r'"[^"]*"|“[^”]*”', sentence)]
    marks = [found for found in _BOUNDARY.finditer(sentence) if not any(found.start() in each for each in quoted)]
    start = max((mark.end() for mark in marks if mark.end() <= at), default=0)
    ends = [mark.start() for mark in marks if mark.start() >= at + len(phrase)]
    ends.append(len(sentence.rstrip().rstrip(".!?")))
    end = next((end for end in ends if len(sentence[start:end].split()) >= MIN_CLAUSE_WORDS), ends[-1])
    return sentence[start:end].strip() or phrase
