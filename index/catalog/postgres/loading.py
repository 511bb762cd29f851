"""Write articles to PostgreSQL by COPY, each with its words counted, and keep count of the words of all."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from index.catalog.postgres.database import Database
from index.catalog.postgres.stems import STEMMER, counted, term_of
from index.catalog.rows import WholeArticle

COUNT_SHARE = 0.1  # of passages written since words were last counted, from which on they are counted at once

_ARTICLES = (
    "copy articles (key, id, file, title, published, publisher, url, sources, text, sha256, signature, original, "
    "starts, ends, terms, counts, title_counts, length, lone_terms) from stdin"
)
_PASSAGES = (
    'copy passages (id, article, first, last, "start", "end", vector, repeated, terms, counts, length) from stdin'
)


@dataclass
class Change:
    """How the words of a transaction change those of the catalog."""

    passages: Counter[int] = field(default_factory=Counter)
    articles: Counter[int] = field(default_factory=Counter)
    stems: dict[int, str] = field(default_factory=dict)
    totals: Counter[str] = field(default_factory=Counter)

    def add(self, stems: Counter[str], kind: str) -> None:
        """Count the words of an article or a passage that is written."""
        terms = {term_of(stem): stem for stem in stems}
        self.stems.update(terms)
        (self.passages if kind == "passages" else self.articles).update(terms.keys())
        self.totals.update({kind: 1, f"{kind[:-1]}_words": stems.total()})

    def take_back(self, terms: Iterable[int], length: int, kind: str) -> None:
        """Count the words of an article or a passage that is removed."""
        (self.passages if kind == "passages" else self.articles).subtract(terms)
        self.totals.subtract({kind: 1, f"{kind[:-1]}_words": length})


def load(articles: Sequence[WholeArticle], database: Database, change: Change) -> None:
    """Write whole articles with their passages; nothing of them is there yet."""
    passages: list[tuple[Any, ...]] = []
    with database.copying(_ARTICLES) as copy:
        for article in articles:
            texts = [article.title, article.text, *(article.text[each.start : each.end] for each in article.passages)]
            title, body, *parts = STEMMER.counts(texts)
            whole, within = title + body, set[str]()
            for passage, part in zip(article.passages, parts, strict=True):
                held = title + part
                change.add(held, "passages")
                within |= held.keys()
                passages.append(_passage_row(article.key, passage, held))
            change.add(whole, "articles")
            copy.write_row(_article_row(article, whole, title, whole.keys() - within))
    with database.copying(_PASSAGES) as copy:
        for row in passages:
            copy.write_row(row)


def keep(change: Change, database: Database, count: bool) -> None:
    """Keep what changed in the words; counted at once where it is much, or is to be."""
    totals = change.totals
    names = ("passages", "passage_words", "articles", "article_words")
    passages, uncounted = database.rows(
        "update totals set passages = passages + %s, passage_words = passage_words + %s, articles = articles + %s, "
        "article_words = article_words + %s, uncounted = uncounted + %s returning passages, uncounted",
        (*(totals[name] for name in names), max(1, abs(totals["passages"]))),
    )[0]
    terms = change.passages.keys() | change.articles.keys()
    kept = [term for term in terms if change.passages[term] or change.articles[term]]
    database.execute(
        "insert into word_changes (terms, stems, passages, articles) "
        "values (%s::bigint[], %s::text[], %s::integer[], %s::integer[])",
        (
            kept,
            [change.stems.get(term) for term in kept],
            [change.passages[term] for term in kept],
            [change.articles[term] for term in kept],
        ),
    )
    if count or uncounted > COUNT_SHARE * passages:
        count_words(database)


def count_words(database: Database) -> None:
    """Count in all that was not counted yet."""
    database.execute(
        "insert into words (term, stem, passages, articles) "
        "select term, coalesce(max(stem), ''), sum(passages), sum(articles) from (select unnest(terms) as term, "
        "unnest(stems) as stem, unnest(passages) as passages, unnest(articles) as articles from word_changes) as new "
        "group by term order by term on conflict (term) do update "
        "set passages = words.passages + excluded.passages, articles = words.articles + excluded.articles"
    )
    database.execute("delete from word_changes")
    database.execute("delete from words where passages = 0 and articles = 0")
    database.execute("update totals set uncounted = 0")


def _article_row(
    article: WholeArticle, whole: Counter[str], title: Counter[str], lone: Iterable[str]
) -> tuple[Any, ...]:
    pairs = list(counted(whole))
    return (
        *(article.key, article.id, article.file, article.title, article.published, article.publisher, article.url),
        *(json.dumps(dict(article.sources)), article.text, article.sha256, article.signature, article.original),
        _array(start for start, _ in article.sentences),
        _array(end for _, end in article.sentences),
        _array(term for term, _ in pairs),
        bytes(count for _, count in pairs),
        bytes(min(title[stem], 255) for stem in whole),
        whole.total(),
        _array(term_of(stem) for stem in lone),
    )


def _passage_row(article: int, passage: Any, held: Counter[str]) -> tuple[Any, ...]:
    pairs = list(counted(held))
    return (
        *(passage.id, article, passage.first, passage.last, passage.start, passage.end, passage.vector_id),
        passage.repeated,
        _array(term for term, _ in pairs),
        bytes(count for _, count in pairs),
        held.total(),
    )


def _array(numbers: Iterable[int]) -> str:
    """Write an array as PostgreSQL reads it."""
    return "{" + ",".join(map(str, numbers)) + "}"
