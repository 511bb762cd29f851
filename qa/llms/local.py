"""The embedded language model in LlamaIndex's terms.

The state of the constant beginning of the prompt is saved once and restored in later processes, which saves them
seconds of reading it.
"""

import hashlib
import threading
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ChatResponseGen,
    CompletionResponse,
    CompletionResponseGen,
    LLMMetadata,
    LogProb,
    MessageRole,
)
from llama_index.core.llms import CustomLLM
from pydantic import PrivateAttr

from index.errors import ModelError
from qa.llms.llama import CONTEXT_TOKENS, Llama

MAX_REPLY_TOKENS = 64
EVIDENCE_TOKENS = 155  # more confuse a small model, and a laptop reads 60 a second
TOP_LOGPROBS = 8


class LocalLLM(CustomLLM):
    """A GGUF chat model: greedy, with log-probabilities, one request at a time.

    With `after_reader`, the setting `reader_first`, it is asked only what the reader is not sure of. With
    `thinks_again` it is asked again whether a phrase that is in doubt is the answer.
    """

    model_file: Path
    max_tokens: int = MAX_REPLY_TOKENS
    evidence_tokens: int = EVIDENCE_TOKENS
    after_reader: bool = False
    thinks_again: bool = True
    _llama: Llama = PrivateAttr()
    _reading_ahead: threading.Thread | None = PrivateAttr(None)

    def __init__(self, llama: Llama, **fields: Any) -> None:
        """Talk to a model that may still be loading."""
        super().__init__(model_file=llama.model_file, **fields)
        self._llama = llama

    @property
    def metadata(self) -> LLMMetadata:
        """Name the model and its context size in tokens."""
        return LLMMetadata(
            context_window=CONTEXT_TOKENS,
            num_output=self.max_tokens,
            is_chat_model=True,
            model_name=self.model_file.stem,
        )

    @property
    def pid(self) -> int:
        """The process that holds the model."""
        return self._llama.pid

    def close(self) -> None:
        """End the process that holds the model, whatever it is at; who waits for its reply gets a `ModelError`."""
        self._llama.close()

    def warm(self, prefix: Sequence[ChatMessage]) -> None:
        """Begin to have the model know the messages that every prompt begins with; the next question waits for it.

        They come from a saved state, or are read and their state saved: a few milliseconds, each time that the prompt
        is another than the one before.
        """
        self._reading_ahead = threading.Thread(target=self._read_ahead, args=(prefix, self._reading_ahead), daemon=True)
        self._reading_ahead.start()

    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """Answer the messages; `logprobs` holds, for each token of the reply, its likeliest alternatives.

        Raises:
            ModelError: llama.cpp cannot load the model, or refuses the request.
        """
        if self._reading_ahead:
            self._reading_ahead.join()
            self._reading_ahead = None
        reply = self._request(messages, **kwargs)
        choice = reply["choices"][0]
        return ChatResponse(
            message=ChatMessage(role=MessageRole.ASSISTANT, content=choice["message"]["content"] or ""),
            logprobs=[_logprobs(token) for token in (choice.get("logprobs") or {}).get("content") or []],
            raw=reply,
        )

    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        """Give the whole reply as one piece: it is a line."""
        yield self.chat(messages, **kwargs)

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        """Answer a prompt as if it were a user's message."""
        reply = self.chat([ChatMessage(role=MessageRole.USER, content=prompt)], **kwargs)
        return CompletionResponse(text=reply.message.content or "", raw=reply.raw)

    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponseGen:
        """Give the whole completion as one piece."""
        yield self.complete(prompt, formatted, **kwargs)

    def _request(self, messages: Sequence[ChatMessage], **kwargs: Any) -> dict[str, Any]:
        body = {
            "messages": [{"role": message.role.value, "content": message.content or ""} for message in messages],
            "max_tokens": self.max_tokens,
            "temperature": 0,
            "logprobs": True,
            "top_logprobs": TOP_LOGPROBS,
        } | kwargs
        reply = self._llama.post("/v1/chat/completions", body)
        if "choices" not in reply:
            raise ModelError(f"{self.model_file.name} did not answer: {reply.get('error', reply)}")
        return reply

    def _read_ahead(self, prefix: Sequence[ChatMessage], before: threading.Thread | None) -> None:
        if before:
            before.join()
        with suppress(ModelError):  # which the question after it meets again
            name = self._state_name(prefix)
            if (self._llama.states / name).is_file() and self._slot("restore", name):
                return
            self._request(prefix, max_tokens=1)
            self._slot("save", name)

    def _state_name(self, prefix: Sequence[ChatMessage]) -> str:
        stat = self.model_file.stat()
        facts = [str(self.model_file.resolve()), str(stat.st_size), str(stat.st_mtime_ns), version("xllamacpp")]
        facts += [str(CONTEXT_TOKENS), *(f"{message.role.value}:{message.content}" for message in prefix)]
        return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:24] + ".state"

    def _slot(self, action: str, name: str) -> bool:
        """Save or restore the prompt state; without it everything works, only slower."""
        return "error" not in self._llama.post(f"/slots/0?action={action}", {"filename": name})


def _logprobs(token: dict[str, Any]) -> list[LogProb]:
    alternatives = token.get("top_logprobs") or [token]
    return [LogProb(token=each["token"], logprob=each["logprob"], bytes=each["bytes"]) for each in alternatives]
