"""Have the language model list what some sentences name, and keep what stands in them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from llama_index.core.llms import LLM

from prompts import load_prompt, render
from qa.answer import Evidence
from qa.explanation import Exchange
from qa.llms.warming import warm
from qa.reading.evidence import MANY_TOKENS, evidence_tokens_of, number_evidence
from qa.reading.grounding import find_phrase
from qa.trace import Trace, prompt_tokens

PROMPT = "list"
MAX_REPLY_TOKENS = 120
FEW_SENTENCES, MANY_SENTENCES = 12, 60  # for the embedded model, which reads 12 in some 5 s, and for another

_LINE = re.compile(r"[-*•\s]*(?P<name>.*?)[\s:–-]*(?P<numbers>(?:\[\d+\][,\s]*)*)\s*")


@dataclass
class ModelList:
    """A model that lists for one question; it counts what the model had to read for that."""

    question: str
    llm: LLM
    trace: Trace
    prompt_tokens: int = 0
    exchanges: tuple[Exchange, ...] = ()

    def __call__(self, question: str, sentences: Sequence[Evidence]) -> list[Evidence]:
        """Give the sentences in which something stands that the model lists, with that as the phrase.

        Of the sentences, the likeliest first, it reads as many as it reads well. The prompt that answers questions is
        then warmed again.

        Raises:
            ModelError: the language model failed.
        """
        shown = self._shown(sentences)
        if not shown:
            return []
        warm(self.llm, PROMPT)
        messages = render(load_prompt(PROMPT), evidence=number_evidence(shown), question=question)
        response = self.trace.chat(self.llm, messages, max_tokens=MAX_REPLY_TOKENS)
        warm(self.llm)
        self.prompt_tokens += prompt_tokens(response) or 0
        said = response.message.content or ""
        sent = tuple((str(each.role.value), each.content or "") for each in messages)
        self.exchanges += (Exchange(sent, said),)
        return list(_named(said, shown))

    def _shown(self, sentences: Sequence[Evidence]) -> list[Evidence]:
        most = MANY_SENTENCES if evidence_tokens_of(self.llm) >= MANY_TOKENS else FEW_SENTENCES
        once = list({each.text: each for each in reversed(sentences)}.values())[::-1]
        return sorted(once[:most], key=lambda each: (each.span.article_id, each.span.start))


def _named(said: str, shown: Sequence[Evidence]) -> Iterator[Evidence]:
    """Give what each line of a reply names where a sentence has it, the sentence that the line names first."""
    for line in said.splitlines():
        found = _LINE.fullmatch(line)
        if not found or not found["name"] or found["name"].strip(". ").lower() == "none":
            continue
        numbers = [int(number) for number in re.findall(r"\d+", found["numbers"])]
        named = [shown[number - 1] for number in numbers if 1 <= number <= len(shown)]
        for each in [*named, *shown]:
            if phrase := find_phrase(found["name"], each.text):
                yield replace(each, phrase=phrase)
                break
