"""The embedded language model: a GGUF file run in this process by llama.cpp.

llama.cpp's server listens on a Unix socket in a private folder, never on a port; through it the state of the constant
beginning of the prompt is saved once and restored in later processes, which saves them seconds of reading it.
"""

import contextlib
import hashlib
import shutil
import tempfile
import threading
import weakref
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx
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

CONTEXT_TOKENS = 4096
MAX_REPLY_TOKENS = 64
TOP_LOGPROBS = 8


class LocalLLM(CustomLLM):
    """A GGUF chat model in LlamaIndex's terms: greedy, with log-probabilities, one request at a time."""

    model_file: Path
    max_tokens: int = MAX_REPLY_TOKENS
    _server: Any = PrivateAttr()
    _states: Path = PrivateAttr()
    _sockets: Path = PrivateAttr()

    def __init__(self, model_file: Path, states: Path, **fields: Any) -> None:
        """Load the model; saved prompt states are kept in the folder `states`.

        Raises:
            ModelError: llama.cpp cannot load the file.
        """
        import xllamacpp

        super().__init__(model_file=model_file, **fields)
        states.mkdir(parents=True, exist_ok=True)
        self._states = states
        self._sockets = Path(tempfile.mkdtemp(prefix="article-qa-"))
        weakref.finalize(self, shutil.rmtree, self._sockets, ignore_errors=True)
        params = xllamacpp.CommonParams()
        params.model.path = str(model_file)
        params.n_ctx = CONTEXT_TOKENS
        params.n_parallel = 1
        params.cache_ram_mib = 0
        params.warmup = False
        params.verbosity = -1
        params.hostnames = [self._socket]
        params.slot_save_path = f"{states}/"
        try:
            self._server = xllamacpp.Server(params)
        except RuntimeError as error:
            raise ModelError(f"{model_file} does not load as a GGUF model: {error}") from error

    @property
    def metadata(self) -> LLMMetadata:
        """Name the model and its context size in tokens."""
        return LLMMetadata(
            context_window=CONTEXT_TOKENS,
            num_output=self.max_tokens,
            is_chat_model=True,
            model_name=self.model_file.stem,
        )

    def warm(self, prefix: Sequence[ChatMessage]) -> None:
        """Have the model know the messages that every prompt begins with, from a saved state or by reading them."""
        name = self._state_name(prefix)
        if (self._states / name).is_file() and self._slot("restore", name):
            return
        self._request(prefix, max_tokens=1)
        self._slot("save", name)

    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """Answer the messages; `logprobs` holds, for each token of the reply, its likeliest alternatives."""
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

    @property
    def _socket(self) -> str:
        return f"{self._sockets}/llama.sock"

    def _request(self, messages: Sequence[ChatMessage], **kwargs: Any) -> dict[str, Any]:
        body = {
            "messages": [{"role": message.role.value, "content": message.content or ""} for message in messages],
            "max_tokens": self.max_tokens,
            "temperature": 0,
            "logprobs": True,
            "top_logprobs": TOP_LOGPROBS,
        } | kwargs
        try:
            reply = _interruptible(lambda: self._server.handle_chat_completions(body))
        except KeyboardInterrupt:
            shutil.rmtree(self._sockets, ignore_errors=True)
            raise
        if "choices" not in reply:
            raise ModelError(f"{self.model_file.name} did not answer: {reply.get('error', reply)}")
        return reply

    def _state_name(self, prefix: Sequence[ChatMessage]) -> str:
        stat = self.model_file.stat()
        facts = [str(self.model_file.resolve()), str(stat.st_size), str(stat.st_mtime_ns), version("xllamacpp")]
        facts += [str(CONTEXT_TOKENS), *(f"{message.role.value}:{message.content}" for message in prefix)]
        return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:24] + ".state"

    def _slot(self, action: str, name: str) -> bool:
        """Save or restore the prompt state; without it everything works, only slower."""
        with contextlib.suppress(httpx.HTTPError), _socket_client(self._socket) as client:
            return client.post(f"/slots/0?action={action}", json={"filename": name}).is_success
        return False


def _socket_client(socket: str) -> httpx.Client:
    return httpx.Client(transport=httpx.HTTPTransport(uds=socket), base_url="http://llama", timeout=10)


def _interruptible(call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Run `call` in a thread, so that Ctrl-C is heard while llama.cpp computes."""
    outcome: dict[str, Any] = {}

    def run() -> None:
        try:
            outcome["reply"] = call()
        except RuntimeError as error:
            outcome["error"] = error

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(0.1)
    if "error" in outcome:
        raise ModelError(f"The language model failed: {outcome['error']}") from outcome["error"]
    reply: dict[str, Any] = outcome["reply"]
    return reply


def _logprobs(token: dict[str, Any]) -> list[LogProb]:
    alternatives = token.get("top_logprobs") or [token]
    return [LogProb(token=each["token"], logprob=each["logprob"], bytes=each["bytes"]) for each in alternatives]
