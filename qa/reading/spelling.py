"""Read a question as it was meant, in the words of the articles: names without capital letters, or misspelt."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.bm25 import STOPWORDS
from index.catalog.writer import Catalog
from index.near_words import near_words, occurs, plain, writings
from qa.question.script import is_latin
from qa.question.words import names_asked, stem, tokens
from qa.reading.reader import load_reader

MAX_OFFERED = 3
MIN_NAME_LETTERS = 3

_WORD = re.compile(r"[^\W\d_]+(?:[’'-][^\W\d_]+)*")
_INFLECTED = re.compile(r"(?:ed|ing|ly|s)$")


@dataclass(frozen=True)
class Spelling:
    """A question as it was `typed` and as it is read, and the names of the index that were nearly meant by it.

    Where `read_as` is given, each of `near` stands in it for a name that no article holds. Else they are offered, and
    where the question `is_unclear`, it cannot be answered before one of them is chosen.
    """

    typed: str
    question: str
    read_as: str | None = None
    near: Sequence[str] = ()
    is_unclear: bool = False


def respell(question: str, catalog: Catalog) -> Spelling:
    """Give names their capital letters, and one that no article holds the spelling of the only name that is nearly it.

    A common English word is never taken for a misspelt one: as a name it is someone else's, for whom a near name is but
    offered.
    """
    if not is_latin(question):
        return Spelling(question, question)
    typed = with_capitals(question, catalog)
    unknown = [name for name in _names(typed) if not occurs(catalog, name)]
    meant: dict[str, str] = {}
    offered: list[str] = []
    is_unclear = False
    for name in unknown:
        near = _near_names(catalog, name)
        is_common = bool(near) and load_reader().knows(plain(name))
        if len(near) == 1 and not is_common:
            meant[name] = near[0]
        else:
            offered += near
            is_unclear |= bool(near) and not is_common
    if offered:
        return Spelling(question, typed, near=offered[:MAX_OFFERED], is_unclear=is_unclear)
    if not meant:
        return Spelling(question, typed)
    read_as = _WORD.sub(lambda found: _replaced(found[0], meant), typed)
    return Spelling(question, read_as, read_as, list(meant.values()))


def with_capitals(question: str, catalog: Catalog) -> str:
    """Give a question that was typed without capital letters, or in nothing else, those that its names have.

    A word that no article and no vocabulary has is a name too. Where the first letter alone is a capital, the others
    were hardly forgotten: then only words that no vocabulary has are looked at.
    """
    if len(question.split()) > 1 and question.isupper():
        question = question.lower()
    if any(char.isupper() for char in question[1:]):
        return question
    is_careful = question[:1].isupper()
    typed = _WORD.sub(lambda found: _capitalised(found[0], is_careful and found.start() > 0, catalog), question)
    return typed[:1].upper() + typed[1:]


def _capitalised(word: str, is_careful: bool, catalog: Catalog) -> str:
    base = _without_ending(word)
    if len(base) < MIN_NAME_LETTERS or not base.isalpha() or tokens(base)[0] in STOPWORDS:
        return word
    is_common = load_reader().knows(plain(base))
    if is_careful and is_common:
        return word
    inside, elsewhere = writings(catalog, base)
    if written := inside or (elsewhere if not is_common else inside):
        is_name = all(each[0].isupper() for each in written)
        return written.most_common(1)[0][0] + word[len(base) :] if is_name else word
    if elsewhere or is_common or _INFLECTED.search(base) or occurs(catalog, base):
        return word
    near = near_words(catalog, base)
    return word if near and not any(each[0].isupper() for each in near) else base.capitalize() + word[len(base) :]


def _names(question: str) -> list[str]:
    """Give the words of a question that are names, as they are typed, without a possessive ending."""
    asked = set(names_asked(question))
    words = dict.fromkeys(_without_ending(word) for word in _WORD.findall(question))
    return [word for word in words if word.isalpha() and tokens(word)[0] in asked]


def _near_names(catalog: Catalog, name: str) -> list[str]:
    """Give the names of the index that a name may be misspelt for; none where it is one of them with an ending."""
    near = near_words(catalog, name)
    if any(_is_derived(plain(each), plain(name)) for each in near):
        return []
    return [each for each in near if each[0].isupper()]


def _is_derived(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one) or stem(one) == stem(other)


def _replaced(word: str, meant: dict[str, str]) -> str:
    base = _without_ending(word)
    return meant[base] + word[len(base) :] if base in meant else word


def _without_ending(word: str) -> str:
    return re.sub(r"[’']s$", "", word)
