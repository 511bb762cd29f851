"""A server that is killed amid an answer, or ended, and started again: the page says so and asks again."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, expect

from tests.support import ROOT

ASKED = f"/?q={quote('Who bought the ferry?')}"
PARENT = """
import os, sys
from pathlib import Path
from qa.web.app import build_app
from qa.web.desk import Desk
from qa.web.server import Server, bind
from tests.qa.web.page.conftest import KNOWN, KnowingLLM, take_in
from tests.support.web import settings_of

def serve(port, held):
    llm = KnowingLLM(replies=[], known=KNOWN)
    if held:
        llm.hold()
    desk = Desk([settings_of(Path(sys.argv[1]), Path(sys.argv[2]))], llm)
    take_in(desk)
    begun = lambda: print(os.getpid(), flush=True)
    try:
        Server(build_app(desk), desk.close, begun).run([bind("127.0.0.1", port)])
    finally:
        os._exit(0)

for line in sys.stdin:
    port, held = map(int, line.split())
    child = os.fork()
    if not child:
        serve(port, held)
    os.waitpid(child, 0)
    print("ended", flush=True)
"""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Servers:
    """Servers of one port, each a process of its own, begun by a parent that has loaded already what they need."""

    def __init__(self, folder: Path, index: Path) -> None:
        self.port = free_port()
        arguments = [sys.executable, "-c", PARENT, str(folder), str(index)]
        self._parent = subprocess.Popen(arguments, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def begin(self, held: bool) -> int:
        """Begin the next one, whose model replies to nobody if it is `held`, and give its process once it serves."""
        assert self._parent.stdin
        self._parent.stdin.write(f"{self.port} {int(held)}\n")
        self._parent.stdin.flush()
        return int(self._line())

    def end(self, process: int, how: signal.Signals) -> None:
        """End one, and wait until it has."""
        os.kill(process, how)
        assert self._line() == "ended\n"

    def close(self) -> None:
        """End the parent."""
        with self._parent as parent:
            assert parent.stdin
            parent.stdin.close()

    def _line(self) -> str:
        assert self._parent.stdout
        return self._parent.stdout.readline()


@pytest.fixture
def servers(news: Path, tmp_path: Path) -> Iterator[Servers]:
    with closing(Servers(news, tmp_path / "index")) as servers:
        yield servers


def test_a_question_is_asked_again_when_the_server_is_back(chromium: Browser, servers: Servers) -> None:
    page = chromium.new_page()
    for end in (signal.SIGKILL, signal.SIGINT):
        process = servers.begin(held=True)
        if end is signal.SIGKILL:
            page.goto(f"http://127.0.0.1:{servers.port}{ASKED}", wait_until="commit")
        expect(page.locator(".notice")).to_have_count(0)
        expect(page.locator(".evidence li").first).to_contain_text("ferry", timeout=15_000)
        servers.end(process, end)
        expect(page.locator(".notice")).to_contain_text("The server ended while it answered", timeout=15_000)
    expect(page.locator(".problem")).to_contain_text("The server ended.")
    process = servers.begin(held=False)
    expect(page.locator(".statement")).to_contain_text("The council of Orsby", timeout=15_000)
    expect(page.locator(".notice")).to_have_count(0)
    servers.end(process, signal.SIGKILL)
    page.close()
