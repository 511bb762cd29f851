"""Find the articles that answer the same question otherwise: the newer one is believed, the older one named."""

from collections.abc import Sequence

from qa.answer import Evidence
from qa.grounding import Grounded
from qa.words import is_number, spellings, stems, tokens

MIN_STATED = 1.0  # a logit: a probability of .73
MIN_PHRASE_PROBABILITY = 0.5


def newest_first(grounded: Grounded, evidence: Sequence[Evidence]) -> list[Grounded]:
    """Give an answer and those of other articles that disagree with it, one a day, the newest first.

    Only articles of different, known dates disagree: two figures in one article, or of one day, are two facts.
    """
    found = {grounded.evidence.published: grounded}
    if grounded.evidence.published is None:
        return [grounded]
    for each in sorted(evidence, key=lambda each: -each.score):
        if each.published and each.published not in found and _is_sure(each) and disagree(each.phrase, grounded.phrase):
            found[each.published] = Grounded(each.phrase, each)
    return [found[published] for published in sorted(filter(None, found), reverse=True)]


def disagree(one: str, other: str) -> bool:
    """Tell whether two phrases cannot both be the answer: different numbers, or names without a common word."""
    numbers = [_numbers(one), _numbers(other)]
    if all(numbers):
        return not numbers[0] & numbers[1]
    are_names = all(phrase.istitle() for phrase in (one, other))
    return are_names and not any(numbers) and not set(stems(one)) & set(stems(other))


def _is_sure(evidence: Evidence) -> bool:
    return evidence.stated >= MIN_STATED and evidence.phrase_probability >= MIN_PHRASE_PROBABILITY


def _numbers(phrase: str) -> set[str]:
    return {spelling.lower() for word in tokens(phrase) if is_number(word) for spelling in spellings(word)}
