"""Find where the sentences of a paragraph end, in the language that it is written in."""

import re
from collections.abc import Iterator
from itertools import pairwise

from sentencex import get_sentence_boundaries

from index.abbreviations import (
    AT_ENDS,
    BEFORE_NAMES,
    BEGINNINGS,
    CUT_SHORT,
    LARGE_NUMBERS,
    NO_INITIALS,
    OFTEN_AT_ENDS,
    STREETS,
    UNITS,
    WORDS,
)
from index.language import DEFAULT, language_of
from index.stops import (
    ends_behind_bracket,
    ends_with_letter,
    ends_with_name_or_year,
    is_english_before_number,
    is_within_sentence,
)

Offsets = tuple[int, int]

WINDOW_CHARS = 10_000  # sentencex's time grows with the square of an unpaired quotation mark's distance to the end
SEEN_CHARS = 250  # of what stands before and behind an end
NEAR_CHARS = 40

# Where a long date is written "d. MMMM": Unicode CLDR 46, dateFormats, gregorian, long.
ORDINAL_POINT = frozenset("bs cs da de et eu fi fo hr hsb hu is lb lv nb nn no pl se sk sl sr tr".split())

# sentencex lets no sentence end within quotation marks or brackets, and takes an apostrophe for one of them.
# Behind the one bullet of a line it finds no end at all.
_MARK = re.compile(
    r"(?<![^\r\n])[•▪►■●○](?![^\r\n•▪►■●○]*[•▪►■●○])|[\"“”„‟«»‹›()\[\]]|(?<![^\W_])['‘’‚]|['‘’](?![^\W_])"
)
_CLOSING = re.compile(
    r"(?:[”’)\]」』》）】]|\s?»(?!\w)|[\"“'‘›«](?!\w))(?:\s?»(?!\w)|[”’\"“')\]」』》）】](?!\w)|[.!?。！？])*"
    r"(?:[*_]{1,3}(?!\w))?|[*_]{1,3}(?!\w)"  # and emphasis of Markdown
)
_BEHIND_STOP = re.compile(r"[.!?…][\s\"“”„«»'‘’()\[\]*_]+([^\W\d_])")
_NUMBER = re.compile(r"[\W_]*\d{1,3}[.)]{1,2}")
_ITEM = re.compile(r"(?:^|(?<=\s))[^\w\s]*(?P<number>\d{1,2})[.)]{1,2}(?=\s|$)")
_ORDINAL = re.compile(  # behind an abbreviation it is none: "Str. 14."
    r"(?:(?<![\w.,:/-])|(?<=\d\.[-–/])|(?<=\d\.\s[-–/]))(?<!\.\s)\d{1,2}\.$"
)
_DAY_OF_MONTH = re.compile(r"(?<![\w.,])\d{1,2}\.\s?(?:0?[1-9]|1[0-2])\.$")
_LARGE_NUMBER = re.compile(r"\d\s(?P<word>[^\W\d_]{3,4})\.$")
_INITIALS = re.compile(r"(?:^|[\s(«„“\"'’])(?P<letters>[A-Z]\.[A-Z])\.$")
_COMPOUND = re.compile(r"(?<![^\W_])[^\W\d_]{2,6}\.-[^\W\d_]{2,6}\.$")  # Dipl.-Met.
_LEFT_OUT = re.compile(r"[^.!?…](?:\s(?:…|\.{3})|[\[(](?:…|\.{3})[\])])$")
_LONG_WORD = re.compile(r"(?P<word>[^\W\d_]{5,})\.$")
_STREET = re.compile(r"(?:[A-Z]\w+|\d(?:st|nd|rd|th))\s(?P<word>[A-Z][a-z]{1,3})\.$")
_INITIAL = re.compile(r"(?:^|[\s.(«„“\"'’-])(?P<letter>[^\W\d_])\.$")
_SHORT_WORD = re.compile(r"(?P<number>\d\s)?(?<![^\W\d_])(?P<word>[^\W\d_]{1,4})\.$")
_TITLE = re.compile(r"(?<![\w.])(?P<word>[^\W\d_]{2,10}(?:-[^\W\d_]{2,4})?)\.$")
_STOP = re.compile(r"\.(?=\s+[\"“„«'‘(]{0,2}[^\W_])")
_NOTED = re.compile(r"(?<=[^\W\d_]{4})[.!?][\"”’»]?\d{1,2}(?=\s+[\"“„«'‘(]{0,2}[^\W\d_a-zà-öø-ÿ])")  # "on Friday.1 It"
_LAST_WORD = re.compile(r"(?<![^\W_])(?P<word>[^\W\d_]{1,6})\.$")
_MEASURED = re.compile(r"(?:\d\s?|\b[IVXLC]{1,6}\s)(?:[^\W\d_]{2,5}\.?\s)?[^\W\d_]{1,5}\.$")
_RATE = re.compile(r"\d\s?[^\W\d_]{1,3}/[^\W\d_]{1,3}\.$")
_AND_THE_LIKE = re.compile(r"\b[uo]\. ?Ä\.$")  # German
_ROMAN = re.compile("[IVXLC]+")
_VOWEL = re.compile("[aeiouyäöüàáâãåæèéêëìíîïòóôõøœùúûýаеёиоуыэюя]", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
_WORD_WITHOUT_POINT = re.compile(r"[^\W\d_]++(?!\.)")
_FIRST_LETTER = re.compile(r"[\s\"“”„«»‹›'‘’(\[—–-]*([^\W\d_])")
_FIRST_WORD = re.compile(r"[\W\d_]*([^\W\d_]+)")


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
        ends = {self._behind_marks(end, stop) for end in self._ends(start, stop)}
        cuts = sorted({*ends, *self._overlooked(start, stop, ends)} - {start, stop})
        joined: list[Offsets] = []
        for begin, end in pairwise([start, *cuts, stop]):
            if joined and self._goes_on(joined[-1], end, stop):
                joined[-1] = (joined[-1][0], end)
            else:
                joined.append((begin, end))
        return list(pairwise(self._before_numbers([start, *(end for _, end in joined)])))

    def _ends(self, start: int, stop: int) -> Iterator[int]:
        """Give the ends that sentencex finds, a window at a time; the last sentence of one begins the next."""
        while start < stop:
            window = _MARK.sub(" ", self._text[start : min(start + WINDOW_CHARS, stop)])
            window = window if self._language in ("ja", "ko", "zh") else window.replace("…", ".")
            found = get_sentence_boundaries(self._language, window)
            is_last = start + len(window) >= stop
            found = found if is_last else found[:-1] or found
            yield from (start + each["end_index"] - _trailing_spaces(each["text"]) for each in found)
            start = stop if is_last or not found else start + found[-1]["end_index"]

    def _overlooked(self, start: int, stop: int, ends: set[int]) -> Iterator[int]:
        """Give the ends behind a word that sentencex takes for an abbreviation, and behind one that ends a list."""
        for found in _STOP.finditer(self._text, start, stop):
            end = found.end()
            said = self._text[max(start, end - NEAR_CHARS) : end]
            if end not in ends and self._is_end(said, self._text[end : min(stop, end + NEAR_CHARS)].lstrip()):
                yield end
        yield from (found.end() for found in _NOTED.finditer(self._text, start, stop))

    def _is_end(self, said: str, rest: str) -> bool:
        last, following = _LAST_WORD.search(said), _FIRST_WORD.match(rest)
        if re.match(r"\W*\d", rest):
            return not _ITEM.match(rest) and self._ends_before_number(last["word"] if last else "", said)
        if ends_behind_bracket(said):
            return following is not None and following[1][0].isupper()
        if not last or not following or not following[1][0].isupper():
            return False
        if len(following[1]) == 1 and rest[following.end() :].startswith("."):
            return False
        word = last["word"]
        if ends_with_name_or_year(said) or (ends_with_letter(said) and self._is_common(rest)):
            return True
        if word in WORDS.get(self._language, ()) or (word.isupper() and len(word) > 2 and not following[1].isupper()):
            return not _ROMAN.fullmatch(following[1]) and not _ROMAN.fullmatch(word)
        if word in AT_ENDS or _AND_THE_LIKE.search(said) or _RATE.search(said):
            return True
        street = _STREET.search(said)
        if word in OFTEN_AT_ENDS or _MEASURED.search(said) or (street and street["word"] in STREETS):
            return self._begins_sentences(rest)
        return word.islower() and len(word) > 1 and word in self._words_without_point and not self._is_title(said)

    def _ends_before_number(self, word: str, said: str) -> bool:
        """Tell a word of the article, such as a name, from an abbreviation as of "S. 12"."""
        if ends_behind_bracket(said):
            return True
        if self._is_title(said):
            return False
        long = _LONG_WORD.search(said) if self._language == "de" else None
        is_word = long is not None and not long["word"].lower().endswith(CUT_SHORT)
        return is_word or (len(word) > 3 and word in self._words_without_point)

    def _is_title(self, said: str) -> bool:
        title = _TITLE.search(said)
        return title is not None and title["word"].lower() in BEFORE_NAMES.get(self._language, ())

    def _before_numbers(self, cuts: list[int]) -> list[int]:
        """Cut before the numbers of a list that runs on, as in "Thus: 1. Open it. 2. Wait.", and not behind them."""
        moved = cuts[:1]
        for cut in cuts[1:]:
            begin = moved[-1]
            said = self._text[begin:cut].rstrip()
            items = list(_ITEM.finditer(said)) if said[-1:] in (".", ")") and cut < cuts[-1] else []
            if items and items[-1].end() == len(said):
                firsts = [item for item in items[:-1] if said[: item.start()].rstrip()[-1:] in ("", *":;.!?")]
                if firsts and int(items[-1]["number"]) == int(firsts[-1]["number"]) + 1:
                    moved += [moved[-1] + firsts[-1].start()] * (firsts[-1].start() > 0)
                    cut -= len(self._text[begin:cut]) - items[-1].start()
                elif items[-1]["number"] == "1" and said[: items[-1].start()].rstrip().endswith(":"):
                    cut = begin + items[-1].start()
            moved.append(cut)
        return moved

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
        if is_within_sentence(said, rest, self._text[cut]) or self._is_cut_short(said, rest):
            return True
        if self._language == DEFAULT and rest[0].isdigit() and is_english_before_number(said):
            return True
        if (initials := _INITIALS.search(said)) and initials["letters"].replace(".", "") not in NO_INITIALS:
            return not self._begins_sentences(rest)
        if self._capitalises and (rest[0] in ",;" or _is_small(rest)):
            return True
        if self._is_title(said) and (rest[0].isdigit() or not self._is_small_elsewhere(rest)):
            return True
        return self._language != DEFAULT and self._is_abbreviated(said, rest)

    def _is_cut_short(self, said: str, rest: str) -> bool:
        """Tell a compound abbreviation, as "Dipl.-Met.", and dots for what is left out."""
        left_out = _LEFT_OUT.search(said) is not None and (said[-1] in ")]" or self._language == "de")
        return (left_out or _COMPOUND.search(said) is not None) and not self._begins_sentences(rest)

    def _is_abbreviated(self, said: str, rest: str) -> bool:
        """Tell whether the last word is an ordinal, an initial, or one without a vowel, such as "Mgr.".

        sentencex knows those of English.
        """
        found = _SHORT_WORD.search(said)
        if found and rest[0].isdigit() and self._is_before_number(found, rest):
            return True
        if found and re.match(r"[IVXLC]{2,}\b", rest) and found["word"] not in self._words_without_point:
            return True
        if self._begins_sentences(rest) or _AND_THE_LIKE.search(said) or ends_with_name_or_year(said):
            return False
        if self._language in ORDINAL_POINT and (_ORDINAL.search(said) or _DAY_OF_MONTH.search(said)):
            return True
        if (large := _LARGE_NUMBER.search(said)) and large["word"] in LARGE_NUMBERS:
            return True
        if initial := _INITIAL.search(said):
            before = said[: initial.start("letter")].rstrip()
            letter = initial["letter"]
            return not letter.islower() or letter == "ü" or _INITIAL.search(before) is not None
        if not found or found["number"] or len(word := found["word"]) < 2 or not word.isalpha():
            return False
        return _has_case(word) and not word.isupper() and not _VOWEL.search(word)

    def _is_before_number(self, short: re.Match[str], rest: str) -> bool:
        """Tell an abbreviation, as of "S. 12" and "3 jan. 2024", from a unit and from a word of the article."""
        word = short["word"]
        if (
            not word.islower()
            or not word.isalpha()
            or word in self._words_without_point
            or (_VOWEL.match(word[-1]) and word != "nro")
        ):
            return False
        return not short["number"] or word not in UNITS or re.match(r"\d{4}\b", rest) is not None

    def _begins_sentences(self, rest: str) -> bool:
        """Tell whether the first word is no name: a common word, or one that the article writes small elsewhere."""
        return self._is_common(rest) or self._is_small_elsewhere(rest)

    def _is_common(self, rest: str) -> bool:
        found = _FIRST_WORD.match(rest)
        is_initial = found is not None and rest[found.end() :].startswith(".")
        return found is not None and found[1] in BEGINNINGS.get(self._language, ()) and not is_initial

    def _is_small_elsewhere(self, rest: str) -> bool:
        found = _FIRST_WORD.match(rest)
        return found is not None and _has_case(found[1]) and found[1].lower() in self._words - {found[1]}


def _trailing_spaces(text: str) -> int:
    return len(text) - len(text.rstrip())


def _is_small(rest: str) -> bool:
    found = _FIRST_LETTER.match(rest)
    return found is not None and found[1].islower()


def _has_case(word: str) -> bool:
    return word.lower() != word.upper()
