"""Help leads with examples that work, comes at once, and a typo is answered with what was meant."""

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.testing import CliRunner

from index import errors
from qa.cli.exit_codes import MEANINGS
from qa.cli.main import app
from tests.support import ROOT
from tests.support.commands import arguments_of, commands_of, parse

COMMANDS = dict(commands_of())
MOST_OF_TYPER = 2.2  # what a module like numpy or llama_index would add is more


def shown(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_help_of_every_command_leads_with_examples_of_it_that_parse(path: tuple[str, ...]) -> None:
    before, _, after = shown(*path, "--help").partition("\nExamples:\n")
    examples = after.partition("\n\n")[0].splitlines()
    assert not any(heading in before for heading in ("Options:", "Arguments:", "Commands:"))
    assert examples
    for example in examples:
        assert parse(arguments_of(example))[: len(path)] == path


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_qa_help_says_the_same_as_the_option(path: tuple[str, ...]) -> None:
    assert shown("help", *path) == shown(*path, "--help") == shown(*path, "-h")


@pytest.mark.parametrize("arguments", [["--help"], ["eval", "run", "--help"]], ids=" ".join)
def test_help_comes_at_once(arguments: list[str]) -> None:
    """Measured in processor time, beside that of its library alone, for machines differ."""
    took = min(_cpu_s("-m", "qa", *arguments) for _ in range(5))
    assert took <= MOST_OF_TYPER * min(_cpu_s("-c", "import typer.main") for _ in range(5))


def _cpu_s(*arguments: str) -> float:
    before = os.times()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


@pytest.mark.parametrize("columns", ["60", "80"])
def test_help_keeps_to_the_width_of_the_terminal(columns: str) -> None:
    command = [sys.executable, "-m", "qa", "ask", "--help"]
    run = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ | {"COLUMNS": columns})
    lines = [line for line in run.stdout.splitlines() if not line.startswith("  qa ")]
    assert lines[0].startswith("Usage: qa ask ")
    assert max(map(len, lines)) <= int(columns)


def test_exit_codes_are_those_of_the_errors_and_the_readme_names_each() -> None:
    listed = shown("help", "exit-codes")
    assert [int(line.split()[0]) for line in listed.splitlines()] == list(MEANINGS)
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    assert {kind.exit_code for kind in kinds} <= set(MEANINGS)
    readme = (ROOT / "README.md").read_text(encoding="utf-8").partition("Exit codes: ")[2].partition(". ")[0]
    assert [int(part.split()[0]) for part in readme.replace("\n", " ").split(", ")] == list(MEANINGS)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (["aks", "Who?"], "Did you mean 'ask'?"),
        (["models", "pul"], "Did you mean 'pull'?"),
        (["eval", "compar", "a.json", "b.json"], "Did you mean 'compare'?"),
        (["ask", "--artcles", "news", "Who?"], "--articles"),
        (["help", "indx"], "Did you mean index?"),
        (["help", "exit-code"], "Did you mean exit-codes?"),
        (["Who did Rubio call?"], "qa ask 'Who did Rubio call?'"),
    ],
)
def test_a_typo_is_answered_with_what_was_meant(typed: list[str], meant: str) -> None:
    result = CliRunner().invoke(app, typed)
    assert result.exit_code == 2
    assert meant in result.stderr
    assert result.stdout == ""


def test_a_file_of_cases_may_be_called_almost_like_a_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("drafts").mkdir()
    result = CliRunner().invoke(app, ["eval", "drafts", "--articles", "nowhere", "--retrieval-only"])
    assert "No such command" not in result.stderr


def test_a_question_needs_no_quotation_marks(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["ask", "Who", "did", "he", "call", "--articles", str(tmp_path / "nowhere")])
    assert "There is no folder" in result.stderr


def test_version_is_that_of_the_package() -> None:
    assert shown("--version") == f"qa {version('article-qa')}\n"


@pytest.mark.parametrize(
    ("command", "example"),
    [("ask", 'qa ask "Who did Rubio call?"'), ("show", "qa show "), ("eval compare", "qa eval ")],
)
def test_a_missing_argument_is_shown_in_an_example(command: str, example: str) -> None:
    result = CliRunner().invoke(app, command.split())
    assert result.exit_code == 2
    assert "Missing argument" in result.stderr
    assert f"For example: {example}" in result.stderr
