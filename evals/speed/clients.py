"""Measure a server that many ask at once: how long each waits, whether one is lost, whether its memory stays.

    python -m evals.speed.clients
    python -m evals.speed.clients --clients 50 --seconds 120 --articles news --cases my.jsonl

`qa serve` is started in a process of its own. Its language model is an endpoint in this process, which always replies
the same, so that queue and server are what is measured; `--llm` has another one asked. Nothing is answered from the
cache. Each client asks one question after the other, and reads its events. Before that `qa ask` is asked beside the
server, which answers for it.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx

from evals.ask_cases import SEEDS
from evals.question_sets import find_format, load_set
from qa.opening import open_catalog
from qa.paths import index_place
from qa.settings import load_settings

REPLY = "not stated"
SAMPLE_S = 5.0


@dataclass
class Measured:
    """What the clients met: seconds to the first event and to the answer, and what went otherwise than it should."""

    first_s: list[float] = field(default_factory=list)
    answer_s: list[float] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    out_of_order: int = 0
    memory_mb: list[float] = field(default_factory=list)


def main() -> None:
    """Measure and print the figures."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--articles", type=Path, help="folder of articles; the seed article without")
    arguments.add_argument("--cases", type=Path, default=SEEDS, help="any file that `qa eval` reads")
    arguments.add_argument("--clients", type=int, default=50)
    arguments.add_argument("--seconds", type=float, default=120)
    arguments.add_argument("--asks", type=int, default=5, help="questions that `qa ask` asks beside the server")
    arguments.add_argument("--llm", help="ask this model, not the endpoint of this process")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as scratch, canned_endpoint() as url:
        settings = load_settings(articles=given.articles, index=Path(scratch, "index"))
        own = {} if given.llm else {"QA_LLM": "openai:canned", "QA_LLM_URL": url, "QA_LLM_KEY": "none"}
        flags = ["--articles", str(settings.articles), "--index", f"{scratch}/index"]
        flags += ["--llm", given.llm] if given.llm else []
        environment = own | {"QA_CACHE": "0"}
        with served(flags, environment) as (address, process):
            with httpx.Client(base_url=address, timeout=600) as client:
                client.post("/api/sync").raise_for_status()
            catalog = open_catalog(index_place(settings))
            questions = [case.question for case in load_set(given.cases, find_format(given.cases), catalog.text_of)]
            catalog.close()
            show_times("qa ask beside it", [ask_beside(flags, environment, each) for each in questions[: given.asks]])
            show(asyncio.run(measure(address, process, questions, given.clients, given.seconds)))


async def measure(address: str, process: int, questions: list[str], clients: int, seconds: float) -> Measured:
    """Have clients ask until the time is over; what they asked by then is waited for."""
    measured = Measured()
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=address, timeout=600, limits=limits) as client:
        await ask(client, questions[0], Measured())  # which loads what the first question loads
        ends = time.monotonic() + seconds
        watching = asyncio.create_task(watch(process, measured))
        asking = [keep_asking(client, questions[each:] + questions[:each], ends, measured) for each in range(clients)]
        await asyncio.gather(*asking)
        watching.cancel()
    return measured


async def keep_asking(client: httpx.AsyncClient, questions: Sequence[str], ends: float, measured: Measured) -> None:
    """Ask one question after the other, from the first again after the last."""
    while True:
        for question in questions:
            if time.monotonic() > ends:
                return
            await ask(client, question, measured)


async def ask(client: httpx.AsyncClient, question: str, measured: Measured) -> None:
    """Ask a question, and read its events to their end."""
    began, first, positions, ended = time.monotonic(), None, [], ""
    events = {"Accept": "text/event-stream"}
    try:
        async with client.stream("POST", "/api/ask", json={"question": question}, headers=events) as response:
            response.raise_for_status()
            async for line in response.aiter_lines():
                kind, _, value = line.partition(": ")
                if kind == "event":
                    ended = value if value in ("answer", "error") else ended
                    first = first or time.monotonic()
                elif kind == "data" and value.startswith('{"position"'):
                    positions.append(json.loads(value)["position"])
    except httpx.HTTPError as error:
        ended = repr(error)
    if ended != "answer" or first is None:
        measured.lost.append(f"{question}: {ended}")
        return
    measured.first_s.append(first - began)
    measured.answer_s.append(time.monotonic() - began)
    measured.out_of_order += not positions or positions != sorted(positions, reverse=True)


async def watch(process: int, measured: Measured) -> None:
    """Note again and again how much memory a process has."""
    while True:
        lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
        measured.memory_mb += [int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")]
        await asyncio.sleep(SAMPLE_S)


def ask_beside(flags: Sequence[str], environment: dict[str, str], question: str) -> float:
    """Ask by `qa ask` in a process of its own, and give the seconds that it took."""
    began = time.monotonic()
    command = [sys.executable, "-m", "qa", "ask", *flags, question]
    subprocess.run(command, stdout=subprocess.DEVNULL, env=os.environ | environment)
    return time.monotonic() - began


@contextmanager
def served(flags: Sequence[str], environment: dict[str, str]) -> Iterator[tuple[str, int]]:
    """Start `qa serve`, and give its address and the number of its process."""
    command = [sys.executable, "-m", "qa", "serve", "--port", "0", *flags]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | environment) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().strip(), process.pid
        finally:
            process.terminate()


@contextmanager
def canned_endpoint(delay_s: float = 0.0) -> Iterator[str]:
    """Give the URL of an endpoint of OpenAI's protocol that always replies the same, after some time."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            time.sleep(delay_s)
            message = {"role": "assistant", "content": REPLY}
            choice = {"index": 0, "finish_reason": "stop", "message": message}
            body = json.dumps({"id": "1", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice]})
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
        server.shutdown()


def show(measured: Measured) -> None:
    """Print the figures, a line each."""
    half = len(measured.memory_mb) // 2
    print(f"answered {len(measured.answer_s)}, lost {len(measured.lost)}, out of order {measured.out_of_order}")
    show_times("first event", measured.first_s)
    show_times("answer", measured.answer_s)
    if half:
        first, last = max(measured.memory_mb[:half]), max(measured.memory_mb[half:])
        print(f"memory: at most {first:.0f} MB in the first half, {last:.0f} MB in the second")
    for line in measured.lost[:5]:
        print(line)


def show_times(name: str, seconds: Sequence[float]) -> None:
    """Print the middle and the longest of some times."""
    if seconds:
        print(f"{name}: median {statistics.median(seconds):.2f} s, longest {max(seconds):.2f} s")


if __name__ == "__main__":
    main()
