"""Let a reply stand only on sentences that carry it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from index.catalog.writer import Catalog
from index.duplicates import also_in
from qa.answer import Citation, Evidence
from qa.question.script import UNSPACED
from qa.question.words import is_number, names, spellings, stems, tokens
from qa.reading.reply import Reply
from qa.text import visible_positions

MIN_QUOTE_SIMILARITY = 85
NAMED_WEIGHT = 0.15
MIN_ADDED_SHARE = 0.8
MAX_SAID_WORDS = 40
MIN_INFLECTED_LETTERS = 4
MAX_INITIALISM_LETTERS = 5

_UNSPACED = re.compile(f"[{UNSPACED}]")
_OPEN_END = re.compile(f"[{UNSPACED}\uac00-\ud7a3]")  # particles are written together with a Korean word
_LETTER = rf"[^\W{UNSPACED}]"
_INITIALISM = re.compile(r"\b(?:[^\W\d_]\.){2,}")


@dataclass(frozen=True)
class Grounded:
    """A reply on the sentence that carries it: the phrase is verbatim from `evidence.text`.

    `instead_of` is what was read, where the articles put something else in its place.
    """

    phrase: str
    evidence: Evidence
    instead_of: "Grounded | None" = None


def ground(
    reply: Reply, evidence: Sequence[Evidence], question: str = "", names_rightly: bool = False
) -> Grounded | None:
    """Find the sentence that carries the reply and fits the question best; None where no sentence carries it.

    A sentence carries a reply when its words stand in it as one phrase, or nearly so. That the reply names it counts as
    `NAMED_WEIGHT` of evidence score: a small model often names the wrong one of two that carry its words; a model that
    `names_rightly` is believed. Where none does, a sentence that is named carries a reply in other words when it has
    what the reply adds to the question (`find_said`).
    """
    named = [number for number in reply.numbers if 1 <= number <= len(evidence)]
    weight = float("inf") if names_rightly else NAMED_WEIGHT

    def fitness(number: int) -> float:
        return evidence[number - 1].score + (weight if number in named else 0.0)

    for number in sorted(range(1, len(evidence) + 1), key=fitness, reverse=True):
        if phrase := find_phrase(reply.text, evidence[number - 1].text):
            return Grounded(phrase, evidence[number - 1])
    for number in named:
        if phrase := find_said(reply.text, evidence[number - 1].text, question):
            return Grounded(phrase, evidence[number - 1])
    return None


def find_phrase(words: str, sentence: str) -> str | None:
    """Give the part of `sentence` that says `words`, or None.

    It has the same words, whatever stands between them, be they inflected (Iran, Iranian), written with points (US,
    U.S.) or as digits (nine, 9); or it is a close variant without a word missing (an Indel similarity of at least
    `MIN_QUOTE_SIMILARITY` of 100). Invisible characters between the letters of the sentence hide nothing.
    """
    places = visible_positions(sentence)
    if bounds := _find(words, "".join(sentence[place] for place in places)):
        return sentence[places[bounds[0]] : places[bounds[1] - 1] + 1].strip()
    return None


def find_said(words: str, sentence: str, question: str) -> str | None:
    """Give the part of `sentence` that says what `words` add to the question, though in another form, or None.

    It reaches from the first to the last of the added words and holds `MIN_ADDED_SHARE` of their stems, all names and
    numbers among them. Where no space tells words apart nothing is said but what stands there.
    """
    if _UNSPACED.search(words):
        return None
    asked = set(stems(question))
    added = {stem for stem in stems(words) if stem not in asked}
    held = [(found.start(), found.end()) for found in re.finditer(r"\w+", sentence) if added & set(stems(found[0]))]
    present = set(stems(sentence))
    strict = {stem for word in tokens(words) if is_number(word) or word in names(words) for stem in stems(word)} - asked
    if not held or strict - present or len(added & present) < MIN_ADDED_SHARE * len(added):
        return None
    phrase = sentence[held[0][0] : held[-1][1]]
    return phrase if len(phrase.split()) <= MAX_SAID_WORDS else None


def cite(evidence: Evidence, catalog: Catalog) -> Citation | None:
    """Cite a sentence if the catalog's text of its article still says it at these very characters."""
    article = catalog.article(evidence.span.article_id)
    if article is None or article.text[evidence.span.start : evidence.span.end] != evidence.text:
        return None
    return Citation(
        evidence.span,
        evidence.text,
        article.title,
        article.published,
        article.publisher,
        article.url,
        also_in(catalog, article, evidence.text),
    )


def cite_lead(evidence: Evidence, catalog: Catalog) -> list[Citation]:
    """Cite what a sentence answers to or stands under, the question of an interviewer or a table's header, if any."""
    lead = evidence.lead
    led = lead and cite(replace(evidence, span=lead.span, text=lead.text), catalog)
    return [led] if led else []


def _find(words: str, sentence: str) -> tuple[int, int] | None:
    parts = re.findall(r"\w+", _INITIALISM.sub(lambda found: found[0].replace(".", ""), words))
    if not parts:
        return None
    begins = "" if _UNSPACED.match(parts[0]) else rf"(?<!{_LETTER})"
    ends = "" if _OPEN_END.match(parts[-1][-1]) else rf"(?!{_LETTER})"
    exact = re.search(begins + r"[\W_]+".join(map(_word_pattern, parts)) + ends, sentence, re.IGNORECASE)
    if exact:
        return _with_sign(sentence, exact.start(), exact.end())
    if _UNSPACED.search(words):
        return None  # where no space tells the words, nothing tells where a close variant would end
    near = fuzz.partial_ratio_alignment(words.lower(), sentence.lower(), score_cutoff=MIN_QUOTE_SIMILARITY)
    if near is None or near.dest_end == near.dest_start or len(sentence.lower()) != len(sentence):
        return None
    start, end = _word_bounds(sentence, near.dest_start, near.dest_end)
    missing = set(stems(words)) - set(stems(sentence[start:end]))
    return None if missing else (start, end)


def _word_pattern(word: str) -> str:
    if word.isupper() and 2 <= len(word) <= MAX_INITIALISM_LETTERS:
        return r"\.?".join(map(re.escape, word)) + r"\.?"
    if len(variants := spellings(word)) > 1:
        return "(?:" + "|".join(variants) + ")"
    inflection = r"\w{0,3}" if word.isalpha() and len(word) >= MIN_INFLECTED_LETTERS else ""
    return re.escape(word) + inflection


def _with_sign(sentence: str, start: int, end: int) -> tuple[int, int]:
    """Take in the sign that belongs to the phrase: $ before an amount, % behind it."""
    if start and sentence[start - 1] in "$€£¥-−":
        start -= 1
    if end < len(sentence) and sentence[end] in "%°":
        end += 1
    return start, end


def _word_bounds(sentence: str, start: int, end: int) -> tuple[int, int]:
    while start and sentence[start - 1].isalnum() and sentence[start].isalnum():
        start -= 1
    while end < len(sentence) and sentence[end - 1].isalnum() and sentence[end].isalnum():
        end += 1
    return start, end
