"""`qa help`: what a command does, or what the exit codes mean."""

import difflib
from typing import Annotated

import typer

from qa.cli.exit_codes import MEANINGS, TOPIC

EXAMPLES = "qa help ask\nqa help exit-codes"


def explain(
    ctx: typer.Context,
    topic: Annotated[list[str] | None, typer.Argument(help=f"A command, or {TOPIC}.")] = None,
) -> None:
    """Explain a command, or what the exit codes mean."""
    if topic == [TOPIC]:
        typer.echo("\n".join(f"{code:>5}  {meaning}" for code, meaning in MEANINGS.items()))
        return
    found = ctx.find_root()
    for word in topic or []:
        commands = getattr(found.command, "commands", {})
        if word not in commands:
            near = difflib.get_close_matches(word, [*commands, TOPIC])
            hint = f" Did you mean {' or '.join(near)}?" if near else f" There are {', '.join(commands)}."
            ctx.fail(f"There is no help on {word!r}.{hint}")
        found = typer.Context(commands[word], parent=found, info_name=word)
    typer.echo(found.get_help())
