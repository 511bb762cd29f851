"""A request that nobody waits for any more is broken off, so that the endpoint can stop too."""

import json
import socket
import time
from collections.abc import Callable
from queue import SimpleQueue
from threading import Event, Thread

import pytest
from llama_index.core.base.llms.types import ChatMessage, MessageRole
from pydantic import SecretStr

from index.errors import ModelError
from qa.llms.providers import endpoint_of
from qa.llms.remote import RemoteLLM, open_remote
from qa.settings import Settings
from tests.support.protocols import PROTOCOLS, Protocol
from tests.support.provider_server import Exchange, ProviderServer, serving

MESSAGES = [ChatMessage(role=MessageRole.USER, content="Who did Rubio call?")]
PATIENCE_S = 20


class LeftError(BaseException):
    """Nobody waits any more."""


def model_of(protocol: Protocol, url: str, timeout_s: float = 60) -> RemoteLLM:
    endpoint = endpoint_of(Settings(llm=f"{protocol.name}:some", llm_url=url, llm_key=SecretStr("sk-test")))
    assert endpoint
    return open_remote(endpoint, timeout_s)


def leave_when(is_asked: Callable[[], object]) -> Callable[[], None]:
    """Give what ends the wait as soon as the endpoint was asked."""

    def call() -> None:
        if is_asked():
            raise LeftError

    return call


def read_request(connection: socket.socket) -> None:
    """Read a request to the end of its body."""
    with connection.makefile("rb") as sent:
        head = list(iter(sent.readline, b"\r\n"))
        (length,) = (int(line.partition(b":")[2]) for line in head if line.lower().startswith(b"content-length:"))
        sent.read(length)


def chat(llm: RemoteLLM) -> None:
    llm.chat(MESSAGES)


def stream(llm: RemoteLLM) -> None:
    list(llm.stream_chat(MESSAGES))


def say_nothing(exchange: Exchange) -> bool:
    return exchange.is_left(PATIENCE_S)


def begin_to_reply(exchange: Exchange) -> bool:
    """Send half of a reply, whose rest never comes."""
    body = exchange.reply("Sergei Lavrov")
    exchange.send(body[: len(body) // 2], length=len(body))
    return exchange.is_left(PATIENCE_S)


@pytest.mark.parametrize("ask", [chat, stream])
@pytest.mark.parametrize("behave", [say_nothing, begin_to_reply])
@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda protocol: protocol.name)
def test_the_endpoint_notices_who_leaves(
    protocol: Protocol, behave: Callable[[Exchange], bool], ask: Callable[[RemoteLLM], None]
) -> None:
    noticed = SimpleQueue[bool]()
    with serving(ProviderServer(protocol, lambda exchange: noticed.put(behave(exchange)))) as server:
        llm = model_of(protocol, server.url)
        llm.while_waiting(leave_when(lambda: server.asked))
        began = time.monotonic()
        with pytest.raises(LeftError):
            ask(llm)
        assert time.monotonic() - began < PATIENCE_S / 2
        assert noticed.get(timeout=PATIENCE_S)
        assert len(server.asked) == 1


def test_so_it_does_when_its_time_is_over() -> None:
    noticed = SimpleQueue[bool]()
    with serving(ProviderServer(PROTOCOLS[0], lambda exchange: noticed.put(say_nothing(exchange)))) as server:
        with pytest.raises(ModelError, match="did not answer within"):
            model_of(PROTOCOLS[0], server.url, timeout_s=0.5).chat(MESSAGES)
        assert noticed.get(timeout=PATIENCE_S)


def test_a_connection_that_was_kept_open_is_closed_too_and_the_next_question_has_a_new_one() -> None:
    protocol = PROTOCOLS[0]
    reply = json.dumps(protocol.reply("Sergei Lavrov", protocol.whole)).encode()
    whole = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(reply), reply)
    noticed, asked_again = SimpleQueue[bytes](), Event()

    def serve(listening: socket.socket) -> None:
        with listening.accept()[0] as connection:
            read_request(connection)
            connection.sendall(whole)
            read_request(connection)
            asked_again.set()
            connection.settimeout(PATIENCE_S)
            noticed.put(connection.recv(1))
        with listening.accept()[0] as connection:
            read_request(connection)
            connection.sendall(whole)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = Thread(target=serve, args=(listening,))
        thread.start()
        llm = model_of(protocol, f"http://127.0.0.1:{listening.getsockname()[1]}{protocol.path}")
        assert llm.chat(MESSAGES).message.content == "Sergei Lavrov"
        llm.while_waiting(leave_when(asked_again.is_set))
        with pytest.raises(LeftError):
            llm.chat(MESSAGES)
        assert noticed.get(timeout=PATIENCE_S) == b""
        llm.while_waiting(lambda: None)
        assert llm.chat(MESSAGES).message.content == "Sergei Lavrov"
        thread.join(PATIENCE_S)
