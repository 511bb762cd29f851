"""A call over a client's connection: one deadline for all its tries together, no redirect, a reply that ends.

The clients are built on httpx or on its successor httpx2, which have one interface and no class in common.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from types import ModuleType
from typing import Any, TypeVar

MAX_RETRIES = 2
MAX_REPLY_BYTES = 2_000_000
CONNECT_SHARE = 0.2  # of the deadline; a connection that is not taken is tried again

T = TypeVar("T")


class LateError(Exception):
    """Report that the deadline passed; `status` is the last one that the endpoint replied."""

    def __init__(self, status: int | None = None) -> None:
        super().__init__()
        self.status = status


class TooLongError(Exception):
    """Report a reply of more than `MAX_REPLY_BYTES`, or one that could be after it is unpacked."""


@dataclass
class _Call:
    ends: float
    status: int | None = None


_current = threading.local()  # the call of a thread: one that nobody waits for any more must not begin another try


def client_options(http: ModuleType, timeout_s: float) -> dict[str, Any]:
    """Give the arguments for a client of `http`, that is httpx or httpx2.

    A redirect is not followed: it would carry the key and the articles to where nobody sent them. This machine is never
    asked through a proxy.
    """
    return {
        "follow_redirects": False,
        "timeout": http.Timeout(timeout_s, connect=timeout_s * CONNECT_SHARE),
        "headers": {"Accept-Encoding": "identity"},
        "mounts": dict.fromkeys(("all://localhost", "all://127.0.0.1", "all://[::1]")),
        "event_hooks": {
            "request": [lambda _: check_time()],
            "response": [lambda response: _bound(response, http.SyncByteStream)],
        },
    }


def within(timeout_s: float, call: Callable[[], Iterable[T]]) -> Iterator[T]:
    """Give what a call gives, waiting `timeout_s` in all for it.

    The call runs in a thread: a client's own timeout begins anew with each try and each byte, and the wait can be
    interrupted at any moment.

    Raises:
        LateError: the time is over.
    """
    state = _Call(time.monotonic() + timeout_s)
    pieces: SimpleQueue[tuple[T | None, BaseException | None, bool]] = SimpleQueue()

    def run() -> None:
        _current.call = state
        try:
            for piece in call():
                pieces.put((piece, None, False))
                check_time()
            pieces.put((None, None, True))
        except Exception as error:  # noqa: BLE001  # raised again where it is awaited
            pieces.put((None, error, True))

    threading.Thread(target=run, daemon=True).start()
    try:
        while True:
            try:
                piece, error, is_last = pieces.get(timeout=max(0.0, state.ends - time.monotonic()))
            except Empty:
                raise LateError(state.status) from None
            if error:
                raise error
            if is_last:
                return
            yield piece  # type: ignore[misc]  # which is one, for only the last is none
    finally:
        state.ends = 0.0


def check_time() -> None:
    """Raise `LateError` in the thread of a call that nobody waits for any more."""
    call: _Call = _current.call
    if time.monotonic() > call.ends:
        raise LateError(call.status)


def note_status(status: int) -> None:
    """Keep what the endpoint replied, to be told if the deadline passes in later tries."""
    _current.call.status = status


def _bound(response: Any, stream_type: type) -> None:
    """Have the body end when it gets too long or too late."""
    note_status(response.status_code)
    if response.headers.get("content-encoding", "identity") != "identity":
        raise TooLongError
    bounded = type("BoundedStream", (_BoundedStream, stream_type), {})
    response.stream = bounded(response.stream)


class _BoundedStream:
    def __init__(self, stream: Any) -> None:
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
