"""`qa mcp` serves over stdin and stdout, says nothing there but the protocol, and ends as soon as either does."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters
from typer.testing import CliRunner

from qa.cli.main import app
from tests.qa.web.conftest import ANSWERED, REPLY
from tests.support import ROOT
from tests.support.assistant import links_of, object_of, talk
from tests.support.commands import parse
from tests.support.endpoint import Endpoint, serving

END_S = 10.0  # for a machine that is busy; it takes a tenth of a second
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}


def command_of(*arguments: str) -> list[str]:
    return ["-m", "qa", "mcp", *arguments]


def test_an_answer_of_a_process_of_its_own_cites_the_characters(seeds: Path, own_seed_index: Path) -> None:
    async def ask(client: Client) -> tuple[Any, Any]:
        answered = await client.call_tool("ask", {"question": ANSWERED})
        (link,) = links_of(answered)
        return answered, await client.read_resource(link.uri)

    with serving(Endpoint([REPLY])) as endpoint:
        arguments = ["--articles", str(seeds), "--index", str(own_seed_index)]
        model = ["--llm", "openai:scripted", "--llm-url", endpoint.url]
        environment = {**os.environ, "QA_LLM_KEY": "secret"}
        server = StdioServerParameters(command=sys.executable, args=command_of(*arguments, *model), env=environment)
        answered, linked = talk(server, ask)
    (citation,) = object_of(answered)["citations"]
    assert object_of(answered)["short_answer"] == "Sergei Lavrov"
    assert linked.contents[0].text == citation["quote"]
    assert "secret" not in answered.model_dump_json()


@contextmanager
def started(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Start `qa mcp`, wait until it answers, and end it if the test did not."""
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        [sys.executable, *command_of(*arguments)], stdin=pipe, stdout=pipe, stderr=pipe, text=True
    )
    try:
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps(INITIALIZE) + "\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["result"]["serverInfo"]["name"] == "article-qa"
        yield process
    finally:
        process.kill()
        process.communicate()


def test_it_ends_with_its_stdin_and_has_said_nothing_else(seeds: Path, own_seed_index: Path) -> None:
    with started("--articles", str(seeds), "--index", str(own_seed_index)) as process:
        assert process.stdin
        began = time.monotonic()
        process.stdin.close()
        process.stdin = None
        out, err = process.communicate(timeout=30)
        took = time.monotonic() - began
    assert (process.returncode, out, err) == (0, "", "")
    assert took < END_S


def test_it_ends_on_ctrl_c(seeds: Path, own_seed_index: Path) -> None:
    with started("--articles", str(seeds), "--index", str(own_seed_index)) as process:
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
        assert time.monotonic() - began < END_S


def test_an_assistant_is_told_how_to_start_it() -> None:
    page = (ROOT / "docs" / "mcp.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```json\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    (server,) = json.loads(block)["mcpServers"].values()
    assert Path(server["command"]).name == "qa"
    assert parse(server["args"]) == ("mcp",)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--articles", "nowhere"], "There is no folder"),
        (["--articles", "seeds", "--articles", "docs", "--index", "x"], "--index names the index of one folder"),
    ],
)
def test_what_cannot_be_served_is_told_before_anything_else(arguments: list[str], told: str) -> None:
    result = CliRunner().invoke(app, ["mcp", *arguments])
    assert (result.exit_code, result.stdout) == (2, "")
    assert told in result.stderr


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mcp", None)
    result = CliRunner().invoke(app, ["mcp", "--articles", "seeds"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert 'pip install "article-qa[mcp]"' in result.stderr
