"""A call over a client's connection: one deadline for all its tries together, no redirect, a reply that ends."""

import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

import httpx

MAX_RETRIES = 2
MAX_REPLY_BYTES = 2_000_000
CONNECT_SHARE = 0.2  # of the deadline; a connection that is not taken is tried again
LOOK_S = 0.05
MOST_OPENED = 8  # connections of a client, of which one is asked at a time
CONNECTED = (".connect_tcp.complete", ".start_tls.complete")  # as httpcore calls it in a proxy too

T = TypeVar("T")


class LateError(Exception):
    """Report that the deadline passed."""


class TooLongError(Exception):
    """Report a reply of more than `MAX_REPLY_BYTES`, or one that could be after it is unpacked."""


class Call:
    """A call that `timeout_s` is waited for, in a thread of its own; `response` is the last one that came.

    A client's own timeout begins anew with each try and each byte, and the wait for a thread can be interrupted at any
    moment. `meanwhile` is called each `LOOK_S` of it. Where nobody waits any more the connection is closed, so that
    whoever is asked can stop too.
    """

    def __init__(self, timeout_s: float, meanwhile: Callable[[], None] = lambda: None) -> None:
        self.response: httpx.Response | None = None
        self.ends = time.monotonic() + timeout_s
        self.opened: deque[Any] = deque()
        self._meanwhile = meanwhile

    def run(self, make: Callable[[], Iterable[T]]) -> Iterator[T]:
        """Give what `make` gives, as it comes.

        Raises:
            LateError: the time is over.
        """
        pieces: SimpleQueue[T | _End] = SimpleQueue()
        threading.Thread(target=self._fill, args=(make, pieces), daemon=True).start()
        try:
            while not isinstance(piece := self._next(pieces), _End):
                yield piece
        except BaseException:
            self.ends = 0.0
            self._break_off()
            raise
        self.ends = 0.0
        if piece.error:
            raise piece.error

    def _next(self, pieces: "SimpleQueue[T | _End]") -> "T | _End":
        while True:
            left = max(0.0, self.ends - time.monotonic())
            try:
                return pieces.get(timeout=min(left, LOOK_S))
            except Empty:
                if left <= LOOK_S:
                    raise LateError from None
                self._meanwhile()

    def _break_off(self) -> None:
        """End what is being sent and read, whatever the thread of the call waits for."""
        for stream in list(self.opened):
            if isinstance(found := stream.get_extra_info("socket"), socket.socket):
                with suppress(OSError):
                    socket.socket.shutdown(found, socket.SHUT_RDWR)  # not that of TLS, which belongs to its thread

    def _fill(self, make: Callable[[], Iterable[T]], pieces: "SimpleQueue[T | _End]") -> None:
        _current.call = self
        error = None
        try:
            for piece in make():
                pieces.put(piece)
                check_time()
        except Exception as raised:  # noqa: BLE001  # raised again where it is awaited
            error = raised
        if self.response:
            self.response.close()  # for a client leaves one open that it could not read
        pieces.put(_End(error))


@dataclass(frozen=True)
class _End:
    error: Exception | None


_current = threading.local()  # the call of each thread


def client_options(timeout_s: float) -> dict[str, Any]:
    """Give the arguments for an `httpx.Client`.

    A redirect is not followed: it would carry the key and the articles to where nobody sent them. This machine is never
    asked through a proxy.
    """
    opened: deque[Any] = deque(maxlen=MOST_OPENED)

    def begin(request: httpx.Request) -> None:
        check_time()
        _current.call.opened = opened
        request.extensions["trace"] = note_connection

    def note_connection(event: str, facts: dict[str, Any]) -> None:
        if event.endswith(CONNECTED):
            opened.append(facts["return_value"])
            check_time()

    return {
        "follow_redirects": False,
        "timeout": httpx.Timeout(timeout_s, connect=timeout_s * CONNECT_SHARE),
        "headers": {"Accept-Encoding": "identity"},
        "mounts": dict.fromkeys(("all://localhost", "all://127.0.0.1", "all://[::1]")),
        "event_hooks": {"request": [begin], "response": [_bound]},
    }


def check_time() -> None:
    """Raise `LateError` in the thread of a call that nobody waits for any more, which must not begin another try."""
    if time.monotonic() > _current.call.ends:
        raise LateError


def note_response(response: httpx.Response) -> None:
    """Keep what came in reply to the call of this thread."""
    _current.call.response = response


def _bound(response: httpx.Response) -> None:
    """Have the body end when it gets too long or too late."""
    note_response(response)
    if response.headers.get("content-encoding", "identity") != "identity":
        raise TooLongError
    assert isinstance(response.stream, httpx.SyncByteStream)
    response.stream = _BoundedStream(response.stream)


class _BoundedStream(httpx.SyncByteStream):
    def __init__(self, stream: httpx.SyncByteStream) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for chunk in self._stream:
            check_time()
            size += len(chunk)
            if size > MAX_REPLY_BYTES:
                raise TooLongError
            yield chunk

    def close(self) -> None:
        self._stream.close()
