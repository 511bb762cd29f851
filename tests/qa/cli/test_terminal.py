"""What a terminal, a pipe and the variables about colour make of the same output; and --quiet and --verbose."""

import os
import pty
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from typer.testing import CliRunner

from index.errors import UsageError
from qa.cli.display import Display, print_error
from qa.cli.main import app
from qa.events import FilesSkipped, Progressed, Warned
from tests.support.articles import MakeFolder

COLOUR, MOVES = "\x1b[31m", "\x1b[?25l"
OURS = ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TERM", "COLUMNS")

Seen = Callable[..., str]


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Seen:
    """Give what is written to stderr, which is a real terminal or a pipe."""

    def see(write: Callable[[], None], terminal: bool, **variables: str) -> str:
        for name in OURS:
            monkeypatch.delenv(name, raising=False)
        for name, value in ({"TERM": "xterm-256color"} | variables).items():
            monkeypatch.setenv(name, value)
        above, below = pty.openpty() if terminal else os.pipe()
        with monkeypatch.context() as patch, os.fdopen(below, "w") as stderr:
            patch.setattr(sys, "stderr", stderr)
            write()
        written = bytearray()
        with suppress(OSError):  # how Linux tells that the other side of a terminal is closed
            while chunk := os.read(above, 65536):
                written += chunk
        os.close(above)
        return written.decode()

    return see


def fail() -> None:
    print_error(UsageError("There is no folder nowhere"))


def progress() -> None:
    with Display() as display:
        for done in (1, 2):
            display.hear(Progressed("Indexing", done, 2))


@pytest.mark.parametrize(
    ("terminal", "variables", "coloured"),
    [
        (True, {}, True),
        (True, {"NO_COLOR": "1"}, False),
        (True, {"TERM": "dumb"}, False),
        (False, {}, False),
        (False, {"FORCE_COLOR": "1"}, True),
        (False, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_colour_is_for_terminals_and_who_asks_for_it(
    seen: Seen, terminal: bool, variables: dict[str, str], coloured: bool
) -> None:
    written = seen(fail, terminal, **variables)
    assert "There is no folder nowhere" in written
    assert (COLOUR in written) is coloured


@pytest.mark.parametrize(
    ("terminal", "variables", "moving"),
    [
        (True, {}, True),
        (True, {"NO_COLOR": "1"}, True),
        (True, {"TERM": "dumb"}, False),
        (False, {}, False),
        (False, {"FORCE_COLOR": "1"}, False),
    ],
)
def test_only_a_terminal_that_can_move_sees_a_bar_move(
    seen: Seen, terminal: bool, variables: dict[str, str], moving: bool
) -> None:
    written = seen(progress, terminal, **variables)
    assert "Indexing" in written
    assert (MOVES in written) is moving
    assert moving or written.count("Indexing") == 1


def test_a_long_error_is_left_to_the_terminal_to_wrap(seen: Seen) -> None:
    assert seen(fail, True, COLUMNS="20").count("\n") == 1


def test_quiet_keeps_results_and_errors_alone(capsys: pytest.CaptureFixture[str]) -> None:
    with Display(quiet=True) as display:
        display.hear(Progressed("Indexing", 1, 2))
        display.hear(Warned("a warning"))
        display.warn("a warning")
        display.hear(FilesSkipped([("bad.txt", "binary")]))
        display.tell("index", "here")
        display.show("a result")
        display.show_failure("?", UsageError("an error"))
    assert capsys.readouterr() == ("a result\n", "an error\n")


@pytest.mark.parametrize(("flag", "said"), [("--quiet", False), ("--verbose", True)])
def test_index_says_as_much_as_it_is_asked_to(make_folder: MakeFolder, tmp_path: Path, flag: str, said: bool) -> None:
    folder = make_folder({"good.txt": "The bridge opened on Monday.", "bad.txt": bytes(range(256))})
    result = CliRunner().invoke(app, ["index", str(folder), "--index", str(tmp_path / "index"), flag])
    assert result.exit_code == 3
    assert result.stdout.startswith("1 added")
    assert (f"index: {tmp_path / 'index'}" in result.stderr) is said
    assert said or result.stderr == ""


def test_quiet_and_verbose_exclude_each_other() -> None:
    with pytest.raises(UsageError, match="exclude each other"):
        Display(quiet=True, verbose=True)
