"""Any endpoint that speaks OpenAI's protocol answers, with one short call; what fails there is told in one line."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tokenizers import Tokenizer
from typer.testing import CliRunner, Result

from index.models.manifest import default_models_dir, find_model
from index.models.pull import ensure_model
from qa.cli.main import app
from tests.support.articles import MakeFolder
from tests.support.endpoint import Endpoint, serving

QUESTION = "Who did Rubio call?"
MAX_PROMPT_TOKENS = 1_200
KEY = "sk-secret-of-the-test"

HEAVY = "torch llama_index chromadb onnxruntime xllamacpp numpy httpx openai".split()

Ask = Callable[..., Result]


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    embedder = ensure_model(find_model("all-MiniLM-L6-v2"), default_models_dir())
    tokenizer = Tokenizer.from_file(str(embedder / "tokenizer.json"))
    tokenizer.no_padding()
    with serving(Endpoint(["Sergei Lavrov [2]"], lambda text: len(tokenizer.encode(text).ids))) as endpoint:
        yield endpoint


@pytest.fixture
def ask(endpoint: Endpoint, seeds: Path, own_seed_index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Ask the endpoint of the seed article in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QA_INDEX", str(own_seed_index))
    monkeypatch.setenv("QA_ARTICLES", str(seeds))
    monkeypatch.setenv("QA_LLM", "openai:some-strong-model")
    monkeypatch.setenv("QA_LLM_URL", endpoint.url)
    monkeypatch.setenv("QA_LLM_KEY", KEY)

    def run(*arguments: str) -> Result:
        result = CliRunner().invoke(app, ["ask", QUESTION, *arguments])
        assert KEY not in result.output
        return result

    return run


def test_one_short_request_gives_the_cited_answer(ask: Ask, endpoint: Endpoint) -> None:
    result = ask("--json")
    answer = json.loads(result.stdout)
    assert (result.exit_code, answer["short_answer"], answer["model"]) == (0, "Sergei Lavrov", "some-strong-model")
    assert "Rubio called Russian Foreign Minister Sergei Lavrov" in answer["citations"][0]["quote"]
    (request,) = endpoint.requests
    (tokens,) = endpoint.prompt_tokens
    assert request["model"] == "some-strong-model"
    assert QUESTION in request["messages"][-1]["content"]
    assert 100 < tokens <= MAX_PROMPT_TOKENS
    assert endpoint.keys == [f"Bearer {KEY}"]


@pytest.mark.parametrize(("reply", "expected"), [("Sergei Lavrov [1]", "Sergei Lavrov"), ("not stated", None)])
def test_the_word_of_an_endpoint_stands_whatever_doubt_it_tells(
    ask: Ask, endpoint: Endpoint, reply: str, expected: str | None
) -> None:
    endpoint.logprob = -3.0
    endpoint.replies = [reply]
    assert json.loads(ask("--json").stdout)["short_answer"] == expected
    (request,) = endpoint.requests
    assert "logprobs" not in request


def test_a_question_asked_before_is_answered_without_the_endpoint(ask: Ask, endpoint: Endpoint) -> None:
    first, second = (json.loads(ask("--json").stdout) for _ in range(2))
    assert (first.pop("cached"), second.pop("cached")) == (False, True)
    assert {**first, "timings_ms": 0} == {**second, "timings_ms": 0}
    assert len(endpoint.requests) == 1
    endpoint.replies = ["not stated"]
    assert json.loads(ask("--json", "--no-cache").stdout)["abstained"]
    assert len(endpoint.requests) == 2


def test_a_question_asked_before_loads_no_heavy_library(ask: Ask, endpoint: Endpoint) -> None:
    assert ask().exit_code == 0
    code = (
        "import sys\nfrom qa.cli.main import app\n"
        f"try:\n    app(['ask', {QUESTION!r}])\nexcept SystemExit:\n    pass\n"
        f"print('HEAVY', [name for name in {HEAVY!r} if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "Sergei Lavrov. [1]" in run.stdout
    assert "HEAVY []" in run.stdout
    assert len(endpoint.requests) == 1


def test_a_changed_folder_is_never_answered_from_before(
    ask: Ask, endpoint: Endpoint, make_folder: MakeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint.replies = ["Sergei Lavrov [1]", "Wang Yi [1]", "Wang Yi [1]"]
    folder = make_folder({"call.txt": "Marco Rubio called Sergei Lavrov on Friday."})
    monkeypatch.setenv("QA_ARTICLES", str(folder))
    assert "Sergei Lavrov. [1]" in ask().stdout
    make_folder({"call.txt": "Marco Rubio called Wang Yi on Friday."})
    assert "Wang Yi. [1]" in ask().stdout
    make_folder({"other.txt": "It rained in Gdynia."})
    assert not json.loads(ask("--json").stdout)["cached"]
    assert len(endpoint.requests) == 3
