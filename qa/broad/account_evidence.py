"""Choose the sentences that a strong model is shown for an account: what matters most, each thing once."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import zip_longest

from index.article_index import ArticleIndex
from qa.answer import Evidence
from qa.broad.gather import Gathered
from qa.broad.overview import leads_of
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
    """Give what stands for each theme, those that matter most first, and then the others that say much the same."""
    extra = [more + definite(each) for more, each in zip(leads_of(sentences, gathered), sentences, strict=True)]
    themes = themes_of(sentences, gathered.topic, index.embedder, extra)
    yield from (each.sentences[0] for each in themes)
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
