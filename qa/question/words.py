"""Words as they are compared: lower case, stemmed, without the ones that carry no meaning; and the names among them."""

import re
from functools import lru_cache
from unicodedata import normalize

import snowballstemmer
from rapidfuzz import fuzz
from text_to_num import alpha2digit

from index.bm25 import STOPWORDS
from qa.question.script import UNSPACED
from qa.text import one_line

_stemmer = snowballstemmer.stemmer("english")

# What may begin with a capital letter in a question without being a name.
_NO_NAMES = STOPWORDS | frozenset(
    "according after before besides during between among under over about against since until while within without "
    "name tell give list explain describe compare please monday tuesday wednesday thursday friday saturday sunday "
    "january february march april june july august september october november december".split()
)
_SAME = (
    {"us", "usa", "america", "american", "united states"},
    {"uk", "britain", "british"},
    {"eu", "europe", "european"},
    {"denmark", "danish"},
    {"finland", "finnish"},
    {"france", "french"},
    {"ireland", "irish"},
    {"netherlands", "dutch"},
    {"norway", "norwegian"},
    {"poland", "polish"},
    {"spain", "spanish"},
    {"switzerland", "swiss"},
    {"wales", "welsh"},
    {"canada", "canadian"},
    {"china", "chinese"},
    {"greece", "greek"},
    {"italy", "italian"},
    {"mexico", "mexican"},
    {"sweden", "swedish"},
    {"turkey", "turkish"},
    {"ukraine", "ukrainian"},
)

_SMALL_NUMBERS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty".split()
)
MAGNITUDES = frozenset("hundred thousand million billion dozen hundreds thousands millions billions dozens".split())
TIMES = {"dozen": 12, "hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
_NUMBERS = frozenset("thirty forty fifty sixty seventy eighty ninety".split()).union(MAGNITUDES, _SMALL_NUMBERS)
MIN_NAME_SIMILARITY = 85
MIN_NAME_LETTERS = 4

_WORD = re.compile(rf"\d+(?:[.,]\d+)*|[^\W{UNSPACED}]+|(?!\W)[{UNSPACED}]")
_UNSPACED = re.compile(f"[{UNSPACED}]")
_ACCENT = re.compile("[\u0300-\u036f]")
_NAME_FIRST = re.compile(r"[A-Z.]{2,}(?!\w)|\w+(?:['’]s\b|\s+[A-Z])")


@lru_cache(100_000)
def stem(word: str) -> str:
    """Stem a lower-case English word (Snowball)."""
    return str(_stemmer.stemWord(word))


def tokens(text: str) -> list[str]:
    """Give a text's words in lower case without accents; "U.S." is the word us, and a possessive loses its ending.

    A word is what one sees: characters that are invisible, such as a soft hyphen, part none. Of scripts that write no
    spaces each letter is a word.
    """
    text = normalize("NFC", _ACCENT.sub("", normalize("NFD", one_line(text))))
    text = re.sub(r"\b(?:[^\W\d_]\.){2,}", lambda found: found[0].replace(".", ""), text)
    text = re.sub(r"[’']s\b", "", text)
    return _WORD.findall(text.lower())


def stems(text: str) -> list[str]:
    """Give the stems of a text's words that say what it is about, in order."""
    return [stem(word) for word in tokens(text) if word not in STOPWORDS]


def names(text: str) -> list[str]:
    """Give the words of a text that are written as names or are numbers, in lower case."""
    found = []
    for word in re.findall(r"(?:[^\W\d_]\.){2,}|[\w’'.,-]*\w", text):
        plain = "".join(tokens(word)[:1])
        if (word[0].isupper() or word[0].isdigit()) and plain not in _NO_NAMES:
            found += [part for part in tokens(word) if part not in _NO_NAMES and not _UNSPACED.match(part)]
    return found


def names_asked(question: str) -> list[str]:
    """Give the names and numbers of a question, in lower case.

    Its first word always has a capital letter: it is a name with another one behind it, as a possessive, or in capitals
    only.
    """
    opening = re.match(r"[^\W\d_][\w’'-]*", question)
    is_capital = opening and opening[0][0].isupper()
    return names(question[opening.end() :] if opening and is_capital and not _NAME_FIRST.match(question) else question)


def mentions(words: set[str], name: str) -> bool:
    """Tell whether a name is among lower-case words, be it as its adjective (Russia, Russian) or mistyped."""
    if words & next((group for group in _SAME if name in group), {name}):
        return True
    if len(name) < 4 or any(char.isdigit() for char in name):  # COP28 is not COP29
        return False
    return any(_is_variant(word, name) for word in words if len(word) >= 4)


def same_name(one: str, other: str) -> bool:
    """Tell whether two lower-case words are the same name, be one its adjective (Iran, Iranian); none is mistyped."""
    if stem(one) == stem(other) or any({one, other} <= group for group in _SAME):
        return True
    shorter, longer = sorted((one, other), key=len)
    return len(shorter) >= MIN_NAME_LETTERS and shorter.isalpha() and longer.startswith(shorter)


def _is_variant(word: str, name: str) -> bool:
    shorter, longer = sorted((word, name), key=len)
    return longer.startswith(shorter[: max(4, len(shorter) - 2)]) or fuzz.ratio(word, name) >= MIN_NAME_SIMILARITY


def is_number(word: str) -> bool:
    """Tell whether a lower-case word is a number, in digits or spelled out."""
    return word[0].isdigit() or word in _NUMBERS


def spellings(word: str) -> tuple[str, ...]:
    """Give a word and, if it is a number up to twenty, its other spelling: 9, nine."""
    if word.isdecimal() and int(word) < len(_SMALL_NUMBERS):
        return word, _SMALL_NUMBERS[int(word)]
    if word.lower() in _SMALL_NUMBERS:
        return word, str(_SMALL_NUMBERS.index(word.lower()))
    return (word,)


def number_of(phrase: str) -> float | None:
    """Give the number that a phrase tells, in digits or in English words, with its magnitude; None for several."""
    said = tokens(phrase if re.search(r"\d", phrase) else alpha2digit(phrase, "en"))
    told = [position for position, word in enumerate(said) if is_number(word) and word not in MAGNITUDES]
    if len(told) != 1:
        return None
    word, behind = said[told[0]], said[told[0] + 1 : told[0] + 2]
    if word in _SMALL_NUMBERS:
        number = float(_SMALL_NUMBERS.index(word))
    elif re.fullmatch(r"\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?", word):
        number = float(word.replace(",", ""))
    else:
        return None
    return number * TIMES.get(behind[0], 1) if behind else number
