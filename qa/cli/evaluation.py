"""What the commands below `qa eval` do, from the settings to something shown."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from evals import figures, gate
from evals.ask_cases import Request, run_cases
from evals.drafting.broad_questions import draft_broad_cases
from evals.drafting.propose import Tally, draft_cases, write_draft
from evals.drafting.review import review_in_terminal
from evals.quotes import TextOf
from evals.report.run_page import page
from evals.run_file import load_run
from index.errors import UsageError
from qa.cli.display import Display
from qa.events import progress_of
from qa.files import write_text
from qa.opening import open_both, open_index
from qa.paths import place_of_run
from qa.settings import Settings


def measure(
    request: Request,
    settings: Settings,
    display: Display,
    report: Path | None = None,
    baseline: Path | None = None,
    update_baseline: bool = False,
) -> bool:
    """Run the cases and show the figures; tell whether they are worse than the baseline's.

    Raises:
        UsageError: as `run_cases` and `gate.gate`; a baseline that cannot serve is told before any case is asked.
    """
    known = gate.load_baseline(baseline) if baseline and not update_baseline else None
    run = run_cases(request, settings, display.hear)
    display.show(figures.to_text(run), json.dumps({name: value for name, value in run.items() if name != "cases"}))
    if report:
        with _texts(run) as text_of:
            write_text(page(run, text_of), report)
        display.warn(f"The page is {report}")
    if baseline and known is None:
        gate.write_baseline(run, baseline)
        display.warn(f"The baseline is {baseline}")
    return _gate(known, run, display) if known else False


def compare_files(before: Path, after: Path, display: Display) -> None:
    """Show two runs side by side."""
    changes = gate.compare(load_run(before), load_run(after))
    display.show(gate.to_text(changes), json.dumps([gate.as_dict(each) for each in changes]))


def draft_file(settings: Settings, display: Display, number: int, broad: int, seed: int, out: Path) -> None:
    """Propose cases from the articles, and so many of `broad` questions, each written as soon as it is found.

    Raises:
        UsageError: the file is there already, or cannot be written.
    """
    index, llm = open_both(settings, display.hear)
    index.sync(progress_of(display.hear, in_bytes=True))
    tally, broad_tally = Tally(number), Tally(broad)
    progress = progress_of(display.hear)
    try:
        with closing(index), out.open("x", encoding="utf-8") as file:
            for broad_draft in draft_broad_cases(index, llm, broad, seed, broad_tally, progress):
                write_draft(broad_draft, file)
            for draft in draft_cases(index, llm, number, seed, tally, progress):
                write_draft(draft, file)
    except FileExistsError:
        raise UsageError(f"{out} is there already: name another file with --out, or delete it") from None
    except OSError as error:
        raise UsageError(f"{out} cannot be written ({error.strerror}): name another with --out FILE") from error
    kept = tally.kept + broad_tally.kept
    next_step = f"Now walk through them: qa eval review {out} --articles {settings.articles}" if kept else ""
    told = [tally.to_text(), *([f"Of broad questions {broad_tally.to_text()}"] if broad else []), next_step]
    display.show("\n".join(told).rstrip())


def review_file(file: Path, settings: Settings) -> str:
    """Walk through proposals in the terminal, and say what was decided."""
    with closing(open_index(settings)) as index:
        index.sync()
        return review_in_terminal(file, index.catalog.text_of).to_text(file, settings.articles)


def _gate(baseline: dict[str, Any], run: dict[str, Any], display: Display) -> bool:
    changes = gate.compare(baseline, run)
    failed = [each.name.replace("_", " ") for each in gate.failures(changes)]
    verdict = f"\nThe gate is red: worse are {', '.join(failed)}." if failed else "\nThe gate is green."
    display.show(
        f"\nAgainst the baseline:\n{gate.to_text(changes)}\n{verdict}",
        json.dumps({"gate": "red" if failed else "green", "changes": [gate.as_dict(each) for each in changes]}),
    )
    return bool(failed)


@contextmanager
def _texts(run: dict[str, Any]) -> Iterator[TextOf]:
    """Give the articles' texts as the run's index has them."""
    with closing(place_of_run(run["settings"]).open(read_only=True)) as catalog:
        yield catalog.text_of
