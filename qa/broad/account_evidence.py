"""Choose the sentences that a strong model is shown for an account: some of every article that matters."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import zip_longest

from index.article_index import ArticleIndex
from qa.answer import Evidence
from qa.broad.gather import Gathered
from qa.broad.overview import leads_of
from qa.broad.points import once_an_article
from qa.broad.themes import definite, themes_of
from qa.question.words import stems
from qa.reading.evidence import number_evidence


def choose_sentences(
    sides: Sequence[Sequence[Evidence]], gathered: Gathered, index: ArticleIndex, max_tokens: int
) -> list[Evidence]:
    """Take those that say most while they fit, of each side in turn, by the days of their articles.

    Titles and dates count among the word pieces, and what is said in the same words is taken once.
    """
    ranked = zip_longest(*(_ranked(each, gathered, index) for each in sides))
    once: dict[frozenset[str], Evidence] = {}
    for each in (one for row in ranked for one in row if one):
        once.setdefault(frozenset(stems(each.text)), each)
    chosen = _fitting(list(once.values()), index, max_tokens)
    return sorted(chosen, key=lambda each: (each.published or date.max, each.span.article_id, each.span.start))


def _ranked(sentences: Sequence[Evidence], gathered: Gathered, index: ArticleIndex) -> Iterator[Evidence]:
    """Give the sentences of themes: first the best one of each article, then what stands for a theme, then others."""
    extra = [more + definite(each) for more, each in zip(leads_of(sentences, gathered), sentences, strict=True)]
    themes = themes_of(sentences, gathered.topic, index.embedder, extra)
    stand_for = [each.sentences[0] for each in themes]
    best = once_an_article(stand_for)
    taken = {each.span for each in best}
    yield from best
    yield from (each for each in stand_for if each.span not in taken)
    yield from (each for theme in themes for each in theme.sentences[1:])


def _fitting(sentences: Sequence[Evidence], index: ArticleIndex, max_tokens: int) -> list[Evidence]:
    """Take sentences in their order while they fit, each with its number and an article's first with its source."""
    chosen, sources, free = list[Evidence](), set[str](), max_tokens
    bare = index.embedder.count_tokens([number_evidence([each]) for each in sentences])
    whole = index.embedder.count_tokens([number_evidence([each], with_sources=True) for each in sentences])
    for each, alone, with_source in zip(sentences, bare, whole, strict=True):
        cost = alone if each.span.article_id in sources else with_source
        if cost <= free:
            chosen.append(each)
            sources.add(each.span.article_id)
            free -= cost
    return chosen
