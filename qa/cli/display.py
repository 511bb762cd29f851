"""What people and programs see: data on stdout, everything else on stderr, nothing of an article but its words."""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from index.errors import ArticleQAError, UsageError
from qa.as_json import answer_as_dict
from qa.cli.as_text import answer_lines, counts_of, finding_lines, model_line, sync_lines
from qa.cli.first_run import notes_on
from qa.cli.links import file_uri, stdout_has_links
from qa.cli.options import Format
from qa.cli.pager import show_in_pager
from qa.cli.progress import LiveProgress
from qa.cli.rows import write_rows
from qa.events import (
    Event,
    EvidenceChosen,
    FetchAnnounced,
    FilesSkipped,
    Progressed,
    QuestionCompleted,
    ReplyAwaited,
    StatementMade,
    StepEnded,
    Synced,
    Warned,
)
from qa.text import escape_invisible, one_line, visible

if TYPE_CHECKING:
    from index.models.manifest import Model
    from index.sync import SyncReport
    from qa.answer import Answer
    from qa.inspection.doctor import Finding

SKIPPED_SHOWN = 5


class Display:
    """Shows results as text, or as JSON, one object a line; if `quiet` nothing else but errors, if `verbose` more.

    In JSON what is not visible is written `\\uXXXX`, in a file as on a terminal, which may see the file later: every
    reader of JSON gives the exact text that offsets count in. Places of citations link to their files on a terminal
    that has links, once the folder `articles` is known.
    """

    def __init__(
        self,
        as_json: bool = False,
        quiet: bool = False,
        verbose: bool = False,
        out: TextIO | None = None,
        form: Format | None = None,
    ) -> None:
        """Show on stdout, or in the file `out`; of answers their rows, where a form for these is given."""
        if quiet and verbose:
            raise UsageError("--quiet and --verbose exclude each other: give one of them")
        self.articles: Path | None = None
        self._as_json = as_json
        self._form = form
        self._quiet = quiet
        self._verbose = verbose
        self._out = Console(file=out, highlight=False, soft_wrap=True)
        self._err = Console(stderr=True, highlight=False, soft_wrap=True)
        self._live = LiveProgress(self._err, self._is_animated)
        self._is_first_run = False  # in which all takes longer, the model reads its instructions too
        self._skipped: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def hear(self, event: Event) -> None:
        """Show what is told while work goes on."""
        match event:
            case StepEnded() | ReplyAwaited():
                pass
            case Synced(report):
                self.tell("synced", f"{counts_of(report)}, {report.unchanged} unchanged")
            case QuestionCompleted(text):
                self.show(f"→ {text}")
            case _ if self._quiet:
                pass
            case Progressed():
                self._live.advance(event)
            case EvidenceChosen(evidence):
                if not self._as_json and sys.stderr.isatty():
                    self._live.show_evidence(evidence)
                elif self._is_first_run:
                    self._live.tell_of_reading(evidence)
            case StatementMade(text):
                self._live.show_statement(text)
            case FetchAnnounced():
                self._is_first_run = True
                for line in notes_on(event):
                    self.note(line)
            case FilesSkipped(files):
                self.warn_skipped(files)
            case Warned(message):
                self.warn(message)

    def show_answer(self, answer: "Answer") -> None:
        """Show an answer with its citations, or what comes closest to one."""
        if self._form and answer.statements:
            self._live.stop()
            sys.stdout.write(write_rows(answer, self._form))
        elif self._form:
            self.warn(f"{answer.text} ({answer.abstention})")
        elif self._as_json:
            self._print_json(answer_as_dict(answer))
        else:
            self._print(*answer_lines(answer, self._link_of))

    def show_failure(self, question: str, error: ArticleQAError) -> None:
        """Show, among several answers, that a question cannot be one."""
        if self._as_json:
            self._print_json({"question": question[:200], "error": str(error)})
        self._say(str(error), "yellow")

    def show_sync(self, report: "SyncReport", would: bool = False) -> None:
        """Show what a sync did, or what it would do."""
        if self._as_json:
            self._print_json(report.as_dict())
            return
        self._print(*sync_lines(report, would))
        if not would:
            self.warn_skipped(report.skipped)
            self._warn_by_reason(report.skipped)

    def show_findings(self, findings: "Sequence[Finding]") -> None:
        """Show what was examined, each fault with its cure."""
        for each in findings:
            if self._as_json:
                self._print_json(each.as_dict())
            else:
                self._print(*finding_lines(each))

    def show_models(self, models: "Sequence[tuple[Model, str]]", folder: Path) -> None:
        """Show the models of the manifest and their state."""
        for model, state in models:
            if self._as_json:
                self._print_json(model.as_dict() | {"status": state, "folder": str(folder)})
            else:
                self._print(model_line(model, state))

    def show(self, text: str, as_json: str = "null") -> None:
        """Show a result in the form that was asked for; both are given whole."""
        if self._as_json:
            self._write_json(as_json)
        else:
            self._print(Text(visible(text)))

    def show_long(self, text: Text, fields: dict[str, Any]) -> None:
        """Show a text, on a terminal by the pager that PAGER names where it does not fit; or `fields` as JSON."""
        if self._as_json:
            self._print_json(fields)
            return
        rows = sum(-(-cell_len(line) // self._out.width) or 1 for line in text.plain.split("\n"))
        pager = os.environ.get("PAGER") if sys.stdout.isatty() and not self._out.is_dumb_terminal else None
        if pager and rows >= self._out.height:
            with self._out.capture() as captured:
                self._out.print(text)
            show_in_pager(captured.get(), pager)
        else:
            self._out.print(text)

    def show_exactly(self, text: str) -> None:
        """Write a text as it is, except on a terminal, which sees nothing invisible."""
        if sys.stdout.isatty():  # FORCE_COLOR makes rich take a pipe for a terminal
            self._out.print(Text(visible(text)))
        else:
            sys.stdout.buffer.write(text.encode())

    @property
    def has_styles(self) -> bool:
        """Tell whether what is shown on stdout can be bold or in reverse."""
        return self._out.color_system is not None

    def warn_skipped(self, skipped: "Sequence[tuple[str, str]]") -> None:
        """Say which files are no articles and why, once each."""
        new = [(path, reason) for path, reason in skipped if path not in self._skipped]
        self._skipped.update(path for path, _ in new)
        for path, reason in new[:SKIPPED_SHOWN]:
            self.warn(f"Skipped {path}: {reason}")
        if len(new) > SKIPPED_SHOWN:
            self.warn(f"... and {len(new) - SKIPPED_SHOWN} more; `qa status --skipped` lists them all")

    def _warn_by_reason(self, skipped: "Sequence[tuple[str, str]]") -> None:
        """End with how many files were left out for which reason, where it is more than one."""
        from qa.inspection.status import by_reason

        for line in by_reason(skipped) if len(skipped) > 1 else []:
            self.warn(line)

    def warn(self, message: str) -> None:
        """Say something that is no result."""
        if not self._quiet:
            self._say(message, "yellow")

    def note(self, message: str) -> None:
        """Say what is neither a result nor a warning."""
        if not self._quiet:
            self._say(message, "")

    def hint(self, message: str) -> None:
        """Say what to type next, to a person."""
        if not (self._quiet or self._as_json) and self._is_animated:
            self._say(message, "dim")

    def tell(self, subject: str, found: object) -> None:
        """Say what only those want to know who ask for it."""
        if self._verbose:
            self._say(f"{subject}: {found}", "dim")

    @property
    def _is_animated(self) -> bool:
        """Tell whether what is written can be taken back; FORCE_COLOR makes rich take a pipe for a terminal."""
        return sys.stderr.isatty() and not self._err.is_dumb_terminal

    def _link_of(self, article_id: str) -> str | None:
        return file_uri(self.articles, article_id) if self.articles and stdout_has_links() else None

    def _print(self, *lines: Text) -> None:
        self._live.stop()
        for line in lines:
            self._out.print(line)

    def _say(self, message: str, style: str) -> None:
        self._live.stop()
        self._err.print(Text(one_line(message), style=style))

    def _print_json(self, fields: dict[str, Any]) -> None:
        self._write_json(json.dumps(fields, ensure_ascii=False))

    def _write_json(self, line: str) -> None:
        self._live.stop()
        sys.stdout.write(escape_invisible(line) + "\n")
        sys.stdout.flush()


def print_error(error: ArticleQAError) -> None:
    """Print what happened and what to type next."""
    lines = [one_line(line) for line in str(error).splitlines()]
    Console(stderr=True, highlight=False, soft_wrap=True).print(Text("Error: " + "\n".join(lines), style="red"))
