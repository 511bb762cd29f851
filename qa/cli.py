"""The command `qa`. A command parses, calls one function and shows the result; errors are caught once, here."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from index.errors import ArticleQAError

ABSTAINED = 1
SOME_SKIPPED = 3
INTERRUPTED = 130

EPILOG = (
    "Exit codes: 0 answered, 1 abstained, 2 usage or error, 3 index made but some files skipped, 4 model, "
    "10 no articles, 11 another process is writing, 12 index damaged, 130 interrupted."
)


class Commands(TyperGroup):
    """The commands, with the one place that turns the product's errors into a line and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except ArticleQAError as error:
            from qa.display import print_error

            print_error(error)
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            typer.echo("\nInterrupted. What was indexed before is kept.", err=True)
            raise typer.Exit(INTERRUPTED) from None


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    epilog=EPILOG,
    help="Ask a folder of articles; every statement of the answer points at the exact characters that say so.",
)
models_app = typer.Typer(no_args_is_help=True, help="List, fetch and check the models that run on this machine.")
app.add_typer(models_app, name="models")

Articles = Annotated[Path | None, typer.Option(help="Folder of articles (.txt, .md).", show_default=False)]
Index = Annotated[Path | None, typer.Option(help="Folder of the index, instead of its own place.", show_default=False)]
Llm = Annotated[str | None, typer.Option(help="local, local:0.5b or a GGUF file.", show_default=False)]
Offline = Annotated[bool | None, typer.Option("--offline", help="Never connect to a network.", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command(epilog='Examples: qa ask "Who did Rubio call?"   |   qa ask --articles news - < questions.txt')
def ask(
    question: Annotated[str, typer.Argument(help="The question; - reads questions from stdin, one a line.")],
    articles: Articles = None,
    index: Index = None,
    llm: Llm = None,
    offline: Offline = None,
    json: Json = False,
) -> None:
    """Answer a question from the articles, or say that they do not say."""
    from qa.display import Display
    from qa.run import answer_all
    from qa.settings import load_settings

    settings = load_settings(articles=articles, index=index, llm=llm, offline=offline)
    questions = _lines_of_stdin() if question == "-" else iter([question])
    with Display(json) as display:
        abstained = answer_all(questions, settings, display, one=question != "-")
    raise typer.Exit(ABSTAINED if abstained else 0)


@app.command("index", epilog="Examples: qa index news   |   qa index news --rebuild --json")
def index_folder(
    folder: Annotated[Path | None, typer.Argument(help="Folder of articles.", show_default=False)] = None,
    index: Index = None,
    offline: Offline = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Delete the index first.")] = False,
    json: Json = False,
) -> None:
    """Bring the index of a folder in step with it (asking does so by itself)."""
    from qa.display import Display
    from qa.run import index_articles
    from qa.settings import load_settings

    settings = load_settings(articles=folder, index=index, offline=offline)
    with Display(json) as display:
        report = index_articles(settings, display, rebuild)
    raise typer.Exit(SOME_SKIPPED if report.skipped else 0)


@app.command(
    "eval", epilog="Examples: qa eval   |   qa eval my.jsonl --articles news   |   qa eval squad.json --sample 45"
)
def evaluate(
    cases: Annotated[
        Path | None, typer.Argument(help="JSONL of cases, or a SQuAD file; the seed set without.", show_default=False)
    ] = None,
    articles: Articles = None,
    index: Index = None,
    llm: Llm = None,
    offline: Offline = None,
    sample: Annotated[int | None, typer.Option(help="Draw this many, 2 of 3 answerable.", show_default=False)] = None,
    seed: Annotated[int, typer.Option(help="Of the draw.")] = 11,
    out: Annotated[Path | None, typer.Option(help="Write every answer to this JSON file.", show_default=False)] = None,
    json: Json = False,
) -> None:
    """Ask questions whose answers are known, and measure."""
    from evals.run import run_cases
    from qa.display import Display
    from qa.settings import load_settings

    settings = load_settings(articles=articles, index=index, llm=llm, offline=offline)
    with Display(json) as display:
        report = run_cases(cases, settings, display, sample, seed)
        if out:
            out.write_text(report.to_json(), encoding="utf-8")
        display.show(report.to_text(), report.to_json())


@models_app.command("list")
def list_models(json: Json = False) -> None:
    """List the models, their size and whether they are here."""
    from index.models import load_manifest, status
    from qa.display import Display
    from qa.settings import load_settings

    folder = load_settings().models_dir
    with Display(json) as display:
        display.show_models([(model, status(model, folder)) for model in load_manifest().values()], folder)


@models_app.command()
def pull(name: Annotated[str, typer.Argument(help="A model of `qa models list`.")] = "local") -> None:
    """Fetch a model, resuming where an earlier pull stopped; an altered file is replaced."""
    from index.models import find_model, pull_model
    from qa.display import Display
    from qa.settings import load_settings

    with Display() as display:
        typer.echo(pull_model(find_model(name), load_settings().models_dir, report=display.progress))


@models_app.command()
def verify(name: Annotated[str, typer.Argument(help="A model of `qa models list`.")] = "local") -> None:
    """Read a model's files whole and compare their sha256 with the official ones."""
    from index.models import find_model, verify_model
    from qa.settings import load_settings

    verify_model(find_model(name), load_settings().models_dir)
    typer.echo(f"{name}: every file is the official one")


@models_app.command()
def path(name: Annotated[str, typer.Argument(help="A model of `qa models list`.")] = "local") -> None:
    """Print the folder of a model."""
    from index.models import find_model, model_dir
    from qa.settings import load_settings

    typer.echo(model_dir(find_model(name), load_settings().models_dir))


def main() -> None:
    """Run the command line."""
    try:
        app()
    except SystemExit as end:
        if end.code == INTERRUPTED:
            # llama.cpp may still compute in its thread, where Python's own end crashes; nothing is left to write.
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(INTERRUPTED)
        raise


def _lines_of_stdin() -> Iterator[str]:
    return (line.strip() for line in sys.stdin if line.strip())


if __name__ == "__main__":
    main()
