"""What is seen of long work, by a clock that the tests move."""

import io
import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from rich.console import Console

from qa.cli.progress import LINE_EVERY_S, LiveProgress
from qa.events import Progressed

MB = 1_000_000


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Pipe:
    """Progress that is written to where nothing can move."""

    progress: LiveProgress
    clock: Clock
    written: io.StringIO

    def hear(self, event: Progressed, after_s: float = 0) -> list[str]:
        """Let time pass, tell of the event, and give the lines that were written for it."""
        self.clock.now += after_s
        before = len(self.written.getvalue())
        self.progress.advance(event)
        return self.written.getvalue()[before:].splitlines()


@pytest.fixture
def pipe() -> Pipe:
    clock, written = Clock(), io.StringIO()
    return Pipe(LiveProgress(Console(file=written, soft_wrap=True), moves=False, clock=clock), clock, written)


def fetched(done: int, total: int = 1117 * MB) -> Progressed:
    return Progressed("local:1.5b from the package index", done, total, in_bytes=True)


def test_new_work_is_named_at_once(pipe: Pipe) -> None:
    assert pipe.hear(fetched(0)) == ["local:1.5b from the package index ..."]


def test_lines_come_as_often_as_a_person_wants_to_know_and_no_oftener(pipe: Pipe) -> None:
    pipe.hear(fetched(0))
    told = [bool(pipe.hear(fetched(second * MB), after_s=1)) for second in range(1, 21)]
    assert [second for second, line in enumerate(told, 1) if line] == [5, 10, 15, 20]
    assert LINE_EVERY_S <= 10


def test_bytes_are_told_with_how_many_there_are_and_their_rate(pipe: Pipe) -> None:
    pipe.hear(fetched(0))
    assert pipe.hear(fetched(210 * MB), after_s=6) == [
        "local:1.5b from the package index: 210 of 1,117 MB, 35.0 MB a second"
    ]


def test_few_bytes_are_told_in_kilobytes(pipe: Pipe) -> None:
    pipe.hear(Progressed("Indexing", 0, 900_000, in_bytes=True))
    assert pipe.hear(Progressed("Indexing", 300_000, 900_000, in_bytes=True), after_s=6) == [
        "Indexing: 300 of 900 kB, 50.0 kB a second"
    ]


def test_rate_leaves_out_what_was_there_before(pipe: Pipe) -> None:
    pipe.hear(fetched(1000 * MB))
    assert pipe.hear(fetched(1020 * MB), after_s=10) == [
        "local:1.5b from the package index: 1,020 of 1,117 MB, 2.0 MB a second"
    ]


def test_what_is_counted_is_told_by_the_piece_with_its_note(pipe: Pipe) -> None:
    pipe.hear(Progressed("Asking", 0, 1200))
    assert pipe.hear(Progressed("Asking", 50, 1200, "F1 0.81"), after_s=20) == [
        "Asking: 50 of 1,200, 2.5 a second; F1 0.81"
    ]


def test_work_that_nobody_can_measure_is_told_by_its_seconds(pipe: Pipe) -> None:
    preparing = Progressed("Preparing all-MiniLM-L6-v2", 0, 0)
    assert pipe.hear(preparing) == ["Preparing all-MiniLM-L6-v2 ..."]
    assert pipe.hear(preparing, after_s=7) == ["Preparing all-MiniLM-L6-v2: 7 s"]


def test_two_works_at_once_have_lines_of_their_own(pipe: Pipe) -> None:
    pipe.hear(fetched(0))
    pipe.hear(Progressed("Indexing", 1, 9), after_s=3)
    assert pipe.hear(fetched(5 * MB), after_s=2) == [
        "local:1.5b from the package index: 5 of 1,117 MB, 1.0 MB a second"
    ]
    assert pipe.hear(Progressed("Indexing", 2, 9), after_s=1) == []


def test_a_label_is_text_and_no_markup(pipe: Pipe) -> None:
    assert pipe.hear(Progressed("[red]all[/red]", 0, 1)) == ["[red]all[/red] ..."]


def test_reading_is_told_of_until_something_else_is_written(pipe: Pipe) -> None:
    pipe.progress.tell_of_reading([], every_s=0.01)
    while pipe.written.getvalue().count("\n") < 3:
        time.sleep(0.01)
    pipe.progress.stop()
    first, second, *_ = written = pipe.written.getvalue().splitlines()
    assert first == "Reading 0 sentences ..."
    assert second == "Reading 0 sentences: 0 s"
    time.sleep(0.05)
    assert pipe.written.getvalue().splitlines() == written


@pytest.fixture
def on_terminal() -> Callable[..., str]:
    """Give what a terminal sees of events, each a second after the one before, before anything is taken away."""

    def see(*events: Progressed) -> str:
        clock, written = Clock(), io.StringIO()
        console = Console(file=written, force_terminal=True, width=120, color_system=None)
        progress = LiveProgress(console, moves=True, clock=clock)
        for event in events:
            progress.advance(event)
            clock.now += 1
        progress.stop()
        return written.getvalue()

    return see


def test_a_terminal_sees_bar_percentage_bytes_and_rate(on_terminal: Callable[..., str]) -> None:
    seen = on_terminal(fetched(0), fetched(558 * MB))
    assert "50%" in seen
    assert "558 of 1,117 MB, 558.0 MB a second" in seen


def test_a_terminal_sees_the_seconds_of_work_that_nobody_can_measure(on_terminal: Callable[..., str]) -> None:
    preparing = Progressed("Preparing all-MiniLM-L6-v2", 0, 0)
    assert "2 s" in on_terminal(preparing, preparing, preparing)


def test_what_moved_is_taken_away_before_something_else_is_written(on_terminal: Callable[..., str]) -> None:
    assert on_terminal(fetched(0)).endswith("\x1b[2K")


def test_statements_stand_below_each_other_until_something_else_is_written() -> None:
    written = io.StringIO()
    console = Console(file=written, force_terminal=True, width=120, color_system=None)
    progress = LiveProgress(console, moves=True)
    progress.show_evidence([])
    progress.show_statement("Norlink offered 2 percent.")
    progress.show_statement("The guild\nsigned [red]twice[/red].")
    seen = written.getvalue()
    assert seen.index("- Norlink offered 2 percent.") < seen.rindex("- The guild signed [red]twice[/red].")
    assert seen.rindex("- Norlink offered 2 percent.") > seen.index("Writing")
    progress.stop()
    assert written.getvalue().endswith("\x1b[2K")


def test_a_pipe_is_told_no_statement_before_the_answer(pipe: Pipe) -> None:
    pipe.progress.tell_of_reading([])
    pipe.progress.show_statement("Norlink offered 2 percent.")
    pipe.progress.stop()
    assert "Norlink" not in pipe.written.getvalue()
