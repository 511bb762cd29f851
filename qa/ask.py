"""Ask a folder of articles: the whole way from a question to an answer that stands on its citations."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from llama_index.core.llms import LLM

from index.article_index import ArticleIndex
from index.filter import EVERYTHING, Filter
from qa.answer import Abstention, Answer, Citation, Evidence, Statement
from qa.dates import with_dates
from qa.decision import decide, verify
from qa.disagreement import newest_first, told_beside
from qa.evidence import choose_evidence
from qa.explain import explain
from qa.grounding import Grounded, cite
from qa.question import check_question
from qa.reading import Reading, read
from qa.statement import state
from qa.text import one_line

ShowEvidence = Callable[[Sequence[Evidence]], None]


def ask(
    question: str,
    index: ArticleIndex,
    llm: LLM,
    show_evidence: ShowEvidence | None = None,
    only: Filter = EVERYTHING,
    max_error: float | None = None,
    why: bool = False,
) -> Answer:
    """Answer a question from the articles of `index`, or the ones `only` lets through, as they are indexed now.

    `show_evidence` is called as soon as the evidence is chosen, seconds before a local model has read it. Answers that
    are too uncertain are withheld: as many as it takes for at most the share `max_error` of the others to be wrong, by
    default those that are more likely wrong than right. With `why` the answer has its explanation. All is read from one
    state of the catalog, whatever is written meanwhile.

    Raises:
        UsageError: the question is empty or too long.
        ModelError: the language model failed.
    """
    question = check_question(question)
    with index.catalog.reading():
        return _ask(question, index, llm, show_evidence, only, max_error, why)


def _ask(
    question: str,
    index: ArticleIndex,
    llm: LLM,
    show_evidence: ShowEvidence | None,
    only: Filter,
    max_error: float | None,
    why: bool,
) -> Answer:
    def explained(answer: Answer, reading: Reading | None = None) -> Answer:
        return replace(answer, explanation=explain(answer, passages, reading, index, max_error)) if why else answer

    clock = _Clock()
    with clock("retrieve"):
        passages = index.retriever(only=only).retrieve(question)
    with clock("evidence"):
        evidence = choose_evidence(question, passages, index)
    answer = Answer(
        question, evidence=tuple(evidence), model=llm.metadata.model_name, embedder=index.embedder.model_name
    )
    if not evidence:
        return explained(replace(answer, abstention=Abstention.NO_EVIDENCE, timings_ms=clock.timings_ms()))
    if show_evidence:
        show_evidence(evidence)
    with clock("generate"):
        reading = read(question, evidence, llm)
    abstention, proposals = decide(question, reading, evidence, index, max_error)
    answer = replace(
        answer,
        abstention=abstention,
        proposals=tuple(proposal for proposal, _ in proposals),
        confidence=proposals[0][0].confidence if proposals else None,
        prompt_tokens=reading.prompt_tokens,
        timings_ms=clock.timings_ms(),
    )
    answer = explained(answer, reading)
    return answer if abstention else _stated(answer, proposals[0][1], index)


def _stated(answer: Answer, grounded: Grounded, index: ArticleIndex) -> Answer:
    """State the answer, and what other articles say instead, each unless its article's text no longer holds it."""
    statements, citations, said = list[Statement](), list[Citation](), list[Grounded]()
    for each in newest_first(grounded, answer.evidence):
        stands = each is grounded or isinstance(verify(answer.question, each, index), Grounded)
        if stands and (citation := cite(each.evidence, index.catalog)):
            text = state(answer.question, one_line(each.phrase), one_line(each.evidence.text))
            text = with_dates(text, one_line(each.evidence.text), citation.published)
            told = f"{told_beside(each, said[0])} {text}" if said else text
            statements.append(Statement(told, citations=(len(citations),)))
            citations.append(citation)
            said.append(each)
    if not said:
        return replace(answer, abstention=Abstention.UNSUPPORTED)
    return replace(answer, statements=tuple(statements), citations=tuple(citations), short_answer=said[0].phrase)


class _Clock:
    """Milliseconds of the steps of one question, by name."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._steps: dict[str, int] = {}

    @contextmanager
    def __call__(self, step: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self._steps[step] = round((time.perf_counter() - began) * 1000)

    def timings_ms(self) -> dict[str, int]:
        return (
            {"retrieve": 0, "evidence": 0, "generate": 0}
            | self._steps
            | {"total": round((time.perf_counter() - self._began) * 1000)}
        )
