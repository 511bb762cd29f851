"""The steps from a question to its answer: each is timed, and told when it has ended."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from qa.events import Listener, StepEnded, nobody

if TYPE_CHECKING:
    from llama_index.core.base.llms.types import ChatMessage, ChatResponse
    from llama_index.core.llms import LLM


class Trace:
    """The steps of one question after the other; `tell` hears of them, and of what a step has to tell besides."""

    def __init__(self, tell: Listener = nobody) -> None:
        self.tell = tell
        self._number = 0

    def begin(self, question: str) -> None:
        """Begin with the next question."""
        self._number += 1
        with self("asked") as facts:
            facts["text"] = question

    @contextmanager
    def __call__(self, step: str) -> Iterator[dict[str, Any]]:
        """Time a step; what is put into the given dictionary is told with it, and `ms` is in it at the end."""
        facts: dict[str, Any] = {}
        at, began = datetime.now(UTC), time.perf_counter()
        try:
            yield facts
        except BaseException as error:
            facts["failed"] = type(error).__name__
            raise
        finally:
            facts["ms"] = round((time.perf_counter() - began) * 1000)
            self.tell(StepEnded(self._number, step, at, facts))

    def chat(self, llm: "LLM", messages: "Sequence[ChatMessage]", **kwargs: Any) -> "ChatResponse":
        """Ask a model, as a step with all that it is sent and says."""
        with self("chat") as facts:
            facts["messages"] = _as_facts(messages)
            response = llm.chat(messages, **kwargs)
            facts |= {"said": response.message.content, "prompt_tokens": prompt_tokens(response)}
            return response

    def stream(self, llm: "LLM", messages: "Sequence[ChatMessage]", **kwargs: Any) -> "Iterator[ChatResponse]":
        """Ask a model, as `chat` does, and give the reply as it grows, each time whole so far."""
        with self("chat") as facts:
            facts["messages"] = _as_facts(messages)
            for response in llm.stream_chat(messages, **kwargs):
                facts["said"] = response.message.content
                facts["prompt_tokens"] = prompt_tokens(response) or facts.get("prompt_tokens")
                yield response


def prompt_tokens(response: "ChatResponse") -> int | None:
    """Give the tokens that a model had to read, without those that it still knew where it tells."""
    raw: Any = response.raw
    if not isinstance(raw, dict):
        return None
    told = (raw.get("timings") or {}).get("prompt_n", (raw.get("usage") or {}).get("prompt_tokens"))
    return None if told is None else int(told)


def _as_facts(messages: "Sequence[ChatMessage]") -> list[dict[str, str | None]]:
    return [{"role": each.role.value, "content": each.content} for each in messages]
