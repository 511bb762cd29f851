"""List, count and add up what the articles name: the reader looks for an answer in every sentence gathered."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from index.models.embedding import Embedder
from qa.answer import Evidence
from qa.broad.belonging import read_all
from qa.broad.gather import Gathered
from qa.broad.model_list import ModelList
from qa.broad.naming import is_nameless, names_in, of_whom
from qa.broad.points import Point, once_an_article, worded
from qa.question.words import names, number_of, stem, stems, tokens
from qa.reading.check_names_and_counts import counted_words
from qa.text import one_line

# Of the logit that a sentence names something that is asked for (`qa.broad.belonging`): a probability of .5, .1, .06.
SURE_LOGIT, LEAST_LOGIT, UNCERTAIN_LOGIT = 0.0, -2.2, -2.75
LEAST_OF_BEST = -0.4  # of the surest sentence: of what is nowhere named, nothing is nearly sure
LEAST_OF_NUMBERS = -0.85  # a number that does not belong makes the sum wrong
SHOWN_ITEMS = 5
MAX_BEHIND = 3  # words between a number and what it counts

_HOW_MANY = re.compile(r"\bhow many\b", re.IGNORECASE)


@dataclass(frozen=True)
class Item:
    """Something that is listed, as the articles call it, and the sentences that name it, the surest first."""

    name: str
    named_in: tuple[Evidence, ...]


def list_of(question: str, gathered: Gathered, lists: ModelList, embedder: Embedder) -> tuple[list[Point], int]:
    """List what answers the question, what most articles name first; tell how many sentences are uncertain."""
    question = _HOW_MANY.sub("which", question)
    read = read_all(question, gathered, embedder)
    items = items_in(question, _named(question, read, lists))
    return [_told(each) for each in items], _uncertain(read)


def sum_of(question: str, gathered: Gathered, embedder: Embedder) -> tuple[list[Point], int]:
    """Add up the numbers of what is counted: the sum and its rows, or the one number that the surest sentence tells."""
    counted = counted_words(question)
    read = read_all(question, gathered, embedder)
    numbers = [each for each in kept(read) if each.stated >= LEAST_OF_NUMBERS]
    rows = _numbers_of(counted[-1], numbers) if counted else []
    if len(rows) < 2:
        return [_number_told(each.phrase, each) for each in rows if each == read[0]], _uncertain(read)
    total = sum(number_of(each.phrase) or 0 for each in rows)
    uncertain = sum(each.stated >= LEAST_LOGIT for each in read) - len(numbers)
    # The reader misses numbers that are told in other words, so a sum is never told as all.
    told = f"At least {total:,.15g} {counted[-1]}: {' + '.join(each.phrase for each in rows)}."
    points = [_row(each, counted[-1]) for each in rows]
    return [Point(told, tuple(rows), {"total": f"{total:.15g}"}), *points], uncertain


def count_of(question: str, gathered: Gathered, lists: ModelList, embedder: Embedder) -> tuple[list[Point], int]:
    """Count what answers the question, or add up the numbers of it; the sum or number first, then its rows.

    Where one sentence says how many, and nothing else is as sure, that is the answer.
    """
    summed = sum_of(question, gathered, embedder)
    if summed[0]:
        return summed
    which = _HOW_MANY.sub("which", question)
    read = read_all(which, gathered, embedder)
    items = items_in(question, _named(which, read, lists))
    if not items:
        return [], _uncertain(read)
    sure = [item for item in items if any(each.stated >= SURE_LOGIT for each in item.named_in)]
    if len(sure) == 1 and number_of(sure[0].name) is not None:
        return [_number_told(sure[0].name, sure[0].named_in[0])], _uncertain(read)
    named = ", ".join(each.name for each in items[:SHOWN_ITEMS]) + (", ..." if len(items) > SHOWN_ITEMS else "")
    more = f", perhaps {len(items)}" if len(sure) < len(items) else ""
    least = f"At least {len(sure)}" if sure else "None for certain"
    number = f"{least}{more}" if more or _uncertain(read) else f"{len(sure)}"
    first = Point(f"{number}: {named}.", tuple(each.named_in[0] for each in items), {"total": str(len(sure))})
    return [first, *map(_told, items)], _uncertain(read)


def kept(read: Sequence[Evidence]) -> list[Evidence]:
    """Keep the sentences that surely enough name what is asked for; none where not even the surest is nearly sure."""
    if not read or read[0].stated < LEAST_OF_BEST:
        return []
    return [each for each in read if each.stated >= LEAST_LOGIT]


def items_in(question: str, sentences: Iterable[Evidence]) -> list[Item]:
    """Give the things that the phrases of sentences name, those that most articles name first.

    What is called by the same words, or by some of them, is one: Rubio is Marco Rubio where no other Rubio is named.
    """
    groups: list[tuple[set[str], list[tuple[str, Evidence]]]] = []
    for sentence in sentences:
        for name in names_in(sentence.phrase, sentence.text):
            words = set(stems(name))
            if not words or is_nameless(name) or words <= set(stems(question)):
                continue
            same = [group for group in groups if words <= group[0] or group[0] <= words]
            if len(same) == 1:
                same[0][0].update(words)
                same[0][1].append((name, sentence))
            elif not same:
                groups.append((words, [(name, sentence)]))
    items = [_item(each) for _, each in groups]
    return sorted(items, key=lambda each: -len({one.span.article_id for one in each.named_in}))


def _named(question: str, read: Sequence[Evidence], lists: ModelList) -> list[Evidence]:
    """Give the sentences that name something, by the model or surely enough by the reader; both together are sure.

    The model, which always finds something, is not asked where not even the surest sentence is nearly sure.
    """
    if not kept(read):
        return []
    by_model = lists(question, read)
    agreed = [replace(each, stated=SURE_LOGIT) for each in by_model if LEAST_LOGIT <= each.stated < SURE_LOGIT]
    return [*by_model, *agreed, *kept(read)]


def _number_told(phrase: str, sentence: Evidence) -> Point:
    return Point(worded(sentence), (sentence,), {"total": f"{number_of(phrase):.15g}"})


def _told(item: Item) -> Point:
    return Point(item.name, once_an_article(item.named_in), {"item": item.name})


def _item(named: Sequence[tuple[str, Evidence]]) -> Item:
    def whole(name: str) -> tuple[bool, bool, int]:
        return len(names(name)) > 1, name.istitle(), len(tokens(name))

    known = [set(stems(name)) for name, _ in named]
    # What is also called the Greens is not called "Mira Toft of the Greens".
    own = [name for name, _ in named if set(stems(of_whom(name))) not in known]
    once = {(sentence.span, sentence.stated): sentence for _, sentence in named}
    return Item(max(own, key=whole), tuple(once.values()))


def _numbers_of(counted: str, sentences: Sequence[Evidence]) -> list[Evidence]:
    """Give of each article the surest sentence whose phrase is a number of what is counted; a number of two once.

    Where most numbers do not stand before the word for what is counted, they count something else.
    """
    rows: dict[str, Evidence] = {}
    for each in sentences:
        if number_of(each.phrase) is not None:
            rows.setdefault(each.span.article_id, each)
    if 2 * sum(_counts(each, counted) for each in rows.values()) < len(rows):
        return []
    once = {number_of(each.phrase): each for each in reversed(rows.values())}
    return list(reversed(once.values()))


def _counts(sentence: Evidence, counted: str) -> bool:
    behind = tokens(sentence.text.partition(sentence.phrase)[2])[:MAX_BEHIND]
    return stem(counted) in map(stem, [*tokens(sentence.phrase), *behind])


def _row(sentence: Evidence, counted: str) -> Point:
    return Point(one_line(sentence.text), (sentence,), {counted: sentence.phrase})


def _uncertain(read: Sequence[Evidence]) -> int:
    return sum(each.stated >= UNCERTAIN_LOGIT for each in read) - len(kept(read))
