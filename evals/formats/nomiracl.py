"""NoMIRACL (arXiv 2312.11361) as JSONL: questions, each with its own retrieved passages that may not answer it."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evals.cases import Case
from evals.checked_lines import Complaints, FilledText, explain, numbered_lines, read_text, shorten
from evals.formats.folders import SUFFIX, Names
from index.errors import UsageError


class _Passage(BaseModel):
    model_config = ConfigDict(strict=True)

    title: str
    text: str


class _Line(BaseModel):
    model_config = ConfigDict(strict=True)

    id: FilledText
    question: FilledText
    answerable: bool
    passages: Annotated[list[_Passage], Field(min_length=1)]


def read_nomiracl(path: Path) -> tuple[list[Case], dict[str, str]]:
    """Read lines of `id, question, answerable, passages [{title, text}]`: the cases, and the passages by their path.

    Each question has a folder of its own with a text file a passage (title, blank line, text), and is asked of that
    folder only. What answers it is not known: no case has answers or evidence.

    Raises:
        UsageError: the file holds no question, a line is none, or an id is there twice; all lines at fault are named.
    """
    complaints, names = Complaints(path), Names()
    cases, articles, lines_of = list[Case](), dict[str, str](), dict[str, int]()
    for number, line in numbered_lines(read_text(path)):
        try:
            fields = _Line.model_validate_json(line)
        except ValidationError as error:
            for fault in explain(error):
                complaints.add(number, fault)
            continue
        if fields.id in lines_of:
            complaints.add(number, f"the id {shorten(fields.id)} is on line {lines_of[fields.id]} too")
        lines_of.setdefault(fields.id, number)
        folder = names.take(fields.id)
        cases.append(Case(fields.id, fields.question, (), (), fields.answerable, only=f"{folder}/*"))
        articles |= _files(folder, fields.passages)
    complaints.refuse_if_any()
    if not cases:
        raise UsageError(f"{path} holds no question")
    return cases, articles


def _files(folder: str, passages: list[_Passage]) -> dict[str, str]:
    names = Names()
    return {f"{folder}/{names.take(each.title)}{SUFFIX}": f"{each.title}\n\n{each.text}" for each in passages}
