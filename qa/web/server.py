"""The process that serves an application: its socket, connections that come to nothing, and a quick end."""

import asyncio
import ipaddress
import socket
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from types import FrameType

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from index.errors import UsageError
from qa.web.security import MAX_HEAD_BYTES

HEAD_S = 10.0  # that a connection may take to say what it wants
IDLE_S = 15
STALLED_S = 60.0  # that a reader may leave what was sent unread, once that fills the connection
DRAIN_S = 0.2
TICK_S, LOOK_S = 0.1, 0.01
MAX_CONNECTIONS = 256
EVERY_ADDRESS = ("0.0.0.0", "::")


class Connection(H11Protocol):
    """A connection that ends where a request's head dribbles in too slowly, or a response is not read."""

    _closing: asyncio.TimerHandle | None = None
    _aborting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Read on."""
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._wait_no_longer()
        elif self._closing is None:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._wait_no_longer()
        self._read_again()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Wait for the reader, for a while."""
        super().pause_writing()
        self._aborting = self.loop.call_later(STALLED_S, self.transport.abort)

    def resume_writing(self) -> None:
        """Write on, for what was sent is being read."""
        self._read_again()
        super().resume_writing()

    def _wait(self) -> None:
        self._closing = self.loop.call_later(HEAD_S, self.transport.close)

    def _read_again(self) -> None:
        if self._aborting:
            self._aborting.cancel()
            self._aborting = None

    def _wait_no_longer(self) -> None:
        if self._closing:
            self._closing.cancel()
            self._closing = None


class Server(uvicorn.Server):
    """Serves until Ctrl-C or SIGTERM."""

    def __init__(
        self,
        app: ASGIApp,
        end: Callable[[], object],
        begun: Callable[[], None] = lambda: None,
        beside: AbstractAsyncContextManager[None] | None = None,
    ) -> None:
        """Serve `app`; `begun` is called once it can be reached, `end` before the connections end.

        What `end` ends is what is streamed, so that each stream ends by itself. `beside` is what goes on meanwhile.
        """
        config = uvicorn.Config(
            app,
            http=Connection,
            ws="none",
            loop="asyncio",
            lifespan="on",
            log_config=None,
            log_level="error",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=IDLE_S,
            limit_concurrency=MAX_CONNECTIONS,
            h11_max_incomplete_event_size=MAX_HEAD_BYTES,
        )
        super().__init__(config)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._signalled = asyncio.Event()
        self._end = end
        self._begun = begun
        self._beside = beside or nullcontext()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve."""
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        await self._beside.__aenter__()
        self._begun()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End what is streamed, then the connections; a signal that asked for it has had its effect by that.

        It looks more often than uvicorn does, and ends what is not read instead of waiting for it.
        """
        for listening in (*self.servers, *(sockets or ())):
            listening.close()
        await asyncio.to_thread(self._end)
        await self._beside.__aexit__(None, None, None)
        connections = self.server_state.connections
        for each in list(connections):
            each.shutdown()
        latest = time.monotonic() + DRAIN_S
        while connections and time.monotonic() < latest:
            await asyncio.sleep(LOOK_S)
        for each in list(connections):
            each.transport.abort()
        for task in self.server_state.tasks:
            task.cancel()
        await self.lifespan.shutdown()
        self._captured_signals.clear()

    async def main_loop(self) -> None:
        """Serve until it is enough."""
        counter = 0
        while not await self.on_tick(counter):
            counter += 1
            with suppress(TimeoutError):
                await asyncio.wait_for(self._signalled.wait(), TICK_S)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Hear a signal, without waiting for the next tick."""
        super().handle_exit(sig, frame)
        if self._loop:
            self._loop.call_soon_threadsafe(self._signalled.set)


def bind(host: str, port: int) -> socket.socket:
    """Give a socket that listens on a port of this machine; port 0 is any that is free.

    Raises:
        UsageError: the port is taken, or this machine has no such address.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)  # asyncio sends at once only where the protocol is named
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
            listening.listen()
        except OSError:
            listening.close()
            raise
        return listening
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"{host} port {port} cannot be served on ({reason}): name another with --port") from None


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach a host.

    Raises:
        UsageError: there is no such host.
    """
    try:
        found = {info[4][0] for info in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        raise UsageError(
            f"There is no host {host} here: leave out --host, or name an address of this machine"
        ) from None
    return all(ipaddress.ip_address(str(each).partition("%")[0]).is_loopback for each in found)


def names_of(host: str) -> tuple[str, ...]:
    """Give the names, as they stand in an address, that a server may be called by that listens on `host`."""
    if host not in EVERY_ADDRESS:
        return (in_url(host),)
    name = socket.gethostname()
    with suppress(OSError):
        return (name.lower(), *sorted({in_url(str(info[4][0])) for info in socket.getaddrinfo(name, None)}))
    return (name.lower(),)


def in_url(host: str) -> str:
    """Write a host as it stands in an address: IPv6 in brackets."""
    return f"[{host.lower()}]" if ":" in host else host.lower()
