"""The command `qa`. A command parses, calls one function and shows the result; errors are caught once, here."""

import sqlite3
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from index.errors import ArticleQAError, IndexDamagedError
from qa.cli_config import show_config
from qa.cli_eval import app as eval_app
from qa.cli_options import Articles, Chroma, Fields, Index, Json, Llm, LlmUrl, Offline, Quiet, TraceFile, Verbose
from qa.completion import article_names, complete_shell, model_names, prepare_completion
from qa.help import App, Group, explain, global_options

ABSTAINED = 1
SOME_SKIPPED = 3
DAMAGED = 12
INTERRUPTED = 130


class Commands(Group):
    """The commands, with the one place that turns the product's errors into a line and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except ArticleQAError as error:
            from qa.display import print_error

            print_error(error)
            raise typer.Exit(error.exit_code) from None
        except sqlite3.DatabaseError as error:
            if type(error) is not sqlite3.DatabaseError:  # of the kinds below it, which are bugs
                raise
            from qa.display import print_error

            print_error(IndexDamagedError(f"The index is damaged ({error}): run `qa index --rebuild` to make it anew"))
            raise typer.Exit(DAMAGED) from None
        except typer.TyperException as error:  # repeats what was typed, such as names of files that a * stood for
            from qa.text import one_line

            error.message = one_line(error.message)
            raise
        except KeyboardInterrupt:
            typer.echo("\nInterrupted. What was fetched and indexed before is kept.", err=True)
            raise typer.Exit(INTERRUPTED) from None


app = App(
    cls=Commands,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog='qa ask --articles news "Who won the election in Tarnow?"\nqa show 2025/rubio.html --articles news',
    help="Ask a folder of articles; every statement of the answer points at the exact characters that say so.",
)
models_app = App(
    no_args_is_help=True,
    epilog="qa models list\nqa models pull local:0.5b",
    help="List, fetch and check the models that run on this machine.",
)
app.callback()(global_options)
app.add_typer(models_app, name="models")
app.add_typer(eval_app, name="eval")

Since = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%d"],
        metavar="DATE",
        help="Only articles published on this day or later, as 2025-03-16.",
        show_default=False,
    ),
]
Until = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%d"], metavar="DATE", help="Only articles published on this day or earlier.", show_default=False
    ),
]


ASK_EXAMPLES = """\
qa ask "Who did Rubio call?"
qa ask --articles news --since 2025-03-01 "Who won the election in Tarnow?"
qa ask --articles news --json - < questions.txt"""


@app.command(epilog=ASK_EXAMPLES)
def ask(
    question: Annotated[list[str], typer.Argument(help="The question; - reads questions from stdin, one a line.")],
    articles: Articles = None,
    index: Index = None,
    llm: Llm = None,
    llm_url: LlmUrl = None,
    offline: Offline = None,
    chroma: Chroma = None,
    since: Since = None,
    until: Until = None,
    article: Annotated[
        str | None, typer.Option(help='Only articles whose path matches, as "2025/*.txt".', show_default=False)
    ] = None,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Ask again what was asked before.")] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Tell how each answer came about; asks again.")] = False,
    html: Annotated[
        Path | None, typer.Option(help="Write a page of the answers beside their articles.", show_default=False)
    ] = None,
    trace: TraceFile = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
    json: Json = False,
) -> None:
    """Answer a question from the articles, or say that they do not say."""
    from index.filter import Filter
    from qa.display import Display
    from qa.run import answer_all
    from qa.settings import load_settings

    given = {"articles": articles, "index": index, "llm": llm, "llm_url": llm_url, "offline": offline, "chroma": chroma}
    settings = load_settings(**given, cache=False if no_cache else None)
    many = question == ["-"]
    questions = _lines_of_stdin() if many else iter([" ".join(question)])
    only = Filter(since and since.date(), until and until.date(), article)
    with Display(json, quiet, verbose) as display:
        abstained = answer_all(questions, settings, display, not many, only, why=explain, html=html, trace=trace)
    raise typer.Exit(ABSTAINED if abstained else 0)


@app.command(epilog="qa chat\nqa chat --articles news --since 2025-03-01\nqa chat < questions.txt")
def chat(
    articles: Articles = None,
    index: Index = None,
    llm: Llm = None,
    llm_url: LlmUrl = None,
    offline: Offline = None,
    chroma: Chroma = None,
    since: Since = None,
    until: Until = None,
    article: Annotated[
        str | None, typer.Option(help='Only articles whose path matches, as "2025/*.txt".', show_default=False)
    ] = None,
    trace: TraceFile = None,
) -> None:
    """Ask one question after the other; "And when?" is completed from the one before."""
    from index.filter import Filter
    from qa.chat import chat as talk
    from qa.display import Display
    from qa.settings import load_settings

    settings = load_settings(articles=articles, index=index, llm=llm, llm_url=llm_url, offline=offline, chroma=chroma)
    with Display() as display:
        talk(settings, display, Filter(since and since.date(), until and until.date(), article), trace)


@app.command("index", epilog="qa index news\nqa index news --dry-run\nqa index news --watch")
def index_folder(
    folder: Annotated[Path | None, typer.Argument(help="Folder of articles.", show_default=False)] = None,
    index: Index = None,
    offline: Offline = None,
    chroma: Chroma = None,
    fields: Fields = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Delete the index first.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Keep the index in step until interrupted.")] = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    json: Json = False,
) -> None:
    """Bring the index of a folder in step with it (asking does so by itself)."""
    from index.errors import UsageError
    from qa.display import Display
    from qa.run import index_articles, preview_index, watch_articles
    from qa.settings import load_settings

    if rebuild + dry_run + watch > 1:
        raise UsageError("--rebuild, --dry-run and --watch exclude each other: give one of them")
    settings = load_settings(articles=folder, index=index, offline=offline, chroma=chroma, fields=fields)
    with Display(json, quiet, verbose) as display:
        if watch:
            watch_articles(settings, display)
            return
        report = preview_index(settings, display) if dry_run else index_articles(settings, display, rebuild)
    raise typer.Exit(SOME_SKIPPED if report.skipped else 0)


@app.command("status", epilog="qa status --articles news --json")
def show_status(articles: Articles = None, index: Index = None, json: Json = False) -> None:
    """Tell what is indexed, since when and how much."""
    from qa.display import Display
    from qa.settings import load_settings
    from qa.status import status_of

    status = status_of(load_settings(articles=articles, index=index))
    with Display(json) as display:
        display.show(status.to_text(), status.to_json())


@app.command(epilog="qa show 2025/rubio.html 179:413\nqa show 2025/rubio.html --text > rubio.txt")
def show(
    article: Annotated[str, typer.Argument(help="An article as citations name it.", autocompletion=article_names)],
    span: Annotated[
        str | None, typer.Argument(metavar="START:END", help="Only what is around these characters.")
    ] = None,
    articles: Articles = None,
    index: Index = None,
    text: Annotated[bool, typer.Option("--text", help="Only the text that offsets count in, exactly.")] = False,
    json: Json = False,
) -> None:
    """Show an article as it is indexed, and where its title and date were read."""
    from qa.display import Display
    from qa.settings import load_settings
    from qa.show import show_article

    with Display(json) as display:
        show_article(article, span, load_settings(articles=articles, index=index), display, text)


@app.command(epilog="qa doctor --articles news")
def doctor(articles: Articles = None, index: Index = None, chroma: Chroma = None, json: Json = False) -> None:
    """Examine models, index, disk and settings, changing nothing; each fault comes with its cure."""
    from qa.display import Display
    from qa.doctor import examine
    from qa.settings import load_settings

    with Display(json) as display:
        findings = list(examine(load_settings(articles=articles, index=index, chroma=chroma)))
        display.show_findings(findings)
    if any(each.damage for each in findings):
        raise typer.Exit(DAMAGED)
    raise typer.Exit(1 if any(each.cure for each in findings) else 0)


@models_app.command("list", epilog="qa models list\nqa models list --json")
def list_models(json: Json = False) -> None:
    """List the models, their size and whether they are here."""
    from index.models import load_manifest, status
    from qa.display import Display
    from qa.settings import load_settings

    folder = load_settings().models_dir
    with Display(json) as display:
        display.show_models([(model, status(model, folder)) for model in load_manifest().values()], folder)


ModelName = Annotated[str, typer.Argument(help="A model of `qa models list`.", autocompletion=model_names)]


@models_app.command(epilog="qa models pull\nqa models pull all-MiniLM-L6-v2")
def pull(name: ModelName = "local", quiet: Quiet = False) -> None:
    """Fetch a model, resuming where an earlier pull stopped; an altered file is replaced."""
    from index.models import find_model, pull_model
    from qa.display import Display
    from qa.settings import load_settings

    with Display(quiet=quiet) as display:
        typer.echo(pull_model(find_model(name), load_settings().models_dir, report=display.progress))


@models_app.command(epilog="qa models verify\nqa models verify all-MiniLM-L6-v2")
def verify(name: ModelName = "local") -> None:
    """Read a model's files whole and compare their sha256 with the official ones."""
    from index.models import find_model, verify_model
    from qa.settings import load_settings

    verify_model(find_model(name), load_settings().models_dir)
    typer.echo(f"{name}: every file is the official one")


@models_app.command(epilog="qa models path\nqa models path all-MiniLM-L6-v2")
def path(name: ModelName = "local") -> None:
    """Print the folder of a model."""
    from index.models import find_model, model_dir
    from qa.settings import load_settings

    typer.echo(model_dir(find_model(name), load_settings().models_dir))


app.command("config", epilog="qa config\nqa config --json\nqa config --path")(show_config)
app.command("completion", epilog="qa completion bash --install\nqa completion zsh > _qa")(complete_shell)
app.command("help", epilog="qa help ask\nqa help exit-codes")(explain)


def main() -> None:
    """Run the command line."""
    prepare_completion()
    app(prog_name="qa")  # whether started as `qa` or as `python -m qa`


def _lines_of_stdin() -> Iterator[str]:
    return (line.strip() for line in sys.stdin if line.strip())


if __name__ == "__main__":
    main()
