"""Tell whether a question can be understood alone, or leans on the one before it: by what it leaves out, or points to.

A question leans for certain by words that point back or by what it leaves out. One that is whole, but names nothing
and has next to no words of its own ("Who came third?"), may be about what the question before is about, or not. "The
meeting of the ministers" is taken as it stands. English; of another language hardly anything is said to lean.
"""

import re

from qa.question.words import names, names_asked, stems

_CONNECTIVE = re.compile(r"(?:and|but|so|or|then|ok|okay|well)\b,? ", re.IGNORECASE)
_ABOUT = re.compile(r"(?:what|how) about\b", re.IGNORECASE)
_AUXILIARY = (
    r"(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|may|might|must|should|shall|"
    r"(?:is|are|was|were|do|does|did|has|have|had|could|would|should|wo|ca)n[’']t)"
)
_PREPOSITION = (
    r"(?:about|after|against|among|as|at|before|behind|between|beside|besides|by|during|for|from|in|into|like|near|of|on|"
    r"over|since|than|through|to|under|until|with|within|without)"
)
_ASKING = r"(?:who|whom|whose|what|which|when|where|why|how(?: many| much| long| old| often| far| big| soon| large)?)"

# A question word with at most a noun behind it: "When?", "By when?", "In what time?", "At how many regions?"
_BARE = re.compile(
    rf"(?:{_PREPOSITION} )?{_ASKING}(?: (?!{_AUXILIARY}\b)[\w’'-]+)?(?: (?:exactly|not|so|{_PREPOSITION}))?",
    re.IGNORECASE,
)
_FRAGMENT = re.compile(rf"{_PREPOSITION} (?!.*\b{_ASKING}\b)(?!.*\b{_AUXILIARY}\b)(?:\S+ ?){{1,5}}", re.IGNORECASE)
_DEFINITION = re.compile(r"what (?:is|are|was|were) [\w-]{3,}", re.IGNORECASE)
_OPENS_A_QUESTION = re.compile(rf"(?:{_ASKING}|{_AUXILIARY}|tell|name|list|give|explain|describe)\b", re.IGNORECASE)

_DEMONSTRATIVE = re.compile(
    rf"(?:^|\b(?:{_AUXILIARY}|{_PREPOSITION}) )that\b|"
    r"\b(?:this|these)\b"
    r"(?! (?:time|week|weekend|month|year|morning|afternoon|evening|spring|summer|autumn|fall|winter)\b)|"
    r"\bthose\b(?! (?:who|which|that|of|in|with)\b)|"
    r"\bthere\b|"
    r"\b(?:the|first|second|third|last|next|other|which|new|old) ones?\b|"
    r"\b(?:who|what|where|when) else\b|\bthen$|\bthe latter\b",
    re.IGNORECASE,
)
_EXISTENTIAL = re.compile(rf"\b{_AUXILIARY}(?: not)? there (?=\w)|\bthere {_AUXILIARY}\b", re.IGNORECASE)
_PRONOUN = re.compile(r"\b(?:he|she|it|they|him|her|his|hers|its|their|theirs|them)\b", re.IGNORECASE)
_EXPLETIVE = re.compile(
    r"it (?:takes?|took|rain(?:s|ed)?|snow(?:s|ed)?|true|called|named|(?:\w+ )?(?:that|to))\b", re.IGNORECASE
)
_NOUN_WITH_ARTICLE = re.compile(r"\b(?:the|an?|[\w.]+[’']s) \w+", re.IGNORECASE)
_NEW_CLAUSE = re.compile(
    r"[,;:]|\b(?:that|who|which|when|while|where|after|before|because|if|whether|and|or|but)\b", re.IGNORECASE
)
_LEADING = re.compile(rf"(?:{_PREPOSITION} )?{_ASKING}\b ?", re.IGNORECASE)

# Of the 202 questions of `evals/seeds.jsonl` and `evals/invented/cases.jsonl`, which were written to be asked alone,
# none has so few words that say what it is about, and no name.
FEW_WORDS = 2


def without_connective(question: str) -> str:
    """Give a question without the "and" or "but" that ties it to the one before."""
    found = _CONNECTIVE.match(question)
    return question[found.end() :][:1].upper() + question[found.end() + 1 :] if found else question


def stands_alone(question: str) -> bool:
    """Tell whether a question needs no earlier one to be understood, as far as its form shows."""
    return not (leans(question) or says_little(question))


def leans(question: str) -> bool:
    """Tell whether something in the question points to an earlier one for certain, or is left out."""
    asked = without_connective(question).rstrip(" ?!.")
    if is_elliptic(question) or _DEMONSTRATIVE.search(_EXISTENTIAL.sub("", asked)):
        return True
    return leaning_pronoun(asked) is not None


def says_little(question: str) -> bool:
    """Tell whether a question has so few words of its own that what it is about may have been said before."""
    asked = without_connective(question).rstrip(" ?!.")
    return len(stems(asked)) <= FEW_WORDS and not names_asked(asked) and not _DEFINITION.fullmatch(asked)


def leaning_pronoun(asked: str) -> re.Match[str] | None:
    """Find the first pronoun that stands for nothing in the question itself."""
    return next((found for found in _PRONOUN.finditer(asked) if _points_back(found, asked)), None)


def is_possessive(pronoun: re.Match[str], asked: str) -> bool:
    """Tell whether a pronoun says whose something is: "his job", "her sister", but not "advises her now"."""
    before, behind = asked[: pronoun.start()], asked[pronoun.end() :]
    word = pronoun[0].lower()
    return word in ("his", "its", "their") or (word == "her" and not _is_object(word, before, behind))


def is_elliptic(question: str) -> bool:
    """Tell whether a question leaves out what it asks about: "And when?", "What about Ukraine?", "Why not?"."""
    asked = without_connective(question).rstrip(" ?!.")
    if _ABOUT.match(asked) or _BARE.fullmatch(asked) or _FRAGMENT.fullmatch(asked) or len(asked.split()) <= 2:
        return True
    return bool(_CONNECTIVE.match(question)) and not _OPENS_A_QUESTION.match(asked) and len(asked.split()) <= 5


def _points_back(pronoun: re.Match[str], asked: str) -> bool:
    """Tell whether a pronoun has nothing in front of it in the question that it can stand for.

    What stands beside it in its own clause is not what an object stands for: "What did Rubio tell him?"
    """
    before, behind = _LEADING.sub("", asked[: pronoun.start()], count=1), asked[pronoun.end() :]
    if pronoun[0].lower() == "it" and _EXPLETIVE.match(asked, pronoun.start()):
        return False
    is_object = _is_object(pronoun[0].lower(), before, behind)
    antecedents = [found.end() for found in _NOUN_WITH_ARTICLE.finditer(before)]
    opening = re.match(rf"{_AUXILIARY} ", before, re.IGNORECASE)  # the "Will" of "Will he appeal?" is nobody
    named = re.compile(r"\S+").finditer(before, opening.end() if opening else 0)
    antecedents += [found.end() for found in named if names(found[0])]
    if not antecedents:  # "Who lost his seat?" asks for whose it is
        is_subject_asked = not re.search(rf"\b{_AUXILIARY}\b", before, re.IGNORECASE) and len(before.split()) >= 1
        return is_object or not is_subject_asked
    is_own_clause = not _NEW_CLAUSE.search(before, max(antecedents))
    return is_object and is_own_clause and not re.search(r"[’']s? ", before)


def _is_object(pronoun: str, before: str, behind: str) -> bool:
    if pronoun == "it":
        return not (
            re.match(rf" (?:{_AUXILIARY}|\w+(?:s|ed))\b", behind)
            or re.search(rf"\b{_AUXILIARY} $", before, re.IGNORECASE)
        )
    if pronoun == "her":
        return not behind or bool(re.match(rf" (?:{_PREPOSITION}|{_ASKING}|and|or|now|today)\b", behind))
    return pronoun in ("him", "them")
