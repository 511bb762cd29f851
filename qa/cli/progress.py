"""Show on stderr that work goes on: a bar where it can move, lines elsewhere, and the evidence while a model reads."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.spinner import Spinner
from rich.text import Text

from qa.cli.as_text import closest_of
from qa.cli.pulse import Pulse
from qa.text import one_line

if TYPE_CHECKING:
    from qa.answer import Evidence
    from qa.events import Progressed

MB_FROM_BYTES = 10_000_000
LINE_EVERY_S = 5.0  # where no bar can move, a person still sees within ten seconds that something does


@dataclass
class _Work:
    """Work that goes on: when it began and was last told of, in seconds, and how much was done before it began."""

    began: float
    told: float
    before: int


class LiveProgress:
    """What moves on a terminal, or the lines that stand for it elsewhere; `clock` gives seconds."""

    def __init__(self, console: Console, moves: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._moves = moves
        self._clock = clock
        self._works: dict[str, _Work] = {}
        self._bars: Bars | None = None
        self._tasks: dict[str, TaskID] = {}
        self._reading: Live | None = None
        self._statements: list[Text] = []
        self._pulse: Pulse | None = None

    def advance(self, event: "Progressed") -> None:
        """Move the bar of the work that `event` tells of; where none can move, write a line now and then."""
        now = self._clock()
        work = self._works.get(event.label)
        if self._moves:
            work = self._works.setdefault(event.label, _Work(now, now, event.done))
            self._move(event, _amounts(event, work, now))
        elif work is None:
            self._works[event.label] = _Work(now, now, event.done)
            self._console.print(Text(f"{event.label} ..."))
        elif now - work.told >= LINE_EVERY_S:
            work.told = now
            self._console.print(Text(f"{event.label}: {_amounts(event, work, now)}"))

    def show_evidence(self, evidence: "Sequence[Evidence]") -> None:
        """Show the best sentences at once; they are gone when the answer takes their place."""
        self.stop()
        best = closest_of(evidence)
        lines = Text("\n".join(f"  {one_line(each.text)}" for each in best), "dim", no_wrap=True, overflow="ellipsis")
        if not self._moves:
            self._console.print(lines)
            return
        shown = Group(Spinner("dots", Text(_reading(evidence))), lines)
        self._reading = Live(shown, console=self._console, transient=True, refresh_per_second=8)
        self._reading.start()

    def show_statement(self, text: str) -> None:
        """Show a statement below those before it, where it can be taken away when the answer takes their place."""
        if self._reading:
            self._statements.append(Text(f"- {one_line(text)}"))
            self._reading.update(Group(*self._statements, Spinner("dots", Text("Writing"))), refresh=True)

    def tell_of_reading(self, evidence: "Sequence[Evidence]", every_s: float = LINE_EVERY_S) -> None:
        """Write a line now and then while the evidence is read."""
        self.stop()
        label = _reading(evidence)
        self._console.print(Text(f"{label} ..."))
        self._pulse = Pulse(lambda seconds: self._console.print(Text(f"{label}: {seconds:,.0f} s")), every_s)

    def stop(self) -> None:
        """Take away what moves, before something else is written."""
        if self._pulse:
            self._pulse.stop()
            self._pulse = None
        if self._reading:
            self._reading.stop()
            self._reading, self._statements = None, []
        if self._bars:
            self._bars.stop()
            self._bars, self._tasks = None, {}

    def _move(self, event: "Progressed", amounts: str) -> None:
        if self._bars is None:
            columns = (
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                TextColumn("{task.percentage:>3.0f}%"),
                TimeRemainingColumn(),
                TextColumn("{task.fields[note]}", markup=False),
            )
            self._bars = Bars(*columns, console=self._console, transient=True)
            self._bars.start()
        if event.label not in self._tasks:
            self._tasks[event.label] = self._bars.add_task(event.label, total=event.total or None, note="")
        note = event.note or (amounts if event.in_bytes or not event.total else "")
        self._bars.update(self._tasks[event.label], completed=event.done, total=event.total or None, note=note)


def _reading(evidence: "Sequence[Evidence]") -> str:
    return f"Reading {len(evidence)} sentence{'' if len(evidence) == 1 else 's'}"


def _amounts(event: "Progressed", work: _Work, now: float) -> str:
    """Say how much is done of how much, and at which rate since the work began, or how long it has taken so far."""
    if not event.total:
        return f"{now - work.began:,.0f} s"
    rate = (event.done - work.before) / (now - work.began) if now > work.began else 0.0
    if event.in_bytes:
        size, unit = (1e6, "MB") if event.total >= MB_FROM_BYTES else (1e3, "kB")
        return f"{event.done / size:,.0f} of {event.total / size:,.0f} {unit}, {rate / size:,.1f} {unit} a second"
    so_far = f"{event.done:,} of {event.total:,}, {rate:,.1f} a second"
    return f"{so_far}; {event.note}" if event.note else so_far
