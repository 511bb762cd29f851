"""Tell whether an article that has a surname alone, or behind an initial, means whom the question names in full."""

import re
from collections.abc import Iterator

from index.catalog.writer import Catalog
from qa.question.words import tokens

MAX_PASSAGES = 50

_COURTESY = frozenset("mr mrs ms miss dr".split())
_BEFORE = r"(?:(?P<title>[^\W\d_]+)\.? )?(?P<given>[^\W\d_][\w’'-]*)\.? "


def is_named_in_full(given: str, surname: str, text: str, catalog: Catalog) -> bool:
    """Tell whether the surname that an article's text holds is that of the person whom the question names.

    `given` is a lower-case first name or initial. Either the text has it before the surname, in full or as an initial;
    or it has the surname alone, or behind a title, and the index knows one first name only that goes with it: this one.
    What somebody is in or near is a place: South Sudan is not Sudan.
    """
    here = list(_names_before(surname, text))
    if any(_agree(given, each) for _, each in here):
        return True
    passages = _passages(surname, catalog)
    if any(
        re.search(rf"\b(?:in|near|across) {re.escape(surname)}\b", each, re.IGNORECASE) for each in [text, *passages]
    ):
        return False
    known = [pair for each in passages for pair in _names_before(surname, each)]
    titles = {title for title, each in known if _agree(given, each)} | _COURTESY
    is_known = any(_agree(given, each) for _, each in known)
    return is_known and all(each in titles or _agree(given, each) for _, each in [*here, *known])


def _names_before(surname: str, text: str) -> Iterator[tuple[str, str]]:
    """Give what is written with a capital letter before a surname, in lower case, and what before that."""
    for found in re.finditer(rf"{_BEFORE}(?={re.escape(surname)}(?!\w))", text, re.IGNORECASE):
        if found["given"][0].isupper():
            yield "".join(tokens(found["title"] or "")), "".join(tokens(found["given"]))


def _agree(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    return one == other or (len(shorter) == 1 and longer.startswith(shorter))


def _passages(surname: str, catalog: Catalog) -> list[str]:
    return [body for _, body in catalog.texts_with(surname, MAX_PASSAGES)]
