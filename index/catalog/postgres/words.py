"""The word index of a catalog on PostgreSQL: a GIN index finds passages, BM25 is computed in the same statement.

What a passage holds lies beside it as an array of terms, each the hash of a stem, and how often it has each. In how
many passages a term occurs is kept in the table `words`.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from index.catalog.postgres.conditions import articles_sql, passages_sql
from index.catalog.postgres.database import Database
from index.catalog.postgres.scoring import Score, Term, idf_of, score_of
from index.catalog.postgres.stems import STEMMER, counted, term_of, terms_of
from index.catalog.rows import NamedArticle
from index.catalog.words import LARGE_CATALOG_PASSAGES, MAX_PASSAGE_SHARE, TITLE_WEIGHT, TitleAndText, WordIndex
from index.filter import Filter

MAX_TERMS = 100  # of a question; the rarest are scored, as the others tell next to nothing
FEW_PASSAGES = 2_000  # are scored without asking whether fewer would do
MOST_PASSAGES = 60_000  # are scored at all, those of the rarest terms; half a second
MAX_UNCOUNTED = 64  # transactions whose words are looked through; more wait only while a sync is under way
SAMPLED_TERM_PASSAGES = 20_000  # a term of more is sampled as the rows lie
NEWEST_FIRST = "published is null, published desc, articles.id"


class PostgresWords(WordIndex):
    """What PostgreSQL answers of a catalog's words."""

    database: Database

    def search_passages(self, words: Sequence[str], limit: int, only: Filter) -> dict[int, float]:
        """Give the scores of the `limit` best passages that hold a word, from the articles of a filter.

        The passages of the rarest terms are scored first; those that have none of them are looked at as long as their
        other terms could lift one among the best (the bound of MaxScore, Turtle and Flood 1995).
        """
        total, length = self._totals("passages")
        terms = self._rare(self._known(words, "passages", total), total)
        found: dict[int, float] = {}
        looked = 0
        while looked < len(terms):
            looked = _prefix(terms, looked)
            found = self._best(terms, looked, limit, only, length)
            left = sum(each.most for each in terms[looked:])
            if len(found) >= limit and min(found.values()) >= left:
                break
            if looked < len(terms) and sum(each.passages for each in terms[: looked + 1]) > MOST_PASSAGES:
                break
        return found

    def score_passages(self, words: Sequence[str], ids: Sequence[int]) -> dict[int, float]:
        """Give the scores of those of the passages `ids` that hold a word."""
        return self._scores("passages", "id", words, ids)

    def score_articles(self, words: Sequence[str], keys: Sequence[int]) -> dict[int, float]:
        """Give the scores of those of the articles `keys` that hold a word, each read as one text."""
        return self._scores("articles", "key", words, keys)

    def count_passages_with(self, word: str) -> int:
        """Count the passages that hold a word, in any of its English inflections."""
        terms = terms_of([word])
        if len(terms) == 1:
            return self._frequency(terms, "passages").get(terms[0], 0)
        query = "select count(*) from passages where terms @> %s::bigint[]"
        return int(self.database.value(query, (terms,))) if terms else 0

    def has_passage_with(self, all_of: Sequence[str], any_of: Sequence[str] = ()) -> bool:
        """Tell whether a passage holds all of some words and, where others are given, one of these."""
        terms, others = terms_of(all_of), terms_of(any_of)
        if not terms or (any_of and not others):
            return False
        condition, values = "terms @> %s::bigint[]", [terms]
        if others:
            condition, values = f"{condition} and terms && %s::bigint[]", [terms, others]
        return self.database.value(f"select 1 from passages where {condition} limit 1", values) is not None

    def texts_with(self, word: str, limit: int) -> list[TitleAndText]:
        """Give title and text of up to `limit` passages that hold a word."""
        return self._texts_with(terms_of([word]), limit)

    def stems(self, initial: str, shortest: int, longest: int) -> list[str]:
        """Give the stems of all passages that begin with a letter and have so many letters."""
        rows = self.database.rows(
            "select stem from words where stem >= %s and stem < %s and length(stem) between %s and %s and passages > 0",
            (initial, initial + "\U0010ffff", shortest, longest),
        )
        return [stem for (stem,) in rows]

    def texts_with_stem(self, stem: str, limit: int) -> list[TitleAndText]:
        """Give title and text of up to `limit` passages that hold a word of a stem."""
        return self._texts_with([term_of(stem)], limit)

    def articles_with(
        self, words: Sequence[str], only: Filter, best_first: bool = False, limit: int | None = None
    ) -> list[NamedArticle]:
        """Give up to `limit` articles of a filter that hold all of some words, the newest or the best first."""
        terms = terms_of(words)
        if not terms:
            return []
        total, length = self._totals("articles")
        known = self._weighed(self._frequency(terms, "articles"), Counter(terms), total)
        rarest = min(known, key=lambda each: each.passages).term
        condition, values = articles_sql(only)
        score = score_of(known, "articles", length, TITLE_WEIGHT) if best_first else Score("0", [], "", [])
        order = "score desc, articles.key" if best_first else NEWEST_FIRST
        rows = self.database.rows(
            f"select articles.id, published, {score.sql} as score from articles {score.joined} "
            "where key in (select article from passages where terms @> %s::bigint[] union "
            "select key from articles where lone_terms @> %s::bigint[] and lone_terms <> '{}') "
            f"and articles.terms @> %s::bigint[] and {condition} order by {order} limit %s",
            (*score.values, *score.joined_values, [rarest], [rarest], terms, *values, limit),
        )
        return [NamedArticle(*row[:2]) for row in rows]

    def word_faults(self) -> list[str]:
        """Count the words of all texts anew and compare what is kept of them; reads all of it."""
        wrong = []
        passages, articles = Counter[int](), Counter[int]()
        totals = [0, 0, 0, 0]
        for key, title, text in self._pages("select key, title, text from articles where key > %s order by key"):
            ((terms, counts, length),) = self.database.rows(
                "select terms, counts, length from articles where key = %s", (key,)
            )
            whole = STEMMER.counts([f"{title}\n{text}"])[0]
            if dict(counted(whole)) != dict(zip(terms, counts, strict=True)) or whole.total() != length:
                wrong.append(f"an article has other words in the word index: {key}")
            articles.update(terms)
            parts = self.database.rows(
                'select id, "start", "end", terms, counts, length from passages where article = %s', (key,)
            )
            for passage, start, end, terms, counts, length in parts:
                held = STEMMER.counts([f"{title}\n{text[start:end]}"])[0]
                if dict(counted(held)) != dict(zip(terms, counts, strict=True)) or held.total() != length:
                    wrong.append(f"a passage has other words in the word index: {passage}")
                passages.update(terms)
                totals[0], totals[1] = totals[0] + 1, totals[1] + length
            totals[2], totals[3] = totals[2] + 1, totals[3] + whole.total()
        return wrong + self._miscounted(passages, articles, totals)

    def _miscounted(self, passages: Counter[int], articles: Counter[int], totals: list[int]) -> list[str]:
        kept = self.database.rows(
            "select term, sum(passages)::int, sum(articles)::int from (select term, passages, articles from words "
            "union all select unnest(terms), unnest(passages), unnest(articles) from word_changes) as every "
            "group by term"
        )
        wrong = [
            f"a word is counted wrongly: {term}"
            for term, of_passages, of_articles in kept
            if (of_passages, of_articles) != (passages[term], articles[term])
        ]
        lost = (passages.keys() | articles.keys()) - {term for term, *_ in kept}
        wrong += [f"a word is not counted: {term}" for term in lost]
        told = self.database.rows("select passages, passage_words, articles, article_words from totals")
        return wrong + ([] if told == [tuple(totals)] else [f"the totals are {told}, not {totals}"])

    def _pages(self, query: str) -> Iterator[Any]:
        """Give the rows of a query that begins behind a key, some hundred at a time."""
        last: Any = -1
        while page := self.database.rows(f"{query} limit 200", (last,)):
            yield from page
            last = page[-1][0]

    def _totals(self, table: str) -> tuple[int, float]:
        """Give how many rows a table has, and how many words a row has on average."""
        row = self.database.rows(f"select {table}, {table[:-1]}_words from totals")
        rows, words = row[0] if row else (0, 0)
        return rows, words / rows if rows else 1.0

    def _known(self, words: Sequence[str], table: str, total: int) -> list[Term]:
        """Give the terms of some words that occur in a table, the rarest first."""
        terms = Counter(term for word in words for term in terms_of([word]))  # two words of one stem weigh twice
        found = self._weighed(self._frequency(list(terms), table), terms, total)
        return sorted((each for each in found if each.passages > 0), key=lambda each: each.passages)[:MAX_TERMS]

    def _weighed(self, frequency: dict[int, int], terms: Counter[int], total: int) -> list[Term]:
        return [
            Term(term, rows := frequency.get(term, 0), weight * idf_of(rows, total)) for term, weight in terms.items()
        ]

    def _frequency(self, terms: Sequence[int], table: str) -> dict[int, int]:
        """Give in how many rows of a table each term occurs."""
        if not terms:
            return {}
        of_words = self.database.rows(f"select term, {table} from words where term = any(%s::bigint[])", (list(terms),))
        found = Counter(dict(of_words))
        found.update(dict(self._uncounted(terms, table)))
        return dict(found)

    def _uncounted(self, terms: Sequence[int], table: str) -> list[tuple[int, int]]:
        """Look for terms in what was written last and not counted yet; once a sync is complete there is nothing."""
        return self.database.rows(
            "select term, sum(rows)::int from "
            f"(select unnest(terms) as term, unnest({table}) as rows from "
            "(select * from word_changes order by id desc limit %s) as newest) as changed "
            "where term = any(%s::bigint[]) group by term",
            (MAX_UNCOUNTED, list(terms)),
        )

    def _rare(self, terms: list[Term], total: int) -> list[Term]:
        """Leave out the terms that many passages hold, unless no other is left."""
        if total < LARGE_CATALOG_PASSAGES:
            return terms
        return [each for each in terms if each.passages <= int(total * MAX_PASSAGE_SHARE)] or terms

    def _best(self, terms: list[Term], looked: int, limit: int, only: Filter, length: float) -> dict[int, float]:
        """Score the passages that have one of the first terms, by all of them."""
        condition, values = passages_sql(only)
        score = score_of(terms, "passages", length)
        joined = "join articles on articles.key = passages.article" if only else ""
        rows = self.database.rows(
            f"select passages.id, {score.sql} as score from passages {joined} {score.joined} "
            f"where passages.terms && %s::bigint[] and {condition} order by score desc, passages.id limit %s",
            (*score.values, *score.joined_values, [each.term for each in terms[:looked]], *values, limit),
        )
        return dict(rows)

    def _scores(self, table: str, key: str, words: Sequence[str], keys: Sequence[int]) -> dict[int, float]:
        total, length = self._totals(table)
        terms = self._known(words, table, total)
        if not terms or not keys:
            return {}
        score = score_of(terms, table, length)
        rows = self.database.rows(
            f"select {key}, {score.sql} from {table} {score.joined} where {key} = any(%s::bigint[])",
            (*score.values, *score.joined_values, list(keys)),
        )
        return {row: found for row, found in rows if found > 0}

    def _texts_with(self, terms: Sequence[int], limit: int) -> list[TitleAndText]:
        if not terms:
            return []
        found = "select id from passages where terms @> %s::bigint[]"
        if min(self._frequency(terms, "passages").get(term, 0) for term in terms) > SAMPLED_TERM_PASSAGES:
            sample = f"({found} limit %s)"
        else:  # all of them are found by the index before some are taken, whatever the planner guesses
            sample = f"(with found as materialized ({found}) select id from found order by id limit %s)"
        return self.database.rows(
            f'select title, substr(text, "start" + 1, "end" - "start") from {sample} as sampled '
            "join passages using (id) join articles on key = article order by passages.id",
            (list(terms), limit),
        )


def _prefix(terms: list[Term], looked: int) -> int:
    """Give how many terms are looked at next: so many that their passages are four times those looked at before."""
    enough = max(FEW_PASSAGES, 4 * sum(each.passages for each in terms[:looked]))
    within = 0
    for place, each in enumerate(terms, 1):
        within += each.passages
        if place > looked and within >= enough:
            return place
    return len(terms)
