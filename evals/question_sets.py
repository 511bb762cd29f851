"""Question sets in the formats that they are published in, each with the folder of articles that it brings."""

import json
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from evals.cases import Case, load_cases
from evals.checked_lines import numbered_lines, read_text
from evals.formats.csv_cases import load_csv
from evals.formats.folders import write_folder
from evals.formats.nomiracl import read_nomiracl
from evals.formats.squad import read_squad
from evals.quotes import TextOf
from index.errors import UsageError


class Format(StrEnum):
    """How a question set is written."""

    JSONL = "jsonl"
    SQUAD = "squad"
    NOMIRACL = "nomiracl"
    CSV = "csv"

    @property
    def brings_articles(self) -> bool:
        """Tell whether the set has its own articles, or asks of a person's folder."""
        return self in (Format.SQUAD, Format.NOMIRACL)


def find_format(path: Path, name: str | None = None) -> Format:
    """Give the format of this name, else the one that the file's name and content tell.

    Raises:
        UsageError: there is no format of this name, or the file cannot be read.
    """
    if name is not None:
        if name.lower() not in list(Format):
            raise UsageError(f"There is no format {name!r}: use one of {', '.join(Format)}")
        return Format(name.lower())
    if path.suffix.lower() == ".csv":
        return Format.CSV
    text = read_text(path)
    if path.suffix.lower() == ".json" and "data" in _object(text):
        return Format.SQUAD
    first = next((line for _, line in numbered_lines(text)), "")
    return Format.NOMIRACL if "passages" in _object(first) else Format.JSONL


def load_set(path: Path, form: Format, text_of: TextOf) -> list[Case]:
    """Read a set that asks of a person's folder; `text_of` gives an article's text as it is indexed, None for none.

    Raises:
        UsageError: the file cannot be read or is not in this format; all that is wrong is named with its line.
    """
    return load_csv(path, text_of) if form is Format.CSV else load_cases(path, text_of)


def bring_set(
    path: Path,
    form: Format,
    folder: Path,
    reading: bool = False,
    choose: Callable[[list[Case]], list[Case]] = list,
) -> list[Case]:
    """Read a set that brings its articles, choose among its cases and write their articles into `folder`.

    `folder` is the set's own: a text file in it that is not of the set is removed, one that is there already is left
    as it is. With `reading` a SQuAD question is asked of its own paragraph only; a NoMIRACL question always is of its
    own passages. Where each question has its own, only those of the chosen ones are written.

    Raises:
        UsageError: the file cannot be read or is not in this format, or the folder cannot be written.
    """
    cases, articles = read_squad(path, reading) if form is Format.SQUAD else read_nomiracl(path)
    chosen = choose(cases)
    write_folder(folder, _asked(articles, chosen))
    return chosen


def _asked(articles: Mapping[str, str], cases: list[Case]) -> dict[str, str]:
    """Keep the articles that some case is asked of: all, one article, or those of a folder."""
    if any(case.only is None for case in cases):
        return dict(articles)
    wanted = {(case.only or "").removesuffix("*") for case in cases}
    return {name: text for name, text in articles.items() if {name, name[: name.rfind("/") + 1]} & wanted}


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
