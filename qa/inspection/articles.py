"""Find articles that were hardly read right: stubs, mojibake, columns that were put into one line."""

import re
from collections.abc import Callable, Iterator

from index.catalog.writer import Catalog
from qa.text import one_line

STUB_CHARS = 80  # a headline and half a sentence
SEEN_CHARS = 20_000
MIN_MOJIBAKE = 3
MIN_COLUMN_LINES = 5
MIN_COLUMN_SHARE = 0.3
NAMED = 5

_CUT_OFF = re.compile(r"(?:…|\.\.\.|\[\s*(?:…|\.\.\.)\s*\]|\[\+\d+ \w+\])\s*$")
_NO_ASCII = re.compile(r"[^\x00-\x7f]{2,}")
_MISREAD_AS = ("cp1252", "cp1251")
_COLUMNS = re.compile(r"^.*[^\W\d_]{2}.{10,}? {3,}(?=\S.{10,}).*[^\W\d_]{2}.*$", re.MULTILINE)


def suspicious_articles(catalog: Catalog) -> Iterator[tuple[str, str, str]]:
    """Give subject, finding and cure for each kind of trouble that some of the articles show by their form."""
    found: dict[str, list[str]] = {subject: [] for subject, *_ in _TROUBLES}
    for article_id, text in catalog.texts():
        for subject, shows, *_ in _TROUBLES:
            if shows(text):
                found[subject].append(article_id)
    for subject, _, what, cure in _TROUBLES:
        if ids := found[subject]:
            named = ", ".join(map(one_line, ids[:NAMED])) + (", ..." if len(ids) > NAMED else "")
            yield subject, f"{len(ids)} {what}: {named}", cure


def is_stub(text: str) -> bool:
    """Tell whether a text is hardly one, or says itself that it goes on elsewhere: "[+1234 chars]"."""
    return len(text.strip()) < STUB_CHARS or _CUT_OFF.search(text[-100:]) is not None


def is_mojibake(text: str) -> bool:
    """Tell whether some of it is UTF-8 that was read as another encoding, or could not be read."""
    seen = text[:SEEN_CHARS]
    return seen.count("\ufffd") >= MIN_MOJIBAKE or sum(map(_is_misread, _NO_ASCII.findall(seen))) >= MIN_MOJIBAKE


def is_in_columns(text: str) -> bool:
    """Tell whether many lines hold two pieces of text with a wide gap between them."""
    seen = text[:SEEN_CHARS]
    lines = sum(1 for line in seen.splitlines() if line.strip())
    found = len(_COLUMNS.findall(seen))
    return found >= MIN_COLUMN_LINES and found >= MIN_COLUMN_SHARE * lines


def _is_misread(run: str) -> bool:
    for encoding in _MISREAD_AS:
        try:
            return len(run.encode(encoding).decode("utf-8")) < len(run)
        except UnicodeError:
            continue
    return False


_TROUBLES: tuple[tuple[str, Callable[[str], bool], str, str], ...] = (
    ("stubs", is_stub, "articles break off or are hardly any text", "save their full text, or take them out"),
    ("mojibake", is_mojibake, "articles have letters of a wrong encoding", "save them anew as UTF-8"),
    ("columns", is_in_columns, "articles have two columns in one line", "save them without their layout"),
)
