"""Have the language model check a phrase against its sentence, apart from how the phrase was found.

Asked in the same conversation, a small model holds what it answered to be right; asked anew, with one sentence before
it, it tells right phrases from wrong ones as well as the reader does, and by other errors (`docs/reading.md`). This is
P(True) of Kadavath et al. 2022 (arXiv 2207.05221).
"""

from dataclasses import dataclass, replace

from llama_index.core.base.llms.types import LogProb
from llama_index.core.llms import LLM

from prompts import load_prompt, render
from qa.explanation import Exchange
from qa.llms.warming import warm
from qa.reading.grounding import Grounded
from qa.reading.language_model import Reading
from qa.text import one_line
from qa.trace import Trace, prompt_tokens

PROMPT = "check"
LEAST_LOGPROB = -12.0  # of a word that is not among the likeliest ones


@dataclass
class SecondThoughts:
    """What a model makes of phrases for one question; it counts what the model had to read for that."""

    question: str
    llm: LLM
    trace: Trace
    prompt_tokens: int = 0
    exchanges: tuple[Exchange, ...] = ()

    def __call__(self, grounded: Grounded) -> float:
        """Give the log-odds by which the model says that the sentence states the phrase as the answer to the question.

        The prompt that answers questions is then warmed again.

        Raises:
            ModelError: the language model failed.
        """
        evidence = grounded.evidence
        warm(self.llm, PROMPT)
        messages = render(
            load_prompt(PROMPT),
            title=evidence.title,
            sentence=one_line(f"{evidence.lead.text if evidence.lead else ''} {evidence.text}"),
            question=self.question,
            answer=one_line(grounded.phrase),
        )
        response = self.trace.chat(self.llm, messages, max_tokens=1)
        warm(self.llm)
        self.prompt_tokens += prompt_tokens(response) or 0
        sent = tuple((str(each.role.value), each.content or "") for each in messages)
        self.exchanges += (Exchange(sent, response.message.content or ""),)
        said = response.logprobs[0] if response.logprobs else []
        return _logprob(said, "yes") - _logprob(said, "no")

    def added_to(self, reading: Reading) -> Reading:
        """Give a reading with what was sent and said in second thoughts after it, and their tokens."""
        tokens = (reading.prompt_tokens or 0) + self.prompt_tokens
        return replace(reading, prompt_tokens=tokens or None, exchanges=reading.exchanges + self.exchanges)


def _logprob(alternatives: list[LogProb], word: str) -> float:
    return max((each.logprob for each in alternatives if each.token.strip().lower() == word), default=LEAST_LOGPROB)
