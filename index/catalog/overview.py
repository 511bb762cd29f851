"""What a catalog tells of its articles as a whole: lists of them, and counts."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from datetime import date

from index.catalog.rows import Dates, Facet, ListedArticle, NamedArticle, TitledHead
from index.filter import Filter


class Overview(ABC):
    """Lists and counts of articles; those of a filter are given by its conditions."""

    @abstractmethod
    def list_articles(self, only: Filter, offset: int, limit: int) -> list[ListedArticle]:
        """Give up to `limit` articles of a filter in the order of their ids, those before `offset` left out."""

    @abstractmethod
    def articles_of(self, only: Filter) -> list[NamedArticle]:
        """Give all articles of a filter, the newest first."""

    @abstractmethod
    def articles_by(self, publisher: str, only: Filter) -> list[NamedArticle]:
        """Give the articles of a filter whose publisher has a name, or part of one, in lower case; the newest first."""

    @abstractmethod
    def newest_articles(self, limit: int, chars: int) -> list[TitledHead]:
        """Give the newest articles that repeat no other: title and first `chars` characters of each."""

    @abstractmethod
    def ids_beginning(self, start: str, limit: int) -> list[str]:
        """Give up to `limit` ids of articles that begin so, in their order."""

    @abstractmethod
    def texts(self) -> Iterator[tuple[str, str]]:
        """Give id and text of every article, in the order of their ids."""

    @abstractmethod
    def titles(self) -> list[str]:
        """Give the title of every article."""

    @abstractmethod
    def days(self) -> list[date]:
        """Give every day that an article was published on, once."""

    @abstractmethod
    def dates(self) -> Dates:
        """Count the copies and the dated articles, and give the first and the last date."""

    @abstractmethod
    def count_articles(self, only: Filter) -> int:
        """Count the articles of a filter."""

    @abstractmethod
    def count_sentences(self, only: Filter) -> int:
        """Count the sentences of the articles of a filter."""

    @abstractmethod
    def count_files(self) -> int:
        """Count the known files, articles or not."""

    @abstractmethod
    def count_by(self, facet: Facet, only: Filter, limit: int) -> list[tuple[str, int]]:
        """Count the articles of a filter by month, newest first, publisher, most first, or folder, by name."""

    @abstractmethod
    def count_sources(self) -> dict[str, int]:
        """Count the articles by where something that is known of them was read."""
