"""Have the language model check a phrase against its sentence, apart from how the phrase was found.

Asked in the same conversation, a small model holds what it answered to be right; asked anew, with one sentence before
it, it tells right phrases from wrong ones as well as the reader does, and by other errors (`docs/reading.md`). This is
P(True) of Kadavath et al. 2022 (arXiv 2207.05221).
"""

from llama_index.core.base.llms.types import LogProb
from llama_index.core.llms import LLM

from prompts import load_prompt, render
from qa.llms.warming import warm
from qa.reading.grounding import Grounded
from qa.text import one_line
from qa.trace import Trace

PROMPT = "check"
LEAST_LOGPROB = -12.0  # of a word that is not among the likeliest ones


def think_again(question: str, grounded: Grounded, llm: LLM, trace: Trace) -> float:
    """Give the log-odds by which the model says that the sentence states the phrase as the answer to the question.

    The prompt that answers questions is then warmed again.

    Raises:
        ModelError: the language model failed.
    """
    evidence = grounded.evidence
    warm(llm, PROMPT)
    sentence = one_line(f"{evidence.lead.text if evidence.lead else ''} {evidence.text}")
    values = {"title": evidence.title, "sentence": sentence, "question": question, "answer": one_line(grounded.phrase)}
    messages = render(load_prompt(PROMPT), **values)
    response = trace.chat(llm, messages, max_tokens=1)
    warm(llm)
    said = response.logprobs[0] if response.logprobs else []
    return _logprob(said, "yes") - _logprob(said, "no")


def _logprob(alternatives: list[LogProb], word: str) -> float:
    return max((each.logprob for each in alternatives if each.token.strip().lower() == word), default=LEAST_LOGPROB)
