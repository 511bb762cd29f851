"""A language model behind any endpoint that speaks OpenAI's protocol, by LlamaIndex's own integration."""

import os
import threading
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

from llama_index.core.base.llms.types import ChatMessage, ChatResponse

from index.errors import ModelError, UsageError
from qa.settings import REMOTE, Settings

try:
    import openai
    from llama_index.llms.openai_like import OpenAILike
except ImportError as error:
    raise UsageError('Models of an endpoint need an extra: run `pip install "article-qa[openai]"`') from error

OPENAI_URL = "https://api.openai.com/v1"
THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
DEADLINE_S = 60.0
MAX_REPLY_TOKENS = 64


class RemoteLLM(OpenAILike):
    """A chat model of an endpoint: greedy, asked once.

    Log-probabilities are not asked for: what they say of an answer was fitted to the embedded model, and by them the
    judge would overrule a model that knows better.
    """

    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """Answer the messages within `DEADLINE_S`; `raw` is the reply as a dictionary, its `usage` included.

        Raises:
            ModelError: the endpoint does not answer in time, refuses the key or has no such model.
        """
        try:
            response = _in_time(lambda: super(RemoteLLM, self).chat(messages, **kwargs))
        except (openai.OpenAIError, TimeoutError) as error:
            raise ModelError(self._explain(error)) from error
        response.logprobs = None  # which some send unasked
        response.raw = response.raw.model_dump() if response.raw else None
        return response

    def _explain(self, error: Exception) -> str:
        """Say what failed and what to do; what an endpoint says of a key may hold the key, so it is not repeated."""
        if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
            return f"{self.api_base} refuses the key: set QA_LLM_KEY to one that it knows"
        if isinstance(error, openai.NotFoundError):
            return f"{self.api_base} has no model {self.model}: name another with --llm {REMOTE}NAME, or mend llm_url"
        if isinstance(error, openai.APITimeoutError | TimeoutError):
            return f"{self.api_base} did not answer within {DEADLINE_S:.0f} s: try again, or use --llm local"
        if isinstance(error, openai.APIConnectionError):
            return f"{self.api_base} cannot be reached: start it, mend llm_url, or use --llm local"
        status = getattr(error, "status_code", None)
        return f"{self.api_base} failed ({status or type(error).__name__}): try again, or use --llm local"


def open_remote(settings: Settings) -> RemoteLLM:
    """Open the model that `llm` names, at `llm_url` or at OpenAI's own endpoint; nothing is sent yet.

    Raises:
        UsageError: the setting names no model, or offline forbids to ask it.
        ModelError: there is no key for OpenAI's endpoint.
    """
    name, url = settings.llm.removeprefix(REMOTE), settings.llm_url or OPENAI_URL
    if not name:
        raise UsageError(f"Which model of {url}? Name it, as in --llm {REMOTE}gpt-4o-mini")
    if settings.offline and urlsplit(url).hostname not in THIS_MACHINE:
        raise UsageError(f"Offline, {url} may not be asked: leave out --offline, or use --llm local")
    key = settings.llm_key.get_secret_value() if settings.llm_key else os.environ.get("OPENAI_API_KEY")
    if not key and url == OPENAI_URL:
        raise ModelError(f"{url} needs a key: set QA_LLM_KEY or OPENAI_API_KEY")
    return RemoteLLM(
        model=name,
        api_base=url,
        api_key=key or "none",
        is_chat_model=True,
        temperature=0.0,
        max_tokens=MAX_REPLY_TOKENS,
        max_retries=0,
        timeout=DEADLINE_S,
    )


def _in_time(call: Callable[[], ChatResponse]) -> ChatResponse:
    """Call in a thread and wait for `DEADLINE_S` in all; the client's own timeout begins anew with every byte."""
    outcome: list[ChatResponse | Exception] = []

    def run() -> None:
        try:
            outcome.append(call())
        except Exception as error:  # noqa: BLE001  # raised again where it is awaited
            outcome.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(DEADLINE_S)
    if not outcome:
        raise TimeoutError
    if isinstance(outcome[0], Exception):
        raise outcome[0]
    return outcome[0]
