"""A language model behind an endpoint, by LlamaIndex's own integration; what fails there is told in a line."""

import re
import socket
import ssl
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import import_module
from typing import Any, NamedTuple

import httpx
from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ChatResponseGen,
    CompletionResponse,
    CompletionResponseGen,
    LLMMetadata,
    MessageRole,
)
from llama_index.core.llms import LLM, CustomLLM
from pydantic import PrivateAttr

from index.errors import ModelError, UsageError
from qa.llms.connection import MAX_REPLY_BYTES, Call, LateError, TooLongError
from qa.llms.providers import Endpoint

MAX_REPLY_TOKENS = 1024
EVIDENCE_TOKENS = 3000  # all sentences of fifteen passages
WHOLE = ("stop", "end_turn", "stop_sequence", "eos_token")  # as OpenAI, Anthropic and those who imitate them say it
CUT = ("length", "max_tokens")
_TOO_LONG_PROMPT = re.compile(r"context.?(length|size|window)|exceed_context|prompt is too long|too many tokens", re.I)

_LOCAL = "use --llm local"
_LATE = f"did not answer within {{timeout_s:g}} s: try again, raise llm_timeout_s, or {_LOCAL}"
_REASONS = {  # by the kind of an error, or of what caused it, the first that fits
    LateError: _LATE,
    TooLongError: f"replied more than {MAX_REPLY_BYTES // 1_000_000} MB, or packed: mend llm_url, or {_LOCAL}",
    socket.gaierror: f"cannot be reached, for nobody knows its name: mend llm_url, or {_LOCAL}",
    ssl.SSLError: f"cannot be reached safely (TLS): mend llm_url or its certificate, or {_LOCAL}",
    httpx.ConnectTimeout: f"cannot be reached, for it takes no connection: start it, mend llm_url, or {_LOCAL}",
    httpx.TimeoutException: _LATE,
    httpx.ConnectError: f"cannot be reached: start it, mend llm_url, or {_LOCAL}",
    ConnectionError: f"cannot be reached: start it, mend llm_url, or {_LOCAL}",
    httpx.TransportError: f"broke off: try again, or {_LOCAL}",
}


class Ending(NamedTuple):
    """Why a reply ended, null while it has not, and how many tokens the model had to read, where that is told."""

    reason: str | None
    prompt_tokens: int | None


class RemoteLLM(CustomLLM):
    """A chat model of an endpoint: greedy, asked once, a reply cut short never given for a whole one.

    Log-probabilities are not asked for: what they say of an answer was fitted to the embedded model, and by them the
    reader would overrule a model that knows better.
    """

    timeout_s: float
    evidence_tokens: int
    _endpoint: Endpoint = PrivateAttr()
    _llm: LLM = PrivateAttr()
    _ending: Callable[[Any], Ending] = PrivateAttr()
    _meanwhile: Callable[[], None] = PrivateAttr()

    def __init__(
        self, endpoint: Endpoint, timeout_s: float, llm: LLM, ending: Callable[[Any], Ending], evidence_tokens: int
    ) -> None:
        """Talk to `endpoint` by its integration `llm`, of whose raw replies `ending` reads how they end."""
        super().__init__(timeout_s=timeout_s, evidence_tokens=evidence_tokens)
        self._endpoint = endpoint
        self._llm = llm
        self._ending = ending
        self._meanwhile = lambda: None

    @property
    def metadata(self) -> LLMMetadata:
        """Name the model."""
        return LLMMetadata(model_name=self._endpoint.model, num_output=MAX_REPLY_TOKENS, is_chat_model=True)

    def while_waiting(self, call: Callable[[], None]) -> None:
        """Have something called again and again while a reply is waited for; what it raises breaks the request off."""
        self._meanwhile = call

    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """Answer the messages within `timeout_s`, all tries together; `raw` holds the `usage` where it is told.

        Raises:
            ModelError: the endpoint does not answer in time or whole, refuses the key or has no such model.
        """
        (reply,) = self._pieces(lambda: [self._llm.chat(messages, **kwargs)])
        return reply

    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        """Answer piece by piece, each with all that came before it; an error at the end says that it is no whole reply.

        Raises:
            ModelError: as `chat` does.
        """
        return self._pieces(lambda: self._llm.stream_chat(messages, **kwargs))

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        """Answer a prompt as if it were a user's message."""
        reply = self.chat([ChatMessage(role=MessageRole.USER, content=prompt)], **kwargs)
        return CompletionResponse(text=reply.message.content or "", raw=reply.raw)

    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponseGen:
        """Answer a prompt piece by piece."""
        for reply in self.stream_chat([ChatMessage(role=MessageRole.USER, content=prompt)], **kwargs):
            yield CompletionResponse(text=reply.message.content or "", delta=reply.delta, raw=reply.raw)

    def _pieces(self, make: Callable[[], Iterable[ChatResponse]]) -> ChatResponseGen:
        text, reason, call = "", None, Call(self.timeout_s, self._meanwhile)
        try:
            for piece in call.run(make):
                ending = self._ending(piece.raw)
                reason = ending.reason or reason
                delta = (piece.message.content if piece.delta is None else piece.delta) or ""
                text += delta
                yield ChatResponse(
                    message=ChatMessage(role=MessageRole.ASSISTANT, content=text),
                    delta=delta,
                    raw={"usage": {"prompt_tokens": ending.prompt_tokens}},
                )
        except ModelError:
            raise
        except Exception as error:
            told = self._explain(error, call.response.status_code if call.response else None)
            if told is None:
                raise
            raise ModelError(f"{self._endpoint.url} {told}") from None  # for its words may hold the key
        if reason not in WHOLE or not text.strip():
            raise ModelError(f"{self._endpoint.url} {_explain_ending(reason)}")

    def _explain(self, error: Exception, replied: int | None) -> str | None:
        """Say what failed and what to do, null for what is no fault of the endpoint's, which `replied` some status.

        What it says of a key may hold the key, so it is not repeated.
        """
        status = getattr(error, "status_code", None)
        if isinstance(status, int) and status > 0:
            return self._explain_status(status, str(error))
        causes = list(_causes(error))
        told = next((told for kind, told in _REASONS.items() if any(isinstance(each, kind) for each in causes)), None)
        if told:
            busy = f"({replied}) " if told is _LATE and replied and replied >= 400 else ""
            return busy + told.format(timeout_s=self.timeout_s)
        if replied is None:
            return None
        kind = f"{self._endpoint.provider.name} endpoints do ({type(error).__name__})"
        return f"does not reply as {kind}: mend llm_url, or {_LOCAL}"

    def _explain_status(self, status: int, said: str) -> str:
        provider, model = self._endpoint.provider.name, self._endpoint.model
        if status in (401, 403):
            return f"refuses the key ({status}): set QA_LLM_KEY to one that it knows"
        if status == 404:
            pull = f"fetch it with `ollama pull {model}`, " if provider == "ollama" else ""
            return f"has no model {model}: {pull}name another with --llm {provider}:NAME, or mend llm_url"
        if 300 <= status < 400:
            return f"sends on to another address ({status}), which is not asked: set llm_url to the one that answers"
        if status == 413 or (status == 400 and _TOO_LONG_PROMPT.search(said)):
            lower = "lower evidence_tokens, name a model that reads more"
            return f"reads less than the prompt with {model}: {lower}, or {_LOCAL}"
        if status == 429:
            return f"is asked too often, or beyond what the key may spend (429): wait, or {_LOCAL}"
        return f"failed ({status}): try again, or {_LOCAL}"


def open_remote(endpoint: Endpoint, timeout_s: float, evidence_tokens: int | None = None) -> RemoteLLM:
    """Open the model of an endpoint, by default shown as much evidence as suits its kind; nothing is sent yet.

    Raises:
        UsageError: the extra with its client is not installed, or the client refuses the model's name.
    """
    try:
        protocol = import_module(f"qa.llms.{endpoint.provider.name}")
    except ImportError as error:
        raise UsageError(
            f"Models of {endpoint.provider.name} need an extra: run `{endpoint.provider.install}`"
        ) from error
    llm = protocol.open_llm(endpoint, timeout_s)
    suiting: int = getattr(protocol, "EVIDENCE_TOKENS", EVIDENCE_TOKENS)
    return RemoteLLM(endpoint, timeout_s, llm, protocol.ending, evidence_tokens or suiting)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error:
        yield error
        error = error.__cause__ or error.__context__


def _explain_ending(reason: str | None) -> str:
    """Say what a reply lacks; a reason is an endpoint's own word, so it is not repeated."""
    if reason is None:
        return f"broke off in the middle of its reply: try again, or {_LOCAL}"
    if reason in WHOLE:
        return f"replied nothing: try again, name another model, or {_LOCAL}"
    if reason in CUT:
        return f"did not finish its reply in {MAX_REPLY_TOKENS:,} tokens: name another model, or {_LOCAL}"
    return f"did not finish its reply: try again, name another model, or {_LOCAL}"
