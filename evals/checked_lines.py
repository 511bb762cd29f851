"""Files of one record a line that a person wrote: read, checked, and refused with all that is to be mended."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from index.errors import UsageError
from qa.text import one_line

MAX_SHOWN_COMPLAINTS = 10
MAX_SHOWN_CHARS = 200

_SAID = {
    "missing": "is missing",
    "string_type": "must be text, in quotes",
    "list_type": "must be a list, in [ ]",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "model_type": "must be an object, in { }",
    "too_short": "must not be empty",
    "greater_than_equal": "must not be negative",
}


def _filled(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("empty", "must not be empty")
    return text


FilledText = Annotated[str, AfterValidator(_filled)]


class Complaints:
    """What is wrong with the lines of a file, told at once so that a person can mend it at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._found: list[str] = []

    def add(self, line: int, complaint: str) -> None:
        """Add what is wrong with a line, counted from 1; a text of the file in it is made safe to show."""
        self._found.append(f"{self.path}, line {line}: {one_line(complaint)}")

    def refuse_if_any(self) -> None:
        """Refuse the file if there is something to mend.

        Raises:
            UsageError: the first `MAX_SHOWN_COMPLAINTS` complaints, one a line, then how many more there are.
        """
        more = len(self._found) - MAX_SHOWN_COMPLAINTS
        shown = self._found[:MAX_SHOWN_COMPLAINTS] + ([f"… and {more:,} more like these"] if more > 0 else [])
        if shown:
            raise UsageError("\n".join(shown))


def read_text(path: Path) -> str:
    """Read a UTF-8 file with or without its byte order mark, newlines untouched.

    Raises:
        UsageError: it is not there, cannot be read or is not UTF-8.
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 ({error.reason} at byte {error.start}): save it as UTF-8") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from error


def numbered_lines(text: str) -> list[tuple[int, str]]:
    """Give the lines that are not blank with their numbers from 1; only a newline ends a line, as JSON has it."""
    return [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]


def explain(error: ValidationError) -> list[str]:
    """Say what is wrong with a record, field by field."""
    return [_explain(each) for each in error.errors(include_url=False, include_input=False)]


def shorten(text: str) -> str:
    """Give a text in quotation marks for a message, cut to `MAX_SHOWN_CHARS`."""
    line = one_line(text)
    return f'"{line[:MAX_SHOWN_CHARS]}…"' if len(line) > MAX_SHOWN_CHARS else f'"{line}"'


def _explain(fault: ErrorDetails) -> str:
    where = ".".join(map(str, fault["loc"]))[:MAX_SHOWN_CHARS]
    context: dict[str, Any] = fault.get("ctx", {})
    if fault["type"] == "json_invalid":
        return f"not JSON: {context['error']}"
    if fault["type"] == "extra_forbidden":
        return f"there is no field {shorten(where)}: is it misspelt?"
    said = _SAID.get(fault["type"], fault["msg"])
    return f"{where} {said}" if where else said
