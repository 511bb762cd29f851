"""A server that is killed amid an answer, or ended, and started again: the page says so and asks again."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Browser, expect

from evals.robustness.servers import free_port
from tests.support import ROOT

ASKED = f"/?q={quote('Who bought the ferry?')}"
SERVE = """
import sys
from pathlib import Path
from qa.web.app import build_app
from qa.web.desk import Desk
from qa.web.server import Server, bind
from tests.qa.web.page.conftest import KNOWN, KnowingLLM, take_in
from tests.support.web import settings_of
folder, index, port, held = sys.argv[1:]
llm = KnowingLLM(replies=[], known=KNOWN)
if held == "held":
    llm.hold()
desk = Desk([settings_of(Path(folder), Path(index))], llm)
take_in(desk)
Server(build_app(desk), desk.close, lambda: print("ready", flush=True)).run([bind("127.0.0.1", int(port))])
"""


@contextmanager
def process(folder: Path, index: Path, port: int, held: str = "") -> Iterator["subprocess.Popen[str]"]:
    """Serve in a process of its own, whose model replies to nobody if it is `held`."""
    arguments = [sys.executable, "-c", SERVE, str(folder), str(index), str(port), held]
    with subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as server:
        try:
            assert server.stdout
            assert server.stdout.readline() == "ready\n"
            yield server
        finally:
            server.kill()


def test_a_question_is_asked_again_when_the_server_is_back(chromium: Browser, news: Path, tmp_path: Path) -> None:
    port, index = free_port(), tmp_path / "index"
    page = chromium.new_page()
    for end in (signal.SIGKILL, signal.SIGINT):
        with process(news, index, port, "held") as server:
            if end is signal.SIGKILL:
                page.goto(f"http://127.0.0.1:{port}{ASKED}", wait_until="commit")
            expect(page.locator(".notice")).to_have_count(0)
            expect(page.locator(".evidence li").first).to_contain_text("ferry", timeout=15_000)
            server.send_signal(end)
            server.wait(10)
            expect(page.locator(".notice")).to_contain_text("The server ended while it answered", timeout=15_000)
    expect(page.locator(".problem")).to_contain_text("The server ended.")
    with process(news, index, port):
        expect(page.locator(".statement")).to_contain_text("The council of Orsby", timeout=15_000)
        expect(page.locator(".notice")).to_have_count(0)
    page.close()
