"""A server of folders on a port of its own in this process, ended by the test that began it."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager, closing, contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

from qa.settings import Settings, load_settings
from qa.testing import ScriptedLLM
from qa.web.app import build_app
from qa.web.desk import Desk
from qa.web.server import Server, bind


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
    begun = Event()
    listening = bind("127.0.0.1", 0)
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    server = Server(build_app(desk, **options), desk.close if closes else lambda: None, begun.set, beside)
    thread = Thread(target=server.run, args=([listening],))
    thread.start()
    try:
        assert begun.wait(10), "the server does not begin"
        yield address
    finally:
        server.should_exit = True
        thread.join(10)
        assert not thread.is_alive(), "the server does not end"
