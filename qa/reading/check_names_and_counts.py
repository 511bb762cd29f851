"""Decide from the question's own words whether the cited sentence can be an answer to it."""

import re
from dataclasses import replace

import numpy as np

from index.bm25 import STOPWORDS
from index.catalog.writer import Catalog
from index.models.embedding import Embedder
from qa.answer import Evidence
from qa.forms.live_blogs import clock_head, without_clock
from qa.forms.shape import Kind
from qa.question.words import is_number, mentions, names, names_asked, spellings, stem, stems, tokens
from qa.reading.grounding import Grounded
from qa.reading.same_person import is_named_in_full
from qa.reading.yes_or_no import is_closed

MAX_WORDS_TO_COUNTED = 4
MIN_ABBREVIATION = 3  # two letters are the beginnings of too many words: PM, President Macron
MIN_SHARE_OF_PAIRS = 1 / 3  # of a run that may be a whole Chinese question, its asking words too
MIN_COUNTED_SIMILARITY = (
    0.5  # MiniLM: soldiers/troops .89, people/inhabitants .64; tanks/drones .40, people/regions .19
)

_HOW_MANY = re.compile(
    r"(?:\bhow many|^what (?:is|was|are|were) the (?:total )?number of)\s+(?:(?:more|other|different|of|the)\s+)*",
    re.IGNORECASE,
)
_POPULATION = re.compile(
    r"(?:what|how (?:large|big|high)) (?:is|was|are|were) (?:the )?(?:\w+ )?population of\b", re.IGNORECASE
)
MIN_POPULATION_SIMILARITY = 0.44  # MiniLM: inhabitants .57, people .53, residents .45; visitors .40, passengers .24
_UNSPACED_RUN = re.compile(
    "[\u30a1-\u30fa\u30fc\u3400-\u4dbf\u4e00-\u9fff]{3,}"
)  # Han and katakana, of which names are
_OWN_WORDS = re.compile(r"\b(?:or|between|either|how (?:many|much))\b", re.IGNORECASE)
_SUBJECT = re.compile(
    r"(?i:what|when|where|why|how)\b(?!.*\bname\b)[^A-Z]* "
    r"(?:do|does|did|has|have|had|can|could|will|would|is|are|was|were) (?P<name>[A-Z][\w’'-]*) [a-z]"
)
_BETWEEN_SPELT_OUT = r"(?:[\s-]+(?:of|the|and|for|in|on|to|de|du|la))*[\s-]+"
_END_OF_COUNTED = frozenset(
    "are is was were did do does has have had can could will would may might must should been be there of in on at by "
    "for to from with".split()
)


def missing_names(question: str, evidence: Evidence, catalog: Catalog) -> list[str]:
    """Give the names and numbers of the question that the article of a sentence nowhere mentions.

    The time at which an entry of a live blog was written is none of them.
    """
    asked = question if evidence.entry is None else without_clock(question)
    return names_missing_in(evidence.span.article_id, asked, catalog)


def names_missing_in(article_id: str, question: str, catalog: Catalog) -> list[str]:
    """Give the names and numbers of the question that an article nowhere mentions.

    A first name is mentioned by a surname of which the articles know no other bearer, an initial by a first name, an
    abbreviation by words that begin with its letters. Where a script has neither spaces nor capital letters, any long
    run is taken for a name.
    """
    article = catalog.article(article_id)
    if article is None:
        return names_asked(question)
    words = set(tokens(f"{article.title} {article.published or ''} {article.text}"))
    asked = names_asked(question)
    missing = [run for run in _UNSPACED_RUN.findall(question) if not _holds_much_of(run, article.text)]
    for name, behind in zip(asked, [*asked[1:], ""][: len(asked)], strict=True):
        if mentions(words, name) or _is_spelt_out(name, question, article.text):
            continue
        if _is_given_name(name, behind, question) and is_named_in_full(name, behind, article.text, catalog):
            continue
        missing.append(name)
    return missing


def repeats(question: str, phrase: str) -> bool:
    """Tell whether a phrase says no word that the question does not: its own words, a pronoun, its subject's full name.

    "What did Witkoff tell CNN?" is not answered by "Steve Witkoff". A closed question, a choice, "Rubio or
    Waltz?", and "How many of the two?" may be answered in their own words.
    """
    if is_closed(question) or _OWN_WORDS.search(question):
        return False
    subject = _SUBJECT.match(question)
    full_name = names(phrase)
    if subject and full_name == tokens(phrase) and full_name[-1:] == tokens(subject["name"]):
        return True
    return set(stems(phrase)) <= set(stems(question))


def check_count(question: str, grounded: Grounded, embedder: Embedder) -> Grounded | None:
    """Hold "how many X" to a number of X: keep the phrase, mend it from its own sentence, or give None.

    Of "90 drones across nine regions", "how many regions" gets the nine, "how many tanks" nothing. A population is a
    number of people, be they called inhabitants or residents, but not of passengers.
    """
    if _POPULATION.match(question):
        return grounded if _is_of_people(grounded, embedder) else None
    counted = counted_words(question)
    sentence = tokens(_said_in(grounded.evidence))
    # A row has no noun, and a note what is wrong beside what is right.
    if not counted or grounded.evidence.form in (Kind.NOTE, Kind.ROW):
        return grounded
    positions = [i for i, word in enumerate(sentence) if stem(word) == stem(counted[-1])]
    if not positions:
        return grounded if _is_counted(counted, sentence, embedder) else None
    numbers = [_number_before(position, sentence) for position in positions]
    said = tokens(grounded.phrase)
    if any(number is None or set(spellings(number)) & set(said) for number in numbers):
        return grounded
    found = re.search(rf"\b{re.escape(str(numbers[0]))}\b", grounded.evidence.text, re.IGNORECASE)
    return replace(grounded, phrase=found[0]) if found else grounded


def counted_words(question: str) -> list[str]:
    """Give the words for what a "how many" question counts, the noun last; none for another question."""
    counted: list[str] = []
    if asked := _HOW_MANY.search(question):
        for word in tokens(question[asked.end() :])[:4]:
            if word in _END_OF_COUNTED:
                break
            counted.append(word)
    return counted


def _is_of_people(grounded: Grounded, embedder: Embedder) -> bool:
    """Tell whether the number in a phrase is one of people: by the noun behind it, or where none is by any word."""
    sentence = tokens(grounded.evidence.text)
    said = [word for word in tokens(grounded.phrase) if is_number(word)]
    if stem("population") in map(stem, sentence) or not said or said[-1] not in sentence:
        return True
    behind = sentence[sentence.index(said[-1]) + 1 :][:2]
    nouns = [word for word in behind if word not in STOPWORDS and word not in _END_OF_COUNTED and not is_number(word)]
    if not nouns or behind[0] not in nouns:
        nouns = [word for word in dict.fromkeys(sentence) if not is_number(word)]
    vectors = np.array(embedder.get_text_embedding_batch(["population", *nouns]))
    return bool((vectors[1:] @ vectors[0]).max(initial=0.0) >= MIN_POPULATION_SIMILARITY)


def _said_in(evidence: Evidence) -> str:
    """Give a sentence without the time of its entry in front: in "11:30 The number of homes" no homes are counted."""
    return evidence.text if evidence.entry is None else evidence.text[clock_head(evidence.text) :]


def _is_counted(counted: list[str], sentence: list[str], embedder: Embedder) -> bool:
    """Tell whether the sentence has another word for what is counted, or one of the words before the noun."""
    if {stem(word) for word in counted} & {stem(word) for word in sentence}:
        return True
    nouns = [word for word in dict.fromkeys(sentence) if not is_number(word)]
    vectors = np.array(embedder.get_text_embedding_batch([counted[-1], *nouns]))
    return bool((vectors[1:] @ vectors[0]).max(initial=0.0) >= MIN_COUNTED_SIMILARITY)


def _is_given_name(name: str, behind: str, question: str) -> bool:
    """Tell whether the one stands before the other in the question, as a first name or an initial does."""
    return bool(behind) and re.search(rf"\b{name}\.? {behind}\b", question, re.IGNORECASE) is not None


def _is_spelt_out(name: str, question: str, text: str) -> bool:
    """Tell whether a text has the words, each with a capital letter, that the question abbreviates: WHO, NATO."""
    capitals = name.upper()
    if len(name) < MIN_ABBREVIATION or not name.isalpha() or not re.search(rf"\b{capitals}\b", question):
        return False
    return re.search(r"\b" + _BETWEEN_SPELT_OUT.join(rf"{letter}[\w’'-]*" for letter in capitals), text) is not None


def _holds_much_of(run: str, text: str) -> bool:
    """Tell whether a text has enough of a run of letters that are written without spaces, pair by pair."""
    pairs = [run[position : position + 2] for position in range(len(run) - 1)]
    return sum(pair in text for pair in pairs) >= MIN_SHARE_OF_PAIRS * len(pairs)


def _number_before(position: int, sentence: list[str]) -> str | None:
    for word in reversed(sentence[max(0, position - MAX_WORDS_TO_COUNTED) : position]):
        if is_number(word):
            return word
    return None
