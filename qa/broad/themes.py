"""Sentences that say the same, taken together: a theme, told by the one that stands for it, carried by all."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.models.embedding import Embedder
from qa.answer import Evidence
from qa.question.words import names, stems

MAX_EMBEDDED = 120  # themes; 5 ms each
SAME_WORDS = 0.45  # cosine of words weighed by rarity: of SummHay's sentences that say the same nearly all have more
SAME_MEANING = 0.75  # cosine of vectors
NAMES_WEIGHT, LENGTH_WEIGHT = 0.1, 0.1
MANY_NAMES, MANY_WORDS = 4, 12
SUPPORT_WEIGHT = 0.1  # of the logarithm of the articles that say it
COMMON_WEIGHT = 0.3  # taken off for what all themes have in common

Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Theme:
    """`sentences` say the same, the first stands for them; `score` tells how much it matters."""

    sentences: tuple[Evidence, ...]
    vector: Vectors
    score: float


def themes_of(sentences: Sequence[Evidence], topic: str, embedder: Embedder, lead: Sequence[float]) -> list[Theme]:
    """Group sentences into themes, those that matter most first; `lead` is added to each sentence's score.

    A theme matters by what it says of the topic, in its meaning and its words, by how many articles say it, and by how
    little it is what all of them say.
    """
    if not sentences:
        return []
    groups = list(_same_words(sentences, [each.score + more for each, more in zip(sentences, lead, strict=True)]))
    groups = groups[:MAX_EMBEDDED]
    vectors = np.array(embedder.get_text_embedding_batch([sentences[group[0]].text for group in groups]), np.float32)
    common = vectors.mean(0)
    common /= np.linalg.norm(common) or 1.0
    asked = vectors @ np.array(embedder.get_query_embedding(topic), np.float32) if topic else vectors @ common
    scores = [
        float(meaning)
        + sentences[group[0]].score
        + lead[group[0]]
        + SUPPORT_WEIGHT * math.log(len({sentences[each].span.article_id for each in group}))
        - (COMMON_WEIGHT * float(vector @ common) if topic else 0.0)
        for group, meaning, vector in zip(groups, asked, vectors, strict=True)
    ]
    found = [
        Theme(tuple(sentences[each] for each in group), vector, score)
        for group, vector, score in zip(groups, vectors, scores, strict=True)
    ]
    return sorted(found, key=lambda each: -each.score)


def definite(sentence: Evidence) -> float:
    """Give what a sentence gains for being understood alone: for its names, and for saying more than a few words."""
    named, said = len(set(names(sentence.text))), len(stems(sentence.text))
    return NAMES_WEIGHT * min(named / MANY_NAMES, 1) + LENGTH_WEIGHT * min(said / MANY_WORDS, 1)


def most_telling(themes: Sequence[Theme], number: int) -> list[Theme]:
    """Take the themes that matter most, none that means nearly what another one does."""
    chosen: list[Theme] = []
    for each in themes:
        if all(float(each.vector @ other.vector) < SAME_MEANING for other in chosen):
            chosen.append(each)
        if len(chosen) == number:
            break
    return chosen


def _same_words(sentences: Sequence[Evidence], scores: Sequence[float]) -> Iterator[list[int]]:
    """Group positions of sentences by their words, the highest score first, within a group too."""
    words = [set(stems(each.text)) for each in sentences]
    column = {word: number for number, word in enumerate(dict.fromkeys(word for each in words for word in each))}
    rows = np.zeros((len(sentences), max(len(column), 1)), np.float32)
    for row, held in enumerate(words):
        rows[row, [column[word] for word in held]] = 1.0
    rows *= np.log(1 + len(sentences) / (1 + rows.sum(0)))
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    alike = rows @ rows.T
    articles = [each.span.article_id for each in sentences]
    support = [len({articles[each] for each in np.flatnonzero(row >= SAME_WORDS).tolist()}) for row in alike]
    matters = [score + SUPPORT_WEIGHT * math.log(max(number, 1)) for score, number in zip(scores, support, strict=True)]
    order = sorted(range(len(sentences)), key=lambda each: -matters[each])
    taken = np.zeros(len(sentences), bool)
    for first in order:
        if not taken[first]:
            others = [int(each) for each in np.flatnonzero(alike[first] >= SAME_WORDS) if each != first]
            taken[[first, *others]] = True
            yield [first, *others]
