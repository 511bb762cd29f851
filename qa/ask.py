"""Ask a folder of articles: the whole way from a question to an answer that stands on its citations."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from llama_index.core.llms import LLM

from index.article_index import ArticleIndex
from index.errors import UsageError
from index.filter import EVERYTHING, Filter
from qa.abstention import check_count, missing_names
from qa.answer import Abstention, Answer, Evidence, Statement
from qa.confidence import confidence_of, signals_of
from qa.evidence import choose_evidence
from qa.grounding import Grounded, cite, ground
from qa.reading import Reading, read
from qa.text import one_line

MAX_QUESTION_CHARS = 2000

ShowEvidence = Callable[[Sequence[Evidence]], None]


def ask(
    question: str,
    index: ArticleIndex,
    llm: LLM,
    show_evidence: ShowEvidence | None = None,
    only: Filter = EVERYTHING,
    min_confidence: float = 0.0,
) -> Answer:
    """Answer a question from the articles of `index`, or the ones `only` lets through, as they are indexed now.

    `show_evidence` is called as soon as the evidence is chosen, seconds before a local model has read it. An answer
    whose confidence is below `min_confidence`, in [0, 1], is withheld. All is read from one state of the catalog,
    whatever is written meanwhile.

    Raises:
        UsageError: the question is empty or longer than `MAX_QUESTION_CHARS`.
        ModelError: the language model failed.
    """
    question = check_question(question)
    with index.catalog.reading():
        answer = _ask(question, index, llm, show_evidence, only)
    return withhold(answer) if answer.confidence is not None and answer.confidence < min_confidence else answer


def check_question(question: str) -> str:
    """Give the question on one line.

    Raises:
        UsageError: it has no word, or is longer than `MAX_QUESTION_CHARS`.
    """
    question = one_line(question)
    if not any(char.isalnum() for char in question):
        raise UsageError('The question is empty: type one, as in `qa ask "Who did Rubio call?"`')
    if len(question) > MAX_QUESTION_CHARS:
        raise UsageError(
            f"The question has {len(question):,} characters, more than the {MAX_QUESTION_CHARS:,} read: shorten it"
        )
    return question


def verify(question: str, reading: Reading, index: ArticleIndex) -> Grounded | Abstention:
    """Accept what the model replied only where a sentence carries it and can be an answer to the question."""
    if reading.reply.refused:
        return Abstention.NOT_STATED
    grounded = ground(reading.reply, reading.evidence)
    if grounded is None:
        return Abstention.UNSUPPORTED
    if missing_names(question, grounded, index.catalog):
        return Abstention.NAME_MISSING
    return check_count(question, grounded, index.embedder) or Abstention.COUNT_MISSING


def withhold(answer: Answer) -> Answer:
    """Abstain in the place of an answer that is too uncertain."""
    return replace(answer, statements=(), citations=(), short_answer=None, abstention=Abstention.UNCERTAIN)


def _ask(question: str, index: ArticleIndex, llm: LLM, show_evidence: ShowEvidence | None, only: Filter) -> Answer:
    clock = _Clock()
    with clock("retrieve"):
        passages = index.retriever(only=only).retrieve(question)
    with clock("evidence"):
        evidence = choose_evidence(question, passages, index)
    answer = Answer(
        question, evidence=tuple(evidence), model=llm.metadata.model_name, embedder=index.embedder.model_name
    )
    if not evidence:
        return replace(answer, abstention=Abstention.NO_EVIDENCE, timings_ms=clock.timings_ms())
    if show_evidence:
        show_evidence(evidence)
    with clock("generate"):
        reading = read(question, evidence, llm)
    verdict = verify(question, reading, index)
    answer = replace(answer, prompt_tokens=reading.prompt_tokens, timings_ms=clock.timings_ms())
    if isinstance(verdict, Abstention):
        return replace(answer, abstention=verdict)
    signals = signals_of(question, reading, evidence, verdict)
    return _stated(replace(answer, signals=signals, confidence=confidence_of(signals)), verdict, index)


def _stated(answer: Answer, grounded: Grounded, index: ArticleIndex) -> Answer:
    """State the phrase, unless the article's stored text no longer holds the sentence where it was."""
    citation = cite(grounded.evidence, index.catalog)
    if citation is None:
        return replace(answer, abstention=Abstention.UNSUPPORTED)
    statement = Statement(one_line(grounded.phrase), citations=(0,))
    return replace(answer, statements=(statement,), citations=(citation,), short_answer=grounded.phrase)


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
