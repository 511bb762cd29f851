"""The word index of a SQLite catalog: FTS5 over passages and over whole articles."""

import sqlite3
from collections.abc import Sequence

from index.catalog.rows import NamedArticle
from index.catalog.sqlite.conditions import articles_sql, passages_sql
from index.catalog.words import (
    LARGE_CATALOG_PASSAGES,
    MAX_PASSAGE_SHARE,
    TITLE_WEIGHT,
    TitleAndText,
    WordIndex,
)
from index.filter import Filter

NEWEST_FIRST = "published is null, published desc, articles.id"

# An fts5vocab table reads the vocabulary (https://sqlite.org/fts5.html#the_fts5vocab_virtual_table_module).
_VOCABULARY = tuple(
    f"create virtual table if not exists temp.words_by_{kind} using fts5vocab(main, passages_fts, {kind})"
    for kind in ("row", "instance")
)


class SqliteWords(WordIndex):
    """What FTS5 answers of a catalog."""

    db: sqlite3.Connection

    def search_passages(self, words: Sequence[str], limit: int, only: Filter) -> dict[int, float]:
        """Give the scores of the `limit` best passages that hold a word, from the articles of a filter."""
        if not words:
            return {}
        condition, values = passages_sql(only)
        return dict(
            self.db.execute(
                "select passages_fts.rowid, -rank from passages_fts join passages on passages.id = passages_fts.rowid "
                "join articles on key = article "
                f"where passages_fts match ? and {condition} order by rank limit ?",
                (_any_of(self._rare(words)), *values, limit),
            )
        )

    def score_passages(self, words: Sequence[str], ids: Sequence[int]) -> dict[int, float]:
        """Give the scores of those of the passages `ids` that hold a word."""
        return self._scores("passages_fts", words, ids)

    def score_articles(self, words: Sequence[str], keys: Sequence[int]) -> dict[int, float]:
        """Give the scores of those of the articles `keys` that hold a word, each read as one text."""
        return self._scores("articles_fts", words, keys)

    def count_passages_with(self, word: str) -> int:
        """Count the passages that hold a word, in any of its English inflections."""
        query = "select count(*) from passages_fts where passages_fts match ?"
        return int(self.db.execute(query, (_quoted(word),)).fetchone()[0])

    def has_passage_with(self, all_of: Sequence[str], any_of: Sequence[str] = ()) -> bool:
        """Tell whether a passage holds all of some words and, where others are given, one of these."""
        match = f"({_all_of(all_of)})" + (f" AND ({_any_of(any_of)})" if any_of else "")
        query = "select 1 from passages_fts where passages_fts match ? limit 1"
        return self.db.execute(query, (match,)).fetchone() is not None

    def texts_with(self, word: str, limit: int) -> list[TitleAndText]:
        """Give title and text of up to `limit` passages that hold a word."""
        query = "select title, body from passages_fts where passages_fts match ? limit ?"
        return self.db.execute(query, (_quoted(word), limit)).fetchall()

    def stems(self, initial: str, shortest: int, longest: int) -> list[str]:
        """Give the stems of all passages that begin with a letter and have so many letters."""
        for table in _VOCABULARY:
            self.db.execute(table)
        query = "select term from temp.words_by_row where term >= ? and term < ? and length(term) between ? and ?"
        rows = self.db.execute(query, (initial, initial + "\U0010ffff", shortest, longest))
        return [stem for (stem,) in rows]

    def texts_with_stem(self, stem: str, limit: int) -> list[TitleAndText]:
        """Give title and text of up to `limit` passages that hold a word of a stem."""
        for table in _VOCABULARY:
            self.db.execute(table)
        rows = self.db.execute("select distinct doc from temp.words_by_instance where term = ? limit ?", (stem, limit))
        query = "select title, body from passages_fts where rowid = ?"
        return [text for row in rows.fetchall() for text in self.db.execute(query, row)]

    def articles_with(
        self, words: Sequence[str], only: Filter, best_first: bool = False, limit: int | None = None
    ) -> list[NamedArticle]:
        """Give up to `limit` articles of a filter that hold all of some words, the newest or the best first."""
        condition, values = articles_sql(only)
        order = f"bm25(articles_fts, {TITLE_WEIGHT}, 1.0)" if best_first else NEWEST_FIRST
        rows = self.db.execute(
            "select articles.id, published from articles join articles_fts on articles_fts.rowid = key "
            f"where articles_fts match ? and {condition} order by {order} limit ?",
            (_all_of(words), *values, -1 if limit is None else limit),
        )
        return [NamedArticle(*row) for row in rows]

    def word_faults(self) -> list[str]:
        """Have SQLite compare both word indexes with what they index; reads all of it."""
        wrong = [f"{count} {what}" for what, query in _DANGLING.items() if (count := self._count(query))]
        ((path,),) = self.db.execute("select file from pragma_database_list where name = 'main'").fetchall()
        db = sqlite3.connect(path)
        try:
            for table, rank in (("articles_fts", 1), ("passages_fts", 0)):
                try:
                    db.execute(f"insert into {table} ({table}, rank) values ('integrity-check', ?)", (rank,))
                except sqlite3.DatabaseError as error:
                    wrong.append(f"{table}: {error}")
            db.rollback()
        finally:
            db.close()
        return wrong

    def _rare(self, words: Sequence[str]) -> Sequence[str]:
        """Leave out the words that many passages hold, unless no other is left."""
        passages = self._count("select count(*) from passages")
        if passages < LARGE_CATALOG_PASSAGES:
            return words
        most = int(passages * MAX_PASSAGE_SHARE)
        return [word for word in words if self._is_rare(word, most)] or words

    def _is_rare(self, word: str, most: int) -> bool:
        query = "select 1 from passages_fts where passages_fts match ? limit 1 offset ?"
        return self.db.execute(query, (_quoted(word), most)).fetchone() is None

    def _scores(self, table: str, words: Sequence[str], rowids: Sequence[int]) -> dict[int, float]:
        """Score some rows; the `+` keeps SQLite from matching the words anew for each of them."""
        if not words:
            return {}
        marks = ",".join("?" * len(rowids))
        return dict(
            self.db.execute(
                f"select rowid, -rank from {table} where {table} match ? and +rowid in ({marks})",
                (_any_of(words), *rowids),
            )
        )

    def _count(self, query: str) -> int:
        return int(self.db.execute(query).fetchone()[0])


_DANGLING = {
    "passages without words": "select count(*) from passages where id not in (select rowid from passages_fts)",
    "words without a passage": "select count(*) from passages_fts where rowid not in (select id from passages)",
    "articles without words": "select count(*) from articles where key not in (select rowid from articles_fts)",
    "passages with other words": (
        "select count(*) from passages_fts join passages on passages.id = passages_fts.rowid "
        "join articles on key = article where body is not substr(text, start + 1, end - start) "
        "or passages_fts.title is not articles.title"
    ),
}


def _any_of(words: Sequence[str]) -> str:
    return " OR ".join(map(_quoted, words))


def _all_of(words: Sequence[str]) -> str:
    return " AND ".join(map(_quoted, words))


def _quoted(word: str) -> str:
    return '"' + word.replace('"', "") + '"'
