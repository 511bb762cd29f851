"""Models of any endpoint that speaks Anthropic's protocol."""

from typing import Any

import anthropic
from llama_index.core.base.llms.types import LLMMetadata
from llama_index.core.llms import LLM
from llama_index.llms.anthropic import Anthropic

from qa.llms.connection import MAX_RETRIES, client_options
from qa.llms.providers import Endpoint
from qa.llms.remote import MAX_REPLY_TOKENS, Ending


class AnyAnthropic(Anthropic):
    """A model of any name, by the client that is given."""

    def __init__(self, client: anthropic.Anthropic, **fields: Any) -> None:
        """Talk by `client`: the integration takes none, and its own follows redirects with the key."""
        super().__init__(api_key="in the client", **fields)
        self._client = client

    @property
    def metadata(self) -> LLMMetadata:
        """Name the model; the integration refuses those that are newer than itself."""
        return LLMMetadata(model_name=self.model, num_output=self.max_tokens, is_chat_model=True)


def open_llm(endpoint: Endpoint, timeout_s: float) -> LLM:
    """Open the model."""
    client = anthropic.Anthropic(
        api_key=endpoint.key.get_secret_value() if endpoint.key else "none",
        base_url=endpoint.url,
        max_retries=MAX_RETRIES,
        http_client=anthropic.DefaultHttpxClient(**client_options(timeout_s)),
    )
    return AnyAnthropic(client, model=endpoint.model, temperature=0.0, max_tokens=MAX_REPLY_TOKENS)


def ending(raw: Any) -> Ending:
    """Read the fields of a message, or of an event of one."""
    reason = raw.get("stop_reason") or getattr(raw.get("delta"), "stop_reason", None)
    return Ending(reason, getattr(raw.get("usage"), "input_tokens", None))
