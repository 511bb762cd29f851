"""All that can be wrong with an endpoint, each with what is said of it: the table of the tests of providers."""

import gzip
import json
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import trustme

from tests.support.protocols import Protocol
from tests.support.provider_server import Behaviour, Exchange, ProviderServer, serving

ANSWER = "Sergei Lavrov [2]"
PATIENT_S = 60.0
HASTY_S = 1.0
TEN_MEGABYTES = 10_000_000

Place = Callable[[ProviderServer, ExitStack], str]


@dataclass(frozen=True)
class Fault:
    """How the server behaves, or at which URL there is none, and a part of what is said of it."""

    name: str
    told: str
    behave: Behaviour = lambda exchange: exchange.send(exchange.reply(ANSWER))
    url: Place = lambda server, _: server.url
    timeout_s: float = PATIENT_S

    def __str__(self) -> str:
        return self.name


# Where nobody answers


def closed_port(server: ProviderServer, _: ExitStack) -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}{server.protocol.path}"


def full_backlog(server: ProviderServer, stack: ExitStack) -> str:
    """Listen, but take no connection, with as many waiting as may."""
    listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
    for _ in range(3):
        waiting = stack.enter_context(socket.socket())
        waiting.setblocking(False)
        waiting.connect_ex(listener.getsockname())
    return f"http://127.0.0.1:{listener.getsockname()[1]}{server.protocol.path}"


def no_tls(server: ProviderServer, _: ExitStack) -> str:
    return server.url.replace("http:", "https:")


def untrusted_certificate(server: ProviderServer, stack: ExitStack) -> str:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    return stack.enter_context(serving(ProviderServer(server.protocol, server.behave), context)).url


# What comes too late, or breaks off


def slow_first_byte(exchange: Exchange) -> None:
    exchange.wait(30)


def stall(exchange: Exchange) -> None:
    body = exchange.reply(ANSWER)
    exchange.send(body[: len(body) // 2], length=None if exchange.body.get("stream") else len(body))
    exchange.wait(30)


def drip(exchange: Exchange) -> None:
    """Send a byte now and then, each in time for whoever waits for the next one only."""
    exchange.send(b"")
    while not exchange.wait(0.1):
        exchange.write(b" ")


def cut(exchange: Exchange) -> None:
    body = exchange.reply(ANSWER)
    exchange.send(body[: len(body) // 2], length=len(body))


def cut_cleanly(exchange: Exchange) -> None:
    """End in the middle of the answer as if that were all; a stream ends between two of its pieces."""
    if exchange.body.get("stream"):
        exchange.send(b"".join(exchange.protocol.events(["Sergei "], exchange.protocol.whole)[:-2]))
    else:
        exchange.send(exchange.reply(ANSWER)[:-20])


def hang_up(_: Exchange) -> None:
    pass


# What is refused


def refuse(status: int, **headers: str) -> Behaviour:
    """Reply a status, in words that repeat the key."""

    def behave(exchange: Exchange) -> None:
        exchange.send(json.dumps(exchange.protocol.error(f"no, says {exchange.key}")).encode(), status, **headers)

    return behave


def html(exchange: Exchange) -> None:
    page = f"<html><body><h1>502 Bad Gateway</h1>\x1b[31m{exchange.key}</body></html>"
    exchange.send(page.encode(), 502, Content_Type="text/html")


def overflow(exchange: Exchange) -> None:
    exchange.send(json.dumps(exchange.protocol.error(exchange.protocol.overflow)).encode(), 400)


# What is no reply


def body(content: bytes, **headers: str) -> Behaviour:
    return lambda exchange: exchange.send(content, **headers)


def wrong_schema(exchange: Exchange) -> None:
    content = json.dumps({"id": 7, "choices": "none", "message": ["no"], "content": None, "delta": 3}).encode()
    exchange.send(b"data: " + content + b"\n\n" if _is_event_stream(exchange) else content + b"\n")


def error_inside(exchange: Exchange) -> None:
    """Say 200, and then that it failed."""
    content = json.dumps(exchange.protocol.error(f"no, says {exchange.key}")).encode()
    exchange.send(b"event: error\ndata: " + content + b"\n\n" if _is_event_stream(exchange) else content + b"\n")


def empty_reply(exchange: Exchange) -> None:
    exchange.send(exchange.reply(""))


def ten_megabytes(exchange: Exchange) -> None:
    exchange.send(exchange.reply(" ".join(["x" * (TEN_MEGABYTES // 20)] * 20)))


def packed(exchange: Exchange) -> None:
    exchange.send(gzip.compress(exchange.reply("x" * TEN_MEGABYTES)), Content_Encoding="gzip")


def stop_for(reason: Callable[[Protocol], str]) -> Behaviour:
    return lambda exchange: exchange.send(exchange.reply(ANSWER, reason(exchange.protocol)))


def _is_event_stream(exchange: Exchange) -> bool:
    return bool(exchange.body.get("stream")) and exchange.protocol.name != "ollama"


ELSEWHERE = "http://localhost:9/elsewhere"  # replaced by the address of another server where one listens

FAULTS = (
    Fault("connection refused", "cannot be reached: start it", url=closed_port),
    Fault("connection never taken", "(takes no connection|did not answer within)", url=full_backlog, timeout_s=4.0),
    Fault("name unknown", "nobody knows its name", url=lambda server, _: f"http://no.invalid{server.protocol.path}"),
    Fault("no TLS", "cannot be reached safely", url=no_tls),
    Fault("certificate untrusted", "cannot be reached safely", url=untrusted_certificate),
    Fault("slow first byte", "did not answer within 1 s", slow_first_byte, timeout_s=HASTY_S),
    Fault("stall in the middle", "did not answer within 1 s", stall, timeout_s=HASTY_S),
    Fault("drip", "did not answer within 1 s", drip, timeout_s=HASTY_S),
    Fault("cut", "broke off", cut),
    Fault("cut cleanly", "(broke off|does not reply as)", cut_cleanly),
    Fault("hangs up", "broke off", hang_up),
    Fault("key unknown", "refuses the key .401.: set QA_LLM_KEY", refuse(401)),
    Fault("key not allowed", "refuses the key .403.: set QA_LLM_KEY", refuse(403)),
    Fault("model unknown", "has no model some-model", refuse(404)),
    Fault("too often", "asked too often.*429", refuse(429, Retry_After="1")),
    Fault("too often for long", "429.* did not answer within 1 s", refuse(429, Retry_After="30"), timeout_s=HASTY_S),
    Fault("failed", r"failed \(500\)", refuse(500)),
    Fault("HTML of a gateway", r"failed \(502\)", html),
    Fault("overloaded", r"failed \(503\)", refuse(503)),
    Fault("JSON malformed", "(broke off|does not reply as)", body(b'data: {"choices": [{"me')),
    Fault("no JSON", "(broke off|does not reply as)", body(b"hello there", Content_Type="text/plain")),
    Fault("nothing at all", "(broke off|does not reply as)", body(b"")),
    Fault("schema wrong", "(broke off|does not reply as)", wrong_schema),
    Fault("error inside", "(broke off|does not reply as|failed)", error_inside),
    Fault("reply empty", "replied nothing", empty_reply),
    Fault("10 MB", "replied more than 2 MB", ten_megabytes),
    Fault("10 MB packed", "replied more than 2 MB", packed),
    Fault("prompt too long", "reads less than the prompt", overflow),
    Fault("redirect", "sends on to another address .307.", refuse(307, Location=ELSEWHERE)),
    Fault("stopped for length", "did not finish its reply", stop_for(lambda protocol: protocol.cut)),
    Fault("withheld", "did not finish its reply", stop_for(lambda protocol: protocol.withheld)),
)


@contextmanager
def broken(server: ProviderServer, fault: Fault) -> Iterator[str]:
    """Have the server show a fault, and give the URL where it does."""
    healthy, server.behave = server.behave, fault.behave
    with ExitStack() as stack:
        yield fault.url(server, stack)
    server.behave = healthy
