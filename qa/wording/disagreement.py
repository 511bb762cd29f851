"""Find the articles that answer the same question otherwise: the newer one is believed, the others are named."""

from collections.abc import Sequence

from qa.answer import Evidence
from qa.question.words import MAGNITUDES, is_number, spellings, stems, tokens
from qa.reading.grounding import Grounded

# From which logit, that a sentence states the answer, and share of its likeliest phrase it says otherwise: where one is
# lower the other must be higher. At these 12 of 130 answers to NoMIRACL get a second one, none of 194 to squad2.
LEAST_SURE = ((1.0, 0.5), (-1.2, 0.9))


def newest_first(grounded: Grounded, evidence: Sequence[Evidence]) -> list[Grounded]:
    """Give an answer and those of other articles that disagree with it, the newest first, one of each day.

    Two articles of one day, or of no known day, disagree as well, but which of them is right cannot be told from their
    dates: the answer then comes first. Two figures in one article are two facts.
    """
    found = [grounded]
    for each in sorted(evidence, key=lambda each: -each.score):
        if _is_sure(each) and all(_contradicts(each, other) for other in found):
            found.append(Grounded(each.phrase, each))
    dated = [each for each in found if each.evidence.published]
    if grounded in dated:
        found = sorted(dated, key=lambda each: str(each.evidence.published), reverse=True) + [
            each for each in found if each not in dated
        ]
    return found


def told_beside(other: Grounded, first: Grounded) -> str:
    """Say how what another article tells stands to the answer that comes first."""
    published, newest = other.evidence.published, first.evidence.published
    if published and newest and published < newest:
        return f"Earlier, {published}:"
    return "Another article says otherwise:"


def disagree(one: str, other: str) -> bool:
    """Tell whether two phrases cannot both be the answer: different numbers, or names without a common word."""
    numbers = [_numbers(one), _numbers(other)]
    if all(numbers):
        return not numbers[0] & numbers[1]
    are_names = all(phrase.istitle() for phrase in (one, other))
    return are_names and not any(numbers) and not set(stems(one)) & set(stems(other))


def _contradicts(evidence: Evidence, said: Grounded) -> bool:
    return evidence.span.article_id != said.evidence.span.article_id and disagree(evidence.phrase, said.phrase)


def _is_sure(evidence: Evidence) -> bool:
    return any(evidence.stated >= logit and evidence.phrase_probability >= share for logit, share in LEAST_SURE)


def _numbers(phrase: str) -> set[str]:
    """Give the numbers of a phrase in all their spellings, each with its magnitude: 7.5 million is not 1.2 million."""
    found: set[str] = set()
    before = ""
    for word in tokens(phrase):
        if before and word in MAGNITUDES:
            found = {each for each in found if each not in spellings(before)}
            found |= {f"{spelling} {word}".lower() for spelling in spellings(before)}
        elif is_number(word):
            found |= {spelling.lower() for spelling in spellings(word)}
        before = word if is_number(word) and word not in MAGNITUDES else ""
    return found
