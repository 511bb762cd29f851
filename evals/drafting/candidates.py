"""Find sentences that a question can be asked about, and in them the words that can be its answer."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from index.bm25 import STOPWORDS
from index.catalog.reader import CatalogReader
from index.catalog.rows import StoredArticle
from qa.answer import Span
from qa.question.words import is_number, names, stems
from qa.text import one_line

SENTENCE_CHARS = range(50, 261)
MIN_WORDS = 8
MAX_WORDS_TO_NAME = 5
MAX_MENTIONS = 4
MIN_NAME_CHARS = 4
MAX_TOPIC_WORDS = 4
MAX_SENTENCES = 100_000
MAX_SHARED_STEMS = 0.6

_MONTH = "(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_YEAR = r"(?:1\d{3}|20\d{2})"
_DATE = re.compile(
    rf"(?<![\w$€£.,-])(?:{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?(?:, {_YEAR})?|(?:\d{{1,2}} )?{_MONTH} {_YEAR}|"
    rf"\d{{1,2}} {_MONTH}|{_YEAR}|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)(?![\w%–-]|[.,]\d)"
)
_AMOUNT = re.compile(
    r"(?<![\w.,–-])(?:[$€£]\s?)?(?:\d[\d,.]*\d|\d)(?:\s?%| percent)?(?: (?:m|b|tr)illion)?(?![\w–-]|[.,]\d)"
)
_WORD = re.compile(r"(?:[^\W\d_]\.){2,}|[^\W\d_][\w’'-]*")
_POSSESSIVE = re.compile(r"[’'](?:s)?$")
DEMONYM = re.compile(r"(?:ian|ean|can|ish|ese|ic|man|nch|utch|reek|wiss|ern)$")
_UNRESOLVED = frozenset(
    "he she it they we i you his her its their our my your this that these those there here him them such both another "
    "other others also but and or so then today nearby now currently recently later earlier afterwards "
    "still yet".split()
)
_BEFORE_DATE = frozenset(["", "in", "since", "by", "during", "around", "late", "early", "mid", "circa"])
_BEHIND_NAME = frozenset(
    "in on at of to for from by with as after before during when until while since because and or but if than that who "
    "which where was is are were be been had has have did does do can could will would may might must should also not "
    "never then became said told began led won went took gave made wrote built held met saw got came ran left kept "
    "found lost sent brought grew rose fell bought sold paid taught thought chose drew "
    "flew knew spoke stood wore beat put set cut read sang drove rode fought caught sought spent sat heard meant stole "
    "struck threw says tells leads holds remains against between under over into".split()
)
_LABELS = frozenset(
    "no number chapter page room section article episode part version figure table volume level".split()
)
_POINTING = re.compile(
    r"\b(?:this|these|those|former|latter|aforementioned|above|below|following|it|its|they|them|their)\b", re.IGNORECASE
)
_BOILERPLATE = re.compile(
    r"https?:|www\.|\bcookies?\b|all rights reserved|subscri|newsletter|sign up|click here|read more|photo(?:graph)? by"
    r"|copyright|©|[|{}<>•=]|\(AP\)|\bISBN\b|et al\.",
    re.IGNORECASE,
)


class Kind(StrEnum):
    """What an answer is."""

    NAME = "name"
    DATE = "date"
    NUMBER = "number"


@dataclass(frozen=True)
class Candidate:
    """A sentence of an article, its line breaks made spaces, and the words in it that a question may be asked for.

    The words are `sentence[start:end]`.
    """

    article: StoredArticle
    span: Span
    sentence: str
    start: int
    end: int
    kind: Kind

    @property
    def answer(self) -> str:
        """The words, as they stand."""
        return self.sentence[self.start : self.end]

    @property
    def quote(self) -> str:
        """The sentence exactly as it stands in its article."""
        return self.article.text[self.span.start : self.span.end]

    @property
    def before(self) -> str:
        """The word before them in lower case, empty at the beginning."""
        return "".join(re.findall(r"[\w’'-]+", self.sentence[: self.start].lower())[-1:])

    @property
    def after(self) -> list[str]:
        """The words behind them in lower case."""
        return re.findall(r"[\w’'-]+", self.sentence[self.end :].lower())


def candidates(article: StoredArticle, catalog: CatalogReader, leaning: bool = False) -> Iterator[Candidate]:
    """Give what can be asked of an article, in the order in which it stands there.

    That is of the sentences that stand alone, or with `leaning` of those that lean on others around them.
    """
    for start, end in catalog.sentences(article.id, 0, MAX_SENTENCES):
        sentence = re.sub(r"\s", " ", article.text[start:end])
        if article.text.count(article.text[start:end]) > 1 or not is_statement(sentence):
            continue
        if stands_alone(sentence) != leaning:
            for kind, first, last in answer_spans(sentence, article.text):
                candidate = Candidate(article, Span(article.id, start, end), sentence, first, last, kind)
                if is_telling(candidate):
                    yield candidate


def is_statement(sentence: str) -> bool:
    """Tell whether a sentence states something, with a name in it, and is no boilerplate."""
    words = _words(sentence)
    if len(sentence) not in SENTENCE_CHARS or len(words) < MIN_WORDS:
        return False
    if one_line(sentence) != " ".join(sentence.split()) or _BOILERPLATE.search(sentence):
        return False
    named = any(names(word) for word in words if not word[0].isdigit())
    return named and words[0].lower() not in _UNRESOLVED and bool(re.search(r"[.!][\"”’')]*$", sentence))


def stands_alone(sentence: str) -> bool:
    """Tell whether a sentence begins with what it is about, by name, and points at nothing before it."""
    words = _words(sentence)
    if _POINTING.search(sentence):
        return False
    first_name = next((i for i, word in enumerate(words) if i and not word[0].isdigit() and names(word)), len(words))
    leaning = any(word.lower() in _UNRESOLVED for word in words[: min(first_name, MAX_WORDS_TO_NAME)])
    return words[0][0].isupper() and first_name <= MAX_WORDS_TO_NAME and not leaning


def _words(sentence: str) -> list[str]:
    return re.findall(r"[\w’'-]+", sentence)


def is_telling(candidate: Candidate) -> bool:
    """Tell whether words are worth asking for: not what the whole article is about, no member of a list, no label."""
    sentence, start, end = candidate.sentence, candidate.start, candidate.end
    if sentence[:start].count("(") > sentence[:start].count(")"):
        return False
    if candidate.kind is Kind.DATE:
        return candidate.before in _BEFORE_DATE or not candidate.answer.isdecimal()
    if candidate.kind is Kind.NUMBER:
        return True
    if (
        set(stems(candidate.answer)) <= topic_of(candidate.article)
        or candidate.article.text.count(candidate.answer) > MAX_MENTIONS
    ):
        return False
    if len(candidate.answer) < MIN_NAME_CHARS or is_number(candidate.before or "-") or _is_cut(sentence, start, end):
        return False
    listed = re.search(r"[A-Z][\w.’'-]*(?:,? and|,? or|,) $", sentence[:start]) or re.match(
        r"(?:,? and|,? or|,) [A-Z]", sentence[end:]
    )
    return listed is None


def _is_cut(sentence: str, start: int, end: int) -> bool:
    """Tell whether a name is only a part of one, or describes the noun behind it ("the Cambridge campus")."""
    before = sentence[:start].split()
    if before and (before[-1] == "&" or before[-1] == "No." or names(before[-1].strip("\"“‘'("))):
        return True
    if re.match(r" (?:& |\d|[IVX]+\b)", sentence[end:]) or (len(before) > 1 and before[-1][0].isupper()):
        return True
    following = re.match(r"(?:[’']s?)?(?:\s+([\w’'-]+))?", sentence[end:])
    word = following[1] if following else None
    return word is not None and not (word in _BEHIND_NAME or word.endswith("ed"))


def topic_of(article: StoredArticle) -> set[str]:
    """Give the stems of a title that names what the whole article is about; a headline, being longer, does not."""
    topic = set(stems(article.title))
    return topic if len(topic) <= MAX_TOPIC_WORDS else set()


def is_near(sentence: str, others: list[set[str]]) -> bool:
    """Tell whether a sentence says nearly the same as one of others, given as sets of stems."""
    own = set(stems(sentence))
    return any(len(own & other) > MAX_SHARED_STEMS * min(len(own), len(other)) for other in others)


def answer_spans(sentence: str, text: str) -> list[tuple[Kind, int, int]]:
    """Find dates, numbers and names in a sentence of a text, none within another, in their order."""
    found = [(Kind.DATE, *each.span()) for each in _DATE.finditer(sentence)]
    found += [(Kind.NUMBER, *span) for span in _amounts(sentence) if not _is_taken(span, found)]
    found += [(Kind.NAME, *span) for span in name_spans(sentence, text) if not _is_taken(span, found)]
    return sorted(found, key=lambda each: each[1])


def name_spans(sentence: str, text: str) -> list[tuple[int, int]]:
    """Find the names in a sentence: capitalised words side by side, the first word only where `text` has it elsewhere
    amid a sentence.
    """
    runs: list[tuple[int, int]] = []
    for found in _WORD.finditer(sentence):
        start, end = found.span()
        ending = _POSSESSIVE.search(found[0])
        if not _is_name(found[0], start == 0 or sentence[:start].strip(" \"“‘'(") == "", text):
            continue
        if runs and re.fullmatch(r" (?:of (?:the )?|de |von |van |al-)?", sentence[runs[-1][1] : start]):
            runs[-1] = (runs[-1][0], start + (ending.start() if ending else end - start))
        else:
            runs.append((start, start + (ending.start() if ending else end - start)))
    return [span for span in runs if _stands_alone(sentence, *span)]


def _amounts(sentence: str) -> Iterator[tuple[int, int]]:
    """Find amounts of something, not the numbers of chapters, rooms and the like."""
    for found in _AMOUNT.finditer(sentence):
        follows = re.match(r" (?:[^\W\d_]+)", sentence[found.end() :])
        measured = found[0][0] in "$€£" or found[0][-1] in "%t" or (follows and follows[0][1].islower())
        before = re.findall(r"\w+", sentence[: found.start()])[-1:]
        if measured and not (before and (names(before[0]) or before[0].lower() in _LABELS)):
            yield found.span()
    for found in re.finditer(r"(?<![\w-])[^\W\d_]+(?= [a-z])", sentence):
        if is_number(found[0].lower()) and found[0].lower() not in ("one", "zero", "hundreds", "thousands", "millions"):
            before = re.findall(r"\S+", sentence[: found.start()])[-1:]
            if not (before and (is_number(before[0].lower()) or re.search(r"\d", before[0]))):
                yield found.span()


def _is_name(word: str, opens: bool, text: str) -> bool:
    plain = _POSSESSIVE.sub("", word)
    if not plain[0].isupper() or len(plain) < 2 or plain.lower() in STOPWORDS or not names(plain):
        return False
    return not opens or re.search(rf"[a-z,] {re.escape(plain)}\b", text) is not None


def _stands_alone(sentence: str, start: int, end: int) -> bool:
    """Tell whether a name is no mere adjective ("Iranian drones") and no part of a hyphenated word."""
    words = sentence[start:end].split()
    following = re.match(r" [a-z]+", sentence[end:])
    if sentence[end : end + 1] in ("-", "–") or (start and sentence[start - 1] in "-–"):
        return False
    return not (len(words) == 1 and following and DEMONYM.search(words[0]))


def _is_taken(span: tuple[int, int], found: list[tuple[Kind, int, int]]) -> bool:
    return any(start < span[1] and span[0] < end for _, start, end in found)
