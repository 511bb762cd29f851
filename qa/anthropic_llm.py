"""Models of any endpoint that speaks Anthropic's protocol."""

from typing import Any

import anthropic
import httpx2
from llama_index.core.llms import LLM
from llama_index.llms.anthropic import Anthropic

from qa.connection import MAX_RETRIES, client_options
from qa.providers import Endpoint
from qa.remote_llm import MAX_REPLY_TOKENS, Ending


def open_llm(endpoint: Endpoint, timeout_s: float) -> LLM:
    """Open the model."""
    llm = Anthropic(
        model=endpoint.model,
        base_url=endpoint.url,
        api_key="in the client",
        temperature=0.0,
        max_tokens=MAX_REPLY_TOKENS,
    )
    llm._client = anthropic.Anthropic(  # the integration takes none, and its own follows redirects with the key
        api_key=endpoint.key.get_secret_value() if endpoint.key else "none",
        base_url=endpoint.url,
        max_retries=MAX_RETRIES,
        http_client=anthropic.DefaultHttpxClient(**client_options(httpx2, timeout_s)),
    )
    return llm


def ending(raw: Any) -> Ending:
    """Read the fields of a message, or of an event of one."""
    reason = raw.get("stop_reason") or getattr(raw.get("delta"), "stop_reason", None)
    return Ending(reason, getattr(raw.get("usage"), "input_tokens", None))
