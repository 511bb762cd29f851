"""Explain an answer by the very functions that made it, in the state of the catalog in which it was made."""

from collections.abc import Iterator, Sequence

from llama_index.core.schema import NodeWithScore, TextNode

from index.article_index import ArticleIndex
from qa.answer import Answer, ReadBy
from qa.explanation import CheckedPhrase, Explanation, FoundPassage, WeighedSentence
from qa.reading.check_names_and_counts import missing_names
from qa.reading.confidence import least_confidence
from qa.reading.decision import propose, readers_phrase, verify
from qa.reading.evidence import CLEAR_LOGIT, MANY_TOKENS, passages_that_name, trusted_passages, weigh_sentences
from qa.reading.grounding import Grounded
from qa.reading.language_model import Reading

NOT_TRUSTED = "its article tells a machine how to answer"
NOT_NAMING = "its article does not mention all that the question names"
LEFT_OUT = {False: "no room", True: "another is clear"}


def explain(
    answer: Answer,
    passages: Sequence[NodeWithScore],
    reading: Reading | None,
    index: ArticleIndex,
    max_error: float | None,
    tokens: int,
) -> Explanation:
    """Explain an answer that was decided on by `tokens` of evidence; `reading` is None where there was none."""
    phrases = tuple(_phrases(answer, reading, index)) if answer.read_by else ()
    trusted = _trusted(answer, passages, index)
    weighed = passages_that_name(answer.question, trusted, index)
    left_out: dict[str, str | None] = dict.fromkeys((each.node.node_id for each in passages), NOT_TRUSTED)
    left_out |= dict.fromkeys((each.node.node_id for each in trusted), NOT_NAMING)
    left_out |= dict.fromkeys((each.node.node_id for each in weighed), None)
    return Explanation(
        passages=tuple(_passage(each, left_out[each.node.node_id]) for each in passages),
        sentences=tuple(_sentences(answer, weighed, index, tokens)),
        exchanges=reading.exchanges if reading else (),
        phrases=phrases,
        least_confidence=least_confidence(answer.signals, max_error) if answer.proposals else None,
        outcome="; ".join(_outcome(answer, phrases, reading)),
    )


def _trusted(answer: Answer, passages: Sequence[NodeWithScore], index: ArticleIndex) -> Sequence[NodeWithScore]:
    """Give the passages that might be read at last: the trusted ones, if all evidence is of these."""
    trusted = trusted_passages(passages, index)
    known = {each.node.metadata["article"] for each in trusted}
    return trusted if all(each.span.article_id in known for each in answer.evidence) else passages


def _passage(found: NodeWithScore, left_out: str | None) -> FoundPassage:
    node = found.node
    assert isinstance(node, TextNode)
    start, end = node.start_char_idx or 0, node.end_char_idx or 0
    score = round(found.score or 0.0, 4)
    return FoundPassage(node.metadata["article"], start, end, score, node.metadata["scores"], left_out)


def _sentences(
    answer: Answer, passages: Sequence[NodeWithScore], index: ArticleIndex, tokens: int
) -> Iterator[WeighedSentence]:
    numbers = {each.span: number for number, each in enumerate(answer.evidence, 1)}
    texts = {each.text for each in answer.evidence}
    is_clear = tokens < MANY_TOKENS and any(each.stated >= CLEAR_LOGIT for each in answer.evidence)
    for each in weigh_sentences(answer.question, passages, index, tokens):
        number = numbers.get(each.span)
        left_out = None if number else "said by another" if each.text in texts else LEFT_OUT[is_clear]
        yield WeighedSentence(
            each.span.article_id,
            each.span.start,
            each.span.end,
            each.text,
            score=round(each.score, 4),
            passage=round(each.passage_score, 4),
            words=round(each.overlap, 4),
            number=number,
            left_out=left_out,
            stated=round(each.read.probability, 4),
            phrase=each.read.phrase,
        )


def _phrases(answer: Answer, reading: Reading | None, index: ArticleIndex) -> Iterator[CheckedPhrase]:
    passed = {each.by: each for each in answer.proposals}
    alone = [(ReadBy.READER, readers_phrase(answer.question, answer.evidence))]
    for by, grounded in propose(answer.question, reading, answer.evidence) if reading else alone:
        span, proposal = grounded.evidence.span, passed.get(by)
        if proposal is None:
            fault = _fault(answer.question, grounded, index)
            yield CheckedPhrase(by, grounded.phrase, span.article_id, span.start, span.end, fault)
            continue
        verdict = "too uncertain" if answer.abstained else "the answer"
        if proposal != answer.proposals[0]:
            verdict = "comes second"
        fields = (proposal.phrase, span.article_id, span.start, span.end, verdict, proposal.confidence)
        yield CheckedPhrase(by, *fields, proposal.signals)


def _fault(question: str, grounded: Grounded, index: ArticleIndex) -> str:
    fault = str(verify(question, grounded, index))
    missing = missing_names(question, grounded.evidence, index.catalog)
    return f"{fault}: {', '.join(missing)}" if missing else fault


def _outcome(answer: Answer, phrases: Sequence[CheckedPhrase], reading: Reading | None) -> Iterator[str]:
    yield f"no answer: {answer.abstention}" if answer.abstention else "the first phrase is the answer"
    if answer.read_by is ReadBy.READER:
        yield "the reader is sure of it"
    elif reading and reading.reply.refused:
        yield "the model says that no sentence states it"
    elif reading and all(each.by != ReadBy.MODEL for each in phrases):
        yield "no sentence carries what the model says"
    if (thought := answer.signals.get("second_thought")) is not None:
        yield f"asked again, the model {'holds it to be' if thought > 0 else 'does not hold it to be'} the answer"
