"""The commands `qa eval ...`: measure, compare, and make cases of one's own articles."""

from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

import typer

from qa.cli.command_types import App, Group
from qa.cli.exit_codes import WORSE
from qa.cli.options import Articles, Index, Json, Llm, Offline, Quiet

DRAFTS = 50


class EvalCommands(Group):
    """The commands below `qa eval`, of which `run` need not be named."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take what names no command for the arguments of `run`, unless it nearly does."""
        first = args[0] if args else ""
        is_typo = bool(get_close_matches(first, self.commands)) and not Path(first).exists()
        if not is_typo and first not in ctx.help_option_names:
            args = ["run", *args]
        return super().parse_args(ctx, args)


app = App(
    cls=EvalCommands,
    help="Ask questions whose answers are known, and measure. `qa eval FILE` is `qa eval run FILE`.",
    epilog="qa eval\nqa eval my.jsonl --articles news\nqa eval my.jsonl --articles news --gate baseline.json",
)


@app.command(
    epilog="qa eval my.jsonl --articles news --report report.html\nqa eval squad.json --sample 150+100\n"
    "qa eval my.jsonl --articles news --gate baseline.json"
)
def run(
    cases: Annotated[
        Path | None,
        typer.Argument(help="File of cases, or a folder of such; the seed set without.", show_default=False),
    ] = None,
    articles: Articles = None,
    index: Index = None,
    llm: Llm = None,
    offline: Offline = None,
    form: Annotated[
        str | None,
        typer.Option("--format", help="jsonl, squad, nomiracl or csv, where it cannot be guessed.", show_default=False),
    ] = None,
    reading: Annotated[bool, typer.Option("--reading", help="Ask SQuAD's questions of their own paragraph.")] = False,
    sample: Annotated[
        str | None,
        typer.Option(help="Draw N cases, 2 of 3 answerable, or so many of each: 150+100.", show_default=False),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the draw.")] = 11,
    kinds: Annotated[
        str | None,
        typer.Option(help="Ask the cases of these kinds alone: overview,timeline.", show_default=False),
    ] = None,
    kinds_told: Annotated[bool, typer.Option("--kinds-told", help="Ask each question as its case's kind.")] = False,
    retrieval_only: Annotated[bool, typer.Option("--retrieval-only", help="Ask no language model.")] = False,
    out: Annotated[Path | None, typer.Option(help="Write the run to this JSON file.", show_default=False)] = None,
    report: Annotated[Path | None, typer.Option(help="Write an HTML page of the run.", show_default=False)] = None,
    gate: Annotated[Path | None, typer.Option(help="Exit 1 when worse than this baseline.", show_default=False)] = None,
    update_baseline: Annotated[
        bool, typer.Option("--update-baseline", help="Write the baseline that --gate names.")
    ] = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Ask the cases, print the figures, and keep the run as a file."""
    from evals.ask_cases import SEEDS, Request
    from index.errors import UsageError
    from qa.cli.display import Display
    from qa.cli.evaluation import measure
    from qa.settings import load_settings

    if update_baseline and gate is None:
        raise UsageError("Which baseline? Name its file with --gate FILE")
    settings = load_settings(articles=articles, index=index, llm=llm, offline=offline)
    number, answerable = _sample(sample)
    request = Request(
        cases or SEEDS, form, reading, number, answerable, seed, retrieval_only, out, _kinds(kinds), kinds_told
    )
    with Display(json, quiet) as display:
        failed = measure(request, settings, display, report, gate, update_baseline)
    raise typer.Exit(WORSE if failed else 0)


@app.command(epilog="qa eval compare monday.json today.json")
def compare(
    before: Annotated[Path, typer.Argument(help="File of a run, as `qa eval --out FILE` writes it.")],
    after: Annotated[Path, typer.Argument(help="File of another run of the same cases.")],
    json: Json = False,
) -> None:
    """Show two runs side by side, with intervals and the cases that changed."""
    from qa.cli.display import Display
    from qa.cli.evaluation import compare_files

    with Display(json) as display:
        compare_files(before, after, display)


@app.command(epilog="qa eval draft news -n 50 --out my.jsonl")
def draft(
    folder: Annotated[Path | None, typer.Argument(help="Folder of articles.", show_default=False)] = None,
    number: Annotated[int, typer.Option("-n", min=1, help="So many cases.")] = DRAFTS,
    broad: Annotated[int, typer.Option(min=0, help="So many cases of broad questions beside them.")] = 0,
    out: Annotated[Path, typer.Option(help="Write the proposals to this file.")] = Path("drafted.jsonl"),
    index: Index = None,
    llm: Llm = None,
    offline: Offline = None,
    seed: Annotated[int, typer.Option(help="Of the choice of sentences.")] = 11,
    quiet: Quiet = False,
) -> None:
    """Propose cases from your own articles, for `qa eval review`."""
    from qa.cli.display import Display
    from qa.cli.evaluation import draft_file
    from qa.settings import load_settings

    settings = load_settings(articles=folder, index=index, llm=llm, offline=offline)
    with Display(quiet=quiet) as display:
        draft_file(settings, display, number, broad, seed, out)


@app.command(epilog="qa eval review my.jsonl --articles news")
def review(
    file: Annotated[Path, typer.Argument(help="File of proposals, as `qa eval draft` writes it.")],
    articles: Articles = None,
    index: Index = None,
    offline: Offline = None,
) -> None:
    """Walk through proposals in the terminal: accept, edit or delete each."""
    from qa.cli.display import Display
    from qa.cli.evaluation import review_file
    from qa.settings import load_settings

    settings = load_settings(articles=articles, index=index, offline=offline)
    with Display() as display:
        display.show(review_file(file, settings))


def _kinds(text: str | None) -> tuple[str, ...]:
    """Read "overview,timeline" as kinds of questions."""
    from evals.broad_gold import KINDS
    from index.errors import UsageError

    kinds = tuple(each.strip() for each in (text or "").split(",") if each.strip())
    if strange := [each for each in kinds if each not in KINDS]:
        raise UsageError(f"There is no kind {strange[0]!r} of question: there are {', '.join(KINDS)}")
    return kinds


def _sample(text: str | None) -> tuple[int | None, int | None]:
    """Read "45" as a number of cases, "150+100" as answerable and unanswerable ones."""
    from index.errors import UsageError

    if text is None:
        return None, None
    answerable, plus, others = text.partition("+")
    try:
        numbers = int(answerable), int(others) if plus else 0
    except ValueError:
        numbers = -1, -1
    if min(numbers) < 0 or not sum(numbers):
        raise UsageError(f"--sample {text} is no number of cases: give 45, or 150+100 for so many of each kind")
    return (sum(numbers), numbers[0]) if plus else (numbers[0], None)
