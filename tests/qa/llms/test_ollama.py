"""Ollama is asked only what its model surely reads whole, for it drops the rest in silence."""

from collections.abc import Iterator

import pytest
from llama_index.core.base.llms.types import ChatMessage

from index.errors import ModelError
from qa.llms.ollama import CONTEXT_TOKENS, TEMPLATE_TOKENS
from qa.llms.providers import endpoint_of
from qa.llms.remote import MAX_REPLY_TOKENS, RemoteLLM, open_remote
from qa.settings import Settings
from tests.support.faults import ANSWER
from tests.support.protocols import PROTOCOLS
from tests.support.provider_server import ProviderServer, serving


@pytest.fixture
def server() -> Iterator[ProviderServer]:
    (protocol,) = (each for each in PROTOCOLS if each.name == "ollama")
    with serving(ProviderServer(protocol, lambda exchange: exchange.send(exchange.reply(ANSWER)))) as server:
        yield server


def open_llm(server: ProviderServer) -> RemoteLLM:
    endpoint = endpoint_of(Settings(llm="ollama:qwen3:4b", llm_url=server.url))
    assert endpoint
    return open_remote(endpoint, 60.0)


def test_the_context_is_set_and_the_model_asked_once_for_its_own(server: ProviderServer) -> None:
    llm = open_llm(server)
    for _ in range(2):
        assert llm.chat([ChatMessage(content="Who?")]).message.content == ANSWER
    assert [request["options"]["num_ctx"] for request in server.asked] == [CONTEXT_TOKENS] * 2
    assert {request["model"] for request in server.asked} == {"qwen3:4b"}
    assert [each.path for each in server.exchanges].count("/api/show") == 1


def test_a_model_that_reads_less_is_given_what_it_reads(server: ProviderServer) -> None:
    server.context_tokens = 4096
    open_llm(server).chat([ChatMessage(content="Who?")])
    assert [request["options"]["num_ctx"] for request in server.asked] == [4096]


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("context_tokens", [2048, 1_000_000])
def test_a_prompt_that_might_not_fit_is_refused_before_it_is_sent(
    server: ProviderServer, context_tokens: int, streamed: bool
) -> None:
    server.context_tokens = context_tokens
    room = min(context_tokens, CONTEXT_TOKENS) - MAX_REPLY_TOKENS
    ask = (lambda messages: list(llm.stream_chat(messages))) if streamed else (lambda messages: [llm.chat(messages)])
    llm = open_llm(server)
    assert ask([ChatMessage(content="é" * ((room - TEMPLATE_TOKENS) // 2))])
    with pytest.raises(ModelError, match="is given to read"):
        ask([ChatMessage(content="é" * ((room - TEMPLATE_TOKENS) // 2 + 1))])
    assert len(server.asked) == 1
