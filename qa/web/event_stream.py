"""A question's events as server-sent events (WHATWG HTML, 9.2), for as long as somebody listens."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from typing import Any

from qa.web.job import Event, Job

MEDIA_TYPE = "text/event-stream"
ALIVE_S = 15  # after which a comment is sent, so that a listener who is gone is noticed
ALIVE = b": waiting\n\n"


def encoded(name: str, data: Any) -> bytes:
    """Write an event; no text in the data can begin another one, for JSON has newlines only as escapes."""
    return f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()


async def stream(job: Job) -> AsyncIterator[bytes]:
    """Give the events of a question; whoever stops reading gives it up."""
    async with aclosing(heard(job)) as events:
        async for event in events:
            yield encoded(*event) if event else ALIVE


async def heard(job: Job) -> AsyncGenerator[Event | None]:
    """Give the events of a question, and None where nothing was told for `ALIVE_S`; whoever stops gives it up."""
    events = aiter(job)
    waiting: asyncio.Future[Any] | None = None
    try:
        while True:
            waiting = waiting or asyncio.ensure_future(anext(events))
            done, _ = await asyncio.wait([waiting], timeout=ALIVE_S)
            if not done:
                yield None
                continue
            try:
                event = waiting.result()
            except StopAsyncIteration:
                return
            waiting = None
            yield event
    finally:
        if waiting:
            waiting.cancel()
            with suppress(asyncio.CancelledError, StopAsyncIteration):
                await waiting
        job.cancel()
