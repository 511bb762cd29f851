"""Models of any endpoint that speaks OpenAI's protocol."""

from typing import Any

import openai
from llama_index.core.llms import LLM
from llama_index.llms.openai_like import OpenAILike

from index.errors import UsageError
from qa.llms.connection import MAX_RETRIES, client_options
from qa.llms.providers import Endpoint
from qa.llms.remote import MAX_REPLY_TOKENS, Ending


def open_llm(endpoint: Endpoint, timeout_s: float) -> LLM:
    """Open the model; its key is in the client alone, for LlamaIndex shows its own fields.

    Raises:
        UsageError: the model does not chat.
    """
    client = openai.OpenAI(
        api_key=endpoint.key.get_secret_value() if endpoint.key else "none",
        base_url=endpoint.url,
        max_retries=MAX_RETRIES,
        http_client=openai.DefaultHttpxClient(**client_options(timeout_s)),
    )
    try:
        return OpenAILike(
            model=endpoint.model,
            api_base=endpoint.url,
            api_key="in the client",
            openai_client=client,
            is_chat_model=True,
            temperature=0.0,
            max_tokens=MAX_REPLY_TOKENS,
            additional_kwargs={"stream_options": {"include_usage": True}},  # sent only where a reply is streamed
            max_retries=0,  # for the client's would be multiplied by them
        )
    except ValueError as error:
        raise UsageError(f"{endpoint.model} does not chat: name another model with --llm openai:NAME") from error


def ending(raw: Any) -> Ending:
    """Read a completion, or a chunk of one."""
    reason = raw.choices[0].finish_reason if raw.choices else None
    return Ending(reason, raw.usage.prompt_tokens if raw.usage else None)
