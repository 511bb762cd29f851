"""Models of an Ollama server, by its own protocol: the other one that it speaks ignores how much it is to read."""

from collections.abc import Sequence
from typing import Any

import httpx
import ollama
from httpx_retries import Retry, RetryTransport
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, ChatResponseGen
from llama_index.core.llms import LLM
from llama_index.llms.ollama import Ollama

from index.errors import ModelError
from qa.llms.connection import MAX_RETRIES, check_time, client_options, note_response
from qa.llms.providers import Endpoint
from qa.llms.remote import MAX_REPLY_TOKENS, Ending

CONTEXT_TOKENS = 8192  # one size for all prompts, because the server loads the model anew for another
EVIDENCE_TOKENS = 900  # of four bytes in English
TEMPLATE_TOKENS = 16  # that a model's template may put around a message
BACKOFF_S = 0.5


class FittingOllama(Ollama):
    """Send only what the model surely reads whole, for the server drops the beginning of a longer prompt in silence."""

    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """Answer the messages.

        Raises:
            ModelError: they might not fit into the context.
        """
        self._check_fit(messages)
        reply: ChatResponse = super().chat(messages, **kwargs)
        return reply

    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        """Answer the messages piece by piece.

        Raises:
            ModelError: they might not fit into the context.
        """
        self._check_fit(messages)
        pieces: ChatResponseGen = super().stream_chat(messages, **kwargs)
        return pieces

    def _check_fit(self, messages: Sequence[ChatMessage]) -> None:
        if self.context_window < 0:
            told = self.client.show(self.model).modelinfo or {}
            own = [int(value) for name, value in told.items() if name.endswith(".context_length")]
            self.context_window = min([CONTEXT_TOKENS, *own])
        # No token is shorter than a byte, whatever the model's vocabulary.
        most = sum(len((each.content or "").encode()) + TEMPLATE_TOKENS for each in messages) + MAX_REPLY_TOKENS
        if most > self.context_window:
            raise ModelError(
                f"The prompt may have {most:,} tokens, more than the {self.context_window:,} that {self.model} "
                "is given to read: ask a shorter question, lower evidence_tokens, name another model, "
                "or use --llm local"
            )


def open_llm(endpoint: Endpoint, timeout_s: float) -> LLM:
    """Open the model."""
    retry = Retry(
        total=MAX_RETRIES,
        backoff_factor=BACKOFF_S,
        allowed_methods=["POST"],
        status_forcelist=[429, 500, 502, 503, 504],
        retry_on_exceptions=[httpx.ConnectError, httpx.ConnectTimeout, httpx.RemoteProtocolError],
    )

    def authorize(request: httpx.Request) -> httpx.Request:
        """Send the key that was chosen for this endpoint; the client would send OLLAMA_API_KEY to every one."""
        request.headers.pop("Authorization", None)
        if endpoint.key:
            request.headers["Authorization"] = f"Bearer {endpoint.key.get_secret_value()}"
        return request

    options = client_options(timeout_s)
    client = ollama.Client(
        endpoint.url, transport=RetryTransport(_WatchedTransport(), retry), auth=authorize, **options
    )
    return FittingOllama(
        model=endpoint.model,
        base_url=endpoint.url,
        client=client,
        temperature=0.0,
        thinking=False,
        additional_kwargs={"num_predict": MAX_REPLY_TOKENS},
    )


def ending(raw: Any) -> Ending:
    """Read a reply, or a line of one."""
    return Ending(raw.get("done_reason"), raw.get("prompt_eval_count"))


class _WatchedTransport(httpx.HTTPTransport):
    """Know of each try, of which the client sees the last one only."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        check_time()
        response = super().handle_request(request)
        note_response(response)
        return response
