"""Every `qa ...` in README, CONTRIBUTING, docs and help is a command as it is, and nearly all are run.

Those that ask a language model ask a server on this machine, in the protocol of the model that they name. Not run are
what downloads models, what wants a terminal, what never ends, and what names a file that a reader has to fill in.
"""

import json
import re
import shlex
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from index.models.manifest import default_models_dir, find_model
from index.models.pull import ensure_model
from qa.cli.main import app
from tests.support import ROOT
from tests.support.commands import arguments_of, commands_of, parse
from tests.support.faults import ANSWER
from tests.support.protocols import PROTOCOLS
from tests.support.provider_server import ProviderServer, serving

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
PAGE = f"<title>Call</title><p>Marco Rubio called Sergei Lavrov on Saturday.</p>{'<p>They spoke of Ukraine.</p>' * 20}"
RUN = {("help",), ("config",), ("status",), ("show",), ("doctor",), ("index",), ("models", "list"), ("models", "path")}
ASKING = {("ask",), ("chat",), ("eval",)}
NOT_ASKED = {
    "draft",
    "review",
    "evals/invented/cases.jsonl",
    "evals/broad/cases.jsonl",
    "evals/broad/invented.jsonl",
    "squad.json",
    "A",
    "B",
    "A.json",
    "B.json",
}
UNASKED = {
    "qa eval",
    "qa ask",
    "qa eval --gate baseline.json",
    "qa eval --gate evals/baseline.json",
    "qa ask --explain",
    "qa ask --html answers.html",
}  # the gates run it, or no question
DONE = (0, 1)
ANSWERED = (0, 1, 3)


def examples_of(page: str) -> Iterator[str]:
    """Give the commands of a page: the lines of its code blocks, and what stands in backquotes."""
    blocks = re.findall(r"^```(?:bash|text)\n(.*?)^```", page, re.M | re.S)
    for line in "\n".join(blocks).replace(" && ", "\n").splitlines():
        if found := re.match(r"(?:\$ )?(?:\.venv/bin/)?(qa .*)", line):
            yield found[1]
    prose = re.sub(r"^```.*?^```", "", page, flags=re.M | re.S)
    for each in re.findall(r"`(qa [^`]+)`", prose):
        first, *others = each.split(", ")  # "qa models list, pull" names two
        yield first
        yield from (f"{first.rpartition(' ')[0]} {other}" for other in others)


HELP = sorted({line for _, command in commands_of() for line in (command.epilog or "").splitlines()})
WRITTEN = sorted({line for page in PAGES for line in examples_of(page.read_text(encoding="utf-8"))})


@pytest.mark.parametrize("line", WRITTEN)
def test_every_command_that_is_written_about_is_one(line: str) -> None:
    try:
        parse(arguments_of(line))
    except Exception as error:
        if type(error).__name__ != "MissingParameter":  # `qa show` may be written about without its article
            raise


def test_the_pages_are_read() -> None:
    assert len(WRITTEN) > 20
    assert any("--since" in line for line in WRITTEN)
    assert 'qa ask "Who did Rubio call?"' in WRITTEN


@pytest.fixture(scope="module")
def news(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Stand beside the folder `news` that the examples speak of, indexed."""
    place = tmp_path_factory.mktemp("place")
    models = default_models_dir()
    ensure_model(find_model("all-MiniLM-L6-v2"), models)
    (place / "news" / "2025").mkdir(parents=True)
    (place / "news" / "2025" / "rubio.html").write_text(PAGE)
    for seed in (ROOT / "seeds").iterdir():
        shutil.copy(seed, place / "news")
    (place / "dumps").mkdir()
    (place / "dumps" / "2025.jsonl").write_text(json.dumps({"maintext": "The bridge opened.", "ts": "2025-03-16"}))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        patch.setenv("XDG_DATA_HOME", str(place / "data"))
        patch.setenv("XDG_CONFIG_HOME", str(place / "config"))
        patch.setenv("QA_MODELS_DIR", str(models))
        patch.setenv("QA_ARTICLES", "news")
        patch.setenv("QA_OFFLINE", "1")
        assert CliRunner().invoke(app, ["index", "news"]).exit_code == 0
        yield


@pytest.fixture(scope="module")
def asked(news: None) -> Iterator[dict[str, ProviderServer]]:
    """Have a server for each provider, and the cases, runs and questions that the examples name."""
    case = {"id": "call", "question": "Who did Rubio call?", "answers": ["Sergei Lavrov"], "evidence": []}
    Path("my.jsonl").write_text(json.dumps(case) + "\n")
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        servers = {
            each.name: stack.enter_context(
                serving(ProviderServer(each, lambda exchange: exchange.send(exchange.reply(ANSWER))))
            )
            for each in PROTOCOLS
        }
        patch.setenv("QA_LLM", "openai:some-model")
        patch.setenv("QA_LLM_URL", servers["openai"].url)
        for out in ("monday.json", "today.json"):
            assert run("qa eval my.jsonl --articles news --out " + out).exit_code in DONE
        assert run("qa eval my.jsonl --articles news --gate baseline.json --update-baseline").exit_code == 0
        yield servers


def run(line: str) -> Result:
    return CliRunner().invoke(app, arguments_of(line), input="Who did Rubio call?\n")


def is_among(line: str, commands: set[tuple[str, ...]]) -> bool:
    arguments = arguments_of(line)
    names_a_thing = not re.search(r"\b[A-Z]{4,}\b", shlex.join(arguments))  # ARTICLE stands for one
    return (
        names_a_thing and "--watch" not in arguments and any(tuple(arguments[: len(each)]) == each for each in commands)
    )


def is_run(line: str) -> bool:
    """Tell whether an example is run here; `tests/qa/cli/test_postgres.py` has a database of its own."""
    return is_among(line, RUN) and not re.search(r"qa index copy|postgresql:", line)


def is_asked(line: str) -> bool:
    return is_among(line, ASKING) and line not in UNASKED and not NOT_ASKED & set(arguments_of(line))


@pytest.mark.parametrize("line", sorted({*filter(is_run, HELP), *filter(is_run, WRITTEN)} - {"qa show"}))
def test_examples_that_need_no_language_model_work(news: None, line: str) -> None:
    result = CliRunner().invoke(app, arguments_of(line))
    assert result.exit_code in DONE, result.output
    assert result.stdout


@pytest.mark.parametrize("line", sorted({*filter(is_asked, HELP), *filter(is_asked, WRITTEN)}))
def test_examples_that_ask_a_language_model_work(
    asked: dict[str, ProviderServer], line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "--llm" in arguments_of(line):
        provider, _, _ = line.partition("--llm ")[2].partition(":")
        monkeypatch.setenv("QA_LLM_URL", asked[provider].url)
        line = line.replace("http://127.0.0.1:8080/v1", asked[provider].url)
    result = run(line)
    assert result.exit_code in ANSWERED, result.output
    assert result.stdout
