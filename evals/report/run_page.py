"""One HTML page on one eval run: its figures, its plots, and every question with what was said and what stands."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from evals.case_verdict import Verdict
from evals.quotes import TextOf
from evals.report.plots import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, bars, plots
from qa.pages.excerpt import segments, windows
from qa.pages.template import load_template
from qa.text import one_line

CONTEXT_CHARS = 250
MAX_MARKED_CHARS = 900
MAX_PASSAGES = 4
MAX_CELL_CHARS = 110
VERDICTS = ("right", "found", "wrong", "missed", "abstained", "unscored")

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Segment:
    """A stretch of an article; `kind` is `gold`, `cited`, `both` or empty."""

    text: str
    kind: str


@dataclass(frozen=True)
class Passage:
    """A stretch of an article around marked spans, or, with a `note` saying why, the quotes alone."""

    article: str
    place: str
    segments: Sequence[Segment]
    before: str = ""
    after: str = ""
    note: str = ""


@dataclass(frozen=True)
class Row:
    """A case as the table shows it; `tags` are positions in the list of all tags.

    `evidence` and `retrieved` are spans with the kind of the marks that they touch.
    """

    case: Verdict
    verdict: str
    said: str | None
    wanted: str | None
    tags: Sequence[int]
    evidence: Sequence[tuple[str, Json]]
    retrieved: Sequence[tuple[str, Json]]
    passages: Sequence[Passage]
    passages_left_off: int


@dataclass(frozen=True)
class Mark:
    """Half-open character offsets of a gold or cited span in an article, with the words that stood there."""

    article: str
    start: int
    end: int
    quote: str
    kind: str


def page(run: Json, text_of: TextOf) -> str:
    """Write the HTML page of a run, complete in itself: a browser loads nothing else and is told not to.

    `run` is a run file's object; `text_of` gives the text of an article as it is indexed, None when it is gone.
    Whatever it holds is shown as visible text: no markup, no control or format characters, no lone surrogates.
    """
    rows, tags = rows_of(run, text_of)
    cases = [row.case for row in rows]
    retrieval_only = run["models"]["llm"] is None
    counted = Counter(row.verdict for row in rows)
    return load_template("evals.report", "run.html", _visible).render(
        run=run,
        began=_moment(run["began"]),
        duration=_duration(run["seconds"]),
        figures=bars(run["figures"]),
        kinds={kind: bars(found) for kind, found in run.get("kinds", {}).items()},
        plots=plots(cases, run["figures"]),
        width=WIDTH,
        height=HEIGHT,
        frame=(LEFT, WIDTH - RIGHT, TOP, HEIGHT - BOTTOM),
        rows=rows,
        tags=tags,
        counted={verdict: counted[verdict] for verdict in VERDICTS if counted[verdict]},
        answerable=sum(case.answerable for case in cases),
        retrieval_only=retrieval_only,
    )


def rows_of(run: Json, text_of: TextOf) -> tuple[list[Row], list[str]]:
    """Give the cases of a run, each beside the articles, and all tags that they have."""
    text_of = cache(text_of)
    cases = [Verdict.of(case) for case in run["cases"]]
    tags = sorted({tag for case in cases for tag in case.tags})
    return [_row(case, tags, run["models"]["llm"] is None, text_of) for case in cases], tags


def passages_around(marks: Sequence[Mark], text_of: TextOf) -> Iterator[Passage]:
    """Give the stretches of the articles that hold marked spans, `CONTEXT_CHARS` around each, the cited ones first."""
    for article in dict.fromkeys(mark.article for mark in sorted(marks, key=lambda mark: mark.kind)):
        here = sorted((mark for mark in marks if mark.article == article), key=lambda mark: mark.start)
        text = text_of(article)
        if text is None or any(text[mark.start : mark.end] != mark.quote for mark in here):
            state = "is gone" if text is None else "has changed since the run"
            quotes = [Segment(quote, kind) for quote, kind in dict.fromkeys((mark.quote, mark.kind) for mark in here)]
            yield Passage(article, "", quotes, note=f"The article {state}; these are the quotes as they were.")
            continue
        spans = [(mark.start, mark.end) for mark in here]
        for start, end in windows(spans, text, CONTEXT_CHARS):
            place = f"{start}–{end} of {len(text)}"
            pieces = segments(text, (start, end), spans)
            marked = [_segment(piece, [here[position] for position in held]) for piece, held in pieces]
            yield Passage(article, place, marked, "… " if start else "", " …" if end < len(text) else "")


def _segment(text: str, marks: Sequence[Mark]) -> Segment:
    return Segment(_shorten(text), _one({mark.kind for mark in marks}))


def _kind(span: Json, marks: Sequence[Mark]) -> str:
    touching = (m for m in marks if m.article == span["article"] and m.start < span["end"] and span["start"] < m.end)
    return _one({mark.kind for mark in touching})


def _one(kinds: set[str]) -> str:
    return "both" if len(kinds) == 2 else "".join(kinds)


def _shorten(text: str) -> str:
    half = MAX_MARKED_CHARS // 2
    return text if len(text) <= MAX_MARKED_CHARS else f"{text[:half]} […] {text[-half:]}"


def _row(case: Verdict, tags: Sequence[str], retrieval_only: bool, text_of: TextOf) -> Row:
    cited = case.answer["citations"] if case.answer else []
    evidence = case.answer["evidence"] if case.answer else []
    marks = [
        Mark(each["article"], each["start"], each["end"], each["quote"], kind)
        for kind, spans in (("gold", case.gold), ("cited", cited))
        for each in spans
    ]
    passages = list(passages_around(marks, text_of))
    return Row(
        case=case,
        verdict=_verdict(case, retrieval_only),
        said=_rank(case) if retrieval_only else _said(case),
        wanted=_cell("; ".join(case.expected) or " / ".join(dict.fromkeys(case.answers))),
        tags=[tags.index(tag) for tag in case.tags],
        evidence=[(_kind(each, marks), each) for each in evidence],
        retrieved=[(_kind(each, marks), each) for each in case.retrieved],
        passages=passages[:MAX_PASSAGES],
        passages_left_off=len(passages[MAX_PASSAGES:]),
    )


def _verdict(case: Verdict, retrieval_only: bool) -> str:
    if retrieval_only and case.recall_at_10 is not None:
        return "found" if case.recall_at_10 else "missed"
    if not case.scored:
        return "unscored"
    if case.right:
        return "right"
    return "abstained" if case.abstained else "wrong"


def _rank(case: Verdict) -> str | None:
    return f"rank {round(1 / case.reciprocal_rank)}" if case.reciprocal_rank else None


def _said(case: Verdict) -> str | None:
    return _cell(case.answer["short_answer"] or case.answer["answer"] or "") if case.answer else None


def _cell(text: str) -> str | None:
    return (text if len(text) <= MAX_CELL_CHARS else text[: MAX_CELL_CHARS - 1] + "…") or None


def _moment(began: str) -> str:
    return f"{datetime.fromisoformat(began):%Y-%m-%d %H:%M %Z}"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return " ".join(f"{n} {unit}" for n, unit in ((hours, "h"), (minutes, "min"), (rest, "s")) if n) or "under a second"


def _visible(text: str) -> str:
    """Give what is visible of a text without lone surrogates, keeping its lines and outer spaces."""
    if text.isascii() and text.isprintable():
        return text
    written = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return "\n".join(one_line(f"|{line}|")[1:-1] for line in re.split(r"\s*\n\s*", written))
