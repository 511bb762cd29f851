"""Fifty ask at once: none is lost, and whoever leaves, stalls or crashes holds up nobody."""

import asyncio
import json
import socket
import time
from threading import Event
from urllib.parse import urlsplit

import httpx
import pytest

from qa.testing import ScriptedLLM
from qa.web import server as server_module
from qa.web.app import OPENAPI, build_app
from qa.web.desk import Desk
from qa.web.server import Server, bind
from tests.qa.web.conftest import ANSWERED
from tests.qa.web.test_api import STREAM
from tests.support.web import running

CLIENTS = 50
PATIENCE_S = 120
ASKED = {"question": ANSWERED}
QUICK = {"question": "How many articles are there?"}  # which asks no model


def send_question(address: str, accept: str = STREAM["Accept"]) -> socket.socket:
    """Ask a question and read nothing."""
    place = urlsplit(address)
    connection = socket.create_connection((place.hostname, place.port or 0), timeout=PATIENCE_S)
    body = json.dumps(ASKED)
    connection.sendall(
        f"POST /api/ask HTTP/1.1\r\nHost: localhost\r\nAccept: {accept}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
    )
    return connection


def wait_until_nobody_waits(desk: Desk) -> None:
    latest = time.monotonic() + PATIENCE_S
    while desk.waiting:
        assert time.monotonic() < latest
        time.sleep(0.02)


def test_each_of_fifty_is_told_its_position_as_it_falls_and_then_the_answer(address: str, desk: Desk) -> None:
    async def ask(client: httpx.AsyncClient) -> tuple[list[int], str]:
        positions, last, name = [], "", ""
        async with client.stream("POST", "/api/ask", json=QUICK, headers=STREAM) as response:
            async for line in response.aiter_lines():
                field, _, value = line.partition(": ")
                if field == "event":
                    name = value
                elif name == "queued" and field == "data":
                    positions.append(json.loads(value)["position"])
                elif name == "answer" and field == "data":
                    last = json.loads(value)["answer"]
        return positions, last

    async def ask_all() -> list[tuple[list[int], str]]:
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(base_url=address, timeout=PATIENCE_S, limits=limits) as client:
            return await asyncio.gather(*(ask(client) for _ in range(CLIENTS)))

    told = asyncio.run(ask_all())
    assert len({answer for _, answer in told}) == 1
    assert "1 article" in told[0][1]
    assert all(positions == sorted(positions, reverse=True) for positions, _ in told)
    assert len({positions[0] for positions, _ in told}) > CLIENTS / 2
    assert desk.waiting == 0


@pytest.mark.parametrize("accept", [STREAM["Accept"], "application/json"])
def test_who_leaves_frees_a_place_and_the_model_is_not_asked_for_nothing(address: str, desk: Desk, accept: str) -> None:
    assert isinstance(desk.llm, ScriptedLLM)
    before = len(desk.llm.replies)
    leaving = [send_question(address, accept) for _ in range(20)]
    for each in leaving:
        each.close()
    with httpx.Client(base_url=address, timeout=PATIENCE_S) as client:
        assert client.post("/api/ask", json=ASKED).status_code == 200
    wait_until_nobody_waits(desk)
    assert before - len(desk.llm.replies) < 10


def test_one_who_reads_no_events_blocks_nobody(address: str, desk: Desk) -> None:
    stalled = [send_question(address) for _ in range(5)]
    assert httpx.post(f"{address}/api/ask", json=ASKED, timeout=PATIENCE_S).json()["short_answer"] == "Sergei Lavrov"
    wait_until_nobody_waits(desk)
    for each in stalled:
        read = each.recv(1 << 20)
        while b"event: done" not in read:
            read += each.recv(1 << 20)
        assert b"event: answer" in read
        each.close()


def test_articles_and_searches_wait_for_no_question(address: str) -> None:
    questions = [send_question(address) for _ in range(20)]
    with httpx.Client(base_url=address, timeout=PATIENCE_S) as client:
        assert client.get("/api/articles").json()["total"] == 1
        assert client.get("/api/search", params={"q": "Rubio"}).json()["passages"]
        waiting = client.get("/api/status").json()["waiting"]
    for each in questions:
        each.close()
    assert waiting > 0


def test_one_who_never_reads_is_left(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "STALLED_S", 0.2)
    listening = bind("127.0.0.1", 0)
    begun = Event()
    server = Server(build_app(desk), lambda: None, begun.set)
    with running(server, listening, begun), socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(listening.getsockname())
        connection.sendall(f"GET {OPENAPI} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() * 390)
        latest = time.monotonic() + PATIENCE_S
        while not server.server_state.connections:
            assert time.monotonic() < latest
            time.sleep(0.02)
        while server.server_state.connections:
            assert time.monotonic() < latest
            time.sleep(0.02)
        assert server.server_state.total_requests < 390
