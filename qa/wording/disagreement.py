"""Find the articles that answer the same question otherwise: the newer one is believed, the others are named."""

from collections.abc import Sequence

from index.catalog.reader import CatalogReader
from qa.answer import Evidence
from qa.question.words import MAGNITUDES, is_number, mentions, names, spellings, stems, tokens
from qa.reading.grounding import Grounded

# From which logit, that a sentence states the answer, and share of its likeliest phrase it says otherwise: where one is
# lower the other must be higher. At these 12 of 130 answers to NoMIRACL get a second one, none of 194 to squad2.
LEAST_SURE = ((1.0, 0.5), (-1.2, 0.9))


def newest_first(grounded: Grounded, evidence: Sequence[Evidence]) -> list[Grounded]:
    """Give an answer and those of other articles that disagree with it, the newest first, one of each day.

    Two articles of one day, or of no known day, disagree as well, but which of them is right cannot be told from their
    dates: the answer then comes first. Two figures in one article are two facts, unless they are of two entries of a
    live blog, where the newer entry is believed.
    """
    found = [grounded]
    for each in sorted(evidence, key=lambda each: -each.score):
        if _is_sure(each) and all(_contradicts(each, other) for other in found):
            found.append(Grounded(each.phrase, each))
    dated = [each for each in found if each.evidence.published]
    if grounded in dated:
        found = sorted(dated, key=_age, reverse=True) + [each for each in found if each not in dated]
    elif all(each.evidence.span.article_id == grounded.evidence.span.article_id for each in found):
        found.sort(key=_age, reverse=True)
    return found


def told_beside(other: Grounded, first: Grounded) -> str:
    """Say how what another article tells stands to the answer that comes first."""
    if other.evidence.span.article_id == first.evidence.span.article_id:
        return (
            "Earlier:" if other.evidence.text.startswith(other.evidence.clock) else f"Earlier, {other.evidence.clock}:"
        )
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


def of_the_same_thing(
    question: str, grounded: Grounded, evidence: Sequence[Evidence], catalog: CatalogReader
) -> list[Evidence]:
    """Leave out the evidence on another thing than an answer is on: the job cuts of another company.

    It is on another thing where title and sentence name one that the answer's article does not mention, and the other
    way round, names of the question aside.
    """

    def names_other(one: Evidence, other: Evidence) -> bool:
        told = {name for name in names(one.title) if not is_number(name)} & set(names(one.text)) - set(names(question))
        article = catalog.article(other.span.article_id)
        words = set(tokens(f"{article.title} {article.text}")) if article else set()
        return bool(told) and not any(mentions(words, name) for name in told)

    said = grounded.evidence
    return [each for each in evidence if not (names_other(each, said) and names_other(said, each))]


def _contradicts(evidence: Evidence, said: Grounded) -> bool:
    place, other = ((each.span.article_id, each.entry) for each in (evidence, said.evidence))
    is_of_another = place[0] != other[0] or (None not in (place[1], other[1]) and place[1] != other[1])
    return is_of_another and disagree(evidence.phrase, said.phrase)


def _age(said: Grounded) -> tuple[str, int]:
    return str(said.evidence.published), -1 if said.evidence.entry is None else said.evidence.entry


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
