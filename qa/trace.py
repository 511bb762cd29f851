"""The steps from a question to its answer, timed; on demand each is a line of JSON in a file as soon as it has ended.

A line has `question` (its number, from 1), `step`, `began` (UTC), `ms` and what the step says of itself; a step that
did not end well says what `failed`. Of the settings nothing is written, so no key is.
"""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.errors import UsageError

if TYPE_CHECKING:
    from llama_index.core.base.llms.types import ChatMessage, ChatResponse
    from llama_index.core.llms import LLM


class Trace:
    """The steps of one question after the other."""

    def __init__(self, file: Path | None = None) -> None:
        """Begin `file` anew if one is given.

        Raises:
            UsageError: it cannot be written.
        """
        self._number = 0
        self._file = file
        self._write("", mode="w")

    def begin(self, question: str) -> None:
        """Begin with the next question."""
        self._number += 1
        with self("asked") as facts:
            facts["text"] = question

    @contextmanager
    def __call__(self, step: str) -> Iterator[dict[str, Any]]:
        """Time a step; what is put into the given dictionary stands in its line, and `ms` is in it at the end."""
        facts: dict[str, Any] = {}
        at, began = datetime.now(UTC), time.perf_counter()
        try:
            yield facts
        except BaseException as error:
            facts["failed"] = type(error).__name__
            raise
        finally:
            facts["ms"] = round((time.perf_counter() - began) * 1000)
            line = {"question": self._number, "step": step, "began": at.isoformat(timespec="milliseconds")}
            self._write(json.dumps(line | facts) + "\n")

    def chat(self, llm: "LLM", messages: "Sequence[ChatMessage]", **kwargs: Any) -> "ChatResponse":
        """Ask a model, as a step with all that it is sent and says."""
        with self("chat") as facts:
            facts["messages"] = [{"role": each.role.value, "content": each.content} for each in messages]
            response = llm.chat(messages, **kwargs)
            facts |= {"said": response.message.content, "prompt_tokens": prompt_tokens(response)}
            return response

    def _write(self, text: str, mode: str = "a") -> None:
        if self._file is None:
            return
        try:
            with self._file.open(mode, encoding="utf-8") as file:  # opened for each line, which is so on disk at once
                file.write(text)
        except OSError as error:
            message = f"{self._file} cannot be written ({error.strerror}): name another file with --trace FILE"
            raise UsageError(message) from error


def prompt_tokens(response: "ChatResponse") -> int | None:
    """Give the tokens that a model had to read, without those that it still knew where it tells."""
    raw: Any = response.raw
    if not isinstance(raw, dict):
        return None
    told = (raw.get("timings") or {}).get("prompt_n", (raw.get("usage") or {}).get("prompt_tokens"))
    return None if told is None else int(told)
