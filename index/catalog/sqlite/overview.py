"""Lists and counts of the articles in a SQLite catalog."""

import sqlite3
from collections.abc import Iterator
from datetime import date

from index.catalog.overview import Overview
from index.catalog.rows import Dates, Facet, ListedArticle, NamedArticle, TitledHead
from index.catalog.sqlite.conditions import articles_sql
from index.catalog.sqlite.words import NEWEST_FIRST
from index.filter import Filter

_FACETS = {
    Facet.MONTH: ("substr(published, 1, 7)", "published is not null", "value desc"),
    Facet.PUBLISHER: ("publisher", "publisher is not null", "count(*) desc, value"),
    Facet.FOLDER: ("substr(articles.id, 1, instr(articles.id, '/') - 1)", "instr(articles.id, '/') > 1", "value"),
}


class SqliteOverview(Overview):
    """What SQLite tells of a catalog's articles as a whole."""

    db: sqlite3.Connection

    def list_articles(self, only: Filter, offset: int, limit: int) -> list[ListedArticle]:
        """Give up to `limit` articles of a filter in the order of their ids, those before `offset` left out."""
        condition, values = articles_sql(only)
        rows = self.db.execute(
            f"select id, title, published, publisher, url, length(text) from articles where {condition} "
            "order by id limit ? offset ?",
            (*values, limit, offset),
        )
        return [ListedArticle(*row) for row in rows]

    def articles_of(self, only: Filter) -> list[NamedArticle]:
        """Give all articles of a filter, the newest first."""
        condition, values = articles_sql(only)
        query = f"select articles.id, published from articles where {condition} order by {NEWEST_FIRST}"
        return [NamedArticle(*row) for row in self.db.execute(query, values)]

    def articles_by(self, publisher: str, only: Filter) -> list[NamedArticle]:
        """Give the articles of a filter whose publisher has a name, or part of one, in lower case; the newest first."""
        condition, values = articles_sql(only)
        query = (
            f"select articles.id, published from articles where instr(lower(publisher), ?) > 0 and {condition} "
            f"order by {NEWEST_FIRST}"
        )
        return [NamedArticle(*row) for row in self.db.execute(query, (publisher, *values))]

    def newest_articles(self, limit: int, chars: int) -> list[TitledHead]:
        """Give the newest articles that repeat no other: title and first `chars` characters of each."""
        return self.db.execute(
            "select title, substr(text, 1, ?) from articles where original is null "
            "order by published is null, published desc, key desc limit ?",
            (chars, limit),
        ).fetchall()

    def ids_beginning(self, start: str, limit: int) -> list[str]:
        """Give up to `limit` ids of articles that begin so, in their order."""
        query = "select id from articles where substr(id, 1, ?) = ? order by id limit ?"
        return [name for (name,) in self.db.execute(query, (len(start), start, limit))]

    def texts(self) -> Iterator[tuple[str, str]]:
        """Give id and text of every article, in the order of their ids."""
        return self.db.execute("select id, text from articles order by id")

    def titles(self) -> list[str]:
        """Give the title of every article."""
        return [title for (title,) in self.db.execute("select title from articles")]

    def days(self) -> list[date]:
        """Give every day that an article was published on, once."""
        rows = self.db.execute("select distinct published from articles where published is not null")
        return [date.fromisoformat(day) for (day,) in rows]

    def dates(self) -> Dates:
        """Count the copies and the dated articles, and give the first and the last date."""
        query = "select count(original), count(published), min(published), max(published) from articles"
        return Dates(*self.db.execute(query).fetchone())

    def count_articles(self, only: Filter) -> int:
        """Count the articles of a filter."""
        condition, values = articles_sql(only)
        return int(self.db.execute(f"select count(*) from articles where {condition}", values).fetchone()[0])

    def count_sentences(self, only: Filter) -> int:
        """Count the sentences of the articles of a filter."""
        condition, values = articles_sql(only)
        query = f"select count(*) from sentences join articles on key = article where {condition}"
        return int(self.db.execute(query, values).fetchone()[0])

    def count_files(self) -> int:
        """Count the known files, articles or not."""
        return int(self.db.execute("select count(*) from files").fetchone()[0])

    def count_by(self, facet: Facet, only: Filter, limit: int) -> list[tuple[str, int]]:
        """Count the articles of a filter by month, newest first, publisher, most first, or folder, by name."""
        value, given, order = _FACETS[facet]
        condition, values = articles_sql(only)
        return self.db.execute(
            f"select {value} as value, count(*) from articles where {given} and {condition} "
            f"group by value order by {order} limit ?",
            (*values, limit),
        ).fetchall()

    def count_sources(self) -> dict[str, int]:
        """Count the articles by where something that is known of them was read."""
        return dict(
            self.db.execute(
                "select value, count(distinct articles.key) from articles, json_each(articles.sources) group by value"
            )
        )
