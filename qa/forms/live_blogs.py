"""Live blogs: paragraphs that begin with a clock time are entries of one day."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from qa.forms.paragraphs import Paragraph

MIN_ENTRIES = 3
MIN_IN_ORDER = 0.75  # of the steps from entry to entry

CLOCK = (
    r"(?P<hour>[01]?\d|2[0-4])(?:[:.h](?P<minute>[0-5]\d))?(?:\s?(?P<half>[AaPp])\.?[Mm]\b\.?)?"
    r"(?:\s?(?:CES?T|GMT|BST|UTC|E[ES]?T|[EPCM][SD]T|AES?T|local time|Uhr)\b)?"
)
_HEAD = re.compile(rf"[\s#*_>\[(•–-]*(?P<clock>{CLOCK})(?!\w)[\s:*_\])|,.–—-]*")
_CLOCK_IN_QUESTION = re.compile(rf"\b(?:at|by|around|about|after|before|since|as of) (?P<clock>{CLOCK})(?!\w)")


@dataclass(frozen=True)
class Entry:
    """Sentences `first` to `last` inclusive of a live blog; `rank` grows with time, `minutes` count from midnight.

    `clock` is the time as it is written at the head, `said_from` where the words begin behind it.
    """

    first: int
    last: int
    rank: int
    minutes: int
    clock: str
    clock_from: int
    said_from: int


def entries(text: str, whole: Sequence[Paragraph]) -> list[Entry]:
    """Give the entries of a live blog in the order of the text; none where an article is no live blog.

    The newest may stand first or last.
    """
    heads = [(each, found) for each in whole if (found := _head(text, each))]
    times = [minutes_of(found) for _, found in heads]
    rising = [after >= before for before, after in pairwise(times)]
    if len(heads) < MIN_ENTRIES or max(sum(rising), len(rising) - sum(rising)) < MIN_IN_ORDER * len(rising):
        return []
    newest_last = sum(rising) * 2 >= len(rising)
    lasts = [following.first - 1 for (following, _) in heads[1:]] + [whole[-1].last]
    return [
        Entry(
            each.first,
            last,
            position if newest_last else len(heads) - 1 - position,
            minutes_of(found),
            found["clock"].strip(),
            found.start("clock"),
            found.end(),
        )
        for position, ((each, found), last) in enumerate(zip(heads, lasts, strict=True))
    ]


def clock_head(text: str) -> int:
    """Give the length of the clock time, with the marks behind it, at the head of an entry's text; 0 where none is."""
    found = _HEAD.match(text)
    return found.end() if found and (found["minute"] or found["half"]) else 0


def minutes_asked(question: str) -> int | None:
    """Give the time of day that a question names ("at 11:30"), in minutes from midnight."""
    for found in _CLOCK_IN_QUESTION.finditer(question):
        if found["minute"] or found["half"]:
            return minutes_of(found)
    return None


def without_clock(question: str) -> str:
    """Leave out the time of day that a question names: an article may write it otherwise (9:30, 09.30)."""
    return _CLOCK_IN_QUESTION.sub("", question)


def minutes_of(found: re.Match[str]) -> int:
    """Give a matched clock time in minutes from midnight."""
    hour, minute = int(found["hour"]) % 24, int(found["minute"] or 0)
    if found["half"]:
        hour = hour % 12 + (12 if found["half"].lower() == "p" else 0)
    return hour * 60 + minute


def _head(text: str, paragraph: Paragraph) -> re.Match[str] | None:
    found = _HEAD.match(text, paragraph.start, paragraph.end)
    return found if found and (found["minute"] or found["half"]) else None
