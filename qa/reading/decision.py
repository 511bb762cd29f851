"""Decide between what two readers propose, the language model and the judge, or to abstain."""

from collections.abc import Iterator, Sequence

from index.article_index import ArticleIndex
from qa.answer import Abstention, Evidence, Proposal, Reader
from qa.reading.check_names_and_counts import check_count, missing_names, repeats
from qa.reading.confidence import confidence_of, least_confidence, signals_of
from qa.reading.grounding import Grounded, ground
from qa.reading.language_model import Reading
from qa.reading.opposites import says_the_opposite
from qa.reading.possessives import says_it_of_another
from qa.reading.supersede import supersede
from qa.reading.whole_quotation import asks_what_was_said, whole_quotation
from qa.reading.yes_or_no import is_closed, says_yes_or_no, settle
from qa.text import one_line

# By how many logits the judge's sentence must lead, below which probability of the model's first token: from kept
# replies to 190 questions of SQuAD 2.0 and the seeds. Of the 9 it takes the model was right in 1, the judge in 6.
CLEAR_LEADS = ((1.0, 0.6), (3.0, 0.8))


def decide(
    question: str, reading: Reading, evidence: Sequence[Evidence], index: ArticleIndex, max_error: float | None
) -> tuple[Abstention | None, list[tuple[Proposal, Grounded]]]:
    """Give what can be an answer, the likelier one first, and the reason to abstain, None where the first one is one.

    The judge's phrase is a stopgap, for it is right less often, unless the judge is clear and the model is not.
    """
    reason = Abstention.NOT_STATED if reading.reply.refused else Abstention.UNSUPPORTED
    found: list[tuple[Proposal, Grounded]] = []
    for by, grounded in propose(question, reading, evidence):
        verdict = verify(question, grounded, index)
        if isinstance(verdict, Grounded):
            signals = signals_of(question, reading, verdict.instead_of or verdict)
            proposal = Proposal(by, verdict.phrase, verdict.evidence.span, confidence_of(signals), signals)
            found.append((proposal, verdict))
        elif by is Reader.MODEL:
            reason = verdict
    if not found:
        return reason, []
    if len(found) > 1 and _is_clearer(found[1][0], found[0][0]):
        found.reverse()
    first = found[0][0]
    if first.confidence >= least_confidence(first.signals, max_error):
        return None, found
    return (Abstention.UNCERTAIN if any(each.by is Reader.MODEL for each, _ in found) else reason), found


def propose(question: str, reading: Reading, evidence: Sequence[Evidence]) -> Iterator[tuple[Reader, Grounded]]:
    """Propose what the model answered, where a sentence carries it, and the words of the judge's best sentence.

    The latter only beside a model that tells how sure it is: the word of another one stands alone. To a closed question
    both propose a clause, to one for somebody's words a whole quotation. What the articles put in the place of a phrase
    is proposed for it.
    """
    closed = is_closed(question)
    widen = whole_quotation if asks_what_was_said(question) else lambda grounded: grounded
    if not reading.reply.refused and (grounded := _grounded(question, closed, reading)):
        yield Reader.MODEL, supersede(question, widen(grounded), evidence)
    best = max(evidence, key=lambda each: each.stated)
    if reading.first_probability is not None and best.phrase:
        read = widen(settle(best) if closed else Grounded(best.phrase, best))
        yield Reader.JUDGE, supersede(question, read, evidence)


def verify(question: str, grounded: Grounded, index: ArticleIndex) -> Grounded | Abstention:
    """Accept a phrase only where its sentence can be an answer to the question."""
    if missing_names(question, grounded, index.catalog):
        return Abstention.NAME_MISSING
    if repeats(question, grounded.phrase):
        return Abstention.REPEATED
    if says_it_of_another(question, one_line(grounded.evidence.text)):
        return Abstention.OF_ANOTHER
    if says_the_opposite(question, one_line(grounded.evidence.text)):
        return Abstention.OPPOSITE
    return check_count(question, grounded, index.embedder) or Abstention.COUNT_MISSING


def _is_clearer(judge: Proposal, model: Proposal) -> bool:
    """Tell whether the judge's sentence states the answer more likely than the model's, and the model was not sure."""
    lead = judge.signals["stated"] - model.signals.get("stated", judge.signals["stated"])
    sure = model.signals["first_probability"]
    return any(lead >= least and sure < most for least, most in CLEAR_LEADS)


def _grounded(question: str, closed: bool, reading: Reading) -> Grounded | None:
    """Find what carries the reply; yes and no stand on the sentence that is named with them, or is likeliest meant."""
    if closed and says_yes_or_no(reading.reply):
        named = [reading.evidence[number - 1] for number in reading.valid_numbers]
        return settle(max(named or reading.evidence, key=lambda each: each.stated))
    # A model that tells no probabilities is one that the user chose: it names the sentence that it means.
    grounded = ground(reading.reply, reading.evidence, question, names_rightly=reading.first_probability is None)
    return settle(grounded.evidence, grounded.phrase) if closed and grounded else grounded
