"""Decide between what two readers propose, the language model and the judge, or to abstain."""

from collections.abc import Iterator, Sequence

from index.article_index import ArticleIndex
from qa.abstention import check_count, missing_names
from qa.answer import Abstention, Evidence, Proposal, Reader
from qa.closed import is_closed, says_yes_or_no, settle
from qa.confidence import confidence_of, least_confidence, signals_of
from qa.grounding import Grounded, ground
from qa.reading import Reading


def decide(
    question: str, reading: Reading, evidence: Sequence[Evidence], index: ArticleIndex, max_error: float | None
) -> tuple[Abstention | None, list[tuple[Proposal, Grounded]]]:
    """Give what can be an answer, the model's first, and the reason to abstain, None where the first one is one.

    The judge's phrase is a stopgap: it is right less often, and which of the two is right the signals do not tell.
    """
    reason = Abstention.NOT_STATED if reading.reply.refused else Abstention.UNSUPPORTED
    found: list[tuple[Proposal, Grounded]] = []
    for by, grounded in propose(question, reading, evidence):
        verdict = verify(question, grounded, index)
        if isinstance(verdict, Grounded):
            signals = signals_of(question, reading, verdict)
            proposal = Proposal(by, verdict.phrase, verdict.evidence.span, confidence_of(signals), signals)
            found.append((proposal, verdict))
        elif by is Reader.MODEL:
            reason = verdict
    if not found:
        return reason, []
    first = found[0][0]
    if first.confidence >= least_confidence(first.signals, max_error):
        return None, found
    return (Abstention.UNCERTAIN if first.by is Reader.MODEL else reason), found


def propose(question: str, reading: Reading, evidence: Sequence[Evidence]) -> Iterator[tuple[Reader, Grounded]]:
    """Propose what the model answered, where a sentence carries it, and the words of the judge's best sentence.

    The latter only beside a model that tells how sure it is: the word of another one stands alone. To a closed question
    both propose a clause.
    """
    closed = is_closed(question)
    if not reading.reply.refused and (grounded := _grounded(closed, reading)):
        yield Reader.MODEL, grounded
    best = max(evidence, key=lambda each: each.stated)
    if reading.first_probability is not None and best.phrase:
        yield Reader.JUDGE, settle(best) if closed else Grounded(best.phrase, best)


def verify(question: str, grounded: Grounded, index: ArticleIndex) -> Grounded | Abstention:
    """Accept a phrase only where its sentence can be an answer to the question."""
    if missing_names(question, grounded, index.catalog):
        return Abstention.NAME_MISSING
    return check_count(question, grounded, index.embedder) or Abstention.COUNT_MISSING


def _grounded(closed: bool, reading: Reading) -> Grounded | None:
    """Find what carries the reply; yes and no stand on the sentence that is named with them, or is likeliest meant."""
    if closed and says_yes_or_no(reading.reply):
        named = [reading.evidence[number - 1] for number in reading.valid_numbers]
        return settle(max(named or reading.evidence, key=lambda each: each.stated))
    grounded = ground(reading.reply, reading.evidence)
    return settle(grounded.evidence, grounded.phrase) if closed and grounded else grounded
