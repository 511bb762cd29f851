"""Have the language model read the evidence, and keep what it said and how sure it was of it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from llama_index.core.base.llms.types import LogProb
from llama_index.core.llms import LLM

from prompts import load_prompt, render
from qa.answer import Evidence
from qa.explanation import Exchange
from qa.reading.evidence import number_evidence
from qa.reading.reply import Reply, parse_reply
from qa.trace import Trace, prompt_tokens

SURE_PROBABILITY = 0.5
SECOND_LOOK_SENTENCES = 2
MANY_WORDS = 400


@dataclass(frozen=True)
class Reading:
    """What the model replied to some evidence, `looks` counting how often it was asked.

    The probabilities are in [0, 1] and null when the model tells none: of the reply's first token, and of a refusal in
    its place. `prompt_tokens` are the ones that the model had to read, without those that it still knew where it tells.
    `exchanges` are all looks.
    """

    reply: Reply
    evidence: Sequence[Evidence]
    first_probability: float | None = None
    refusal_probability: float | None = None
    prompt_tokens: int | None = None
    looks: int = 1
    exchanges: tuple[Exchange, ...] = ()

    @property
    def valid_numbers(self) -> list[int]:
        """The numbers of sentences that the reply names, from 1, without those that no sentence has."""
        return [number for number in self.reply.numbers if 1 <= number <= len(self.evidence)]


def read(question: str, evidence: Sequence[Evidence], llm: LLM, trace: Trace) -> Reading:
    """Have the model read the evidence, and when it is unsure the best sentences alone; give the surer reading.

    A small model that is lost among many sentences often finds the answer in few. The second look costs about a second;
    a model that tells no probabilities gets none.
    """
    reading = _read_once(question, evidence, llm, trace)
    is_sure = reading.first_probability is None or reading.first_probability >= SURE_PROBABILITY
    if is_sure or len(evidence) <= SECOND_LOOK_SENTENCES:
        return reading
    best = sorted(evidence, key=lambda each: -each.score)[:SECOND_LOOK_SENTENCES]
    second = _read_once(question, best, llm, trace)
    surer = max(reading, second, key=lambda each: each.first_probability or 0.0)
    both = (reading.prompt_tokens or 0) + (second.prompt_tokens or 0)
    return replace(surer, prompt_tokens=both or None, looks=2, exchanges=reading.exchanges + second.exchanges)


def _read_once(question: str, evidence: Sequence[Evidence], llm: LLM, trace: Trace) -> Reading:
    many = sum(len(each.text.split()) for each in evidence) > MANY_WORDS
    prompt = load_prompt("answer_from_many" if many else "answer")
    messages = render(prompt, evidence=number_evidence(evidence, with_sources=many), question=question)
    response = trace.chat(llm, messages)
    said = response.message.content or ""
    exchange = Exchange(tuple((str(each.role.value), each.content or "") for each in messages), said)
    tokens = [alternatives for alternatives in response.logprobs or [] if alternatives]
    reading = Reading(parse_reply(said), evidence, prompt_tokens=prompt_tokens(response), exchanges=(exchange,))
    if not tokens:
        return reading
    return replace(
        reading,
        first_probability=math.exp(tokens[0][0].logprob),
        refusal_probability=_refusal_probability(tokens[0]),
    )


def _refusal_probability(alternatives: list[LogProb]) -> float:
    """Add up the tokens that begin "not stated"."""
    refusals = (each for each in alternatives if each.token.strip().lower() in ("not", "no", "n"))
    return min(1.0, sum(math.exp(each.logprob) for each in refusals))
