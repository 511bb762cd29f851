"""Decide between what the language model and the reader propose, or to abstain."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from index.article_index import ArticleIndex
from qa.answer import Abstention, Evidence, Proposal, ReadBy
from qa.reading.check_names_and_counts import check_count, missing_names, repeats
from qa.reading.confidence import confidence_of, is_in_doubt, least_confidence, signals_of
from qa.reading.grounding import Grounded, ground
from qa.reading.language_model import Reading
from qa.reading.opposites import says_the_opposite
from qa.reading.possessives import says_it_of_another
from qa.reading.supersede import supersede
from qa.reading.whole_quotation import asks_what_was_said, whole_quotation
from qa.reading.yes_or_no import is_closed, says_yes_or_no, settle
from qa.text import one_line

# By how many logits the reader's sentence must lead, below which probability of the model's first token. One of both is
# right, on different sentences, in 19 questions of SQuAD 2.0's held-apart articles, `evals/invented` and the seeds: of
# the 4 in which the reader is this takes 3, of the 15 in which the model is none.
CLEAR_LEADS = ((2.0, 0.6), (3.0, 0.8))
MAX_LEAD = 6.0
LEAST_OVERLAP = 0.2  # below it, of ten answers of the reader's that kept runs have, two were right

# The reason to abstain, None where the first of the phrases is an answer.
Decision = tuple[Abstention | None, list[tuple[Proposal, Grounded]]]


def decide(
    question: str,
    reading: Reading,
    evidence: Sequence[Evidence],
    index: ArticleIndex,
    max_error: float | None,
    think_again: Callable[[Grounded], float] | None = None,
) -> Decision:
    """Give what can be an answer, the likelier one first, and the reason to abstain, None where the first one is one.

    The reader's phrase is a stopgap, for it is right less often, unless the reader is clear and the model is not. From
    a sentence that has next to none of the question's words it is none.
    Where the first one is in doubt `think_again` gives the model's second thought of it.
    """
    reason = Abstention.NOT_STATED if reading.reply.refused else Abstention.UNSUPPORTED
    found: list[tuple[Proposal, Grounded]] = []
    for by, grounded in propose(question, reading, evidence):
        verdict = verify(question, grounded, index)
        if isinstance(verdict, Grounded):
            signals = signals_of(question, reading, verdict.instead_of or verdict)
            if by is ReadBy.READER:
                signals |= readers_signals(evidence)
                if signals["overlap"] < LEAST_OVERLAP and "foreign" not in signals:
                    continue
            proposal = Proposal(by, verdict.phrase, verdict.evidence.span, confidence_of(signals), signals)
            found.append((proposal, verdict))
        elif by is ReadBy.MODEL:
            reason = verdict
    if not found:
        return reason, []
    if len(found) > 1 and _is_clearer(found[1][0], found[0][0]):
        found.reverse()
    first, grounded = found[0]
    if think_again and is_in_doubt(first.signals):
        signals = first.signals | {"second_thought": think_again(grounded)}
        first = replace(first, signals=signals, confidence=confidence_of(signals))
        found[0] = first, grounded
    if first.confidence >= least_confidence(first.signals, max_error):
        return None, found
    return (Abstention.UNCERTAIN if any(each.by is ReadBy.MODEL for each, _ in found) else reason), found


def propose(question: str, reading: Reading, evidence: Sequence[Evidence]) -> Iterator[tuple[ReadBy, Grounded]]:
    """Propose what the model answered, where a sentence carries it, and the words of the reader's best sentence.

    The latter only beside a model that tells how sure it is: the word of another one stands alone. To a closed question
    both propose a clause, to one for somebody's words a whole quotation. What the articles put in the place of a phrase
    is proposed for it.
    """
    if not reading.reply.refused and (grounded := _grounded(question, is_closed(question), reading)):
        yield ReadBy.MODEL, supersede(question, _widened(question, grounded), evidence)
    if reading.first_probability is not None and max(evidence, key=lambda each: each.stated).phrase:
        yield ReadBy.READER, readers_phrase(question, evidence)


def readers_phrase(question: str, evidence: Sequence[Evidence]) -> Grounded:
    """Give the words of the sentence that states the answer most clearly to the reader."""
    best = max(evidence, key=lambda each: each.stated)
    read = settle(best) if is_closed(question) else Grounded(best.phrase, best)
    return supersede(question, _widened(question, read), evidence)


def readers_signals(evidence: Sequence[Evidence]) -> dict[str, float]:
    """Gather what tells whether the reader's phrase is right without a language model.

    `stated` is its logit of the sentence, `lead` by how much that is above the next sentence's, at most `MAX_LEAD`,
    `overlap` the share of the question's words that the sentence has, `phrase_probability` that of the phrase.
    """
    best, *others = sorted(evidence, key=lambda each: -each.stated)
    lead = min(best.stated - others[0].stated, MAX_LEAD) if others else MAX_LEAD
    return {
        "stated": best.stated,
        "phrase_probability": best.phrase_probability,
        "lead": lead,
        "overlap": best.overlap,
    }


def verify(question: str, grounded: Grounded, index: ArticleIndex) -> Grounded | Abstention:
    """Accept a phrase only where its sentence can be an answer to the question."""
    if missing_names(question, grounded.evidence, index.catalog):
        return Abstention.NAME_MISSING
    if repeats(question, grounded.phrase):
        return Abstention.REPEATED
    if says_it_of_another(question, one_line(grounded.evidence.text)):
        return Abstention.OF_ANOTHER
    if says_the_opposite(question, one_line(grounded.evidence.text)):
        return Abstention.OPPOSITE
    return check_count(question, grounded, index.embedder) or Abstention.COUNT_MISSING


def _widened(question: str, grounded: Grounded) -> Grounded:
    return whole_quotation(grounded) if asks_what_was_said(question) else grounded


def _is_clearer(reader: Proposal, model: Proposal) -> bool:
    """Tell whether the reader's sentence states the answer more likely than the model's, and the model was not sure.

    Where both end at the same words, by whatever the articles put in their place, any lead will do.
    """
    lead = reader.signals["stated"] - model.signals.get("stated", reader.signals["stated"])
    sure = model.signals["first_probability"]
    same = (reader.phrase, reader.span) == (model.phrase, model.span)
    return (same and lead > 0) or any(lead >= least and sure < most for least, most in CLEAR_LEADS)


def _grounded(question: str, closed: bool, reading: Reading) -> Grounded | None:
    """Find what carries the reply; yes and no stand on the sentence that is named with them, or is likeliest meant."""
    if closed and says_yes_or_no(reading.reply):
        named = [reading.evidence[number - 1] for number in reading.valid_numbers]
        return settle(max(named or reading.evidence, key=lambda each: each.stated))
    # A model that tells no probabilities is one that the user chose: it names the sentence that it means.
    grounded = ground(reading.reply, reading.evidence, question, names_rightly=reading.first_probability is None)
    return settle(grounded.evidence, grounded.phrase) if closed and grounded else grounded
