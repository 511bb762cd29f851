"""A shell completes commands, options, articles and models."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from index.article_index import ArticleIndex
from qa.cli.main import app
from qa.testing import HashingEmbedding


def completed(line: str, cwd: Path) -> list[str]:
    """Give what `qa` offers bash for the last word of a line."""
    words = line.split(" ")
    variables = {"_QA_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
    code = "import sys; sys.argv = ['qa']; from qa.cli.main import main; main()"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=cwd, env=os.environ | variables
    )
    assert run.stderr == ""
    return run.stdout.split()


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("qa sho", ["show"]),
        ("qa models p", ["pull", "path"]),
        ("qa ask --no", ["--no-cache", "--no-server"]),
        ("qa models pull local:0", ["local:0.5b"]),
        ("qa show 2025", []),
    ],
)
def test_commands_options_and_models_are_completed(line: str, offered: list[str], tmp_path: Path) -> None:
    assert completed(line, tmp_path) == offered


def test_articles_are_completed_but_not_names_that_a_terminal_would_obey(tmp_path: Path) -> None:
    folder = tmp_path / "news"
    folder.mkdir()
    for name in ("2025-a.txt", "2025-b.txt", "other.txt", "2025-\x1b[31m.txt"):
        (folder / name).write_text(f"The bridge of {name[5:6]} opened on Monday.")
    index = ArticleIndex(folder, tmp_path / "index", HashingEmbedding())
    index.sync()
    index.close()
    line = f"qa show --articles {folder} --index {tmp_path / 'index'} 2025"
    assert completed(line, tmp_path) == ["2025-a.txt", "2025-b.txt"]


@pytest.mark.parametrize(
    ("shell", "place"),
    [("bash", ".bash_completions/qa.sh"), ("zsh", ".zfunc/_qa"), ("fish", ".config/fish/completions/qa.fish")],
)
def test_each_shell_gets_its_script_printed_or_installed(
    shell: str, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    printed = CliRunner().invoke(app, ["completion", shell])
    installed = CliRunner().invoke(app, ["completion", shell, "--install"])
    assert (printed.exit_code, installed.exit_code) == (0, 0)
    assert str(tmp_path / place) in installed.stdout
    assert (tmp_path / place).read_text().strip() == printed.stdout.strip()


@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
def test_bash_completes_by_the_installed_script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert CliRunner().invoke(app, ["completion", "bash", "--install"]).exit_code == 0
    command = tmp_path / "qa"
    command.write_text(f"#!/bin/sh\nexec {sys.executable} -m qa\n")
    command.chmod(0o755)
    tab = 'source ~/.bashrc; COMP_WORDS=(qa mod); COMP_CWORD=1; _qa_completion "$HOME/qa"; echo "${COMPREPLY[@]}"'
    told = subprocess.run(["bash", "--norc", "-c", tab], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "models"
