"""Hold a statement that a model wrote to the sentences that it cites: its names, numbers and days, and all it says."""

import re
from calendar import day_name
from collections.abc import Iterator, Sequence, Set
from datetime import date, timedelta
from enum import StrEnum

import numpy as np

from index.models.embedding import Embedder
from qa.answer import Evidence
from qa.question.days import Days, days_named, without_days
from qa.question.words import TIMES, is_number, names, number_of, same_name, stem, stems, tokens
from qa.reading.hostile_instructions import instructs
from qa.reading.opposites import denies
from qa.text import one_line
from qa.wording.dates import resolve_dates

# Of consistent summaries of news all pass with three sentences of their article that fit them, .96 with two, and .016
# with two others of the article (`docs/broad.md`).
MIN_CARRIED_WORDS = 0.5  # share of its stems
MIN_CARRIED_COSINE = 0.5  # MiniLM, with the cited sentences together

_ADDRESS = re.compile(r"\S*(?:[/\\@]|[^\W\d_]\.[^\W\d_]{2})\S*")
_OPENING = re.compile(r"(?:^|[.:;!?]\s+|[\"“„«(]\s*)([^\W\d_][\w’'-]*)")
_WEEKDAYS = frozenset(map(str.lower, day_name))
_A_DAY = timedelta(1)

Period = tuple[date, date]


class Fault(StrEnum):
    """Why a statement is not told."""

    UNCITED = "it cites no sentence, or one that was not shown"
    INSTRUCTION = "it tells how to answer"
    ADDRESS = "an address in it stands in no sentence that it cites"
    NAME = "a name in it stands in no sentence that it cites"
    DAY = "a day in it is of no sentence that it cites"
    NUMBER = "a number in it stands in no sentence that it cites"
    DENIAL = "it denies what no sentence that it cites denies"
    WORDS = "the sentences that it cites say something else"


def fault_in(text: str, cited: Sequence[Evidence], small_stems: Set[str], embedder: Embedder) -> Fault | None:
    """Tell what in a statement is not carried by the sentences that it cites, None where all is.

    A name, number or address must stand in them; a day be named in them, meant by their "on Tuesday" or that of their
    publication. Then most of the words must be theirs, and the meaning. `small_stems` are of words that the articles
    write without a capital letter: what begins a sentence and is of these is no name.
    """
    said = " ".join(one_line(each.text) for each in cited)
    if instructs(text):
        return Fault.INSTRUCTION
    if any(each not in said for each in _addresses(text)):
        return Fault.ADDRESS
    if _has_foreign_name(text, said, small_stems):
        return Fault.NAME
    if _has_foreign_day(text, cited):
        return Fault.DAY
    if not set(_numbers(without_days(text))) <= set(_numbers(said)):
        return Fault.NUMBER
    if denies(text) and not denies(said):
        return Fault.DENIAL
    return None if _is_carried(text, said, embedder) else Fault.WORDS


def _addresses(text: str) -> list[str]:
    return [found.strip(".,;:!?()\"'“”") for found in _ADDRESS.findall(text)]


def _has_foreign_name(text: str, said: str, small_stems: Set[str]) -> bool:
    words = set(tokens(said))
    opening = {word for found in _OPENING.findall(text) for word in tokens(found) if stem(word) in small_stems}
    claimed = [each for each in names(text) if not is_number(each) and each not in opening]
    return any(not any(same_name(each, word) for word in words) for each in claimed)


def _numbers(text: str) -> Iterator[str | float]:
    """Give each number as what it amounts to with its magnitude, or where that cannot be told as it is written."""
    before = ""
    words = tokens(text)
    for word, behind in zip(words, [*words[1:], ""], strict=True):
        if is_number(word) and not (word in TIMES and before and is_number(before)):
            amount = number_of(f"{word} {behind}" if behind in TIMES else word)
            yield word if amount is None else amount
        before = word


def _has_foreign_day(text: str, cited: Sequence[Evidence]) -> bool:
    """Tell whether a text names a day or more that are not of the sentences; their publication is a single day."""
    published = [(each.published, each.published) for each in cited if each.published]
    said = [period for each in cited for period in _periods(each)] or published
    named = days_named(text, [day for day, _ in published])
    if not all(_is_among(each, said) or (each.first == each.last and _is_among(each, published)) for each in named):
        return True
    theirs = {word for each in cited for word in tokens(each.text)}
    theirs |= {day_name[first.weekday()].lower() for first, last in [*said, *published] if first == last}
    return bool(_WEEKDAYS & set(tokens(text)) - theirs)


def _periods(sentence: Evidence) -> Iterator[Period]:
    """Give the days that a sentence names or means; what it leaves open on a side is the day on the other."""
    for each in days_named(sentence.text, [sentence.published] if sentence.published else []):
        first, last = each.first or each.last, each.last or each.first
        if first and last:
            yield first, last
    for _, _, period in resolve_dates(sentence.text, sentence.published):
        yield period.first, period.last


def _is_among(days: Days, periods: Sequence[Period]) -> bool:
    """Tell whether days are one of these periods or hold it, as January holds the 10th; "after" begins a day later."""
    if days.first and days.last:
        return any(days.first <= first and last <= days.last for first, last in periods)
    bound = days.first or days.last
    return bound is not None and any(first - _A_DAY <= bound <= last + _A_DAY for first, last in periods)


def _is_carried(text: str, said: str, embedder: Embedder) -> bool:
    words = set(stems(without_days(text)))
    if len(words & set(stems(said))) < MIN_CARRIED_WORDS * len(words):
        return False
    one, other = np.array(embedder.get_text_embedding_batch([text, said]))
    return float(one @ other) >= MIN_CARRIED_COSINE
