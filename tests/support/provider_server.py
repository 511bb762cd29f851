"""A server on this machine that speaks a provider's protocol, well or as badly as a test has it."""

import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

from tests.support.protocols import Protocol


class Exchange:
    """A request, and what can be done with it."""

    def __init__(self, protocol: Protocol, handler: BaseHTTPRequestHandler, ended: Event) -> None:
        self.protocol = protocol
        self.path = handler.path
        self.headers = handler.headers
        self.body: dict[str, Any] = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        self._handler = handler
        self._ended = ended

    @property
    def key(self) -> str:
        """The key that came along."""
        return (self.headers[self.protocol.key_header] or "").removeprefix(self.protocol.key_before)

    def reply(self, text: str, reason: str | None = None) -> bytes:
        """Give the body of a reply, streamed if that was asked for."""
        reason = reason or self.protocol.whole
        if self.body.get("stream"):
            return b"".join(self.protocol.events([f"{word} " for word in text.split()], reason))
        return json.dumps(self.protocol.reply(text, reason)).encode()

    def send(self, body: bytes, status: int = 200, length: int | None = None, **headers: str) -> None:
        """Send a response and end the connection; `length` is what is said of its length."""
        kind = "text/event-stream" if self.body.get("stream") and status == 200 else "application/json"
        self._handler.send_response(status)
        for name, value in ({"Content_Type": kind} | headers).items():
            self._handler.send_header(name.replace("_", "-"), value)
        if length is not None:
            self._handler.send_header("Content-Length", str(length))
        self._handler.end_headers()
        self.write(body)

    def write(self, data: bytes) -> None:
        """Send some bytes now."""
        self._handler.wfile.write(data)
        self._handler.wfile.flush()

    def is_left(self, seconds: float) -> bool:
        """Wait for whoever asked to close the connection, and tell whether that came in time."""
        self._handler.connection.settimeout(seconds)
        try:
            return not self._handler.connection.recv(1)
        except TimeoutError:
            return False
        except OSError:
            return True

    def wait(self, seconds: float) -> bool:
        """Wait, and tell whether the test is over."""
        return self._ended.wait(seconds)


Behaviour = Callable[[Exchange], None]


@dataclass
class ProviderServer:
    """How it behaves, once for each in `first` and then always as `behave`, and what it was asked.

    An Ollama server tells that its model can read `context_tokens`.
    """

    protocol: Protocol
    behave: Behaviour
    first: list[Behaviour] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    address: str = ""
    context_tokens: int = 32_768

    @property
    def url(self) -> str:
        """What `llm_url` is set to."""
        return self.address + self.protocol.path

    @property
    def asked(self) -> list[dict[str, Any]]:
        """The chats that were asked for."""
        return [each.body for each in self.exchanges if each.path == self.protocol.chat_path]


@contextmanager
def serving(server: ProviderServer, tls: ssl.SSLContext | None = None) -> Iterator[ProviderServer]:
    """Serve on a port of its own."""
    ended = Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            exchange = Exchange(server.protocol, self, ended)
            server.exchanges.append(exchange)
            if exchange.path == "/api/show":
                exchange.send(json.dumps({"model_info": {"llama.context_length": server.context_tokens}}).encode())
            else:
                behave = server.first.pop(0) if server.first else server.behave
                behave(exchange)

        def handle(self) -> None:
            with suppress(OSError):  # whoever asked does not wait any more
                super().handle()

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def get_request(self) -> Any:
            connection, address = super().get_request()
            return (tls.wrap_socket(connection, server_side=True) if tls else connection), address

    with Server(("127.0.0.1", 0), Handler) as served:
        thread = Thread(target=served.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        server.address = f"{'https' if tls else 'http'}://127.0.0.1:{served.server_address[1]}"
        try:
            yield server
        finally:
            ended.set()
            served.shutdown()
            thread.join()
