"""Tell stops that end no sentence, and some that do, by the form of what stands around them."""

import re

from index.abbreviations import BEFORE_NUMBERS

_AGENCY = re.compile(r"\([^()]{2,40}\)\s*(?:—|–|--?)\s")  # TOLNE, Mass. (AP) - The
_SHORT_IN_BRACKETS = re.compile(r"[^\W\d_]\.?\s\([a-z]{2,6}\.\)$")  # Gen. (ret.)
_OPEN_BRACKET = re.compile(r"\([^()]{1,60}\.$")
_STOP_OUTSIDE = re.compile(r"\((?=\w)(?:[^().!?]|\.(?=\d)){1,80}\)[.,;:]")  # a sentence in brackets has its stop inside
_DATED = re.compile(r"\d\.?\s[^\W\d_]{3,5}\.$")  # SEVILLA, 14 ene. (EFE)
_BEFORE_NUMBER = re.compile(r"(?<![^\W_])(?P<word>[A-Za-z]{2,5})\.$")
_ARTICLE = re.compile(r"\b[Aa]rts?\.$")
_ARTICLE_NUMBER = re.compile(r"[A-Z]\.(?:\s?\d|\s*$)")  # art. L. 2121-10
_BEHIND_BRACKET = re.compile(r"\w(?:[)\]]|\s?%)\.$")
_LETTER = re.compile(r"(?:[^\W_],?\s|(?<![^\W_])[^\W\d_]\.\s?)[^\W\d_]\.$")  # 70 m.p.h.
_EXAMPLE = re.compile(r"(?:e\.\s?g|i\.\s?e|z\.\s?B|d\.\s?h|u\.\s?a|p\.\s?ej|т\.\s?е|\s[vcM])\.$")
_PLATFORM = re.compile(r"\s(?:auf|bei|on|sur|en|su|via)\sX\.$")
_YEAR = re.compile(r"[а-яё]{3}\s[а-яё]{1,2}\s\d{4}\s?г\.$")  # "ремонтировался в 2019 г.", not "В 2019 г. Иванов"
_DEGREE = re.compile(r"\b(?:Ass|Dipl|Dr|Mag|Prof)\.(?:\s?[a-z]{1,5}\.)+$")  # Dr. rer. pol.
_CLOCK = re.compile(r"\W*\d{1,2}[.:h]?\d{0,2}(?:\s?[ap]\.?\s?m)?(?:\s(?:Uhr|[ECMP][SD]?T|GMT|UTC))?\.")
_HALF_OF_DAY = re.compile(r"\b[ap]\.\s?m\.$")
_TIME = re.compile(  # what is told with a time, as in "at 10 a.m. Thursday"
    r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days?|january|february|march|april|may|june|july|august|september|"
    r"october|november|december|eastern|central|mountain|pacific|local|[ecmp][sd]?t|gmt|utc|bst|cest)\b(?!\.\w)",
    re.IGNORECASE,
)
_UNCLOSED = re.compile(r"[「『《（【][^」』》）】]*$")
_CLOSED = re.compile(r"[^「『《（【]{0,200}[」』》）】]")
_QUOTED = re.compile(r"\s*[“「『][^“「『]*[。！？]+[”」』]")
_HIRAGANA = re.compile("[ぁ-ん]")  # behind a quotation: と, なんて, という


def is_within_sentence(said: str, rest: str, following: str) -> bool:
    """Tell whether a sentence goes on with `rest`; `following` is the character right behind its stop."""
    if _UNCLOSED.search(said) and _CLOSED.match(rest):
        return True
    if following.isalpha() and (_is_quoted(said, rest) or _is_inside_word(said)):
        return True
    if following in "-–—":  # Dipl.-Ing., (EFE).- El
        return True
    if _DEGREE.search(said) or (_HALF_OF_DAY.search(said) and _TIME.match(rest)):
        return True
    if _CLOCK.fullmatch(said) and re.search("[:apU]", said):  # the head of an entry
        return True
    if _AGENCY.match(rest) or _SHORT_IN_BRACKETS.search(said) or (_OPEN_BRACKET.search(said) and rest[0].isdigit()):
        return True
    if (_STOP_OUTSIDE.match(rest) and not rest[1].isupper()) or (_DATED.search(said) and rest[0] in "(—–"):
        return True
    return _ARTICLE.search(said) is not None and _ARTICLE_NUMBER.match(rest) is not None


def is_english_before_number(said: str) -> bool:
    """Tell whether the last word is one that a number follows: "vol. 57"."""
    found = _BEFORE_NUMBER.search(said)
    return found is not None and found["word"].lower() in BEFORE_NUMBERS


def ends_behind_bracket(said: str) -> bool:
    """Tell a stop behind a bracket or percent sign, which belongs to no abbreviation: "(PP)."."""
    return _BEHIND_BRACKET.search(said) is not None


def ends_with_letter(said: str) -> bool:
    """Tell whether the last word is a letter with a point that may end a sentence: "70 m.p.h.", but not "e.g.".

    It ends none where it numbers an item, behind the letter before it: "a. Open it b. Wait".
    """
    if not _LETTER.search(said) or _EXAMPLE.search(said):
        return False
    return f" {chr(ord(said[-2]) - 1)}. " not in f" {said}"


def ends_with_name_or_year(said: str) -> bool:
    """Tell a last letter that is no initial: of the platform X, or for a Russian year."""
    return _PLATFORM.search(said) is not None or _YEAR.search(said) is not None


def _is_quoted(said: str, rest: str) -> bool:
    """Tell whether something is quoted and the sentence goes on behind it, as in 「橋が開いた。」と市長は言った."""
    is_named = _QUOTED.fullmatch(said) is not None
    return is_named or (said[-1] in "」』" and _HIRAGANA.match(rest) is not None)


def _is_inside_word(said: str) -> bool:
    """Tell a point within "1.Bread" and "U.N.Security" from one behind which a space is missing."""
    return said[-1] == "." and (said[-2:-1].isdigit() or said[-2:-1].isupper())
