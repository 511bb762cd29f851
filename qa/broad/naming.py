"""The things that a phrase names: one, or the parts of an enumeration."""

import re
from collections.abc import Iterator, Sequence
from datetime import date

from qa.answer import Evidence
from qa.question.days import without_days
from qa.question.words import is_number, names, stems, tokens
from qa.reading.evidence import CLEAR_LOGIT
from qa.text import one_line
from qa.wording.dates import resolve_dates

MAX_ITEM_WORDS = 12
LEAST_NAMED = 3  # of 250 questions on squad2-half-dev, which ask for one, none has so many

_AND = r"(?:and|or|und|oder|et|ou|y|e|o|en|и)"
_ENUMERATED = re.compile(rf"\s*(?:[,;]\s*{_AND}\s+|[,;]|\s{_AND}\s)\s*")
_ASIDE = re.compile(r"\s*\([^()]*\)")
_NAME = r"[^\W\d_a-z][\w'’.-]*(?: (?:(?:of|the|de|la|von|van|der|du) )*(?:[^\W\d_a-z]|\d)[\w'’.-]*)*"
_NAMES = re.compile(rf"{_NAME}(?:, {_NAME})*,? {_AND} {_NAME}|{_NAME}(?:, {_NAME}){{2,}}")
_CLOSER = re.compile(r"\s(?:of|from|in|at|for|with)\s")
_EDGES = " \t\n*#_|\"“”'"
_BYLINE = re.compile(r"\s*(?:By|Von|Par|Por|Di|Door|Interview:) [A-Z][\w.’'-]+(?: [A-Z][\w.’'-]+){0,3}\s*")
# Words that stand for a thing without naming it.
_NAMELESS = frozenset(
    "he she it they we i you him her them us this that these those who nobody everybody both others one there".split()
)


def names_in(phrase: str, sentence: str) -> Iterator[str]:
    """Give the things that a phrase of a sentence names, with those that are enumerated together with it."""
    said, whole = _plain(phrase), _plain(sentence)
    if whole.endswith(said):
        said, whole = said.rstrip(".!?"), whole.rstrip(".!?")
    beside = next((each[0] for each in _NAMES.finditer(whole) if said in each[0]), "")
    parts = _parts(said)
    if parts and all(any(each.endswith(part) for each in _parts(beside)) for part in parts):
        parts = [next((part for part in parts if each.endswith(part)), each) for each in _parts(beside)]
    if len(parts) > 1 and all(map(names, parts)):
        yield from parts
    elif said and len(said.split()) <= MAX_ITEM_WORDS:
        yield said


def of_whom(name: str) -> str:
    """Give whom somebody or something of a name belongs to, the Greens of "Mira Toft of the Greens"; else nothing.

    What is no name without it, as the town of Brede, belongs to nothing.
    """
    head, *rest = _CLOSER.split(name, maxsplit=1)
    return rest[0] if rest and names(f"- {head}") else ""


def is_nameless(phrase: str) -> bool:
    """Tell whether a phrase is but a number or a word like "she"."""
    words = tokens(phrase)
    return all(is_number(word) for word in words) or (len(words) == 1 and words[0] in _NAMELESS)


def name_several(question: str, sentences: Sequence[Evidence]) -> bool:
    """Tell whether three articles clearly state an answer each, and each another name; days and numbers are none."""
    named: dict[str, set[str]] = {}
    for each in sorted(sentences, key=lambda each: -each.stated):
        words = set(stems(each.phrase))
        is_name = _names_a_thing(each) and not words <= set(stems(question))
        if each.stated >= CLEAR_LOGIT and is_name and not any(words & other for other in named.values()):
            named.setdefault(each.span.article_id, words)
    return len(named) >= LEAST_NAMED


def is_byline(text: str) -> bool:
    """Tell whether a line names who wrote an article."""
    return _BYLINE.fullmatch(text) is not None


def _names_a_thing(sentence: Evidence) -> bool:
    is_day = resolve_dates(sentence.phrase, sentence.published or date(2000, 1, 1))
    return not (is_day or is_nameless(sentence.phrase)) and any(map(str.isalpha, names(without_days(sentence.phrase))))


def _plain(text: str) -> str:
    return _ASIDE.sub("", one_line(text)).strip(_EDGES)


def _parts(text: str) -> list[str]:
    return [part for each in _ENUMERATED.split(text) if (part := each.strip(_EDGES))]
