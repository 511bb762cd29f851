"""Tell what articles say, in their own sentences: those that say most, and that most of them say."""

from collections.abc import Sequence

from index.article_index import ArticleIndex
from qa.answer import Evidence
from qa.broad.gather import Gathered, telling
from qa.broad.points import Point, once_an_article, worded
from qa.broad.themes import definite, most_telling, themes_of

LEAD_WEIGHTS = (0.15, 0.08, 0.04)  # of an article's first sentences
SENTENCES_TO_ONE = 4  # of an article, for which one is told
FEWEST, MOST = 4, 6  # of an article
FEWEST_OF_MANY, MOST_OF_MANY, ARTICLES_TO_ONE = 5, 10, 4


def overview_of_article(gathered: Gathered, index: ArticleIndex) -> list[Point]:
    """Tell the main points of one article in the order in which it has them."""
    said = sorted(telling(gathered), key=lambda each: each.span.start)
    lead = [weight + definite(each) for each, weight in zip(said, [*LEAD_WEIGHTS, *[0.0] * len(said)], strict=False)]
    number = min(MOST, max(FEWEST, len(said) // SENTENCES_TO_ONE))
    chosen = most_telling(themes_of(said, gathered.topic, index.embedder, lead), number)
    return sorted((_told(each.sentences[:1]) for each in chosen), key=lambda each: each.carried_by[0].span.start)


def overview_of_topic(gathered: Gathered, index: ArticleIndex) -> list[Point]:
    """Tell what the articles say of a topic, what matters most first; each statement cites all that say it."""
    said = telling(gathered)
    lead = [weight + definite(each) for each, weight in zip(said, leads_of(said, gathered), strict=True)]
    articles = len({each.span.article_id for each in said})
    number = min(MOST_OF_MANY, FEWEST_OF_MANY + articles // ARTICLES_TO_ONE)
    chosen = most_telling(themes_of(said, gathered.topic, index.embedder, lead), number)
    return [_told(once_an_article(each.sentences)) for each in chosen]


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


def _told(carried_by: Sequence[Evidence]) -> Point:
    return Point(worded(carried_by[0]), tuple(carried_by))
