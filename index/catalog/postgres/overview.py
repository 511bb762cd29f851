"""Lists and counts of the articles in a catalog on PostgreSQL."""

from collections.abc import Iterator
from datetime import date

from index.catalog.overview import Overview
from index.catalog.postgres.conditions import LAST_CHAR, articles_sql
from index.catalog.postgres.database import Database
from index.catalog.postgres.words import NEWEST_FIRST
from index.catalog.rows import Dates, Facet, ListedArticle, NamedArticle, TitledHead
from index.filter import Filter

PAGE_ROWS = 500

_FACETS = {
    Facet.MONTH: ("substr(published, 1, 7)", "published is not null", 'value collate "C" desc'),
    Facet.PUBLISHER: ("publisher", "publisher is not null", 'count(*) desc, value collate "C"'),
    Facet.FOLDER: (
        "substr(articles.id, 1, strpos(articles.id, '/') - 1)",
        "strpos(articles.id, '/') > 1",
        'value collate "C"',
    ),
}


class PostgresOverview(Overview):
    """What PostgreSQL tells of a catalog's articles as a whole."""

    database: Database

    def list_articles(self, only: Filter, offset: int, limit: int) -> list[ListedArticle]:
        """Give up to `limit` articles of a filter in the order of their ids, those before `offset` left out."""
        condition, values = articles_sql(only)
        rows = self.database.rows(
            f"select id, title, published, publisher, url, length(text) from articles where {condition} "
            "order by id limit %s offset %s",
            (*values, limit, offset),
        )
        return [ListedArticle(*row) for row in rows]

    def articles_of(self, only: Filter) -> list[NamedArticle]:
        """Give all articles of a filter, the newest first."""
        condition, values = articles_sql(only)
        query = f"select articles.id, published from articles where {condition} order by {NEWEST_FIRST}"
        return [NamedArticle(*row) for row in self.database.rows(query, values)]

    def articles_by(self, publisher: str, only: Filter) -> list[NamedArticle]:
        """Give the articles of a filter whose publisher has a name, or part of one, in lower case; the newest first."""
        condition, values = articles_sql(only)
        query = (
            'select articles.id, published from articles where strpos(lower(publisher collate "C"), %s) > 0 '
            f"and {condition} order by {NEWEST_FIRST}"
        )
        return [NamedArticle(*row) for row in self.database.rows(query, (publisher, *values))]

    def newest_articles(self, limit: int, chars: int) -> list[TitledHead]:
        """Give the newest articles that repeat no other: title and first `chars` characters of each."""
        return self.database.rows(
            "select title, substr(text, 1, %s) from articles where original is null "
            "order by published is null, published desc, key desc limit %s",
            (chars, limit),
        )

    def ids_beginning(self, start: str, limit: int) -> list[str]:
        """Give up to `limit` ids of articles that begin so, in their order."""
        query = "select id from articles where id >= %s and id < %s order by id limit %s"
        return [name for (name,) in self.database.rows(query, (start, start + LAST_CHAR, limit))]

    def texts(self) -> Iterator[tuple[str, str]]:
        """Give id and text of every article, in the order of their ids."""
        last = ""
        query = "select id, text from articles where id > %s order by id limit %s"
        while page := self.database.rows(query, (last, PAGE_ROWS)):
            yield from page
            last = page[-1][0]

    def titles(self) -> list[str]:
        """Give the title of every article."""
        return [title for (title,) in self.database.rows("select title from articles order by key")]

    def days(self) -> list[date]:
        """Give every day that an article was published on, once."""
        rows = self.database.rows("select distinct published from articles where published is not null")
        return [date.fromisoformat(day) for (day,) in rows]

    def dates(self) -> Dates:
        """Count the copies and the dated articles, and give the first and the last date."""
        query = "select count(original), count(published), min(published), max(published) from articles"
        return Dates(*self.database.rows(query)[0])

    def count_articles(self, only: Filter) -> int:
        """Count the articles of a filter."""
        condition, values = articles_sql(only)
        return int(self.database.value(f"select count(*) from articles where {condition}", values))

    def count_sentences(self, only: Filter) -> int:
        """Count the sentences of the articles of a filter."""
        condition, values = articles_sql(only)
        query = f"select coalesce(sum(cardinality(starts)), 0) from articles where {condition}"
        return int(self.database.value(query, values))

    def count_files(self) -> int:
        """Count the known files, articles or not."""
        return int(self.database.value("select count(*) from files"))

    def count_by(self, facet: Facet, only: Filter, limit: int) -> list[tuple[str, int]]:
        """Count the articles of a filter by month, newest first, publisher, most first, or folder, by name."""
        value, given, order = _FACETS[facet]
        condition, values = articles_sql(only)
        return self.database.rows(
            f"select value, count(*) from (select {value} as value from articles where {given} and {condition}) "
            f"as every group by value order by {order} limit %s",
            (*values, limit),
        )

    def count_sources(self) -> dict[str, int]:
        """Count the articles by where something that is known of them was read."""
        return dict(
            self.database.rows(
                "select value, count(distinct key) from (select articles.key, source.value from articles, "
                "json_each_text(articles.sources) as source) as every group by value"
            )
        )
