"""Commands that explain themselves: what each does, then examples, then the rest.

Help is plain text, which is made in half the time of a table.

The examples of a command are its epilog, one a line.
"""

import shlex
from collections.abc import Callable
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.models import CommandFunctionType

from qa.cli.exit_codes import TOPIC


class ExamplesFirst:
    """What commands and groups of them have in common."""

    epilog: str | None
    help: str | None

    def format_help_text(self, ctx: Any, formatter: Any) -> None:
        """Write what the command does, and its examples."""
        super().format_help_text(ctx, formatter)  # type: ignore[misc]
        if self.epilog:
            with formatter.section("Examples"):
                for line in self.epilog.splitlines():
                    formatter.write(f"  {line.strip()}\n")

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write nothing more: the examples came first."""

    def get_help_option(self, ctx: Any) -> Any:
        """Give the option --help; unset it is false, for to convert a null would load pydantic before any help."""
        option = super().get_help_option(ctx)  # type: ignore[misc]
        if option:
            option.default = False
        return option

    def get_short_help_str(self, limit: int = 0) -> str:
        """Give the first paragraph whole, for the list of commands."""
        return " ".join((self.help or "").partition("\n\n")[0].split())


class Command(ExamplesFirst, TyperCommand):
    """A command whose help leads with examples."""

    def parse_args(self, ctx: Any, args: list[str]) -> Any:
        """Parse, and where an argument is missing show an example that has it."""
        try:
            return super().parse_args(ctx, args)
        except typer.BadParameter as error:
            if type(error).__name__ == "MissingParameter" and self.epilog:
                error.message = f"For example: {self.epilog.splitlines()[0].strip()}"
            raise


class Group(ExamplesFirst, TyperGroup):
    """Commands whose help leads with examples."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the commands, then the few options, and where there is more."""
        self.format_commands(ctx, formatter)
        with formatter.section("Options"):
            formatter.write_dl([record for each in self.get_params(ctx) if (record := each.get_help_record(ctx))])
        path = " ".join([*ctx.command_path.split()[1:], "COMMAND"])
        formatter.write_paragraph()
        formatter.write(f"`qa help {path}` explains a command, `qa help {TOPIC}` the exit codes.\n")

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command; several words that are none are taken for a question."""
        if args[0] not in self.commands and " " in args[0].strip():
            ctx.fail(f"No such command. To ask a question, type: qa ask {shlex.quote(args[0])}")
        return super().resolve_command(ctx, args)


class App(typer.Typer):
    """A part of the command line: its commands, and the commands below it, explain themselves in the same way."""

    def __init__(self, cls: type[Group] = Group, **settings: Any) -> None:
        common = {"rich_markup_mode": None, "add_completion": False, "pretty_exceptions_enable": False}
        super().__init__(cls=cls, **common | settings)

    def command(self, name: str | None = None, **settings: Any) -> Callable[[CommandFunctionType], CommandFunctionType]:
        """Register a command."""
        return super().command(name, **{"cls": Command} | settings)


def print_version(asked: bool) -> None:
    """Print the version, if it is asked for, and do nothing else."""
    if asked:
        from importlib.metadata import version

        typer.echo(f"qa {version('article-qa')}")
        raise typer.Exit


def global_options(
    version: Annotated[
        bool, typer.Option("--version", callback=print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Take the options that stand before a command."""
