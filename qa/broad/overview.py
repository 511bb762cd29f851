"""Tell what articles say, in their own sentences: those that say most, and that most of them say."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from index.article_index import ArticleIndex
from qa.answer import Evidence
from qa.broad.gather import Gathered, telling
from qa.broad.points import Point, once_an_article, worded
from qa.broad.themes import SAME_MEANING, definite, most_telling, themes_of
from qa.reading.reader import Context, load_reader

LEAD_WEIGHTS = (0.15, 0.08, 0.04)  # of an article's first sentences
SENTENCES_TO_ONE = 4  # of an article, for which one is told
FEWEST, MOST = 4, 6  # of an article
FEWEST_OF_MANY, MOST_OF_MANY, ARTICLES_TO_ONE = 5, 10, 4

# What explains: how surely a sentence states the answer and how near it is to the question, and so measured on half of
# CLAPNQ's questions (docs/broad.md).
MAX_EXPLAINING = 120  # sentences that are read and embedded; 9 ms each
READER_WEIGHT, MEANING_WEIGHT = 0.25, 2.0  # of the reader's logit and of the cosine
LEAST_EXPLAINING, LEAST_MEANING_WEIGHT = 2.4, 6.0  # of the best sentence; what a question asks in vain is often near
MAX_BELOW_BEST, MOST_EXPLAINING = 1.0, 5


def overview_of_article(gathered: Gathered, index: ArticleIndex) -> list[Point]:
    """Tell the main points of one article in the order in which it has them."""
    said = sorted(telling(gathered), key=lambda each: each.span.start)
    lead = [weight + definite(each) for each, weight in zip(said, [*LEAD_WEIGHTS, *[0.0] * len(said)], strict=False)]
    number = min(MOST, max(FEWEST, len(said) // SENTENCES_TO_ONE))
    chosen = most_telling(themes_of(said, gathered.topic, index.embedder, lead), number)
    return sorted((_told(each.sentences[:1]) for each in chosen), key=lambda each: each.carried_by[0].span.start)


def overview_of_topic(gathered: Gathered, index: ArticleIndex) -> list[Point]:
    """Tell what the articles say of a topic, those that matter most first; each statement cites all that say it.

    Without a topic each article is told by the first of its sentences, of as many articles as there are statements.
    """
    said = telling(gathered)
    articles = len({each.span.article_id for each in said})
    number = min(MOST_OF_MANY, FEWEST_OF_MANY + articles // ARTICLES_TO_ONE)
    if not gathered.topic:
        said = _first_of_each(said, math.ceil(number / max(articles, 1)))
    lead = [weight + definite(each) for each, weight in zip(said, leads_of(said, gathered), strict=True)]
    chosen = most_telling(themes_of(said, gathered.topic, index.embedder, lead), number)
    return [_told(once_an_article(each)) for each in _article_by_article([each.sentences for each in chosen])]


def explanation_of(question: str, gathered: Gathered, index: ArticleIndex) -> list[Point]:
    """Tell what explains what is asked: the sentences that answer it best, those of an article together.

    Where none does surely enough, nothing is told.
    """
    said = telling(gathered)[:MAX_EXPLAINING]
    if not said:
        return []
    readings = load_reader().read(question, [Context(each.text, title=each.title) for each in said])
    logits = READER_WEIGHT * np.array([each.logit for each in readings])
    vectors = np.array(index.embedder.get_text_embedding_batch([each.text for each in said]), np.float32)
    near = vectors @ np.array(index.embedder.get_query_embedding(question), np.float32)
    if (logits + LEAST_MEANING_WEIGHT * near).max() < LEAST_EXPLAINING:
        return []
    chosen = _best_once(said, logits + MEANING_WEIGHT * near, vectors @ vectors.T >= SAME_MEANING)
    return [_told(once_an_article(each)) for each in _article_by_article(chosen)]


def _best_once(
    said: Sequence[Evidence], scores: npt.NDArray[np.float64], is_same: npt.NDArray[np.bool]
) -> list[list[Evidence]]:
    """Give the sentences that score nearly as well as the best, each with those of other articles that say the same."""
    groups = list[list[int]]()
    for each in np.argsort(-scores).tolist():
        article = said[each].span.article_id
        same = [one for one in groups if is_same[one[0], each] and said[one[0]].span.article_id != article]
        if same:
            same[0].append(each)
        elif scores[each] >= scores.max() - MAX_BELOW_BEST and len(groups) < MOST_EXPLAINING:
            groups.append([each])
    return [[said[each] for each in group] for group in groups]


def leads_of(said: Sequence[Evidence], gathered: Gathered) -> list[float]:
    """Give what each sentence gains for standing at the beginning of its article."""
    begun: dict[str, list[int]] = {}
    for each in said:
        if each.span in gathered.ordinals:
            begun.setdefault(each.span.article_id, []).append(gathered.ordinals[each.span])
    weights = {
        (article_id, ordinal): weight
        for article_id, ordinals in begun.items()
        for ordinal, weight in zip(sorted(ordinals), LEAD_WEIGHTS, strict=False)
    }
    return [weights.get((each.span.article_id, gathered.ordinals.get(each.span, -1)), 0.0) for each in said]


def _first_of_each(said: Sequence[Evidence], number: int) -> list[Evidence]:
    """Give so many of the first sentences of each article, in the order in which they stand there."""
    of_article: dict[str, list[Evidence]] = {}
    for each in sorted(said, key=lambda each: each.span.start):
        of_article.setdefault(each.span.article_id, []).append(each)
    return [each for sentences in of_article.values() for each in sentences[:number]]


def _article_by_article(groups: Sequence[Sequence[Evidence]]) -> list[Sequence[Evidence]]:
    """Put groups of sentences, by the first of each, together that are of one article, in the order it has them."""
    articles = list(dict.fromkeys(each[0].span.article_id for each in groups))
    return sorted(groups, key=lambda each: (articles.index(each[0].span.article_id), each[0].span.start))


def _told(carried_by: Sequence[Evidence]) -> Point:
    return Point(worded(carried_by[0]), tuple(carried_by))
