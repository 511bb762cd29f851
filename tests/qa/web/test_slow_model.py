"""A model behind an endpoint that takes its time: whoever leaves, or the end of the desk, breaks the request off."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from queue import SimpleQueue
from urllib.parse import quote

import httpx
import pytest

from qa.settings import load_settings
from qa.web.desk import Desk, Request
from qa.web.problems import EndingError
from tests.qa.web.conftest import ANSWERED, REPLY
from tests.qa.web.test_many_clients import send_question
from tests.support.protocols import PROTOCOLS
from tests.support.provider_server import Exchange, ProviderServer
from tests.support.provider_server import serving as serving_provider
from tests.support.web import serving

PATIENCE_S = 30


class SlowServer:
    """An endpoint that replies to nobody before it is let, and what it noticed of those who did not wait."""

    def __init__(self) -> None:
        self.asked, self.left = SimpleQueue[bool](), SimpleQueue[bool]()
        self.is_slow = True

    def behave(self, exchange: Exchange) -> None:
        self.asked.put(True)
        if self.is_slow:
            self.left.put(exchange.is_left(PATIENCE_S))
        else:
            exchange.send(exchange.reply(REPLY))


@pytest.fixture
def slow() -> SlowServer:
    return SlowServer()


@pytest.fixture
def desk(slow: SlowServer, seeds: Path, own_seed_index: Path) -> Iterator[Desk]:
    with serving_provider(ProviderServer(PROTOCOLS[0], slow.behave)) as server:
        own = {"llm": "openai:some", "llm_url": server.url, "llm_key": "sk"}
        with closing(Desk([load_settings(articles=seeds, index=own_seed_index, **own)])) as desk:
            yield desk


def leave_a_stream(address: str, slow: SlowServer) -> None:
    with send_question(address):
        slow.asked.get(timeout=PATIENCE_S)


def leave_an_answer(address: str, slow: SlowServer) -> None:
    with send_question(address, "application/json"):
        slow.asked.get(timeout=PATIENCE_S)


def leave_a_page(address: str, slow: SlowServer) -> None:
    with httpx.stream("GET", f"{address}/?q={quote(ANSWERED)}", timeout=PATIENCE_S):
        slow.asked.get(timeout=PATIENCE_S)


@pytest.mark.parametrize("leave", [leave_a_stream, leave_an_answer, leave_a_page])
def test_who_leaves_has_the_request_broken_off_and_the_next_question_is_answered(
    desk: Desk, slow: SlowServer, leave: Callable[[str, SlowServer], None]
) -> None:
    with serving(desk, closes=False) as address:
        leave(address, slow)
        assert slow.left.get(timeout=PATIENCE_S)
        slow.is_slow = False
        answer = httpx.post(f"{address}/api/ask", json={"question": ANSWERED}, timeout=PATIENCE_S).json()
        assert answer["short_answer"] == "Sergei Lavrov"
        assert desk.waiting == 0


def test_the_end_of_the_desk_breaks_it_off_so_that_all_work_ends(desk: Desk, slow: SlowServer) -> None:
    async def ask() -> None:
        jobs = [desk.ask(Request(ANSWERED)) for _ in range(3)]
        await asyncio.to_thread(slow.asked.get, timeout=PATIENCE_S)
        latest = time.monotonic() + PATIENCE_S
        while not desk.close():
            assert time.monotonic() < latest
        for job in jobs:
            with pytest.raises(EndingError):
                await job.answer()

    asyncio.run(ask())
    assert slow.left.get(timeout=PATIENCE_S)
