"""Questions whose answers are known, from JSONL or SQuAD files."""

import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.errors import UsageError
from qa.answer import Span

ANSWERABLE_PARTS, UNANSWERABLE_PARTS = 2, 1


@dataclass(frozen=True)
class Case:
    """A question with its accepted answers, none when the articles do not say, and where they say so."""

    id: str
    question: str
    answers: tuple[str, ...]
    evidence: tuple[Span, ...]
    tags: tuple[str, ...] = ()

    @property
    def answerable(self) -> bool:
        """Tell whether the articles say."""
        return bool(self.answers)


def load_cases(path: Path, articles: Path) -> list[Case]:
    """Read a JSONL file of `id, question, answers, evidence [{article, quote}], tags`, finding each quote.

    Raises:
        UsageError: a line is no case, an id is there twice, or a quote is not in its article; the line is named.
    """
    cases: list[Case] = []
    for number, line in enumerate(_read(path).splitlines(), 1):
        if not line.strip():
            continue
        try:
            cases.append(_case(json.loads(line), articles))
        except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
            raise UsageError(f"{path}, line {number}: {_reason(error)}") from error
        if cases[-1].id in {case.id for case in cases[:-1]}:
            raise UsageError(f"{path}, line {number}: the id {cases[-1].id} is there twice")
    if not cases:
        raise UsageError(f"{path} holds no case")
    return cases


def load_squad(path: Path, articles: Path) -> list[Case]:
    """Read a SQuAD 1.1 or 2.0 file and write its articles as text files into the folder `articles`.

    An article is its paragraphs, a blank line between them; the questions' spans are shifted accordingly, and all
    questions are meant for the whole folder, not for their own paragraph.
    """
    articles.mkdir(parents=True, exist_ok=True)
    cases = []
    for article in json.loads(_read(path))["data"]:
        name = re.sub(r"[^\w.-]+", "_", article["title"]) + ".txt"
        text = ""
        for paragraph in article["paragraphs"]:
            text += "\n\n" if text else ""
            cases += list(_squad_cases(paragraph["qas"], name, len(text)))
            text += paragraph["context"]
        file = articles / name
        if not file.is_file() or file.read_bytes() != text.encode():
            file.write_bytes(text.encode())
    return cases


def draw(cases: Sequence[Case], sample: int, seed: int) -> list[Case]:
    """Draw a sample, two answerable cases to one unanswerable while there are both."""
    answerable = [case for case in cases if case.answerable]
    others = [case for case in cases if not case.answerable]
    wanted = sample * ANSWERABLE_PARTS // (ANSWERABLE_PARTS + UNANSWERABLE_PARTS) if others else sample
    generator = random.Random(seed)
    drawn = generator.sample(answerable, min(wanted, len(answerable)))
    return drawn + generator.sample(others, min(sample - wanted, len(others)))


def _case(fields: dict[str, Any], articles: Path) -> Case:
    spans = tuple(_find(each["quote"], each["article"], articles) for each in fields.get("evidence", []))
    answers = tuple(str(answer) for answer in fields["answers"])
    return Case(str(fields["id"]), str(fields["question"]), answers, spans, tuple(fields.get("tags", [])))


def _find(quote: str, article_id: str, articles: Path) -> Span:
    with (articles / article_id).open(encoding="utf-8-sig", newline="") as file:
        start = file.read().find(quote)
    if start < 0 or not quote:
        raise ValueError(f"{article_id} does not hold the quote {quote!r}")
    return Span(article_id, start, start + len(quote))


def _squad_cases(questions: list[dict[str, Any]], article_id: str, offset: int) -> Iterator[Case]:
    for each in questions:
        golds = [] if each.get("is_impossible") else each["answers"]
        starts = [(offset + gold["answer_start"], gold["text"]) for gold in golds]
        spans = tuple(Span(article_id, start, start + len(text)) for start, text in starts)
        yield Case(each["id"], each["question"], tuple(text for _, text in starts), spans)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error


def _reason(error: Exception) -> str:
    return f"no field {error}" if isinstance(error, KeyError) else str(error)
