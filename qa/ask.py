"""Ask a folder of articles: the whole way from a question to an answer that stands on its citations."""

import time
from dataclasses import asdict, replace

from llama_index.core.llms import LLM

from index.article_index import ArticleIndex
from index.filter import EVERYTHING, Filter
from qa.answer import Abstention, Answer, Citation, ReadBy, Statement
from qa.events import EvidenceChosen
from qa.question.limits import check_question
from qa.reading.alone import read_alone
from qa.reading.decision import decide, verify
from qa.reading.evidence import choose_evidence, evidence_tokens_of, passages_for
from qa.reading.explain import explain
from qa.reading.grounding import Grounded, cite, cite_lead
from qa.reading.language_model import Reading, read
from qa.reading.script_of_evidence import retrieve, shares_script
from qa.reading.second_thought import SecondThoughts
from qa.reading.spelling import Spelling, respell
from qa.text import one_line
from qa.trace import Trace
from qa.wording.dates import with_dates
from qa.wording.disagreement import newest_first, of_the_same_thing, told_beside
from qa.wording.told import tell


def ask(
    question: str,
    index: ArticleIndex,
    llm: LLM,
    only: Filter = EVERYTHING,
    max_error: float | None = None,
    why: bool = False,
    trace: Trace | None = None,
) -> Answer:
    """Answer a question from the articles of `index`, or the ones `only` lets through, as they are indexed now.

    Answers that are too uncertain are withheld: as many as it takes for at most the share `max_error` of the others to
    be wrong, by default those that are more likely wrong than right. With `why` the answer has its explanation. `trace`
    tells each step, and the evidence as soon as it is chosen. All is read from one state of the catalog, whatever is
    written meanwhile.

    Raises:
        UsageError: the question is empty or too long.
        ModelError: the language model failed.
    """
    question = check_question(question)
    with index.catalog.reading():
        return _ask(question, index, llm, only, max_error, why, trace or Trace())


def _ask(
    question: str, index: ArticleIndex, llm: LLM, only: Filter, max_error: float | None, why: bool, trace: Trace
) -> Answer:
    def explained(answer: Answer, reading: Reading | None = None) -> Answer:
        if not why:
            return answer
        read_as = replace(answer, question=asked)
        return replace(answer, explanation=explain(read_as, passages, reading, index, max_error, tokens))

    began, tokens = time.perf_counter(), evidence_tokens_of(llm)
    spelling = respell(question, index.catalog)
    asked = spelling.question
    with trace("retrieve") as retrieved:
        passages = retrieve(asked, index, only, passages_for(tokens))
        retrieved["passages"] = [{"id": each.node.node_id, "score": each.score} for each in passages]
    with trace("evidence") as chosen:
        evidence = choose_evidence(asked, passages, index, tokens)
        chosen["sentences"] = [asdict(each) | {"published": str(each.published)} for each in evidence]
    answer = Answer(
        question,
        evidence=tuple(evidence),
        model=llm.metadata.model_name,
        embedder=index.embedder.model_name,
        read_as=spelling.read_as,
    )
    timings_ms = {"retrieve": retrieved["ms"], "evidence": chosen["ms"]}
    if not evidence or spelling.is_unclear:
        return explained(_unasked(answer, spelling, timings_ms | {"generate": 0, "total": _ms_since(began)}))
    trace.tell(EvidenceChosen(answer.evidence))
    with trace("generate") as generated:
        alone = read_alone(asked, evidence, index, max_error) if getattr(llm, "after_reader", False) else None
        reading = None if alone else read(asked, evidence, llm, trace)
        generated |= {"looks": reading.looks if reading else 0, "prompt_tokens": reading and reading.prompt_tokens}
    with trace("decide") as decided:
        again = SecondThoughts(asked, llm, trace) if getattr(llm, "thinks_again", False) else None
        decision = decide(asked, reading, evidence, index, max_error, again) if reading else alone
        reading = again.added_to(reading) if again and reading else reading
        abstention, proposals = decision or (None, [])
        if abstention and not shares_script(asked, passages):
            abstention = Abstention.OTHER_SCRIPT
        decided |= {"abstention": abstention, "proposals": [asdict(proposal) for proposal, _ in proposals]}
    answer = replace(
        answer,
        abstention=abstention,
        did_you_mean=tuple(spelling.near) if abstention and not spelling.read_as else (),
        proposals=tuple(proposal for proposal, _ in proposals),
        confidence=proposals[0][0].confidence if proposals else None,
        prompt_tokens=reading.prompt_tokens if reading else 0,
        read_by=ReadBy.MODEL if reading else ReadBy.READER,
        timings_ms=timings_ms | {"generate": generated["ms"], "total": _ms_since(began)},
    )
    answer = explained(answer, reading)
    if abstention:
        return answer
    with trace("state") as stated:
        answer = _stated(answer, asked, proposals[0][1], index)
        stated |= {"text": answer.text, "short_answer": answer.short_answer}
    return answer


def _unasked(answer: Answer, spelling: Spelling, timings_ms: dict[str, int]) -> Answer:
    """Abstain before the model is asked: nothing was found, or a name may be one of several."""
    reason = Abstention.NAME_UNCLEAR if spelling.is_unclear else Abstention.NO_EVIDENCE
    return replace(answer, abstention=reason, did_you_mean=tuple(spelling.near), timings_ms=timings_ms)


def _stated(answer: Answer, asked: str, grounded: Grounded, index: ArticleIndex) -> Answer:
    """State the answer, and what other articles say instead, each unless its article's text no longer holds it."""
    statements, citations, said = list[Statement](), list[Citation](), list[Grounded]()
    for each in newest_first(grounded, of_the_same_thing(asked, grounded, answer.evidence, index.catalog)):
        stands = each is grounded or isinstance(verify(asked, each, index), Grounded)
        if stands and (citation := cite(each.evidence, index.catalog)):
            text = with_dates(tell(asked, each), one_line(each.evidence.text), citation.published)
            told = f"{told_beside(each, said[0])} {text}" if said else text
            cited = [citation, *cite_lead(each.evidence, index.catalog)]
            statements.append(Statement(told, citations=tuple(range(len(citations), len(citations) + len(cited)))))
            citations += cited
            said.append(each)
    if not said:
        return replace(answer, abstention=Abstention.UNSUPPORTED)
    return replace(answer, statements=tuple(statements), citations=tuple(citations), short_answer=said[0].phrase)


def _ms_since(began: float) -> int:
    return round((time.perf_counter() - began) * 1000)
