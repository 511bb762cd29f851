"""The command tree as it is, for tests that hold help and documents to it."""

import shlex
from collections.abc import Iterator
from typing import Any

import typer
from typer.main import get_command

from qa.cli.main import app

REDIRECTIONS = ("<", ">", "|", "&", ";")


def commands_of(command: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Give every command and group with the words that name it behind `qa`."""
    command = command or get_command(app)
    yield path, command
    for name, below in getattr(command, "commands", {}).items():
        yield from commands_of(below, (*path, name))


def arguments_of(line: str) -> list[str]:
    """Give the arguments of a line that begins with `qa`, up to what is the shell's."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words = list(lexer)
    end = next((place for place, word in enumerate(words) if word[0] in REDIRECTIONS), len(words))
    assert words[0] == "qa", line
    return words[1:end]


def parse(arguments: list[str]) -> tuple[str, ...]:
    """Parse arguments as `qa` does, running nothing, and give the words of the command that they name.

    Raises:
        typer's usage error: they name no command, or it has no such option or argument.
    """
    command = get_command(app)
    if arguments[0].startswith("-"):  # such an option does its work while it is parsed
        assert arguments[0] in [name for option in command.params for name in option.opts]
        return ()
    context = command.make_context("qa", list(arguments))
    while hasattr(context.command, "commands") and (rest := [*context._protected_args, *context.args]):
        name, command, rest = context.command.resolve_command(context, rest)
        context = command.make_context(
            name, rest, parent=typer.Context(context.command, parent=context.parent, info_name=context.info_name)
        )
    return tuple(context.command_path.split()[1:])
