"""List, count and add up what the articles name: the reader looks for an answer in every sentence gathered."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from qa.answer import Evidence
from qa.broad.gather import Gathered
from qa.broad.model_list import ModelList
from qa.broad.points import Point, once_an_article
from qa.question.words import is_number, names, number_of, stem, stems, tokens
from qa.reading.check_names_and_counts import counted_words
from qa.reading.opposites import says_the_opposite
from qa.reading.possessives import says_it_of_another
from qa.reading.reader import Context, load_reader
from qa.text import one_line

MAX_READ = 300  # sentences; 4 ms each on two processors
# Of the reader's logit, which is low for one of several things. Of 22 lists and counts (`evals/broad`) the reader
# alone found .44 of the things, and .50 of what it named was among them (F1 .41); the model .48 and .61 (.52); both,
# where the model lists one thing or none, .56 and .66 (.58).
SHOWN_LOGIT, READERS_LOGIT = -5.0, -1.0
LEAST_LOGIT, MAX_BELOW_BEST = -3.0, 1.5  # of numbers that are added up
UNCERTAIN_LOGIT = -3.5
MAX_ITEM_WORDS = 12
SHOWN_ITEMS = 5

_ENUMERATED = re.compile(r"\s*(?:[,;]\s*(?:and|or|und|et|y|e|en)\s+|[,;]|\s(?:and|und|et|y|e|en)\s)\s*")
_EDGES = " \t\n*#_|\"“”'"
_HOW_MANY = re.compile(r"\bhow many\b", re.IGNORECASE)
_BYLINE = re.compile(r"\s*(?:By|Von|Par|Por|Di|Door|Interview:) [A-Z][\w.’'-]+(?: [A-Z][\w.’'-]+){0,3}\s*")
# Words that stand for a thing without naming it.
_NAMELESS = frozenset(
    "he she it they we i you him her them us this that these those who nobody everybody both others one".split()
)


@dataclass(frozen=True)
class Item:
    """Something that is listed, as the articles call it, and the sentences that name it, the surest first."""

    name: str
    named_in: tuple[Evidence, ...]


def list_of(question: str, gathered: Gathered, lists: ModelList) -> tuple[list[Point], int]:
    """List what answers the question, what most articles name first; tell how many sentences are uncertain."""
    question = _HOW_MANY.sub("which", question)
    read = read_all(question, gathered)
    items = items_in(question, _named(question, read, lists))
    return [_told(each) for each in items], _uncertain(read)


def count_of(question: str, gathered: Gathered, lists: ModelList) -> tuple[list[Point], int]:
    """Count what answers the question, or add up the numbers of it; the sum or number first, then its rows."""
    counted = counted_words(question)
    read = read_all(question, gathered)
    if counted and len(rows := _numbers_of(counted[-1], kept(read))) > 1:
        total = sum(number_of(each.phrase) or 0 for each in rows)
        told = f"{_at_least(read)}{total:,.15g} {counted[-1]}: {' + '.join(each.phrase for each in rows)}."
        points = [_row(each, counted[-1]) for each in rows]
        return [Point(told, tuple(rows), {"total": f"{total:.15g}"}), *points], _uncertain(read)
    which = _HOW_MANY.sub("which", question)
    read = read_all(which, gathered)
    items = items_in(question, _named(which, read, lists))
    if not items:
        return [], _uncertain(read)
    named = ", ".join(each.name for each in items[:SHOWN_ITEMS]) + (", ..." if len(items) > SHOWN_ITEMS else "")
    told = f"{_at_least(read)}{len(items)}: {named}."
    first = Point(told, tuple(each.named_in[0] for each in items), {"total": str(len(items))})
    return [first, *map(_told, items)], _uncertain(read)


def _named(question: str, read: Sequence[Evidence], lists: ModelList) -> list[Evidence]:
    """Give the sentences that name something: as the model lists it, and where that is one thing as the reader says."""
    by_model = lists(question, [each for each in read if each.stated >= SHOWN_LOGIT])
    if len(items_in(question, by_model)) > 1:
        return by_model
    return [*by_model, *(each for each in read if each.stated >= READERS_LOGIT)]


def _told(item: Item) -> Point:
    return Point(item.name, once_an_article(item.named_in), {"item": item.name})


def read_all(question: str, gathered: Gathered) -> list[Evidence]:
    """Read the sentences that touch the question most, the surest to state an answer first."""
    sentences = [each for each in gathered.found[:MAX_READ] if not _BYLINE.fullmatch(each.text)]
    readings = load_reader().read(question, [Context(each.text, title=each.title) for each in sentences])
    read = [
        replace(each, stated=reading.logit, phrase=reading.phrase, phrase_probability=reading.phrase_probability)
        for each, reading in zip(sentences, readings, strict=True)
        if not (says_it_of_another(question, each.text) or says_the_opposite(question, each.text))
    ]
    return sorted(read, key=lambda each: -each.stated)


def kept(read: Sequence[Evidence]) -> list[Evidence]:
    """Keep the sentences that state an answer surely enough, in themselves and beside the surest."""
    best = read[0].stated if read else 0.0
    return [each for each in read if each.stated >= max(LEAST_LOGIT, best - MAX_BELOW_BEST)]


def items_in(question: str, sentences: Iterable[Evidence]) -> list[Item]:
    """Give the things that the phrases of sentences name, those that most articles name first.

    What is called by the same words, or by some of them, is one: Rubio is Marco Rubio where no other Rubio is named.
    """
    groups: list[tuple[set[str], list[tuple[str, Evidence]]]] = []
    for sentence in sentences:
        for name in names_in(sentence.phrase):
            words = set(stems(name))
            if not words or _is_nameless(name) or words <= set(stems(question)):
                continue
            same = [group for group in groups if words <= group[0] or group[0] <= words]
            if len(same) == 1:
                same[0][0].update(words)
                same[0][1].append((name, sentence))
            elif not same:
                groups.append((words, [(name, sentence)]))
    items = [_item(each) for _, each in groups]
    return sorted(items, key=lambda each: -len({one.span.article_id for one in each.named_in}))


def _item(named: Sequence[tuple[str, Evidence]]) -> Item:
    longest = max((name for name, _ in named), key=lambda name: len(tokens(name)))
    return Item(longest, tuple(dict.fromkeys(sentence for _, sentence in named)))


def names_in(phrase: str) -> Iterator[str]:
    """Give the things that a phrase names: the parts of an enumeration of names, or the phrase."""
    parts = [part.strip(_EDGES) for part in _ENUMERATED.split(one_line(phrase)) if part.strip(_EDGES)]
    if len(parts) > 1 and all(map(names, parts)):
        yield from parts
    elif len(phrase.split()) <= MAX_ITEM_WORDS:
        yield one_line(phrase).strip(_EDGES)


def _numbers_of(counted: str, sentences: Sequence[Evidence]) -> list[Evidence]:
    """Give of each article the surest sentence whose phrase is a number of what is counted; a number of two once."""
    rows: dict[str, Evidence] = {}
    for each in sentences:
        if number_of(each.phrase) is not None and stem(counted) in stems(each.text):
            rows.setdefault(each.span.article_id, each)
    once = {number_of(each.phrase): each for each in reversed(rows.values())}
    return list(reversed(once.values()))


def _row(sentence: Evidence, counted: str) -> Point:
    return Point(one_line(sentence.text), (sentence,), {counted: sentence.phrase})


def _at_least(read: Sequence[Evidence]) -> str:
    return "At least " if _uncertain(read) else ""


def _uncertain(read: Sequence[Evidence]) -> int:
    return sum(each.stated >= UNCERTAIN_LOGIT for each in read) - len(kept(read))


def _is_nameless(name: str) -> bool:
    words = tokens(name)
    return all(is_number(word) for word in words) or (len(words) == 1 and words[0] in _NAMELESS)
