"""Sentences as they stand in the form of their article: what is read with them, and what is none of the evidence."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from index.catalog.reader import CatalogReader
from qa.answer import Evidence, Lead, Span
from qa.forms.interviews import MAX_SHORT_ANSWER_WORDS, first_sentence
from qa.forms.live_blogs import clock_head, minutes_asked
from qa.forms.notes import right_parts
from qa.forms.shape import Kind, Shape, shapes_of
from qa.forms.tables import cell_asked, cells, is_row_asked
from qa.question.words import stems
from qa.reading.hostile_instructions import instructs
from qa.reading.reader import Context, SentenceReading, load_reader
from qa.text import one_line

if TYPE_CHECKING:
    from qa.reading.evidence import Candidate

ROW_LOGIT = 3.0  # of the cell that row and column of a question lead to
OTHER_ROW_LOGIT = -6.0
CELL_PROBABILITY = 0.95
ANSWERED_LOGIT = 1.0  # of an answer to a question that has the words of the one that is asked
MIN_SAME_STEMS = 2
MIN_SAME_SHARE = 0.75
LAST_SENTENCE = 2**31

_ASKS_WHEN = re.compile(r"\b(?:when|(?:what|which) (?:time|hour)|how (?:late|early))\b", re.IGNORECASE)
_ASKS_WHAT_WAS_ASKED = re.compile(r"\b(?:ask(?:s|ed|ing)?|questions?)\b", re.IGNORECASE)


def shapes_in(article_id: str, catalog: CatalogReader) -> dict[int, Shape]:
    """Give the shapes of the sentences of an article that are more than running text, by their position."""
    offsets = tuple((start, end) for start, end in catalog.sentences(article_id, 0, LAST_SENTENCE))
    return shapes_of(catalog.text_of(article_id) or "", offsets)


def in_form(question: str, candidates: Sequence["Candidate"], catalog: CatalogReader) -> list["Candidate"]:
    """Read each sentence in the form of its article, and leave out what is no evidence by itself.

    An interviewer's question is none, unless what was asked is asked, nor is a table's header. Of a live blog only the
    entry of the time that a question names is read.
    """
    shaped: dict[Span, Candidate] = {}
    for each in candidates:
        read = shape(each, each.ordinal, catalog)
        if read.form != Kind.FRAME and (read.form != Kind.QUESTION or _ASKS_WHAT_WAS_ASKED.search(question)):
            shaped.setdefault(read.span, read)
    return _at_time(question, list(shaped.values()), catalog)


def shape(candidate: "Candidate", ordinal: int, catalog: CatalogReader) -> "Candidate":
    """Give the sentence at `ordinal` of a candidate's article in the place of the candidate, as it is read.

    Where that would take in what tells a machine how to answer, the candidate stays as it is.
    """
    article_id = candidate.span.article_id
    shapes = shapes_in(article_id, catalog)
    while ordinal in shapes and shapes[ordinal].kind is Kind.PART:
        ordinal -= 1
    found = shapes.get(ordinal)
    if found is None:
        return candidate
    article_text = catalog.text_of(article_id) or ""
    text = article_text[slice(*found.span)]
    if instructs(text) or (found.lead and instructs(article_text[slice(*found.lead)])):
        return candidate
    lead = Lead(Span(article_id, *found.lead), article_text[slice(*found.lead)]) if found.lead else None
    return replace(
        candidate,
        span=Span(article_id, *found.span),
        text=text,
        ordinal=ordinal,
        before=lead.text if lead else candidate.before,
        words=set(stems(f"{lead.text if lead else ''} {text}")),
        form=found.kind,
        lead=lead,
        entry=found.entry.rank if found.entry else None,
        clock=found.entry.clock if found.entry else "",
    )


def read_in_form(question: str, candidates: Sequence["Candidate"]) -> Iterator[SentenceReading]:
    """Read each sentence: a note by its parts that are right, an entry without its time, a row by its cell."""
    contexts = [list(_contexts(question, each)) for each in candidates]
    read = iter(load_reader().read(question, [context for own in contexts for context in own]))
    for each, own in zip(candidates, contexts, strict=True):
        best = max((next(read) for _ in own), key=lambda reading: reading.logit)
        match each.form:
            case Kind.ROW:
                yield _of_row(question, each, candidates, best)
            case Kind.ANSWER:
                yield _of_answer(question, each, best)
            case _:
                yield best


def shown(sentence: Evidence) -> str:
    """Write a sentence as the model reads it, on one line: an answer behind its question, a row with its heads."""
    text = one_line(sentence.text)
    if sentence.lead is None:
        return text
    if sentence.form != Kind.ROW:
        return f"({one_line(sentence.lead.text)}) {text}"
    heads, values = cells(one_line(sentence.lead.text)), cells(text)
    if len(heads) != len(values):
        return text
    return "; ".join(f"{head}: {value}" if head else value for head, value in zip(heads, values, strict=True))


def asks_when(question: str) -> bool:
    """Tell whether a clock time can be what is asked for."""
    return bool(_ASKS_WHEN.search(question))


def _contexts(question: str, candidate: "Candidate") -> Iterable[Context]:
    text, before, title = candidate.text, candidate.before, candidate.title
    if candidate.form == Kind.NOTE:
        parts = [Context(text[start:end].strip(), text[:start], title) for start, end in right_parts(text)]
        return parts or [Context(text, before, title)]
    if candidate.form == Kind.ANSWER and candidate.lead:
        return [Context(text, title=title, asked=one_line(candidate.lead.text).strip("*_ "))]
    if candidate.form == Kind.ENTRY and not asks_when(question):
        text = text[clock_head(text) :] or text
    return [Context(text, before, title)]


def _of_row(
    question: str, row: "Candidate", candidates: Sequence["Candidate"], read: SentenceReading
) -> SentenceReading:
    """Give the cell that is asked for; rows of the same table that the question is less about state nothing."""
    assert row.lead
    labels = [cells(each.text)[0] for each in candidates if each.lead == row.lead]
    cell = cell_asked(question, row.lead.text, row.text)
    if cell and is_row_asked(question, cell.label, labels):
        return SentenceReading(max(read.logit, ROW_LOGIT), cell.value, CELL_PROBABILITY)
    is_torn = "|" in read.phrase
    return replace(read, logit=min(read.logit, OTHER_ROW_LOGIT)) if cell or is_torn else read


def _of_answer(question: str, answer: "Candidate", read: SentenceReading) -> SentenceReading:
    """Take an answer for stated where the interviewer asked the same; of a few words it is the phrase as a whole."""
    assert answer.lead
    asked, lead = set(stems(question)), set(stems(answer.lead.text))
    is_same = len(asked & lead) >= MIN_SAME_STEMS and len(
        asked & (lead | set(stems(answer.title)))
    ) >= MIN_SAME_SHARE * len(asked)
    if not is_same:
        return read
    first = first_sentence(answer.text)
    is_short = len(first.split()) <= MAX_SHORT_ANSWER_WORDS
    phrase, share = (first, CELL_PROBABILITY) if is_short else (read.phrase, read.phrase_probability)
    return SentenceReading(max(read.logit, ANSWERED_LOGIT), phrase, share)


def _at_time(question: str, candidates: list["Candidate"], catalog: CatalogReader) -> list["Candidate"]:
    """Leave out the entries of other times than the one that a question names, or else of the last one before it."""
    asked = minutes_asked(question)
    if asked is None:
        return candidates
    kept = {article_id: _rank_at(asked, article_id, catalog) for article_id in {e.span.article_id for e in candidates}}
    return [each for each in candidates if each.entry is None or kept[each.span.article_id] in (None, each.entry)]


def _rank_at(minutes: int, article_id: str, catalog: CatalogReader) -> int | None:
    entries = [each.entry for each in shapes_in(article_id, catalog).values() if each.entry]
    until = [each for each in entries if each.minutes <= minutes]
    return max(until, key=lambda each: (each.minutes, each.rank)).rank if until else None
