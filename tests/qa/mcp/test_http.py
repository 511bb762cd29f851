"""At `/mcp` an assistant reaches the same server over HTTP, behind the same guard, and leaves no state there."""

import asyncio
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from qa.mcp.server import PATH, build_mcp
from qa.web.app import build_app
from qa.web.desk import Desk
from tests.qa.mcp.test_listing import listing
from tests.qa.web.conftest import ANSWERED, REPLY
from tests.support.assistant import PATIENCE_S, call, links_of, object_of, read, talk, text_of
from tests.support.gated_llm import GatedLLM
from tests.support.web import serving, settings_of

TOKEN = "a-token-of-many-characters"
TOOLS: dict[str, Any] = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
ACCEPT = {"Accept": "application/json, text/event-stream"}


@pytest.fixture(scope="module")
def address(desk: Desk) -> Iterator[str]:
    with serving(desk, closes=False) as address:
        yield address + PATH


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_an_answer_and_its_links_are_those_of_memory(address: str, desk: Desk, mode: str) -> None:
    async def ask(client: Client) -> Any:
        return await client.call_tool("ask", {"question": ANSWERED})

    result, same = talk(address, ask, mode=mode), call(build_mcp(desk), "ask", question=ANSWERED)
    untimed = {"timings_ms": {}, "cached": False}
    assert object_of(result) | untimed == object_of(same) | untimed
    assert result.content == same.content
    assert [read(address, link.uri) for link in links_of(result)] == [
        each["quote"] for each in object_of(result)["citations"]
    ]


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_progress_and_errors_come_over_the_wire(address: str, mode: str) -> None:
    heard: list[str | None] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        heard.append(message)

    async def ask(client: Client) -> list[Any]:
        return [
            await client.call_tool("ask", {"question": ANSWERED}, progress_callback=hear),
            await client.call_tool("ask", {"question": "?!"}),
            await client.list_tools(),
        ]

    answered, refused, listed = talk(address, ask, mode=mode)
    assert heard == ["Reading 2 sentences"]
    assert (answered.is_error, refused.is_error) == (False, True)
    assert "The question is empty" in text_of(refused)
    tools = [each.model_dump(mode="json", by_alias=True, exclude_none=True) for each in listed.tools]
    assert tools == listing()["tools"]


def test_many_assistants_are_served_at_once(address: str) -> None:
    async def ask() -> Any:
        async with Client(address) as client:
            return await client.call_tool("ask", {"question": ANSWERED})

    async def ask_all() -> list[Any]:
        return await asyncio.gather(*(ask() for _ in range(5)))

    assert {object_of(result)["short_answer"] for result in asyncio.run(ask_all())} == {"Sergei Lavrov"}


async def ask_and_wait(address: str) -> None:
    async with Client(address) as client:
        await client.call_tool("ask", {"question": ANSWERED})


async def ask_and_wait_as_of_old(address: str) -> None:
    """Ask as a client of before 2026 does, whose one way to give up is to close the connection."""
    asked = {"name": "ask", "arguments": {"question": ANSWERED}}
    request = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": asked}
    async with httpx.AsyncClient(timeout=None) as client:
        await client.post(address, json=request, headers=ACCEPT | {"MCP-Protocol-Version": "2025-06-18"})


@pytest.mark.parametrize("ask", [ask_and_wait, ask_and_wait_as_of_old])
def test_who_leaves_frees_the_place_of_the_question(
    seeds: Path, own_seed_index: Path, ask: Callable[[str], Coroutine[Any, Any, None]]
) -> None:
    model = GatedLLM(replies=[REPLY] * 2)

    async def leave(address: str) -> None:
        async with asyncio.timeout(PATIENCE_S), Client(address) as staying:
            first = asyncio.ensure_future(staying.call_tool("ask", {"question": ANSWERED}))
            await model.await_question()
            second = asyncio.ensure_future(ask(address))
            while desk.waiting != 2:
                await asyncio.sleep(0.01)
            second.cancel()
            while desk.waiting != 1:
                await asyncio.sleep(0.01)
            model.let()
            assert object_of(await first)["short_answer"] == "Sergei Lavrov"

    with closing(Desk([settings_of(seeds, own_seed_index)], model)) as desk, serving(desk) as address:
        asyncio.run(leave(address + PATH))


def test_no_state_of_a_client_is_kept(address: str) -> None:
    begin = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"},
        },
    }
    response = httpx.post(address, json=begin, headers=ACCEPT)
    assert response.status_code == 200
    assert "mcp-session-id" not in response.headers
    assert httpx.get(address, headers=ACCEPT).status_code == 405
    assert httpx.delete(address).status_code == 405


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Origin": "https://evil.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Content-Type": "text/plain"}, 400),
    ],
)
def test_another_site_and_another_name_are_kept_out(address: str, headers: dict[str, str], status: int) -> None:
    assert httpx.post(address, json=TOOLS, headers=ACCEPT | headers).status_code == status


def test_a_body_that_is_too_large_is_refused(address: str) -> None:
    headers = ACCEPT | {"Content-Type": "application/json"}
    assert httpx.post(address, content=b" " * 300_000, headers=headers).status_code == 413


def test_the_token_lets_an_assistant_in(desk: Desk) -> None:
    async def list_tools(address: str, token: str) -> int:
        async with (
            httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}) as http,
            Client(streamable_http_client(address, http_client=http)) as client,
        ):
            return len((await client.list_tools()).tools)

    with serving(desk, closes=False, token=TOKEN) as address:
        assert asyncio.run(list_tools(address + PATH, TOKEN)) == 5
        refused = httpx.post(address + PATH, json=TOOLS, headers=ACCEPT)
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")


def test_without_the_library_all_else_is_served(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mcp", None)
    paths = {getattr(route, "path", "") for route in build_app(desk).routes}
    assert PATH not in paths
    monkeypatch.undo()
    assert PATH in {getattr(route, "path", "") for route in build_app(desk).routes}
