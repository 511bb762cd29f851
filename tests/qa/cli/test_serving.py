"""`qa serve` begins with its address, keeps others out, and ends soon on Ctrl-C with streams that are open."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from index.catalog.sqlite.place import FolderPlace
from qa.cli.main import app
from tests.qa.web.test_api import STREAM
from tests.support.articles import MakeFolder
from tests.support.endpoint import Endpoint
from tests.support.endpoint import serving as serving_endpoint

END_S = 10  # a second where the machine has nothing else to do; what is waited for here takes a minute
ASKED = {"question": "Who did Rubio call?"}


class Held(Endpoint):
    """An endpoint that replies when the test ends."""

    let: threading.Event
    asked: threading.Event

    def answer(self, request):  # type: ignore[no-untyped-def]
        self.asked.set()
        self.let.wait(60)
        return super().answer(request)


@pytest.fixture
def endpoint() -> Iterator[Held]:
    held = Held(["Sergei Lavrov [1]"] * 3)
    held.let, held.asked = threading.Event(), threading.Event()
    with serving_endpoint(held):
        yield held
        held.let.set()


@contextmanager
def started(*arguments: str, **environment: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start `qa serve`, wait for the address that it prints, and end it if the test did not."""
    process = subprocess.Popen(
        [sys.executable, "-m", "qa", "serve", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | environment,
    )
    try:
        assert process.stdout
        yield process, process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_soon_with_open_streams_and_a_model_that_is_asked(
    seeds: Path, own_seed_index: Path, endpoint: Held, sent: signal.Signals
) -> None:
    given = {"QA_LLM": "openai:some", "QA_LLM_URL": endpoint.url, "QA_LLM_KEY": "sk"}
    with started("--articles", str(seeds), "--index", str(own_seed_index), **given) as (process, address):
        streams = [
            httpx.Client(timeout=60).stream("POST", f"{address}api/ask", json=ASKED, headers=STREAM) for _ in range(5)
        ]
        responses = [stream.__enter__() for stream in streams]
        assert endpoint.asked.wait(60)
        idle = socket.create_connection(("127.0.0.1", httpx.URL(address).port or 0))
        process.send_signal(sent)
        assert process.wait(END_S) == 0
        told = [response.read().decode() for response in responses]
        idle.close()
        assert process.stderr
        assert "Traceback" not in process.stderr.read()
    assert all("EndingError" in each and each.rstrip().endswith("data: {}") for each in told)


def test_it_ends_soon_while_a_folder_is_taken_in_and_what_was_is_kept(
    make_folder: MakeFolder, tmp_path: Path, endpoint: Held
) -> None:
    text = "The mayor of Town{} is Ada Nowak. " + "The council of the town met on Monday in the old hall. " * 40
    folder = make_folder({f"{number:04}.txt": text.format(number) for number in range(400)})
    given = {"QA_LLM": "openai:some", "QA_LLM_URL": endpoint.url, "QA_LLM_KEY": "sk"}
    index = tmp_path / "index"
    with started("--articles", str(folder), "--index", str(index), **given) as (process, address):
        latest = time.monotonic() + 60
        while True:
            (served,) = httpx.get(f"{address}api/status").json()["folders"]
            if served["indexing"] and served["indexing"]["articles"]:
                break
            assert time.monotonic() < latest
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        assert process.wait(END_S) == 0
        assert process.stderr
        told = process.stderr.read()
    assert "Indexing articles" in told
    assert "Traceback" not in told
    with closing(FolderPlace(index).open()) as catalog:
        assert 0 < catalog.counts()[0] < 400
        assert catalog.faults() == []


def test_with_a_token_the_address_that_is_printed_opens_it(seeds: Path, own_seed_index: Path, endpoint: Held) -> None:
    given = {"QA_LLM": "openai:some", "QA_LLM_URL": endpoint.url, "QA_SERVE_TOKEN": "open & sesame"}
    with started("--articles", str(seeds), "--index", str(own_seed_index), **given) as (_, address):
        assert address.endswith("/?token=open+%26+sesame")
        plain, _, query = address.partition("?")
        assert httpx.get(f"{plain}api/status").status_code == 401
        with httpx.Client(follow_redirects=True) as visitor:
            assert visitor.get(f"{plain}api/status?{query}").status_code == 200


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--host", "0.0.0.0"], "Others could ask at 0.0.0.0: give a --token"),
        (["--host", "::"], "give a --token"),
        (["--host", "0.0.0.0", "--token", "short"], "too short"),
        (["--token", ""], "The token is empty"),
        (["--host", "no.such.host.invalid"], "There is no host no.such.host.invalid"),
        (["--articles", "nowhere"], "There is no folder nowhere"),
        (["--index", "i", "--articles", "seeds", "--articles", "evals"], "--index names the index of one folder"),
    ],
)
def test_what_cannot_be_served_is_told_before_anything_is_loaded(arguments: list[str], told: str) -> None:
    result = CliRunner().invoke(app, ["serve", "--port", "0", *arguments])
    assert result.exit_code == 2
    assert told in result.output


def test_a_port_that_is_taken_is_told_with_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = CliRunner().invoke(app, ["serve", "--port", str(taken.getsockname()[1])])
    assert result.exit_code == 2
    assert "name another with --port" in result.output


def test_what_is_not_installed_is_named_with_what_to_type() -> None:
    code = "import sys; sys.modules['fastapi'] = None; from qa.cli.main import main; main()"
    run = subprocess.run([sys.executable, "-c", code, "serve"], capture_output=True, text=True)
    assert run.returncode == 2
    assert 'fastapi is not installed: run pip install "article-qa[serve]"' in run.stderr
