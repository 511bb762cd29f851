"""The questions that a catalog answers: what is known of its files, and its articles, passages and vectors.

A catalog lies in a SQLite file (`index.catalog.sqlite`) or on PostgreSQL (`index.catalog.postgres`).
"""

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from index.catalog.overview import Overview
from index.catalog.rows import StoredArticle, StoredPassage, WholeArticle, as_number
from index.catalog.words import WordIndex
from index.filter import EVERYTHING, Filter

if TYPE_CHECKING:  # they and numpy take a second to load, and what is not about vectors needs none of them
    from index.models.embedding import Vectors
    from index.sentences import Offsets


class CatalogReader(WordIndex, Overview):
    """What is asked of a catalog; questions that belong together are asked within `Catalog.reading`."""

    age_s: float | None = None  # how old what is read may be, in seconds, where a replica of the index is read

    @property
    def generation(self) -> int:
        """The number of transactions so far."""
        return int(self.meta("generation") or 0)

    @abstractmethod
    def meta(self, key: str) -> str | None:
        """Give a fact about the index as a whole."""

    @abstractmethod
    def files(self) -> dict[str, tuple[int, int]]:
        """Give size in bytes and mtime_ns of every known file."""

    @abstractmethod
    def file_hashes(self) -> dict[str, str]:
        """Give the sha256 of every known file that holds an article."""

    @abstractmethod
    def skipped(self) -> list[tuple[str, str]]:
        """Give the path of every file that is no article, with the reason."""

    @abstractmethod
    def hashes(self, file: str | None = None) -> dict[str, str]:
        """Give the sha256 of every article, or of those of one file."""

    @abstractmethod
    def vector_ids(self, among: Iterable[str]) -> set[str]:
        """Give those of these ids that are stored."""

    @abstractmethod
    def vectors(self, ids: Sequence[str]) -> "Vectors":
        """Give the vectors of `ids`, shape (len(ids), dimension), in that order."""

    @abstractmethod
    def all_vectors(self) -> "tuple[list[str], Vectors]":
        """Give the ids of all stored vectors and the vectors (number, dimension)."""

    @abstractmethod
    def record_ids(self) -> set[str]:
        """Give the id of each record that a vector store holds: the article's key, a hyphen, the vector's id."""

    def records(self, ids: Sequence[str]) -> "tuple[Vectors, list[dict[str, int]]]":
        """Give the vectors (len(ids), dimension) of these records and what a vector store filters them by.

        That is the article's key and its date as the number yyyymmdd, `NO_DATE` if it has none.
        """
        pairs = [(int(article), vector) for article, vector in (key.split("-", 1) for key in ids)]
        dates = self.published_of({key for key, _ in pairs})
        facts = [{"article": key, "published": as_number(dates[key])} for key, _ in pairs]
        return self.vectors([vector for _, vector in pairs]), facts

    def passages_of_records(self, ids: Iterable[str]) -> list[StoredPassage]:
        """Give every passage that one of these records stands for; a record that is not known any more gives none."""
        known = set(ids)
        found = self.passages_of_vectors([key.split("-", 1)[1] for key in known])
        return [passage for passage in found if f"{passage.article_key}-{passage.vector_id}" in known]

    @abstractmethod
    def published_of(self, keys: Iterable[int]) -> Mapping[int, str | None]:
        """Give the ISO date of each of these articles that has one."""

    @abstractmethod
    def passages_of_vectors(self, ids: Sequence[str]) -> list[StoredPassage]:
        """Give the passages of these vectors, those left out that an original says all of."""

    @abstractmethod
    def passages(self, ids: Iterable[int]) -> list[StoredPassage]:
        """Give the passages of these ids that exist."""

    @abstractmethod
    def passage_ids(self, only: Filter = EVERYTHING) -> Iterator[tuple[int, str]]:
        """Give id and vector id of every passage that can be retrieved from the articles of a filter."""

    @abstractmethod
    def every_passage(self) -> Iterator[tuple[int, str, int]]:
        """Give id and vector id of every passage, and whether its original says all of it."""

    @abstractmethod
    def lone_copies(self, only: Filter) -> Iterator[tuple[int, str]]:
        """Give id and vector id of the passages that are retrieved because a filter keeps their originals out."""

    @abstractmethod
    def article_keys(self, only: Filter) -> list[int]:
        """Give the keys of the articles of a filter."""

    @abstractmethod
    def sentences(self, article_id: str, first: int, last: int) -> "list[Offsets]":
        """Give the offsets of an article's sentences `first` to `last` inclusive."""

    @abstractmethod
    def passage_bounds(self, key: int) -> list[tuple[int, int, int]]:
        """Give id, first and last sentence of each passage of an article."""

    @abstractmethod
    def article(self, article_id: str) -> StoredArticle | None:
        """Give an article."""

    @abstractmethod
    def text_of(self, article_id: str) -> str | None:
        """Give an article's text, None if there is no such article."""

    @abstractmethod
    def sentence_texts(self, key: int) -> list[str]:
        """Give the sentences of an article."""

    @abstractmethod
    def family(self, first: int) -> list[tuple[str, str]]:
        """Give id and text of an article and of all that nearly repeat it, in the order of their ids."""

    @abstractmethod
    def keys_by_day(self) -> list[int]:
        """Give the keys of all articles, in the order in which one can be another's original: first published first."""

    @abstractmethod
    def signatures_of(self, keys: Sequence[int]) -> dict[int, bytes]:
        """Give the signatures of articles by their keys."""

    @abstractmethod
    def originals(self) -> dict[int, int]:
        """Give for each article that nearly repeats another which one that is, by key."""

    @abstractmethod
    def readings_of(self, name: str) -> Iterator[tuple[str, str | None, dict[str, str]]]:
        """Give id, ISO date and sources of every article whose sources have a fact of this name.

        Some are read at a time, so that each may be written anew meanwhile.
        """

    @abstractmethod
    def values_of(self, name: str) -> set[str]:
        """Give what the articles' sources have under this name."""

    @abstractmethod
    def whole_articles(self) -> Iterator[WholeArticle]:
        """Give all that is stored of every article, in the order of their keys."""

    @abstractmethod
    def counts(self) -> tuple[int, int]:
        """Count articles and passages."""

    @abstractmethod
    def faults(self) -> list[str]:
        """Look for what must not be in a catalog; reads all of it."""

    @abstractmethod
    def size_bytes(self) -> int:
        """Give how much it takes where it lies."""
