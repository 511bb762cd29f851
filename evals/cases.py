"""Questions whose answers are known."""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from evals.broad_gold import BroadFields, BroadGold, find_gold
from evals.checked_lines import Complaints, FilledText, explain, numbered_lines, read_text, shorten
from evals.quotes import QuoteFields, TextOf, find_all
from index.errors import UsageError
from qa.answer import Kind, Span
from qa.question.limits import check_question
from qa.text import one_line

ANSWERABLE_PARTS, UNANSWERABLE_PARTS = 2, 1


@dataclass(frozen=True)
class Case:
    """A question with its accepted short answers and where the articles state them.

    `answers` may be empty where the articles do say but no one wrote down what. `only` is a GLOB of the ids of the
    articles that the question is asked of, None for the whole folder. With `any_suffices` the spans of the evidence are
    alternatives, else each is needed. `kind` is what the question asks for, None where nobody said; of a broad one
    `broad` is what a good answer holds, and the evidence is all of its quotes.
    """

    id: str
    question: str
    answers: tuple[str, ...]
    evidence: tuple[Span, ...]
    answerable: bool
    tags: tuple[str, ...] = ()
    only: str | None = None
    any_suffices: bool = False
    kind: str | None = None
    broad: BroadGold | None = None


class CaseFields(BroadFields):
    """A case as a person gives it; one that has a status is a proposal that was not reviewed yet."""

    id: FilledText
    question: FilledText
    answers: list[FilledText] | None = None
    evidence: list[QuoteFields] = Field(default_factory=list)
    tags: list[FilledText] = Field(default_factory=list)
    status: str | None = None


def load_cases(path: Path, text_of: TextOf) -> list[Case]:
    """Read a JSONL file of `id, question, answers, evidence [{article, quote}], tags`, finding each quote.

    A broad question has its `kind` and, in place of answers and evidence, `points [{text, evidence}]`, `items [{names,
    evidence}]`, a `number` and `articles`. No answers, or none of these, means that the articles do not say. `text_of`
    gives an article's text as it is indexed, None for an id that no article has.

    Raises:
        UsageError: as `check_cases`, or the file cannot be read.
    """
    return check_cases(path, numbered_lines(read_text(path)), text_of)


def check_cases(path: Path, rows: Iterable[tuple[int, str | Mapping[str, Any]]], text_of: TextOf) -> list[Case]:
    """Make cases of numbered lines, each the JSON of its fields or the fields themselves.

    Raises:
        UsageError: there is no case, a line is none, an id or a question is there twice, or a quote is not in its
            article; all that is wrong is named with its line.
    """
    complaints, cases = Complaints(path), []
    text_of = cache(text_of)
    lines_of: dict[tuple[str, str], int] = {}
    for number, row in rows:
        case, faults = _check(row, text_of)
        if case:
            faults = faults + _repeated(case, number, lines_of)
            cases.append(case)
        for fault in faults:
            complaints.add(number, fault)
    complaints.refuse_if_any()
    if not cases:
        raise UsageError(f"{path} holds no case: give one question a line, with its answers")
    return cases


def draw(cases: Sequence[Case], sample: int, seed: int, answerable: int | None = None) -> list[Case]:
    """Draw a sample, two answerable cases to one unanswerable while there are both, or so many `answerable` ones.

    Of a kind that has fewer cases all are taken.

    Raises:
        UsageError: more answerable cases are asked for than the sample has.
    """
    if answerable is not None and answerable > sample:
        raise UsageError(f"A sample of {sample} cannot have {answerable} answerable cases: ask for a larger sample")
    yes = [case for case in cases if case.answerable]
    no = [case for case in cases if not case.answerable]
    if answerable is None:
        share = sample * ANSWERABLE_PARTS // (ANSWERABLE_PARTS + UNANSWERABLE_PARTS)
        answerable = share if yes and no else sample * bool(yes)
    generator = random.Random(seed)
    drawn = generator.sample(yes, min(answerable, len(yes)))
    return drawn + generator.sample(no, min(sample - answerable, len(no)))


def _check(row: str | Mapping[str, Any], text_of: TextOf) -> tuple[Case | None, list[str]]:
    try:
        fields = CaseFields.model_validate_json(row) if isinstance(row, str) else CaseFields.model_validate(row)
    except ValidationError as error:
        return None, explain(error)
    gold, broad_faults = find_gold(fields, text_of)
    spans, lost = find_all(fields.evidence, text_of)
    answers, tags = tuple(fields.answers or ()), tuple(fields.tags)
    case = Case(fields.id, fields.question, answers, spans, bool(answers), tags, kind=fields.kind)
    if fields.is_broad:
        case = replace(case, evidence=gold.evidence, answerable=not gold.is_empty, broad=gold)
    return case, [*broad_faults, *_question_faults(fields), *lost]


def _question_faults(fields: CaseFields) -> list[str]:
    faults = []
    if fields.status is not None:
        faults.append("this is a proposal that nobody has reviewed: run `qa eval review` on the file")
    try:
        check_question(fields.question)
    except UsageError as error:
        faults.append(str(error))
    if fields.is_broad:
        return faults + _answers_of_broad(fields)
    if fields.answers is None and fields.kind in (None, Kind.FACT):
        faults.append("answers is missing")
    if fields.evidence and not fields.answers:
        faults.append("there is evidence but no answer: give the answers, or leave out the evidence")
    return faults


def _answers_of_broad(fields: CaseFields) -> list[str]:
    if not (fields.answers or fields.evidence):
        return []
    return [f"answers and evidence belong to a fact: give points, items, a number or articles of a {fields.kind}"]


def _repeated(case: Case, number: int, lines_of: dict[tuple[str, str], int]) -> list[str]:
    keys = [("id", case.id), ("question", one_line(case.question).casefold())]
    before = [(*key, lines_of[key]) for key in keys if key in lines_of]
    lines_of.update((key, number) for key in keys if key not in lines_of)
    return [f"the {kind} {shorten(text)} is on line {line} too" for kind, text, line in before]
