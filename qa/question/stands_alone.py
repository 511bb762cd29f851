"""Tell whether a question can be understood alone, or leans on the one before it: by what it leaves out, or points to.

Only words that point back for certain count. "The meeting" may be known from the question before or not: a question
that says so is taken as it stands. English; of another language hardly anything is said to lean.
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


def without_connective(question: str) -> str:
    """Give a question without the "and" or "but" that ties it to the one before."""
    found = _CONNECTIVE.match(question)
    return question[found.end() :][:1].upper() + question[found.end() + 1 :] if found else question


def stands_alone(question: str) -> bool:
    """Tell whether nothing in the question points to an earlier one, as far as its form shows."""
    asked = without_connective(question).rstrip(" ?!.")
    if is_elliptic(question) or _DEMONSTRATIVE.search(_EXISTENTIAL.sub("", asked)):
        return False
    return leaning_pronoun(asked) is None


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
    if _CONNECTIVE.match(question) and not _OPENS_A_QUESTION.match(asked):
        return len(asked.split()) <= 5
    return len(stems(asked)) <= 1 and not names_asked(asked) and not _DEFINITION.fullmatch(asked)


def _points_back(pronoun: re.Match[str], asked: str) -> bool:
    """Tell whether a pronoun has nothing in front of it in the question that it can stand for.

    What stands beside it in its own clause is not what an object stands for: "What did Rubio tell him?"
    """
    before, behind = _LEADING.sub("", asked[: pronoun.start()], count=1), asked[pronoun.end() :]
    if pronoun[0].lower() == "it" and _EXPLETIVE.match(asked, pronoun.start()):
        return False
    is_object = _is_object(pronoun[0].lower(), before, behind)
    antecedents = [found.end() for found in _NOUN_WITH_ARTICLE.finditer(before)]
    antecedents += [found.end() for found in re.finditer(r"\S+", before) if names(found[0])]
    if not antecedents:  # "Who lost his seat?" asks for whose it is
        is_subject_asked = not re.search(rf"\b{_AUXILIARY}\b", before) and len(before.split()) >= 1
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
