"""The file that `--trace` names: a line of JSON for each step as soon as it has ended.

A line has `question` (its number, from 1), `step`, `began` (UTC), `ms` and what the step says of itself; a step that
did not end well says what `failed`. Of the settings nothing is written, so no key is.
"""

import json
from pathlib import Path

from index.errors import UsageError
from qa.events import Event, Listener, StepEnded


class TraceFile:
    """A listener that writes the steps down."""

    def __init__(self, file: Path) -> None:
        """Begin the file anew.

        Raises:
            UsageError: it cannot be written.
        """
        self._file = file
        self._write("", mode="w")

    def __call__(self, event: Event) -> None:
        """Write a step."""
        if isinstance(event, StepEnded):
            began = event.began.isoformat(timespec="milliseconds")
            line = {"question": event.question, "step": event.step, "began": began}
            self._write(json.dumps(line | event.facts) + "\n")

    def _write(self, text: str, mode: str = "a") -> None:
        try:
            with self._file.open(mode, encoding="utf-8") as file:  # opened for each line, which is so on disk at once
                file.write(text)
        except OSError as error:
            message = f"{self._file} cannot be written ({error.strerror}): name another file with --trace FILE"
            raise UsageError(message) from error


def with_trace(hear: Listener, file: Path | None) -> Listener:
    """Give a listener that also writes the steps to a file, if one is given.

    Raises:
        UsageError: it cannot be written.
    """
    if file is None:
        return hear
    trace = TraceFile(file)

    def both(event: Event) -> None:
        trace(event)
        hear(event)

    return both
