"""Look a word up among the words of an index: does it occur, how is it written, which words are nearly it?

The word index keeps its words stemmed and without accents; how a word is written is read in passages that hold it.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from unicodedata import combining, normalize

from rapidfuzz import process
from rapidfuzz.distance import OSA

from index.catalog.writer import Catalog

MIN_LETTERS = 4
MIN_LETTERS_FOR_TWO_EDITS = 7
STEM_EDITS = 2  # by which a stem may differ from its word: "bracklei" from "brackley"
MAX_STEMS = 20
MAX_SAMPLED_PASSAGES = 20

_WORD = re.compile(r"[^\W\d_]+")
_INSIDE_A_SENTENCE = re.compile(r"[\w,;][’”\"')]* [\"“‘'(]*$")


def occurs(catalog: Catalog, word: str) -> bool:
    """Tell whether a passage holds a word, in any of its English inflections."""
    return catalog.has_passage_with([word])


def writings(catalog: Catalog, word: str) -> tuple[Counter[str], Counter[str]]:
    """Count how a word is written inside of sentences and elsewhere, in some of the passages that hold it."""
    texts = catalog.texts_with(word, MAX_SAMPLED_PASSAGES)
    same = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)
    return _counts(found for text in texts for found in _written(text, same))


def near_words(catalog: Catalog, word: str) -> list[str]:
    """Give the words of the index that are `word` but for an edit, or two in a word of `MIN_LETTERS_FOR_TWO_EDITS`.

    An edit is a letter too many, too few, another one, or two exchanged; the first letter is never wrong, and a shorter
    word has none. Those that are an edit away are given alone if there are any, each as it is usually written.
    """
    asked = plain(word)
    edits = max_edits(asked)
    if not edits:
        return []
    near: dict[str, list[tuple[str, bool]]] = {}
    away: dict[str, int] = {}
    for stem in _near_stems(catalog, asked, edits):
        for found in _written_with(catalog, stem):
            each = plain(found[0])
            if each[0] == asked[0] and 0 < (distance := OSA.distance(each, asked, score_cutoff=edits)) <= edits:
                near.setdefault(each, []).append(found)
                away[each] = distance
    plurals = {f"{each}s" for each in near}
    nearest = min(away.values(), default=0)
    return [_usual(found) for each, found in near.items() if each not in plurals and away[each] == nearest]


def max_edits(word: str) -> int:
    """Give how many edits make a word another spelling of it and not another word."""
    if len(word) < MIN_LETTERS:
        return 0
    return 2 if len(word) >= MIN_LETTERS_FOR_TWO_EDITS else 1


def plain(word: str) -> str:
    """Give a word in lower case and without accents."""
    return "".join(char for char in normalize("NFD", word.lower()) if not combining(char))


def _near_stems(catalog: Catalog, word: str, edits: int) -> list[str]:
    stems = catalog.stems(word[0], len(word) - edits - STEM_EDITS, len(word) + edits)
    found = process.extract(word, stems, scorer=OSA.distance, score_cutoff=edits + STEM_EDITS, limit=MAX_STEMS)
    return [stem for stem, _, _ in found]


def _written_with(catalog: Catalog, stem: str) -> Iterator[tuple[str, bool]]:
    for text in catalog.texts_with_stem(stem, MAX_SAMPLED_PASSAGES):
        yield from _written(text)


def _written(text: tuple[str, str], word: re.Pattern[str] = _WORD) -> Iterator[tuple[str, bool]]:
    """Give each such word as it is written, and whether it stands inside a sentence; a title shows no capitals."""
    title, body = text
    yield from ((each, False) for each in word.findall(title))
    for found in word.finditer(body):
        yield found[0], _INSIDE_A_SENTENCE.search(body, max(0, found.start() - 4), found.start()) is not None


def _counts(found: Iterable[tuple[str, bool]]) -> tuple[Counter[str], Counter[str]]:
    inside, elsewhere = Counter[str](), Counter[str]()
    for word, is_inside in found:
        (inside if is_inside else elsewhere)[word] += 1
    return inside, elsewhere


def _usual(found: Iterable[tuple[str, bool]]) -> str:
    inside, elsewhere = _counts(found)
    return (inside or elsewhere).most_common(1)[0][0]
