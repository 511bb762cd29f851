"""Questions whose answers are known."""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from rapidfuzz.fuzz import partial_ratio_alignment

from evals.checked_lines import Complaints, FilledText, explain, numbered_lines, read_text, shorten
from index.errors import UsageError
from qa.answer import Span
from qa.question.limits import check_question
from qa.text import one_line

ANSWERABLE_PARTS, UNANSWERABLE_PARTS = 2, 1
MAX_ALIGNED_CHARS = 1_000_000
MIN_NEAREST_SCORE = 60  # of rapidfuzz's 0 to 100; below it the nearest text is another text

TextOf = Callable[[str], str | None]


@dataclass(frozen=True)
class Case:
    """A question with its accepted short answers and where the articles state them.

    `answers` may be empty where the articles do say but no one wrote down what. `only` is a GLOB of the ids of the
    articles that the question is asked of, None for the whole folder. With `any_suffices` the spans of the evidence are
    alternatives, else each is needed.
    """

    id: str
    question: str
    answers: tuple[str, ...]
    evidence: tuple[Span, ...]
    answerable: bool
    tags: tuple[str, ...] = ()
    only: str | None = None
    any_suffices: bool = False


class QuoteFields(BaseModel):
    """A quote as a person gives it; `start` tells which one is meant where an article says it more than once."""

    model_config = ConfigDict(strict=True, extra="forbid")

    article: FilledText
    quote: FilledText
    start: int | None = Field(default=None, ge=0)


class CaseFields(BaseModel):
    """A case as a person gives it; one that has a status is a proposal that was not reviewed yet."""

    model_config = ConfigDict(strict=True, extra="forbid")

    id: FilledText
    question: FilledText
    answers: list[FilledText]
    evidence: list[QuoteFields] = []
    tags: list[FilledText] = []
    status: str | None = None


def load_cases(path: Path, text_of: TextOf) -> list[Case]:
    """Read a JSONL file of `id, question, answers, evidence [{article, quote}], tags`, finding each quote.

    No answers means that the articles do not say. `text_of` gives an article's text as it is indexed, None for an id
    that no article has.

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
    faults = _question_faults(fields)
    spans = []
    for quote in fields.evidence:
        try:
            spans.append(_find(quote, text_of(quote.article)))
        except ValueError as error:
            faults.append(str(error))
    answers = tuple(fields.answers)
    return Case(fields.id, fields.question, answers, tuple(spans), bool(answers), tuple(fields.tags)), faults


def _question_faults(fields: CaseFields) -> list[str]:

    faults = []
    if fields.status is not None:
        faults.append("this is a proposal that nobody has reviewed: run `qa eval review` on the file")
    try:
        check_question(fields.question)
    except UsageError as error:
        faults.append(str(error))
    if fields.evidence and not fields.answers:
        faults.append("there is evidence but no answer: give the answers, or leave out the evidence")
    return faults


def _repeated(case: Case, number: int, lines_of: dict[tuple[str, str], int]) -> list[str]:
    keys = [("id", case.id), ("question", one_line(case.question).casefold())]
    before = [(*key, lines_of[key]) for key in keys if key in lines_of]
    lines_of.update((key, number) for key in keys if key not in lines_of)
    return [f"the {kind} {shorten(text)} is on line {line} too" for kind, text, line in before]


def _find(quote: QuoteFields, text: str | None) -> Span:
    if text is None:
        raise ValueError(
            f"there is no article {shorten(quote.article)}: name it by its path below the folder, as citations do"
        )
    start = text.find(quote.quote) if quote.start is None else quote.start
    end = start + len(quote.quote)
    if start < 0:
        raise ValueError(f"{quote.article} does not hold the quote {shorten(quote.quote)}{_nearest(quote.quote, text)}")
    if text[start:end] != quote.quote:
        raise ValueError(
            f"{quote.article} does not hold the quote {shorten(quote.quote)} at {start}, "
            f"but {shorten(text[start:end])}: leave out start, or give where it begins"
        )
    return Span(quote.article, start, end)


def _nearest(quote: str, text: str) -> str:
    """Say what stands nearest to a quote, unless the article is too long to compare or has nothing like it."""
    if len(text) > MAX_ALIGNED_CHARS:
        return ""
    found = partial_ratio_alignment(quote, text, score_cutoff=MIN_NEAREST_SCORE)
    return f"; nearest to it is {shorten(text[found.dest_start : found.dest_end])}" if found else ""
