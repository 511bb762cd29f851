"""What people and programs see: data on stdout, everything else on stderr, nothing of an article but its words."""

import dataclasses
import json
import os
import re
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Self, TextIO

from rich.cells import cell_len
from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.spinner import Spinner
from rich.style import Style
from rich.text import Text

from index.errors import ArticleQAError, UsageError
from qa.links import file_uri, stdout_has_links
from qa.pager import show_in_pager
from qa.text import escape_invisible, one_line, visible

if TYPE_CHECKING:
    from index.models import Model
    from index.sync import SyncReport
    from qa.answer import Answer, Evidence
    from qa.doctor import Finding

CLOSEST_SHOWN = 2
SKIPPED_SHOWN = 5
SYNCED = ("added", "updated", "renamed", "removed")


class Display:
    """Shows results as text, or as JSON, one object a line; if `quiet` nothing else but errors, if `verbose` more.

    In JSON what is not visible is written `\\uXXXX`, in a file as on a terminal, which may see the file later: every
    reader of JSON gives the exact text that offsets count in. Places of citations link to their files on a terminal
    that has links, once the folder `articles` is known.
    """

    def __init__(
        self, as_json: bool = False, quiet: bool = False, verbose: bool = False, out: TextIO | None = None
    ) -> None:
        """Show on stdout, or in the file `out`."""
        if quiet and verbose:
            raise UsageError("--quiet and --verbose exclude each other: give one of them")
        self.articles: Path | None = None
        self._as_json = as_json
        self._quiet = quiet
        self._verbose = verbose
        self._out = Console(file=out, highlight=False, soft_wrap=True)
        self._err = Console(stderr=True, highlight=False, soft_wrap=True)
        self._progress: Progress | None = None
        self._task: tuple[str, TaskID] | None = None
        self._warned: set[str] = set()
        self._reading: Live | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop_progress()

    def progress(self, label: str, done: int, total: int, note: str = "") -> None:
        """Move the bar of long work, on a terminal, `note` behind it; elsewhere say once that it has begun."""
        if self._quiet:
            return
        if not self._is_animated:
            if label not in self._warned:
                self._warned.add(label)
                self._err.print(Text(f"{label} ..."))
            return
        if self._progress is None:
            columns = (
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                TextColumn("{task.percentage:>3.0f}%"),
                TimeRemainingColumn(),
                TextColumn("{task.fields[note]}", markup=False),
            )
            self._progress = Progress(*columns, console=self._err, transient=True)
            self._progress.start()
        if self._task is None or self._task[0] != label:
            self._task = (label, self._progress.add_task(label, total=total, note=note))
        self._progress.update(self._task[1], completed=done, total=total, note=note)

    def show_evidence(self, evidence: "Sequence[Evidence]") -> None:
        """Show the best sentences at once, on a terminal only; they are gone when the answer takes their place."""
        if self._as_json or self._quiet or not sys.stderr.isatty():
            return
        self._stop_progress()
        best = sorted(evidence, key=lambda each: -each.score)[:CLOSEST_SHOWN]
        lines = Text("\n".join(f"  {one_line(each.text)}" for each in best), "dim", no_wrap=True, overflow="ellipsis")
        if self._err.is_dumb_terminal:
            self._err.print(lines)
            return
        count = f"Reading {len(evidence)} sentence{'' if len(evidence) == 1 else 's'}"
        self._reading = Live(
            Group(Spinner("dots", Text(count)), lines), console=self._err, transient=True, refresh_per_second=8
        )
        self._reading.start()

    def show_answer(self, answer: "Answer") -> None:
        """Show an answer with its citations, or what comes closest to one."""
        self._stop_progress()
        if self._as_json:
            self._print_json(answer_as_dict(answer))
            return
        text = Text(one_line(answer.text), style="bold" if answer.abstained else "")
        text.highlight_words([one_line(answer.short_answer)] if answer.short_answer else [], style="bold")
        self._out.print(text)
        for number, citation in enumerate(answer.citations, 1):
            self._print_sentence(f"[{number}]", citation.span, citation.quote, citation.title, citation.published)
            if citation.also_in:
                self._out.print(Text(f"    also in {', '.join(map(one_line, citation.also_in))}", style="dim"))
        if answer.abstention:
            self._out.print(Text(f"({answer.abstention})"))
            closest = sorted(answer.evidence, key=lambda each: -each.score)[:CLOSEST_SHOWN]
            if closest:
                self._out.print(Text("Closest:"))
            for each in closest:
                self._print_sentence("  -", each.span, each.text, each.title, each.published)
        self._out.print()
        if answer.explanation:
            self._out.print(Text(answer.explanation.to_text() + "\n"))

    def show_failure(self, question: str, error: ArticleQAError) -> None:
        """Show, among several answers, that a question cannot be one."""
        if self._as_json:
            self._print_json({"question": question[:200], "error": str(error)})
        self._say(str(error), "yellow")

    def show_sync(self, report: "SyncReport", would: bool = False) -> None:
        """Show what a sync did, or what it would do."""
        self._stop_progress()
        if self._as_json:
            fields = dataclasses.asdict(report)
            skipped = [{"path": path, "reason": reason} for path, reason in report.skipped]
            renamed = [{"from": old, "to": new} for old, new in report.renamed]
            self._print_json(fields | {"skipped": skipped, "renamed": renamed})
            return
        line = counts_of(report)
        if would:
            self._out.print(Text(f"Would be: {line}, {report.unchanged} unchanged"))
            for name in SYNCED:
                for each in getattr(report, name):
                    paths = " -> ".join(each) if isinstance(each, tuple) else each
                    self._out.print(Text(f"  {name:<8} {one_line(paths)}"))
            return
        end = f"{report.unchanged} unchanged; {report.passages} passages; {report.seconds:.1f} s"
        self._out.print(Text(f"{line}, {end}"))
        self.warn_skipped(report.skipped)

    @property
    def has_styles(self) -> bool:
        """Tell whether what is shown on stdout can be bold or in reverse."""
        return self._out.color_system is not None

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

    def show_findings(self, findings: "Sequence[Finding]") -> None:
        """Show what was examined, each fault with its cure."""
        if self._as_json:
            for each in findings:
                self._print_json({"subject": each.subject, "found": each.found, "cure": each.cure})
            return
        for each in findings:
            mark, style = ("ok", "green") if each.cure is None else ("!!", "red")
            self._out.print(
                Text(f"{mark}  ", style=style).append(f"{each.subject:<15} {one_line(each.found)}", style="")
            )
            if each.cure:
                self._out.print(Text(f"    {'':<15} {one_line(each.cure)}", style="yellow"))

    def show_models(self, models: "Sequence[tuple[Model, str]]", folder: Path) -> None:
        """Show the models of the manifest and their state."""
        sizes = [sum(file.size for file in model.files) for model, _ in models]
        if self._as_json:
            for (model, state), size in zip(models, sizes, strict=True):
                row = {"name": model.name, "kind": model.kind, "license": model.license}
                self._print_json(row | {"bytes": size, "status": state, "folder": str(folder)})
            return
        for (model, state), size in zip(models, sizes, strict=True):
            self._out.print(
                Text(f"{model.name:<18} {model.kind:<9} {size / 1e6:>7,.0f} MB  {model.license:<11} {state}")
            )

    def show(self, text: str, as_json: str = "null") -> None:
        """Show a result in the form that was asked for; both are given whole."""
        self._stop_progress()
        if self._as_json:
            self._write_json(as_json)
        else:
            self._out.print(Text(visible(text)))

    def warn_skipped(self, skipped: "Sequence[tuple[str, str]]") -> None:
        """Say which files are no articles and why, once each."""
        new = [(path, reason) for path, reason in skipped if path not in self._warned]
        self._warned.update(path for path, _ in new)
        for path, reason in new[:SKIPPED_SHOWN]:
            self.warn(f"Skipped {path}: {reason}")
        if len(new) > SKIPPED_SHOWN:
            self.warn(f"... and {len(new) - SKIPPED_SHOWN} more; `qa index --json` lists them all")

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

    def _say(self, message: str, style: str) -> None:
        self._stop_progress()
        self._err.print(Text(one_line(message), style=style))

    def _print_sentence(self, mark: str, span: Any, text: str, title: str, published: date | None) -> None:
        place = f"{one_line(span.article_id)}:{span.start}-{span.end}"
        named_by_file = title.split() == re.split(r"[\s_-]+", PurePosixPath(span.article_id).stem)
        facts = [str(fact) for fact in (None if named_by_file else one_line(title), published) if fact]
        uri = file_uri(self.articles, span.article_id) if self.articles and stdout_has_links() else None
        linked = Style(color="cyan", link=uri)
        self._out.print(Text(f"{mark} ").append(place, style=linked).append("".join(f", {fact}" for fact in facts)))
        self._out.print(Text(f"    {one_line(text)}"))

    def _print_json(self, fields: dict[str, Any]) -> None:
        self._write_json(json.dumps(fields, ensure_ascii=False))

    def _write_json(self, line: str) -> None:
        sys.stdout.write(escape_invisible(line) + "\n")
        sys.stdout.flush()

    def _stop_progress(self) -> None:
        if self._reading:
            self._reading.stop()
            self._reading = None
        if self._progress:
            self._progress.stop()
            self._progress, self._task = None, None


def print_error(error: ArticleQAError) -> None:
    """Print what happened and what to type next."""
    lines = [one_line(line) for line in str(error).splitlines()]
    Console(stderr=True, highlight=False, soft_wrap=True).print(Text("Error: " + "\n".join(lines), style="red"))


def counts_of(report: "SyncReport") -> str:
    """Say how many articles a sync took in, moved and forgot."""
    counts = {name: len(getattr(report, name)) for name in SYNCED}
    return ", ".join(f"{count} {name}" for name, count in counts.items() if count or name != "renamed")


def answer_as_dict(answer: "Answer") -> dict[str, Any]:
    """Give an answer as the JSON object that scripts read; fields are only ever added."""
    explained = {"explain": answer.explanation.as_dict()} if answer.explanation else {}
    return {
        "question": answer.question,
        "answer": None if answer.abstained else answer.text,
        "short_answer": answer.short_answer,
        "abstained": answer.abstained,
        "reason": answer.abstention and str(answer.abstention),
        "confidence": answer.confidence,
        "statements": [{"text": each.text, "citations": list(each.citations)} for each in answer.statements],
        "citations": [
            {
                "article": each.span.article_id,
                "title": each.title,
                "published": each.published and each.published.isoformat(),
                "start": each.span.start,
                "end": each.span.end,
                "quote": each.quote,
                "publisher": each.publisher,
                "url": each.url,
                "also_in": list(each.also_in),
            }
            for each in answer.citations
        ],
        "evidence": [
            {"article": each.span.article_id, "start": each.span.start, "end": each.span.end, "score": each.score}
            for each in answer.evidence
        ],
        "model": answer.model,
        "embedder": answer.embedder,
        "timings_ms": answer.timings_ms,
        "cached": answer.cached,
        **explained,
    }
