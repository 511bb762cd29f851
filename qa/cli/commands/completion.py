"""Completion by the shell: its script, and what it offers besides commands, options and files.

Typer's own options for this would have every command load pydantic before it shows its help.
"""

import os
from enum import StrEnum
from typing import Annotated

import typer

from qa.text import one_line

EXAMPLES = "qa completion bash --install\nqa completion zsh > _qa"
MAX_NAMES = 200
VARIABLE = "_QA_COMPLETE"


class Shell(StrEnum):
    """A shell that can complete."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def complete_shell(
    shell: Annotated[Shell, typer.Argument(help="Your shell.")],
    install: Annotated[bool, typer.Option("--install", help="Write it where the shell reads it.")] = False,
) -> None:
    """Print what has a shell complete commands, options, articles and models."""
    from typer import _completion_shared as scripts

    if install:
        _, path = scripts.install(shell=shell, prog_name="qa", complete_var=VARIABLE)
        typer.echo(f"Written to {path}: open a new terminal, and type qa and Tab")
    else:
        typer.echo(scripts.get_completion_script(prog_name="qa", complete_var=VARIABLE, shell=shell))


def prepare_completion() -> None:
    """Make ready for the question of a shell, where this process was started for one."""
    if VARIABLE in os.environ:
        from typer._completion_classes import completion_init

        completion_init()


def article_names(ctx: typer.Context, incomplete: str) -> list[str]:
    """Give the articles whose names begin so, of the folder that the line names or the settings do."""
    from index.errors import ArticleQAError
    from qa.opening import open_catalog
    from qa.paths import index_place
    from qa.settings import load_settings

    try:
        settings = load_settings(articles=ctx.params.get("articles"), index=ctx.params.get("index"))
        catalog = open_catalog(index_place(settings))
    except ArticleQAError:
        return []
    try:
        names = catalog.ids_beginning(incomplete, MAX_NAMES)
        return [name for name in names if name == one_line(name)]  # a shell prints them as they are
    finally:
        catalog.close()


def model_names(incomplete: str) -> list[str]:
    """Give the models of the manifest whose names begin so."""
    from index.models.manifest import load_manifest

    return [name for name in load_manifest() if name.startswith(incomplete)]
