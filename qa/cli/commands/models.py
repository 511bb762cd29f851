"""`qa models`: the models that run on this machine."""

from typing import Annotated

import typer

from qa.cli.command_types import App
from qa.cli.commands.completion import model_names
from qa.cli.options import Json, Quiet

app = App(
    no_args_is_help=True,
    epilog="qa models list\nqa models pull local:0.5b",
    help="List, fetch and check the models that run on this machine.",
)


@app.command("list", epilog="qa models list\nqa models list --json")
def list_models(json: Json = False) -> None:
    """List the models, their size and whether they are here."""
    from index.models.manifest import load_manifest
    from index.models.pull import status
    from qa.cli.display import Display
    from qa.settings import load_settings

    folder = load_settings().models_dir
    with Display(json) as display:
        display.show_models([(model, status(model, folder)) for model in load_manifest().values()], folder)


ModelName = Annotated[str, typer.Argument(help="A model of `qa models list`.", autocompletion=model_names)]


@app.command(epilog="qa models pull\nqa models pull all-MiniLM-L6-v2")
def pull(name: ModelName = "local", quiet: Quiet = False) -> None:
    """Fetch a model, resuming where an earlier pull stopped; an altered file is replaced."""
    from index.models.manifest import find_model
    from index.models.pull import pull_model
    from qa.cli.display import Display
    from qa.events import progress_of
    from qa.settings import load_settings

    with Display(quiet=quiet) as display:
        typer.echo(
            pull_model(find_model(name), load_settings().models_dir, report=progress_of(display.hear, in_bytes=True))
        )


@app.command(epilog="qa models verify\nqa models verify all-MiniLM-L6-v2")
def verify(name: ModelName = "local") -> None:
    """Read a model's files whole and compare their sha256 with the official ones."""
    from index.models.manifest import find_model
    from index.models.pull import verify_model
    from qa.settings import load_settings

    verify_model(find_model(name), load_settings().models_dir)
    typer.echo(f"{name}: every file is the official one")


@app.command(epilog="qa models path\nqa models path all-MiniLM-L6-v2")
def path(name: ModelName = "local") -> None:
    """Print the folder of a model."""
    from index.models.manifest import find_model, model_dir
    from qa.settings import load_settings

    typer.echo(model_dir(find_model(name), load_settings().models_dir))
