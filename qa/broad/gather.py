"""Gather all that the articles say of a topic: every passage that touches it, not the best few."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property
from itertools import islice

import numpy as np

from index.article_index import ArticleIndex
from index.bm25 import STOPWORDS
from index.catalog.rows import StoredPassage
from index.filter import Filter, glob_of
from qa.answer import Evidence, Span
from qa.question.days import Days
from qa.question.words import is_number, names, stem, stems, tokens
from qa.reading.evidence import suspects_among
from qa.reading.hostile_instructions import instructs
from qa.wording.dates import resolve_dates

MAX_PASSAGES = 400  # by meaning, and as many by words
MAX_NEAREST = 300  # sentences that a reader is given; 4 ms each on two processors
TOUCHING_COSINE = 0.3  # MiniLM, of a passage that says something of a topic
TOUCHING_WORDS = 0.5  # share of the topic's words, weighed by their rarity
# A topic is surely touched by a passage of such cosine that has such a share of its words.
SURE = ((TOUCHING_COSINE, TOUCHING_WORDS), (0.45, 0.35), (0.55, 0.0), (-1.0, 0.9))
WORDS_WEIGHT = 0.3
NUMBER_WEIGHT = 0.1  # of a sentence that tells a number: it says something definite
MAX_TELLING = 600  # sentences that are compared with each other
MAX_NAMES = 0.7  # share of the words of a sentence that are names or numbers
MIN_WORDS = 5  # of a sentence that says something


@dataclass(frozen=True)
class Gathered:
    """The sentences that touch a topic, the likeliest to say something of it first.

    `among` counts all articles that were asked, `sentences` all sentences of these; `ordinals` tells for each sentence
    how far from the beginning of its article it stands, `before` which one stands before it in its passage.
    """

    topic: str
    found: list[Evidence]
    ordinals: dict[Span, int]
    among: int
    sentences: int
    before: dict[Span, Evidence] = field(default_factory=dict)

    @cached_property
    def articles(self) -> list[str]:
        """The ids of the articles that touch the topic, the likeliest first."""
        return list(dict.fromkeys(each.span.article_id for each in self.found))

    def of(self, chosen: Sequence[Evidence]) -> "Gathered":
        """Give these of the sentences alone."""
        return replace(self, found=list(chosen))


def gather(topic: str, index: ArticleIndex, only: Filter) -> Gathered:
    """Gather the sentences of all passages that touch a topic, of the articles that a filter lets through.

    A passage touches it by its meaning or by its words. Where none does so surely, nothing is found. Without a topic
    the first `MAX_PASSAGES` passages are.
    """
    passages = _touching(topic, index, only) if topic else all_passages(index, only)
    return _gathered(topic, passages, index, only)


def gather_nearest(question: str, topic: str, index: ArticleIndex, only: Filter) -> Gathered:
    """Gather the sentences that are nearest to a question and its topic, whether or not they touch it, for a reader."""
    passages = _near(question, topic, index, only)
    gathered = _gathered(
        topic, [(each, cosine + WORDS_WEIGHT * share) for each, cosine, share in passages], index, only
    )
    return gathered.of(gathered.found[:MAX_NEAREST])


def gather_article(article_id: str, index: ArticleIndex) -> Gathered:
    """Gather all sentences of an article."""
    found, ordinals, before = _sentences(all_passages(index, Filter(article=glob_of(article_id))), index)
    return Gathered("", found, ordinals, 1, len(found), before)


def is_of(sentence: Evidence, days: Days) -> bool:
    """Tell whether a sentence is of some days: published then (or the day after a single one), or speaking of them."""
    published = sentence.published
    if published in days or (published and days.first == days.last and published - timedelta(1) in days):
        return True
    return any(period.first in days for _, _, period in resolve_dates(sentence.text, published))


def telling(gathered: Gathered) -> list[Evidence]:
    """Give the likeliest of the sentences that say something; where none does, all."""
    said = list(islice(filter(says_something, gathered.found), MAX_TELLING))
    return said or gathered.found


def says_something(sentence: Evidence) -> bool:
    """Tell whether a sentence says something: no title, no question, no half of a quotation, no line of names."""
    words = tokens(sentence.text)
    is_title = sentence.text.strip("#* \t") == sentence.title
    is_question = sentence.text.rstrip("”\"' ").endswith(("?", "？", "؟"))
    is_line = len(words) < MIN_WORDS or len(names(sentence.text)) >= MAX_NAMES * len(words)
    is_half = sentence.text.count('"') % 2 == 1 or sentence.text.count("“") != sentence.text.count("”")
    return not (is_title or is_question or is_line or is_half)


def _gathered(
    topic: str, passages: Sequence[tuple[StoredPassage, float]], index: ArticleIndex, only: Filter
) -> Gathered:
    weight = weights_of(topic, index)
    found, ordinals, before = _sentences(passages, index)
    scored = sorted((_scored(each, weight) for each in found), key=lambda each: -each.score)
    among, sentences = index.catalog.count_articles(only), index.catalog.count_sentences(only)
    return Gathered(topic, scored, ordinals, among, sentences, before)


def _touching(topic: str, index: ArticleIndex, only: Filter) -> list[tuple[StoredPassage, float]]:
    touching, is_sure = [], False
    for each, cosine, share in _near(topic, topic, index, only):
        if cosine >= TOUCHING_COSINE or share >= TOUCHING_WORDS:
            touching.append((each, cosine + WORDS_WEIGHT * share))
            is_sure |= any(cosine >= least and share >= words for least, words in SURE)
    return touching if is_sure else []


def _near(meaning: str, topic: str, index: ArticleIndex, only: Filter) -> Iterator[tuple[StoredPassage, float, float]]:
    """Give the passages nearest to a meaning or with words of a topic, with their cosine and share of the words."""
    vector = np.array(index.embedder.get_query_embedding(meaning), np.float32)
    weight = weights_of(topic, index)
    for each, cosine in index.retriever(MAX_PASSAGES, only).near(topic, vector):
        share = sum(weight[word] for word in weight.keys() & set(stems(f"{each.title} {each.text}")))
        yield each, cosine, share


def all_passages(index: ArticleIndex, only: Filter) -> list[tuple[StoredPassage, float]]:
    """Give the first `MAX_PASSAGES` passages, none of which touches anything in particular."""
    ids = [passage for passage, _ in index.catalog.passage_ids(only)]
    return [(each, 0.0) for each in index.catalog.passages(ids[:MAX_PASSAGES])]


def _trusted(passages: Sequence[tuple[StoredPassage, float]], index: ArticleIndex) -> list[tuple[StoredPassage, float]]:
    suspect = suspects_among({each.article_id: each.title for each, _ in passages}, index)
    return [(each, score) for each, score in passages if each.article_id not in suspect]


def _sentences(
    passages: Sequence[tuple[StoredPassage, float]], index: ArticleIndex
) -> tuple[list[Evidence], dict[Span, int], dict[Span, Evidence]]:
    """Give the sentences of passages, each once, how far from the beginning each stands, and which one before it."""
    found, ordinals, before = list[Evidence](), dict[Span, int](), dict[Span, Evidence]()
    for passage, score in _trusted(passages, index):
        offsets = index.catalog.sentences(passage.article_id, passage.first, passage.last)
        last: Evidence | None = None
        for ordinal, (start, end) in enumerate(offsets, passage.first):
            span = Span(passage.article_id, start, end)
            text = passage.text[start - passage.start : end - passage.start]
            if not text or instructs(text):
                last = None
                continue
            sentence = Evidence(span, text, passage.title, passage.published, score)
            if span not in ordinals:
                ordinals[span] = ordinal
                found.append(sentence)
            if last:
                before.setdefault(span, last)
            last = sentence
    return found, ordinals, before


def weights_of(topic: str, index: ArticleIndex) -> dict[str, float]:
    """Weigh the stems of a topic by how rare they are in the index, to 1 in all; one that it has not weighs most."""
    passages = index.catalog.counts()[1]
    rarity = {
        stem(word): math.log(1 + passages / (1 + index.catalog.count_passages_with(word)))
        for word in tokens(topic)
        if word not in STOPWORDS
    }
    whole = sum(rarity.values()) or 1.0
    return {word: each / whole for word, each in rarity.items()}


def _scored(sentence: Evidence, weight: dict[str, float]) -> Evidence:
    overlap = sum(weight[word] for word in weight.keys() & set(stems(sentence.text)))
    tells_number = any(map(is_number, tokens(sentence.text)))
    score = sentence.score + WORDS_WEIGHT * overlap + NUMBER_WEIGHT * tells_number
    return replace(sentence, overlap=overlap, score=score)
