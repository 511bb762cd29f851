"""Where the reader is sure its word is the answer, or the refusal, and no language model is waited for."""

from collections.abc import Sequence

from index.article_index import ArticleIndex
from qa.answer import Abstention, Evidence, Proposal, ReadBy
from qa.question.script import is_english
from qa.reading.confidence import confidence_of, is_silent, least_confidence
from qa.reading.decision import Decision, readers_phrase, readers_signals, verify
from qa.reading.grounding import Grounded
from qa.reading.reader import can_read
from qa.reading.yes_or_no import is_closed


def read_alone(
    question: str, evidence: Sequence[Evidence], index: ArticleIndex, max_error: float | None
) -> Decision | None:
    """Decide by the reader alone, as `decide` does with the language model; None where it is not sure enough.

    Of a question for yes or no, and of what is not in English, it is never sure.
    """
    best = max(evidence, key=lambda each: each.stated)
    if is_closed(question) or not is_english(question) or not all(can_read(question, each.text) for each in evidence):
        return None
    signals = readers_signals(evidence)
    if is_silent(signals):
        return Abstention.NOT_STATED, []
    grounded = best.phrase and verify(question, readers_phrase(question, evidence), index)
    if not isinstance(grounded, Grounded) or confidence_of(signals) < least_confidence(signals, max_error):
        return None
    proposal = Proposal(ReadBy.READER, grounded.phrase, grounded.evidence.span, confidence_of(signals), signals)
    return None, [(proposal, grounded)]
