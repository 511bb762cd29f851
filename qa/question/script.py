"""In which script a text is written, and whether a question is plainly English: what our readers were trained on."""

import re
from collections import Counter
from functools import lru_cache
from unicodedata import name

LATIN, HAN, KANA = "LATIN", "CJK", "KANA"
MIN_KANA_SHARE = 0.1  # of what is Japanese; of Chinese it is none

# Letters that are written without spaces between words, as ranges of a character class: Thai, Lao, Myanmar, Khmer,
# kana, Han (unicode.org/Public/UNIDATA/Blocks.txt).
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
_KANA = ("HIRAGANA", "KATAKANA")
_ENGLISH = re.compile(
    r"\b(?:who|whom|whose|what|which|when|where|why|how|the|did|does|with|and)\b|^(?:is|are|do|has|have|can|could) ",
    re.IGNORECASE,
)


def script_of(text: str) -> str:
    """Name the script that most of a text's letters are of, as Unicode names letters; LATIN where there is none.

    Japanese is told from Chinese by its kana: KANA, and CJK.
    """
    counts = Counter(script for char in text if (script := _script(char)))
    kana = sum(counts.pop(each, 0) for each in _KANA)
    if kana and kana >= MIN_KANA_SHARE * (kana + counts[HAN]):
        counts[KANA] = kana + counts.pop(HAN, 0)
    return max(counts, key=lambda each: counts[each]) if counts.total() else LATIN


def is_latin(text: str) -> bool:
    """Tell whether most letters of a text are Latin."""
    return text.isascii() or script_of(text) == LATIN


def is_english(question: str) -> bool:
    """Tell whether a question holds a word that questions of hardly any other language hold."""
    return _ENGLISH.search(question) is not None


@lru_cache(10_000)
def _script(char: str) -> str:
    return name(char, "").split(" ")[0].split("-")[0] if char.isalpha() else ""
