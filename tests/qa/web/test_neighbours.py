"""`qa ask` has a running server answer, if it is this user's own and would answer just so; else it answers itself."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.base.llms.types import ChatMessage, ChatResponse
from typer.testing import CliRunner, Result

from index.errors import ModelError
from qa.cli.main import app
from qa.settings import load_settings
from qa.testing import ScriptedLLM
from qa.web.desk import Desk
from qa.web.neighbours import answering_neighbours
from qa.web.running import find_server, runtime_folder, socket_of
from tests.qa.web.conftest import ANSWERED, REPLY
from tests.support.endpoint import Endpoint
from tests.support.endpoint import serving as serving_endpoint
from tests.support.web import serving


class FailingLLM(ScriptedLLM):
    """A model that cannot be asked."""

    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        raise ModelError("the model of the server failed")


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with serving_endpoint(Endpoint([REPLY] * 3)) as endpoint:
        yield endpoint


@pytest.fixture(autouse=True)
def own_places(
    endpoint: Endpoint, seeds: Path, own_seed_index: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """What is asked here, and not by a server, asks the endpoint; the runtime directory is the test's own.

    Its path is short, for that of a socket has 107 bytes at most.
    """
    run = tempfile.mkdtemp(prefix="qa-")
    monkeypatch.setenv("XDG_RUNTIME_DIR", run)
    monkeypatch.setenv("QA_INDEX", str(own_seed_index))
    monkeypatch.setenv("QA_ARTICLES", str(seeds))
    monkeypatch.setenv("QA_LLM", "openai:some")
    monkeypatch.setenv("QA_LLM_URL", endpoint.url)
    monkeypatch.setenv("QA_LLM_KEY", "sk-secret-of-the-test")
    yield
    shutil.rmtree(run)


@pytest.fixture
def model() -> ScriptedLLM:
    return ScriptedLLM(replies=[REPLY] * 5)


@pytest.fixture
def running(model: ScriptedLLM) -> Iterator[Desk]:
    """A server with these settings, whose model is one of its own, so that it is seen who answered."""
    with closing(Desk([load_settings()], model)) as desk, serving(desk, beside=answering_neighbours(desk)):
        yield desk


def ask(*arguments: str) -> Result:
    result = CliRunner().invoke(app, ["ask", *arguments, ANSWERED])
    assert result.exit_code in (0, 1), result.output
    return result


def test_a_running_server_answers_and_it_looks_the_same(running: Desk, model: ScriptedLLM, endpoint: Endpoint) -> None:
    served = ask("--json")
    assert (len(model.prompts), endpoint.requests) == (1, [])
    own = ask("--json", "--no-server")
    assert len(endpoint.requests) == 1
    ours, theirs = json.loads(own.stdout), json.loads(served.stdout)
    differing = {"timings_ms", "model", "confidence", "evidence"}  # the two models are not trusted alike
    assert {name for name in ours if ours[name] != theirs[name]} <= differing
    assert ours.keys() == theirs.keys()


def test_filter_and_kind_go_along_and_an_abstention_has_its_exit_code(running: Desk, endpoint: Endpoint) -> None:
    assert ask("--since", "2030-01-01").exit_code == 1
    assert json.loads(ask("--json", "--kind", "overview").stdout)["kind"] == "overview"
    assert endpoint.requests == []


@pytest.mark.parametrize(
    "arguments",
    [("--no-cache",), ("--explain",), ("--trace", "steps.ndjson"), ("--llm", "openai:another"), ("--no-server",)],
    ids=lambda arguments: arguments[0],
)
def test_what_a_server_would_do_otherwise_is_done_here(
    running: Desk, model: ScriptedLLM, endpoint: Endpoint, arguments: tuple[str, ...], tmp_path: Path
) -> None:
    ask(*(str(tmp_path / each) if each.endswith("ndjson") else each for each in arguments))
    assert (len(model.prompts), len(endpoint.requests)) == (0, 1)


def test_another_index_is_not_answered_from(running: Desk, model: ScriptedLLM, tmp_path: Path) -> None:
    ask("--index", str(tmp_path / "other"))
    assert model.prompts == []


def test_an_error_of_the_server_is_the_error_of_the_command() -> None:
    model = FailingLLM(replies=[])
    with closing(Desk([load_settings()], model)) as desk, serving(desk, beside=answering_neighbours(desk)):
        result = CliRunner().invoke(app, ["ask", ANSWERED])
    assert (result.exit_code, "the model of the server failed" in result.output) == (4, True)


def test_where_the_server_fails_one_answers_oneself(running: Desk, model: ScriptedLLM, endpoint: Endpoint) -> None:
    model.replies.clear()
    assert "Sergei Lavrov" in ask().stdout
    assert len(endpoint.requests) == 1


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o701])
def test_a_socket_where_others_could_have_put_it_is_not_used(
    running: Desk, model: ScriptedLLM, endpoint: Endpoint, mode: int
) -> None:
    assert find_server(load_settings())
    runtime_folder().chmod(mode)
    assert find_server(load_settings()) is None
    ask()
    assert (model.prompts, len(endpoint.requests)) == ([], 1)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives folders away")
def test_a_socket_in_a_folder_of_somebody_else_is_not_used(running: Desk) -> None:
    os.chown(runtime_folder(), 12345, -1)
    assert find_server(load_settings()) is None


def test_a_link_to_a_folder_is_not_followed(running: Desk) -> None:
    runtime_folder().rename(runtime_folder().parent / "moved")
    runtime_folder().symlink_to(runtime_folder().parent / "moved")
    assert find_server(load_settings()) is None


def test_the_socket_is_the_users_alone_and_goes_with_the_server(seeds: Path, model: ScriptedLLM) -> None:
    place = socket_of(load_settings())
    with closing(Desk([load_settings()], model)) as desk, serving(desk, beside=answering_neighbours(desk)):
        assert place.stat().st_mode & 0o777 == 0o600
        assert place.parent.stat().st_mode & 0o777 == 0o700
    assert not place.exists()


def test_a_server_that_was_killed_is_noticed_and_its_socket_taken_over(model: ScriptedLLM, endpoint: Endpoint) -> None:
    place = socket_of(load_settings())
    place.parent.mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(place))
    assert "Sergei Lavrov" in ask("--no-cache").stdout
    with closing(Desk([load_settings()], model)) as desk, serving(desk, beside=answering_neighbours(desk)):
        ask()
    assert len(model.prompts) == 1


def test_a_second_server_leaves_the_first_its_socket(running: Desk, model: ScriptedLLM) -> None:
    second = ScriptedLLM(replies=[REPLY])
    with closing(Desk([load_settings()], second)) as desk, serving(desk, beside=answering_neighbours(desk)):
        ask()
    assert (len(model.prompts), second.prompts) == (1, [])
    assert find_server(load_settings())


@pytest.mark.parametrize("sent", [b"", b"\n", b"{}\n", b"no json\n", b"[1]\n", b"x" * 200_000 + b"\n"])
def test_what_is_no_question_ends_the_connection_only(running: Desk, sent: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(20)
        connection.connect(str(socket_of(load_settings())))
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(100) == b""
    assert "Sergei Lavrov" in ask().stdout


def test_who_is_interrupted_frees_the_place(running: Desk, model: ScriptedLLM) -> None:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(socket_of(load_settings())))
        connection.sendall(json.dumps({"question": ANSWERED}).encode() + b"\n")
    latest = time.monotonic() + 60
    while running.waiting:
        assert time.monotonic() < latest
        time.sleep(0.02)
    ask()


def test_a_command_takes_the_warm_time_beside_qa_serve(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measured in processor time of the command, which a busy machine does not lengthen as it does the clock's."""
    monkeypatch.setenv("QA_CACHE", "0")
    serve = [sys.executable, "-m", "qa", "serve", "--port", "0"]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout
            assert process.stdout.readline()
            beside, alone = cpu_s_of(), cpu_s_of("--no-server")
        finally:
            process.send_signal(signal.SIGTERM)
    assert beside < alone / 3


def cpu_s_of(*flags: str) -> float:
    before = os.times()
    question = ["--kind", "folder", "How many articles are there?"]
    subprocess.run([sys.executable, "-m", "qa", "ask", *flags, *question], check=True, capture_output=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system
