"""Each provider's protocol, by a real server on this machine: what it is asked, what comes back, and all that fails."""

import hashlib
import itertools
import json
import logging
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest
from llama_index.core.base.llms.types import ChatMessage, MessageRole
from pydantic import SecretStr
from typer.testing import CliRunner, Result

from index.errors import ModelError
from index.models.manifest import default_models_dir
from qa.cli.main import app
from qa.llms.providers import PROVIDERS, endpoint_of
from qa.llms.remote import RemoteLLM, open_remote
from qa.settings import Settings, load_settings
from tests.support.faults import ANSWER, FAULTS, Fault, broken, refuse
from tests.support.protocols import PROTOCOLS, Protocol
from tests.support.provider_server import Exchange, ProviderServer, serving

QUESTION = "Who did Rubio call?"
KEY = "sk-sentinel-of-the-tests-4711"
MESSAGES = [
    ChatMessage(role=MessageRole.SYSTEM, content="Answer in a word."),
    ChatMessage(role=MessageRole.USER, content=QUESTION),
]

Ask = Callable[..., Result]

of_one_provider = pytest.mark.parametrize("protocol", PROTOCOLS[:1], ids=[PROTOCOLS[0].name], indirect=True)


@pytest.fixture(scope="module", params=PROTOCOLS, ids=lambda protocol: protocol.name)
def protocol(request: pytest.FixtureRequest) -> Protocol:
    return request.param


def healthy(exchange: Exchange) -> None:
    exchange.send(exchange.reply(ANSWER))


@pytest.fixture
def server(protocol: Protocol) -> Iterator[ProviderServer]:
    with serving(ProviderServer(protocol, healthy)) as server:
        yield server


@pytest.fixture(scope="module")
def index(indexed_seeds: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The index of the seed article."""
    return Path(shutil.copytree(indexed_seeds, tmp_path_factory.mktemp("providers") / "index"))


@pytest.fixture(autouse=True)
def home(
    protocol: Protocol, server: ProviderServer, seeds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """An empty folder to work in, a home below it, and a key that is set in every way."""
    home = tmp_path / "home"
    monkeypatch.setenv("QA_MODELS_DIR", str(default_models_dir()))
    for name in ("CONFIG", "DATA", "CACHE", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
    (home / "config" / "article-qa").mkdir(parents=True)
    (home / "config" / "article-qa" / "config.toml").write_text(f'llm_key = "{KEY}"\n')
    monkeypatch.setenv("QA_ARTICLES", str(seeds))
    monkeypatch.setenv("QA_LLM", f"{protocol.name}:some-model")
    monkeypatch.setenv("QA_LLM_URL", server.url)
    monkeypatch.setenv("QA_LLM_KEY", KEY)
    monkeypatch.setenv(protocol.key_variable, KEY)
    monkeypatch.chdir(tmp_path)
    return home


def key_places(folder: Path) -> list[str]:
    """Name the files that hold the key, but for the one where the user wrote it."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "config.toml"]
    return [str(path) for path in files if KEY.encode() in path.read_bytes()]


@pytest.fixture
def qa(tmp_path: Path, index: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Run `qa`, and look for the key in all that comes out of it: output, logs, every file below home and index."""
    monkeypatch.setenv("QA_INDEX", str(index))

    def run(*arguments: str) -> Result:
        result = CliRunner().invoke(app, list(arguments))
        assert KEY not in result.output
        assert KEY not in caplog.text
        assert key_places(tmp_path) + key_places(index) == []
        return result

    return run


def digest(index: Path) -> str:
    """Digest what the catalog holds; its bytes change when a process that closes it moves its log into it."""
    with closing(sqlite3.connect(index / "catalog.sqlite")) as catalog:
        return hashlib.sha256("\n".join(catalog.iterdump()).encode()).hexdigest()


def open_llm(settings: Settings | None = None, **flags: object) -> RemoteLLM:
    settings = settings or load_settings(**flags)
    endpoint = endpoint_of(settings)
    assert endpoint
    return open_remote(endpoint, settings.llm_timeout_s)


def whole(llm: RemoteLLM, streamed: bool) -> str:
    """Give the reply in full, streamed or not."""
    replies = list(llm.stream_chat(MESSAGES)) if streamed else [llm.chat(MESSAGES)]
    assert "".join(reply.delta or "" for reply in replies) == replies[-1].message.content
    return (replies[-1].message.content or "").strip()


# What goes well


def test_one_question_is_one_short_request_with_the_key(
    qa: Ask, server: ProviderServer, protocol: Protocol, index: Path
) -> None:
    before = digest(index)
    result = qa("ask", QUESTION, "--json", "--no-cache")
    assert result.exit_code == 0
    answer = json.loads(result.stdout)
    assert (answer["short_answer"], answer["model"]) == ("Sergei Lavrov", "some-model")
    (request,) = server.asked
    assert QUESTION in str(request["messages"][-1]["content"])
    assert "logprobs" not in json.dumps(request)
    assert {exchange.key for exchange in server.exchanges} == {KEY}
    assert digest(index) == before


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_a_reply_comes_whole_or_in_pieces(server: ProviderServer, streamed: bool) -> None:
    assert whole(open_llm(), streamed) == ANSWER
    (request,) = server.asked
    assert request.get("stream", False) is streamed


def test_what_the_model_read_is_told(server: ProviderServer) -> None:
    assert open_llm().chat(MESSAGES).raw == {"usage": {"prompt_tokens": 321}}
    assert open_llm().complete("Who?").text == ANSWER
    assert [reply.delta for reply in open_llm().stream_complete("Who?")][:2] == ["Sergei ", "Lavrov "]


def test_what_passes_is_asked_again_after_the_time_that_was_told(protocol: Protocol) -> None:
    def tries_of(given: tuple[int, bool]) -> tuple[str, int, bool]:
        status, streamed = given
        with serving(ProviderServer(protocol, healthy, first=[refuse(status, Retry_After="1")])) as server:
            began = time.monotonic()
            reply = whole(open_llm(llm_url=server.url), streamed)
            return reply, len(server.asked), time.monotonic() - began >= 1.0

    ways = list(itertools.product((429, 500, 502, 503), (False, True)))
    with ThreadPoolExecutor(len(ways)) as pool:
        assert dict(zip(ways, pool.map(tries_of, ways), strict=True)) == dict.fromkeys(ways, (ANSWER, 2, True))


def test_no_more_than_three_tries_are_made(server: ProviderServer) -> None:
    server.behave = refuse(503)
    with pytest.raises(ModelError, match="503"):
        open_llm().chat(MESSAGES)
    assert len(server.asked) == 3


# What fails


@dataclass(frozen=True)
class Outcome:
    """What came of a fault, after how long, the URL that was asked, and what all faults together had logged."""

    url: str
    raised: BaseException | None
    seconds: float
    log: StringIO


@pytest.fixture(scope="module", params=[False, True], ids=["whole", "streamed"])
def outcomes(request: pytest.FixtureRequest, protocol: Protocol) -> dict[Fault, Outcome]:
    """Meet every fault, several at a time, for most of them are waited for."""
    log = StringIO()

    def meet(fault: Fault) -> Outcome:
        with serving(ProviderServer(protocol, healthy)) as server, broken(server, fault) as url:
            model = f"{protocol.name}:some-model"
            llm = open_llm(Settings(llm=model, llm_url=url, llm_timeout_s=fault.timeout_s, llm_key=SecretStr(KEY)))
            began = time.monotonic()
            try:
                whole(llm, streamed=request.param)
            except ModelError as error:
                return Outcome(url, error, time.monotonic() - began, log)
            return Outcome(url, None, time.monotonic() - began, log)

    handler = logging.StreamHandler(log)
    logging.getLogger().addHandler(handler)
    with ThreadPoolExecutor(6) as pool:
        outcomes = dict(zip(FAULTS, pool.map(meet, FAULTS), strict=True))
    logging.getLogger().removeHandler(handler)
    return outcomes


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_fault_ends_in_time_in_a_line_and_never_passes_for_a_whole_reply(
    outcomes: dict[Fault, Outcome], fault: Fault
) -> None:
    outcome = outcomes[fault]
    assert re.search(fault.told, str(outcome.raised))
    assert outcome.url in str(outcome.raised)
    assert "\n" not in str(outcome.raised)
    assert outcome.seconds < fault.timeout_s + 3.0
    assert KEY not in "".join(traceback.format_exception(outcome.raised)) + outcome.log.getvalue()


# One of each kind of failure, by one provider: what the command makes of an error knows neither fault nor provider.
KINDS = (
    "connection refused, certificate untrusted, slow first byte, cut, key unknown, too often for long, failed, "
    "schema wrong, reply empty, 10 MB"
).split(", ")


@of_one_provider
@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_is_a_line_and_an_exit_code_and_leaves_the_index_alone(
    qa: Ask, server: ProviderServer, index: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (fault,) = (each for each in FAULTS if each.name == kind)
    before = digest(index)
    with broken(server, fault) as url:
        monkeypatch.setenv("QA_LLM_URL", url)
        monkeypatch.setenv("QA_LLM_TIMEOUT_S", str(fault.timeout_s))
        result = qa("ask", QUESTION, "--json", "--no-cache")
    assert (result.exit_code, result.stdout) == (4, "")
    (line,) = result.stderr.splitlines()
    assert line.startswith("Error: ")
    assert url in line
    assert re.search(fault.told, line)
    assert digest(index) == before


def test_neither_key_nor_question_follows_a_redirect(qa: Ask, server: ProviderServer, protocol: Protocol) -> None:
    with serving(ProviderServer(protocol, server.behave)) as other:
        elsewhere = other.url.replace("127.0.0.1", "localhost")
        server.behave = refuse(307, Location=elsewhere + protocol.chat_path.removeprefix(protocol.path))
        assert qa("ask", QUESTION, "--no-cache").exit_code == 4
        assert other.exchanges == []


def test_no_proxy_is_told_what_this_machine_is_asked(
    server: ProviderServer, protocol: Protocol, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(ProviderServer(protocol, server.behave)) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.address)
        monkeypatch.setenv("ALL_PROXY", proxy.address)
        assert open_llm().chat(MESSAGES).message.content == ANSWER
        assert proxy.exchanges == []


def test_a_call_that_nobody_waits_for_makes_no_further_try(server: ProviderServer) -> None:
    server.behave = refuse(429, Retry_After="2")
    for streamed in (False, True):
        with pytest.raises(ModelError, match="did not answer within"):
            whole(open_llm(llm_timeout_s=1.0), streamed)
    time.sleep(2.5)
    assert len(server.asked) == 2


@of_one_provider
def test_an_interrupt_ends_it_at_once(server: ProviderServer, index: Path) -> None:
    server.behave = lambda exchange: exchange.wait(60) and None
    command = [sys.executable, "-m", "qa", "ask", QUESTION, "--no-cache", "--index", str(index)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        while not server.asked:
            time.sleep(0.05)
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        output = "".join(process.communicate(timeout=60))
    assert process.returncode == 130
    assert time.monotonic() - began < 10.0
    assert "Interrupted" in output
    assert "Traceback" not in output


# What is set


def test_offline_asks_this_machine_only(qa: Ask, server: ProviderServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for host in ("localhost", "127.0.0.1"):
        monkeypatch.setenv("QA_LLM_URL", server.url.replace("127.0.0.1", host))
        assert qa("ask", QUESTION, "--offline", "--no-cache").exit_code == 0
    for url in ("https://models.example", "http://127.0.0.1.example", "http://0.0.0.0", "http://10.0.0.1:80"):
        monkeypatch.setenv("QA_LLM_URL", url)
        result = qa("ask", QUESTION, "--offline", "--no-cache")
        assert result.exit_code == 2
        assert "may not be asked" in result.stderr


def test_a_providers_own_service_needs_its_key(
    qa: Ask, home: Path, protocol: Protocol, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "config" / "article-qa" / "config.toml").unlink()
    for name in ("QA_LLM_URL", "QA_LLM_KEY", protocol.key_variable):
        monkeypatch.delenv(name)
    (finding, _) = (json.loads(line) for line in qa("doctor", "--json").stdout.splitlines()[1:3])
    if protocol.name == "ollama":
        assert "http://127.0.0.1:11434, without a key" in finding["found"]
        return
    assert protocol.key_variable in finding["cure"]
    result = qa("ask", QUESTION, "--no-cache")
    assert result.exit_code == 4
    assert protocol.key_variable in result.stderr


@pytest.mark.parametrize("way", ["QA_LLM_KEY", "the provider's variable", "the user's config"])
def test_the_key_is_found_in_each_place(
    server: ProviderServer, home: Path, protocol: Protocol, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if way != "QA_LLM_KEY":
        monkeypatch.delenv("QA_LLM_KEY")
    if way != "the provider's variable":
        monkeypatch.delenv(protocol.key_variable)
    if way != "the user's config":
        (home / "config" / "article-qa" / "config.toml").unlink()
    open_llm().chat(MESSAGES)
    assert {exchange.key for exchange in server.exchanges} == {KEY}


def test_a_providers_key_goes_to_no_other_host(home: Path, protocol: Protocol, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QA_LLM_KEY")
    (home / "config" / "article-qa" / "config.toml").unlink()
    endpoint = endpoint_of(load_settings(llm_url="https://models.example/v1"))
    assert endpoint
    assert endpoint.key is None


def test_without_a_key_none_is_sent(
    server: ProviderServer, home: Path, protocol: Protocol, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "config" / "article-qa" / "config.toml").unlink()
    for name in ("QA_LLM_KEY", protocol.key_variable):
        monkeypatch.delenv(name)
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", KEY)  # which Anthropic's client would take by itself
    assert open_llm().chat(MESSAGES).message.content == ANSWER
    assert {exchange.key for exchange in server.exchanges} <= {"", "none"}
    assert KEY not in "".join(str(exchange.headers) for exchange in server.exchanges)


@pytest.mark.parametrize("key", ["sk two", "sk\nthree", "schlüssel", "\x1b[31m"])
def test_a_key_that_cannot_be_sent_is_told_without_it(qa: Ask, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_LLM_KEY", key)
    result = qa("ask", QUESTION, "--no-cache")
    assert result.exit_code == 4
    assert "characters that no key has" in result.stderr
    assert key not in result.output


@pytest.mark.parametrize("file", ["qa.toml", "pyproject.toml"])
def test_a_key_in_a_projects_file_is_refused(qa: Ask, tmp_path: Path, file: str) -> None:
    table = "[tool.qa]\n" if file == "pyproject.toml" else ""
    (tmp_path / file).write_text(f'{table}llm_key = "sk-of-a-project"\n')
    result = qa("ask", QUESTION)
    assert result.exit_code == 2
    assert "set QA_LLM_KEY" in result.stderr
    assert "sk-of-a-project" not in result.output


@pytest.mark.parametrize("url", ["localhost:11434", "ftp://a/b", "http://", "http://[::1", "http://a:b"])
def test_what_is_no_url_is_refused(qa: Ask, url: str) -> None:
    result = qa("ask", QUESTION, "--llm-url", url)
    assert result.exit_code == 2
    assert "llm_url is no URL" in result.stderr


@pytest.mark.parametrize("url", ["http://me:sk-1@a/v1", "http://sk-1@a/v1", "http://a/v1?key=sk-1", "http://a/v1#sk-1"])
def test_a_secret_in_the_url_is_refused(qa: Ask, url: str) -> None:
    result = qa("ask", QUESTION, "--llm-url", url)
    assert result.exit_code == 2
    assert "QA_LLM_KEY" in result.stderr
    assert "sk-1" not in result.output


def test_a_provider_without_a_model_is_an_error(qa: Ask, protocol: Protocol) -> None:
    result = qa("ask", QUESTION, "--llm", f"{protocol.name}:")
    assert result.exit_code == 2
    assert "Which model" in result.stderr


def test_doctor_tells_of_the_endpoint_without_asking_it(qa: Ask, server: ProviderServer, protocol: Protocol) -> None:
    finding = json.loads(qa("doctor", "--json").stdout.splitlines()[1])
    assert finding["cure"] is None
    assert f"{protocol.name}:some-model at {server.url}, with a key, llama-index-llms-" in finding["found"]
    assert server.exchanges == []


def test_an_extra_that_is_missing_is_named_with_its_command(
    qa: Ask, protocol: Protocol, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, f"qa.llms.{protocol.name}", raising=False)
    monkeypatch.setitem(sys.modules, protocol.name, None)
    result = qa("ask", QUESTION, "--no-cache")
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1] == (
        f'Error: Models of {protocol.name} need an extra: run `pip install "article-qa[{protocol.name}]"`'
    )


def test_every_provider_is_tested() -> None:
    assert {each.name for each in PROVIDERS} == {each.name for each in PROTOCOLS}


# Where a key could come to light


def test_an_eval_run_keeps_no_key(qa: Ask, server: ProviderServer, tmp_path: Path) -> None:
    cases = tmp_path / "cases.jsonl"
    case = {"id": "a", "question": QUESTION, "answers": ["Sergei Lavrov"]}
    cases.write_text(json.dumps(case | {"evidence": []}) + "\n")
    result = qa("eval", "run", str(cases), "--out", "run.json", "--report", "report.html")
    assert result.exit_code == 0, result.output
    run = json.loads((tmp_path / "run.json").read_text())
    assert "llm_key" not in run["settings"]
    assert run["models"]["llm"] == "some-model"
    assert (tmp_path / "report.html").is_file()


def test_an_eval_run_that_fails_keeps_no_key(qa: Ask, server: ProviderServer, tmp_path: Path) -> None:
    server.behave = refuse(401)
    cases = tmp_path / "cases.jsonl"
    lines = [
        {"id": str(number), "question": question, "answers": ["Sergei Lavrov"], "evidence": []}
        for number, question in enumerate((QUESTION, "Whom did Marco Rubio call?"))
    ]
    cases.write_text("".join(json.dumps(line) + "\n" for line in lines))
    qa("eval", "run", str(cases), "--out", "run.json", "--json")
    assert "refuses the key" in (tmp_path / "run.json").read_text()


def test_status_keeps_the_key_to_itself(qa: Ask) -> None:
    assert qa("status").exit_code == 0


BUG = """
import logging, rich.traceback, sys
from qa.opening import open_both
from qa.settings import Settings, load_settings

rich.traceback.install(show_locals=True, locals_max_string=None, locals_max_length=None)
logging.basicConfig(level=logging.DEBUG)

def bug():
    settings = load_settings()
    index, llm = open_both(settings)
    reply = llm.chat([])
    told = [repr(settings), str(settings), settings.model_dump(), repr(llm), llm.to_json(), llm.__dict__, reply]
    raise ZeroDivisionError(settings, llm, told)

bug()
"""


def test_the_traceback_of_a_bug_holds_no_key(server: ProviderServer, index: Path) -> None:
    """Even one that shows every variable, beside the logs of every library."""
    environment = os.environ | {
        "QA_INDEX": str(index),
        "COLUMNS": "4000",
        "OPENAI_LOG": "debug",
        "ANTHROPIC_LOG": "debug",
    }
    run = subprocess.run([sys.executable, "-c", BUG], capture_output=True, text=True, check=False, env=environment)
    assert "ZeroDivisionError" in run.stderr
    assert "some-model" in run.stderr
    assert len(server.asked) == 1
    assert KEY not in run.stdout + run.stderr
