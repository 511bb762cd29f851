"""Ask a folder of articles: the whole way from a question to an answer that stands on its citations."""

import time
from collections.abc import Sequence
from dataclasses import asdict, replace

from llama_index.core.llms import LLM

from index.article_index import ArticleIndex
from index.filter import EVERYTHING, Filter
from qa.answer import Abstention, Answer, Citation, Kind, ReadBy, Statement
from qa.broad.answering import answer_broadly
from qa.broad.naming import name_several
from qa.events import EvidenceChosen
from qa.question.asked import NOTHING_TOLD, Plan, Told
from qa.question.complete_follow_up import Before, rewrite
from qa.question.limits import check_question
from qa.question.parts import parts_of
from qa.question.pattern import vector_of
from qa.question.plan import load_planner
from qa.question.words import names
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

NAMED_ONE_BY_ONE = (Kind.LIST, Kind.COUNT)
LEAST_LISTED = 3  # where a question seemed to ask for one


def ask(
    question: str,
    index: ArticleIndex,
    llm: LLM,
    only: Filter = EVERYTHING,
    max_error: float | None = None,
    why: bool = False,
    trace: Trace | None = None,
    kind: Kind | None = None,
    plan: Plan | None = None,
    told: Told = NOTHING_TOLD,
) -> Answer:
    """Answer a question from the articles of `index`, or the ones `only` lets through, as they are indexed now.

    Answers that are too uncertain are withheld: as many as it takes for at most the share `max_error` of the others to
    be wrong, by default those that are more likely wrong than right. With `why` the answer has its explanation. `trace`
    tells each step, and the evidence as soon as it is chosen. All is read from one state of the catalog, whatever is
    written meanwhile. A `kind` that is given is what the question asks for, whatever it seems to; a `plan` tells what
    it is about, too. What of a broad question was `told` already is left out.

    Raises:
        UsageError: the question is empty or too long.
        ModelError: the language model failed.
    """
    question = check_question(question)
    trace = trace or Trace()
    with index.catalog.reading():
        asked = respell(question, index.catalog)
        kind = plan.kind if plan else kind
        with trace("plan") as planned:
            plan = plan or _plan(asked.question, index, kind)
            planned |= {"kind": str(plan.kind), "probability": round(plan.probability, 3), "topic": plan.topic}
        if plan.kind is not Kind.FACT and not asked.is_unclear:
            broad = answer_broadly(asked, plan, index, llm, only, trace, why, told)
            if kind or _is_broad(broad) or not plan.may_be_fact:
                return broad
        if kind is None and plan.as_sum and not asked.is_unclear:
            broad = answer_broadly(asked, plan.as_sum, index, llm, only, trace, why, told)
            if _is_broad(broad):
                return broad
        parts = parts_of(asked.question)
        if len(parts) > 1 and kind is None:
            return _ask_each(asked, parts, index, llm, only, max_error, why, trace)
        answer = _ask(asked, index, llm, only, max_error, why, trace)
        if kind is None and (otherwise := _otherwise(asked.question, plan, answer)):
            broad = answer_broadly(asked, otherwise, index, llm, only, trace, why)
            enough = LEAST_LISTED if otherwise.kind in NAMED_ONE_BY_ONE else 1
            answer = broad if len(broad.statements) >= enough else answer
        return answer


def _ask_each(
    asked: Spelling,
    parts: Sequence[str],
    index: ArticleIndex,
    llm: LLM,
    only: Filter,
    max_error: float | None,
    why: bool,
    trace: Trace,
) -> Answer:
    """Answer part by part, each completed from the one before, and name the parts that the articles do not state."""
    answers, before = list[tuple[str, Answer]](), None
    for part in parts:
        whole = _completed(part, before, llm, trace) if before else part
        answers.append((whole, _ask(Spelling(whole, whole), index, llm, only, max_error, why, trace)))
        before = before or Before(whole, answers[0][1].short_answer)
    stated = [(part, each) for part, each in answers if not each.abstained]
    if not stated:
        return replace(answers[0][1], question=asked.typed)
    first = stated[0][1]
    statements, citations = list[Statement](), list[Citation]()
    for _, each in stated:
        moved = (tuple(number + len(citations) for number in one.citations) for one in each.statements)
        statements += [replace(one, citations=to) for one, to in zip(each.statements, moved, strict=True)]
        citations += each.citations
    return replace(
        first,
        question=asked.typed,
        read_as=asked.read_as,
        statements=tuple(statements),
        citations=tuple(citations),
        evidence=tuple(dict.fromkeys(one for _, each in answers for one in each.evidence)),
        short_answer=None,
        confidence=min(each.confidence or 0.0 for _, each in stated),
        prompt_tokens=sum(each.prompt_tokens or 0 for _, each in answers),
        timings_ms={name: sum(each.timings_ms[name] for _, each in answers) for name in first.timings_ms},
        not_stated=tuple(part for part, each in answers if each.abstained),
    )


def _completed(part: str, before: Before, llm: LLM, trace: Trace) -> str:
    """Complete a part from the first one; it is asked as it stands where a day or number would stand for "it"."""
    whole = rewrite(part, before, lambda: llm, trace)
    is_glued = whole.startswith(before.question)
    is_name = any(word.isalpha() for word in names(before.answer or ""))
    is_of_number = bool(before.answer) and not is_name and str(before.answer) in whole
    return part if is_glued or is_of_number else whole


def _otherwise(question: str, plan: Plan, answer: Answer) -> Plan | None:
    """Give how else a question may be read that was asked as a fact: a list where articles state several answers."""
    if answer.did_you_mean:
        return None
    if name_several(question, answer.evidence):
        return load_planner().read_as(Kind.LIST, question)
    is_listed = plan.otherwise and plan.otherwise.kind in NAMED_ONE_BY_ONE
    return plan.otherwise if answer.abstained and not is_listed else None


def _is_broad(answer: Answer) -> bool:
    """Tell whether what was found is more than a fact; a list of one thing, or a count of nothing sure, may be one."""
    statements = answer.statements
    return len(statements) > (answer.kind in NAMED_ONE_BY_ONE) and statements[0].cells.get("total") != "0"


def _plan(question: str, index: ArticleIndex, kind: Kind | None) -> Plan:
    vector = vector_of(question, index.embedder)
    return load_planner().plan_as(kind, question, vector) if kind else load_planner().plan(question, vector)


def _ask(
    spelling: Spelling, index: ArticleIndex, llm: LLM, only: Filter, max_error: float | None, why: bool, trace: Trace
) -> Answer:
    def explained(answer: Answer, reading: Reading | None = None) -> Answer:
        if not why:
            return answer
        read_as = replace(answer, question=asked)
        return replace(answer, explanation=explain(read_as, passages, reading, index, max_error, tokens))

    began, tokens = time.perf_counter(), evidence_tokens_of(llm)
    asked = spelling.question
    with trace("retrieve") as retrieved:
        passages = retrieve(asked, index, only, passages_for(tokens))
        retrieved["passages"] = [{"id": each.node.node_id, "score": each.score} for each in passages]
    with trace("evidence") as chosen:
        evidence = choose_evidence(asked, passages, index, tokens)
        chosen["sentences"] = [asdict(each) | {"published": str(each.published)} for each in evidence]
    answer = Answer(
        spelling.typed,
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
