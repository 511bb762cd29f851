"""Find where the sentences of a paragraph end, in the language that it is written in."""

import re
from collections.abc import Iterator
from itertools import pairwise

from sentencex import get_sentence_boundaries

from index.language import DEFAULT, language_of

Offsets = tuple[int, int]

WINDOW_CHARS = 10_000  # sentencex's time grows with the square of an unpaired quotation mark's distance to the end
SEEN_CHARS = 250  # of what stands before and behind an end

# Where a long date is written "d. MMMM": Unicode CLDR 46, dateFormats, gregorian, long.
ORDINAL_POINT = frozenset("bs cs da de et eu fi fo hr hsb hu is lb lv nb nn no pl se sk sl sr tr".split())

# sentencex lets no sentence end within quotation marks or brackets, and takes an apostrophe for one of them.
_MARK = re.compile(r"[\"“”„‟«»‹›()\[\]]|(?<![^\W_])['‘’‚]|['‘’](?![^\W_])")
_CLOSING = re.compile(
    r"(?:[”’)\]」』》）】]|\s?»(?!\w)|[\"“'‘›«](?!\w))(?:\s?»(?!\w)|[”’\"“')\]」』》）】](?!\w)|[.!?。！？])*"
    r"(?:[*_]{1,3}(?!\w))?|[*_]{1,3}(?!\w)"  # and emphasis of Markdown
)
_BEHIND_STOP = re.compile(r"[.!?…][\s\"“”„«»'‘’()\[\]*_]+([^\W\d_])")
_NUMBER = re.compile(r"[\W_]*\d{1,3}[.)]")
_ORDINAL = re.compile(r"(?<![\w.,:/-])(?<!\.\s)\d{1,2}\.$")  # behind an abbreviation it is none: "Str. 14."
_INITIAL = re.compile(r"(?:^|[\s.(«„“\"'’-])(?P<letter>[^\W\d_])\.$")
_SHORT_WORD = re.compile(r"(?<!\d\s)(?<![^\W\d_])(?P<word>[^\W\d_]{2,4})\.$")  # no unit: "120 km."
_VOWEL = re.compile("[aeiouyäöüàáâãåæèéêëìíîïòóôõøœùúûýаеёиоуыэюя]", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
_WORD_WITHOUT_POINT = re.compile(r"[^\W\d_]++(?!\.)")
_FIRST_LETTER = re.compile(r"[\s\"“”„«»‹›'‘’(\[—–-]*([^\W\d_])")
_FIRST_WORD = re.compile(r"[\W\d_]*([^\W\d_]+)")
_UNCLOSED = re.compile(r"[「『《（【][^」』》）】]*$")
_CLOSED = re.compile(r"[^「『《（【]{0,200}[」』》）】]")
_QUOTED = re.compile(r"\s*[“「『][^“「『]*[。！？]+[”」』]")
_HIRAGANA = re.compile("[ぁ-ん]")  # behind a quotation: と, なんて, という


class SentenceEnds:
    """Finds the sentences of an article's paragraphs; in doubt, what its words look like elsewhere in it decides."""

    def __init__(self, text: str, start: int = 0) -> None:
        self._text = text
        self._language = language_of(text[start:])
        words = _WORD.findall(text, start)
        self._words = set(words)
        self._words_without_point = set(_WORD_WITHOUT_POINT.findall(text, start))
        small_behind_stops = sum(each.islower() for each in _BEHIND_STOP.findall(text, start))
        self._capitalises = sum(each[0].isupper() for each in words) >= small_behind_stops

    def in_paragraph(self, paragraph: Offsets) -> list[Offsets]:
        """Give the sentences of `text[slice(*paragraph)]` without gaps, by their offsets in the text."""
        start, stop = paragraph
        cuts = sorted({self._behind_marks(end, stop) for end in self._ends(start, stop)} - {start, stop})
        joined: list[Offsets] = []
        for begin, end in pairwise([start, *cuts, stop]):
            if joined and self._goes_on(joined[-1], end, stop):
                joined[-1] = (joined[-1][0], end)
            else:
                joined.append((begin, end))
        return joined

    def _ends(self, start: int, stop: int) -> Iterator[int]:
        """Give the ends that sentencex finds, a window at a time; the last sentence of one begins the next."""
        while start < stop:
            window = _MARK.sub(" ", self._text[start : min(start + WINDOW_CHARS, stop)])
            found = get_sentence_boundaries(self._language, window)
            is_last = start + len(window) >= stop
            found = found if is_last else found[:-1] or found
            yield from (start + each["end_index"] - _trailing_spaces(each["text"]) for each in found)
            start = stop if is_last or not found else start + found[-1]["end_index"]

    def _behind_marks(self, end: int, stop: int) -> int:
        """Move an end behind the quotation marks and brackets that close there."""
        closing = _CLOSING.match(self._text, end, stop)
        return closing.end() if closing else end

    def _goes_on(self, sentence: Offsets, end: int, stop: int) -> bool:
        """Tell whether `sentence` goes on up to `end`: it was cut at a stop that ends none."""
        cut = sentence[1]
        said = self._text[max(sentence[0], cut - SEEN_CHARS) : cut].rstrip()
        rest = self._text[cut : min(end, cut + SEEN_CHARS)].lstrip()
        if not re.search(r"\w", said) or not re.match(r"\W*\w", rest):
            return False
        if _NUMBER.fullmatch(said) or (_NUMBER.fullmatch(rest) and end == stop):
            return True
        if _UNCLOSED.search(said) and _CLOSED.match(rest):
            return True
        if self._text[cut].isalpha() and _is_quoted(said, rest):
            return True
        if self._capitalises and (rest[0] in ",;" or _is_small(rest)):
            return True
        return self._language != DEFAULT and self._is_abbreviated(said, rest)

    def _is_abbreviated(self, said: str, rest: str) -> bool:
        """Tell whether the last word is an ordinal, an initial, or one without a vowel, such as "Mgr.".

        sentencex knows those of English.
        """
        if found := _SHORT_WORD.search(said):
            word = found["word"]
            if rest[0].isdigit() and word.islower() and word not in self._words_without_point:
                return True
        if self._begins_sentences(rest):
            return False
        if self._language in ORDINAL_POINT and _ORDINAL.search(said):
            return True
        if initial := _INITIAL.search(said):
            before = said[: initial.start("letter")].rstrip()
            return not initial["letter"].islower() or _INITIAL.search(before) is not None
        return found is not None and _has_case(word) and not word.isupper() and not _VOWEL.search(word)

    def _begins_sentences(self, rest: str) -> bool:
        """Tell whether the first word is one that the article writes with a small letter elsewhere."""
        found = _FIRST_WORD.match(rest)
        return found is not None and _has_case(found[1]) and found[1].lower() in self._words - {found[1]}


def _is_quoted(said: str, rest: str) -> bool:
    """Tell whether something is quoted and the sentence goes on behind it, as in 「橋が開いた。」と市長は言った."""
    is_named = _QUOTED.fullmatch(said) is not None
    return is_named or (said[-1] in "」』" and _HIRAGANA.match(rest) is not None)


def _trailing_spaces(text: str) -> int:
    return len(text) - len(text.rstrip())


def _is_small(rest: str) -> bool:
    found = _FIRST_LETTER.match(rest)
    return found is not None and found[1].islower()


def _has_case(word: str) -> bool:
    return word.lower() != word.upper()
