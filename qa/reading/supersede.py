"""What stands in the place of a phrase that was read: the corrected words, the newest entry, the cell of a table."""

import re
from collections.abc import Sequence
from dataclasses import replace

from qa.answer import Evidence
from qa.forms.live_blogs import clock_head
from qa.forms.notes import corrects, says_wrong, wrong_spans
from qa.forms.shape import Kind
from qa.forms.tables import cell_asked
from qa.question.words import stems
from qa.reading.companions import MIN_ABOUT, prefers_latest, words_asked
from qa.reading.grounding import Grounded
from qa.reading.shaped_sentences import asks_when
from qa.reading.yes_or_no import is_closed, settle

MIN_STATED_BY_NOTE = -1.5  # logit of the reader
MIN_STATED_BY_NEWEST = -5.0

_ASKS_FOR_NEWS = re.compile(
    r"(?:what(?:[’']s| is| are| was)?|any|give me|tell me) (?:the )?"
    r"(?:latest|newest|most recent|current (?:state|status|situation))"
    r"(?: (?:news|developments?|updates?|state|status|situation))?"
    r"(?: (?:on|about|of|in|with|from|regarding)\b|[ ?.]*$)",
    re.IGNORECASE,
)


def supersede(question: str, grounded: Grounded, evidence: Sequence[Evidence]) -> Grounded:
    """Give a phrase, or what the articles themselves put in its place."""
    for step in (_by_newest_entry, _by_note, _by_cell, _without_clock):
        grounded = step(question, grounded, evidence)
    return grounded


def _by_newest_entry(question: str, grounded: Grounded, evidence: Sequence[Evidence]) -> Grounded:
    """Of a live blog take the newest entry on what is asked, where it is asked how things stand."""
    said = grounded.evidence
    if said.entry is None or not prefers_latest(question):
        return grounded
    for_news = bool(_ASKS_FOR_NEWS.match(question))
    asked = words_asked(question)
    beside = [each for each in evidence if each.span.article_id == said.span.article_id and each.entry is not None]
    least = MIN_ABOUT * max(len(asked & set(stems(each.text))) for each in beside)
    newer = [
        each
        for each in beside
        if (len(asked & set(stems(each.text))) >= least if for_news else each.stated >= MIN_STATED_BY_NEWEST)
    ]
    newest = max(newer, key=lambda each: (each.entry or 0, each is said, each.stated), default=said)
    if newest is not said and (newest.entry or 0) <= said.entry and not for_news:
        return grounded
    if for_news:
        return _instead(grounded, newest.text[clock_head(newest.text) :].rstrip(" ."), newest)
    if newest is said:
        return grounded
    return _instead(grounded, settle(newest).phrase if is_closed(question) else newest.phrase, newest)


def _by_note(question: str, grounded: Grounded, evidence: Sequence[Evidence]) -> Grounded:
    """Take what a note says where it calls the phrase wrong, or else states the answer to what it corrects."""
    said = grounded.evidence
    for note in evidence:
        if note.form != Kind.NOTE or note.span.article_id != said.span.article_id or not note.phrase:
            continue
        if says_wrong(note.text, grounded.phrase) and not says_wrong(note.text, note.phrase):
            return _instead(grounded, note.phrase, note)
        is_update = not wrong_spans(note.text) and note.stated >= MIN_STATED_BY_NOTE
        if note is not said and is_update and corrects(note.text, said.text):
            return _instead(grounded, note.phrase, note)
    return grounded


def _by_cell(question: str, grounded: Grounded, evidence: Sequence[Evidence]) -> Grounded:
    """Of a table's row take the cell of the column that is asked for."""
    said = grounded.evidence
    cell = cell_asked(question, said.lead.text, said.text) if said.form == Kind.ROW and said.lead else None
    return _instead(grounded, cell.value, said) if cell else grounded


def _without_clock(question: str, grounded: Grounded, evidence: Sequence[Evidence]) -> Grounded:
    """Take the reader's words where a phrase is only the time at the head of an entry, and no time is asked for."""
    said = grounded.evidence
    is_clock = said.entry is not None and grounded.phrase in said.text[: clock_head(said.text)]
    return _instead(grounded, said.phrase, said) if is_clock and not asks_when(question) else grounded


def _instead(grounded: Grounded, phrase: str, evidence: Evidence) -> Grounded:
    if (phrase, evidence) == (grounded.phrase, grounded.evidence):
        return grounded
    return replace(grounded, phrase=phrase, evidence=evidence, instead_of=grounded.instead_of or grounded)
