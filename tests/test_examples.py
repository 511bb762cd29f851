"""Every `qa ...` in README, docs and help is a command as it is, and those that need no language model are run."""

import json
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import arguments_of, commands_of, parse
from typer.testing import CliRunner

from index.models import default_models_dir, ensure_model, find_model
from qa.cli import app

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PAGE = f"<title>Call</title><p>Marco Rubio called Sergei Lavrov on Saturday.</p>{'<p>They spoke of Ukraine.</p>' * 20}"
RUN = {("help",), ("config",), ("status",), ("show",), ("doctor",), ("index",), ("models", "list"), ("models", "path")}
DONE = (0, 1)


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


def is_run(line: str) -> bool:
    arguments = arguments_of(line)
    names_a_thing = not re.search(r"\b[A-Z]{4,}\b", shlex.join(arguments))  # ARTICLE stands for one
    return names_a_thing and "--watch" not in arguments and any(tuple(arguments[: len(run)]) == run for run in RUN)


@pytest.mark.parametrize("line", sorted({*filter(is_run, HELP), *filter(is_run, WRITTEN)} - {"qa show"}))
def test_examples_that_need_no_language_model_work(news: None, line: str) -> None:
    result = CliRunner().invoke(app, arguments_of(line))
    assert result.exit_code in DONE, result.output
    assert result.stdout
