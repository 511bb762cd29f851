"""Decide between the phrases that two readers propose, the language model and the judge, or to abstain."""

from collections.abc import Iterator, Sequence

from index.article_index import ArticleIndex
from qa.abstention import check_count, missing_names
from qa.answer import Abstention, Evidence, Proposal, Reader
from qa.confidence import confidence_of, least_confidence, signals_of
from qa.grounding import Grounded, ground
from qa.reading import Reading


def decide(
    question: str, reading: Reading, evidence: Sequence[Evidence], index: ArticleIndex, max_error: float | None
) -> tuple[Abstention | None, list[tuple[Proposal, Grounded]]]:
    """Give what can be an answer, the likeliest first, and the reason to abstain, None where the first one is one."""
    reason = Abstention.NOT_STATED if reading.reply.refused else Abstention.UNSUPPORTED
    found: list[tuple[Proposal, Grounded]] = []
    for by, grounded in propose(reading, evidence):
        verdict = verify(question, grounded, index)
        if isinstance(verdict, Grounded):
            signals = signals_of(question, reading, evidence, verdict)
            proposal = Proposal(by, verdict.phrase, verdict.evidence.span, confidence_of(by, signals), signals)
            found.append((proposal, verdict))
        elif by is Reader.MODEL:
            reason = verdict
    likeliest = sorted(found, key=lambda each: -each[0].confidence)
    if not likeliest:
        return reason, []
    best = likeliest[0][0]
    if best.confidence >= least_confidence(best.signals, max_error):
        return None, likeliest
    return (Abstention.UNCERTAIN if any(each.by is Reader.MODEL for each, _ in found) else reason), likeliest


def propose(reading: Reading, evidence: Sequence[Evidence]) -> Iterator[tuple[Reader, Grounded]]:
    """Propose what the model answered, where a sentence carries it, and the words of the judge's best sentence.

    The latter only beside a model that tells how sure it is: the word of another one stands alone.
    """
    if not reading.reply.refused and (grounded := ground(reading.reply, reading.evidence)):
        yield Reader.MODEL, grounded
    best = max(evidence, key=lambda each: each.stated)
    if reading.probability is not None and best.phrase:
        yield Reader.JUDGE, Grounded(best.phrase, best)


def verify(question: str, grounded: Grounded, index: ArticleIndex) -> Grounded | Abstention:
    """Accept a phrase only where its sentence can be an answer to the question."""
    if missing_names(question, grounded, index.catalog):
        return Abstention.NAME_MISSING
    return check_count(question, grounded, index.embedder) or Abstention.COUNT_MISSING
