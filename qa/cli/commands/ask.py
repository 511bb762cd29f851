"""`qa ask`: answer a question from the articles."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from index.errors import UsageError
from qa.answer import Kind
from qa.cli.exit_codes import ABSTAINED
from qa.cli.options import (
    Articles,
    Chroma,
    Format,
    Index,
    Json,
    Llm,
    LlmUrl,
    Offline,
    OnlyArticle,
    Quiet,
    Since,
    TraceFile,
    Until,
    Verbose,
)

EXAMPLES = """\
qa ask "Who did Rubio call?"
qa ask --articles news --since 2025-03-01 "Who won the election in Tarnow?"
qa ask --articles news "What do the articles say about the ferry strike?"
qa ask --articles news --format csv "Which articles mention Rubio?"
qa ask --articles news --json - < questions.txt"""


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
    article: OnlyArticle = None,
    kind: Annotated[
        Kind | None, typer.Option(help="What the question asks for, whatever it seems to.", show_default=False)
    ] = None,
    form: Annotated[
        Format | None, typer.Option("--format", help="Print the answer's rows with their places.", show_default=False)
    ] = None,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Ask again what was asked before.")] = False,
    no_server: Annotated[bool, typer.Option("--no-server", help="Answer here, even while `qa serve` runs.")] = False,
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
    from qa.cli.answering import answer_all
    from qa.cli.display import Display
    from qa.settings import load_settings

    if json and form:
        raise UsageError("--json and --format exclude each other: give one of them")
    given = {"articles": articles, "index": index, "llm": llm, "llm_url": llm_url, "offline": offline, "chroma": chroma}
    settings = load_settings(**given, cache=False if no_cache else None)
    many = question == ["-"]
    questions = _lines_of_stdin() if many else iter([" ".join(question)])
    only = Filter(since and since.date(), until and until.date(), article)
    with Display(json, quiet, verbose, form=form) as display:
        abstained = answer_all(
            questions,
            settings,
            display,
            not many,
            only,
            why=explain,
            html=html,
            trace=trace,
            kind=kind,
            asks_server=not no_server,
        )
    raise typer.Exit(ABSTAINED if abstained else 0)


def _lines_of_stdin() -> Iterator[str]:
    return (line.strip() for line in sys.stdin if line.strip())
