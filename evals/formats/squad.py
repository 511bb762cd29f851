"""SQuAD 1.1 and 2.0 (arXiv 1606.05250, 1806.03822): Wikipedia articles, questions and the spans that answer them."""

from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evals.cases import Case
from evals.checked_lines import FilledText, explain, read_text, shorten
from evals.formats.folders import SUFFIX, Names
from index.errors import UsageError
from qa.answer import Span
from qa.text import one_line

PARAGRAPH_BREAK = "\n\n"


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True)


class _Gold(_Strict):
    text: FilledText
    answer_start: int = Field(ge=0)


class _Question(_Strict):
    id: FilledText
    question: str
    answers: list[_Gold] = []
    is_impossible: bool = False


class _Paragraph(_Strict):
    context: str
    qas: list[_Question]


class _Article(_Strict):
    title: str
    paragraphs: list[_Paragraph]


class _Squad(_Strict):
    data: list[_Article]


def read_squad(path: Path, reading: bool = False) -> tuple[list[Case], dict[str, str]]:
    """Read a SQuAD file: its cases, and its articles by their path in a folder of text files.

    An article is one file, its paragraphs separated by a blank line and the gold spans shifted accordingly; all
    questions are meant for the whole folder. With `reading`, the published setting, each paragraph is a file and a
    question is meant for its own paragraph only. A case is tagged with the title of its article.

    Raises:
        UsageError: the file is no SQuAD file, an id is there twice, or an answer does not stand where it says.
    """
    try:
        squad = _Squad.model_validate_json(read_text(path))
    except ValidationError as error:
        raise UsageError(f"{path} is no SQuAD file: {one_line(explain(error)[0])}") from error
    names, cases, articles = Names(), list[Case](), dict[str, str]()
    for article in squad.data:
        files = _files(names.take(article.title), article.paragraphs, reading)
        for name, paragraphs in files.items():
            articles[name] = PARAGRAPH_BREAK.join(paragraph.context for paragraph in paragraphs)
            cases += _cases(path, article.title, name, paragraphs, reading)
    _refuse_repeated(path, cases)
    return cases, articles


def _files(name: str, paragraphs: list[_Paragraph], reading: bool) -> dict[str, list[_Paragraph]]:
    if not reading:
        return {f"{name}{SUFFIX}": paragraphs}
    return {f"{name}/{number:04}{SUFFIX}": [paragraph] for number, paragraph in enumerate(paragraphs, 1)}


def _cases(path: Path, title: str, name: str, paragraphs: list[_Paragraph], reading: bool) -> Iterator[Case]:
    offset = 0
    for paragraph in paragraphs:
        for each in paragraph.qas:
            golds = [] if each.is_impossible else each.answers
            for gold in golds:
                _refuse_misplaced(path, each.id, gold, paragraph.context)
            answers = tuple(dict.fromkeys(gold.text for gold in golds))
            starts = dict.fromkeys((offset + gold.answer_start, len(gold.text)) for gold in golds)
            spans = tuple(Span(name, start, start + length) for start, length in starts)
            yield Case(
                each.id,
                each.question,
                answers,
                spans,
                answerable=bool(golds),
                tags=(title,),
                only=name if reading else None,
                any_suffices=True,
            )
        offset += len(paragraph.context) + len(PARAGRAPH_BREAK)


def _refuse_misplaced(path: Path, question_id: str, gold: _Gold, context: str) -> None:
    said = context[gold.answer_start : gold.answer_start + len(gold.text)]
    if said != gold.text:
        raise UsageError(
            f"{path}, question {shorten(question_id)}: the answer {shorten(gold.text)} does not stand at "
            f"answer_start {gold.answer_start} of its context, but {shorten(said)}"
        )


def _refuse_repeated(path: Path, cases: list[Case]) -> None:
    if not cases:
        raise UsageError(f"{path} holds no question")
    seen: set[str] = set()
    for case in cases:
        if case.id in seen:
            raise UsageError(f"{path}: the question id {shorten(case.id)} is there twice")
        seen.add(case.id)
