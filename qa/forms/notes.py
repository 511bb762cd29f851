"""Notes in which an article corrects or updates itself: where they stand, and what they call wrong."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from index.sentences import Offsets
from qa.forms.paragraphs import Paragraph
from qa.question.words import is_number, names, spellings, stem, stems, tokens

MIN_SHARED_STEMS = 2
MIN_SHARED_WRONG = 0.5
MAX_NOTE_CHARS = 600

_WHEN = r"(?:\s*[(,\[–—-]?[^:\n.]{0,30}\d[^:\n]{0,20})?"
_LABEL = re.compile(
    r"[\W_]*(?:corrections?(?: and clarifications?)?|corrected|clarifications?|clarified|updates?|updated|amendment|"
    r"amended|errat(?:um|a)|(?:editor|publisher)[’']?s?[’']? note|note to readers)"
    rf"{_WHEN}\s*[*_]{{0,2}}(?:[:–—]| - )",
    re.IGNORECASE,
)
_VERSION = r"(?:earlier|previous|original|initial|prior|first|older|online|print) (?:\w+ )?(?:version|edition|report)s?"
_BODY = re.compile(
    rf"\b(?:an|the|our) {_VERSION} of (?:this|the|our)|"
    r"\b(?:this|the) (?:article|story|report|page|post|piece|text|headline|item) (?:was|has been|is|were) "
    r"(?:amended|corrected|updated|changed|edited|revised)\b",
    re.IGNORECASE,
)
_ERROR = r"(?:incorrectly|wrongly|mistakenly|erroneously|inaccurately|previously|originally)"
_TOLD = (
    r"(?:sa(?:id|ys|ying)|stat(?:ed|es|ing)|g[ai]ve(?:n|s)?|report(?:ed|s)|nam(?:ed|es)|identif(?:ied|ies)|put|called|"
)
_TOLD += r"described|listed|referred to|suggested|had|was given|was named)"
_WRONG = (
    re.compile(r"(?:,| and| but) not (?P<wrong>[^,.;:()\n]+(?:[.,]\d+[^,.;:()\n]*)*)"),
    re.compile(r"\b(?:instead of|rather than) (?P<wrong>[^,;:()\n]+?)(?=[,;:()]|\.(?!\d)|$)"),
    re.compile(rf"\b{_ERROR} as (?P<wrong>[^,;:()\n]+?)(?=[,;:()]|\.(?!\d)|$)"),
    re.compile(rf"\b{_ERROR} {_TOLD}\b(?P<wrong>.+?)(?=[;]|\.(?!\d)|, (?:but|and) (?:it|he|she|they)\b|$)"),
    re.compile(
        rf"\b{_VERSION}\b[^.;]*?\b{_TOLD}\b(?P<wrong>.+?)(?=[;]|\.(?!\d)|$)",
        re.IGNORECASE,
    ),
)
_OF_A_NOTE = frozenset(
    map(
        stem,
        "correction corrected correct clarification update updated editor note version earlier previous article story "
        "report misstated wrong wrongly incorrectly said number figure name given amended changed now".split(),
    )
)


def notes(text: str, sentences: Sequence[Offsets], whole: Sequence[Paragraph]) -> list[tuple[int, int]]:
    """Give the first and last sentence of each note: a paragraph that is labelled as one, or speaks of its article.

    A long one is not a note but an article that begins like one.
    """
    return [
        (each.first, each.last)
        for each in whole
        if sentences[each.last][1] - sentences[each.first][0] <= MAX_NOTE_CHARS
        and (_LABEL.match(text, each.start, each.end) or _BODY.search(text, each.start, each.end))
    ]


def is_note(text: str) -> bool:
    """Tell whether a text is labelled as a note, or speaks of its article."""
    return bool(_LABEL.match(text) or _BODY.search(text))


def wrong_spans(note: str) -> list[Offsets]:
    """Give the spans of a note that say what is wrong: the 4.2 million of "It was 2.4 million, not 4.2 million"."""
    found = sorted({match.span("wrong") for pattern in _WRONG for match in pattern.finditer(note)})
    return [each for each in found if not any(each != other and _is_within(each, other) for other in found)]


def right_parts(note: str) -> Iterator[Offsets]:
    """Give what is left of a note without what is wrong and the words that say so, and without its label."""
    label = _LABEL.match(note)
    cuts = [(0, label.end() if label else 0), *wrong_spans(note), (len(note), len(note))]
    for (_, start), (end, _) in pairwise(cuts):
        if re.search(r"\w{2}|\d", note[start:end]):
            yield start, end


def says_wrong(note: str, phrase: str) -> bool:
    """Tell whether a phrase is, or holds, what a note calls wrong."""
    return any(_holds(phrase, each) for each in _wrong_words(note))


def corrects(note: str, sentence: str) -> bool:
    """Tell whether a note is about what a sentence states: it holds what is wrong, or words of the note otherwise."""
    wrong = list(_wrong_words(note))
    if any(_holds(sentence, each) for each in wrong):
        return True
    shared = set(stems(sentence)) & (set(stems(note)) - _OF_A_NOTE)
    return not any(map(_telling, wrong)) and len(shared) >= MIN_SHARED_STEMS


def _wrong_words(note: str) -> Iterator[str]:
    """Give what a note calls wrong, without words that are right as well: of "Vera Lund, not Vera Lang" the Lang."""
    right = {word for start, end in right_parts(note) for word in tokens(note[start:end])}
    for start, end in wrong_spans(note):
        told = re.findall(r"\S+", note[start:end])
        yield " ".join(word for word in told if not set(tokens(word)) <= right) or note[start:end]


def _holds(text: str, wrong: str) -> bool:
    """Tell whether a text has the numbers and names that are wrong, or where there are none, most of the words."""
    telling = _telling(wrong)
    words = {spelling for word in tokens(text) for spelling in spellings(word)}
    if telling:
        return any(stem(each) in {stem(word) for word in words} for each in telling)
    asked = set(stems(wrong))
    return bool(asked) and len(asked & set(stems(text))) >= MIN_SHARED_WRONG * len(asked)


def _telling(wrong: str) -> list[str]:
    numbers = [word for word in tokens(wrong) if is_number(word) and word[0].isdigit()]
    return numbers or names(wrong) or [word for word in tokens(wrong) if is_number(word)]


def _is_within(inner: Offsets, outer: Offsets) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]
