"""Score passages and whole articles by the words of a question.

Okapi BM25 as FTS5 computes it (k1 = 1.2, b = 0.75, https://sqlite.org/fts5.html#the_bm25_function), higher is better.
"""

import re
from collections.abc import Sequence

from index.catalog.writer import Catalog
from index.filter import Filter

LARGE_CATALOG_PASSAGES = 10_000
MAX_PASSAGE_SHARE = 0.05

STOPWORDS = frozenset(
    "a an and any are as at be been but by can could did do does for from had has have he her his how i if in into is "
    "it its many me more most much my no not of on or our she should so some such than that the their them then there "
    "these they this to was we were what when where which who whom whose why will with would you your".split()
)


def words_of(text: str) -> list[str]:
    """Give the lower-case words of a text that say what it is about."""
    return [word for word in re.findall(r"\w+", text.lower()) if word not in STOPWORDS]


def match_expression(question: str) -> str:
    """Write the FTS5 expression that any content word of the question satisfies; empty where it has none."""
    return " OR ".join(f'"{word}"' for word in dict.fromkeys(words_of(question)))


def search_passages(catalog: Catalog, match: str, limit: int, only: Filter) -> dict[int, float]:
    """Give the scores of the `limit` best passages from the articles of a filter, by passage id.

    In a large catalog passages that hold none but frequent words are not considered: their scores are next to nothing,
    and to score them all takes most of the time.
    """
    condition, values = only.passages_sql()
    match = _rare(catalog, match)
    return dict(
        catalog.db.execute(
            "select passages_fts.rowid, -rank from passages_fts join passages on passages.id = passages_fts.rowid "
            "join articles on key = article "
            f"where passages_fts match ? and {condition} order by rank limit ?",
            (match, *values, limit),
        )
    )


def score_passages(catalog: Catalog, match: str, ids: Sequence[int]) -> dict[int, float]:
    """Give the scores of those of the passages `ids` that hold a word."""
    return _scores(catalog, "passages_fts", match, ids)


def score_articles(catalog: Catalog, match: str, keys: Sequence[int]) -> dict[int, float]:
    """Give the scores of those of the articles `keys` that hold a word, each read as one text."""
    return _scores(catalog, "articles_fts", match, keys)


def _rare(catalog: Catalog, match: str) -> str:
    """Leave out the words of an expression that many passages hold, unless no other is left."""
    passages = catalog.counts()[1]
    words = match.split(" OR ")
    if passages < LARGE_CATALOG_PASSAGES:
        return match
    most = int(passages * MAX_PASSAGE_SHARE)
    rare = [word for word in words if _is_rare(catalog, word, most)]
    return " OR ".join(rare or words)


def _is_rare(catalog: Catalog, word: str, most: int) -> bool:
    query = "select 1 from passages_fts where passages_fts match ? limit 1 offset ?"
    return catalog.db.execute(query, (word, most)).fetchone() is None


def _scores(catalog: Catalog, table: str, match: str, rowids: Sequence[int]) -> dict[int, float]:
    """Score some rows; the `+` keeps SQLite from matching the words anew for each of them."""
    marks = ",".join("?" * len(rowids))
    return dict(
        catalog.db.execute(
            f"select rowid, -rank from {table} where {table} match ? and +rowid in ({marks})", (match, *rowids)
        )
    )
