"""Put the text of a page's article into the paragraphs and tables that the page shows; trafilatura joins some."""

from collections import Counter
from collections.abc import Mapping
from itertools import accumulate

from index.formats.page_data import letters_of
from index.formats.paragraphs import Paragraphs


def as_shown(text: str, shown: Paragraphs) -> str:
    """Give a text with paragraphs and tables as the page has them, and none of them more often."""
    text = _apart(text, shown.text)
    paragraphs = _with_tables(text.split("\n\n") if text else [], shown.tables)
    return "\n\n".join(_no_more_often(paragraphs, shown.text.split("\n\n")))


def _apart(text: str, whole: str) -> str:
    """Part the paragraphs that the page has apart: of a short article trafilatura makes one."""
    parts = whole.split("\n\n")
    known = set(parts)
    ends = dict(zip(accumulate(len(letters_of(part)) for part in parts), range(1, len(parts) + 1), strict=True))
    ends[0] = 0
    letters = letters_of(whole)
    paragraphs: list[str] = []
    for paragraph in text.split("\n\n"):
        own = letters_of(paragraph)
        start = -1 if paragraph in known or not own else letters.find(own)
        first, last = ends.get(start), ends.get(start + len(own))
        paragraphs += [paragraph] if first is None or last is None else parts[first:last]
    return "\n\n".join(paragraphs)


def _with_tables(paragraphs: list[str], tables: Mapping[str, str]) -> list[str]:
    """Put the tables that a page shows where their cells stand as paragraphs."""
    for table, cells in tables.items():
        letters = letters_of(cells)
        said = [letters_of(paragraph) for paragraph in paragraphs]
        for at in (at for at, each in enumerate(said) if each and letters.startswith(each)):
            ends = accumulate(map(len, said[at:]))
            last = next((last for last, end in enumerate(ends, at + 1) if end >= len(letters)), 0)
            if "".join(said[at:last]) == letters:
                paragraphs = [*paragraphs[:at], table, *paragraphs[last:]]
                break
    return paragraphs


def _no_more_often(paragraphs: list[str], shown: list[str]) -> list[str]:
    """Leave out what is said more often than a page shows it; what it shows nowhere is said once."""
    most, told = Counter(map(letters_of, shown)), Counter[str]()
    kept = []
    for paragraph in paragraphs:
        told[letters := letters_of(paragraph)] += 1
        if not letters or told[letters] <= max(1, most[letters]):
            kept.append(paragraph)
    return kept
