"""A server of folders on a port of its own in this process, ended by the test that began it."""

import asyncio
import http.client
from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager, closing, contextmanager
from pathlib import Path
from socket import socket
from threading import Event, Thread
from typing import Any
from urllib.parse import urlsplit

from qa.settings import Settings, load_settings
from qa.testing import ScriptedLLM
from qa.web.app import build_app
from qa.web.desk import Desk
from qa.web.server import Server, bind

PATIENCE_S = 30


def settings_of(folder: Path, index: Path) -> Settings:
    """Give the settings of a folder whose index lies at a place of the test's."""
    return load_settings(articles=folder, index=index)


@contextmanager
def desk_of(settings: Sequence[Settings], replies: Sequence[str] = ()) -> Iterator[Desk]:
    """Open a desk whose model gives these replies, and wait until all is taken in."""
    with closing(Desk(settings, ScriptedLLM(replies=list(replies)))) as desk:

        async def take_in() -> None:
            for name in desk.folders:
                await desk.sync(name)

        asyncio.run(take_in())
        yield desk


@contextmanager
def serving(
    desk: Desk, closes: bool = True, beside: AbstractAsyncContextManager[None] | None = None, **options: Any
) -> Iterator[str]:
    """Serve a desk as `qa serve` does, but for the signals, and give the address without a slash behind it.

    The end of the server is that of the desk, unless another one is to be over it.
    """
    listening = bind("127.0.0.1", 0)
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    begun = Event()
    server = Server(build_app(desk, **options), desk.close if closes else lambda: None, begun.set, beside)
    with running(server, listening, begun):
        yield address


@contextmanager
def running(server: Server, listening: socket, begun: Event) -> Iterator[None]:
    """Run a server, wait until it says that it can be reached, and end it."""
    thread = Thread(target=server.run, args=([listening],))
    thread.start()
    try:
        assert begun.wait(PATIENCE_S), "the server does not begin"
        yield
    finally:
        server.should_exit = True
        thread.join(PATIENCE_S)
        assert not thread.is_alive(), "the server does not end"


def status_of(address: str, method: str, path: str, headers: dict[str, str], body: str | None = None) -> int:
    """Send a request exactly as it is given, and give the status of the response."""
    place = urlsplit(address)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=20)
    connection.putrequest(method, path, skip_host="Host" in headers)
    for name, value in headers.items():
        connection.putheader(name, value)
    if body is not None:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body.encode() if body is not None else None)
    status = connection.getresponse().status
    connection.close()
    return status
