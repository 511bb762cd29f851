"""The catalog: one database that holds all that an index knows. Everything else can be made again from it."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date
from typing import TYPE_CHECKING

from index.catalog.reader import CatalogReader
from index.catalog.rows import ReadFile, WholeArticle, WrittenArticle

if TYPE_CHECKING:  # opened to be read, a catalog needs none of them
    from index.catalog.postgres.claims import Claims
    from index.formats.extract import Metadata
    from index.models.embedding import Vectors


class Catalog(CatalogReader):
    """Read and write one index's catalog; every change is made inside `writing()`, all of it or none."""

    @abstractmethod
    def close(self) -> None:
        """Let go of files and connections."""

    @abstractmethod
    def writing(self) -> AbstractContextManager[None]:
        """Make the changes of the block one transaction and count it as a generation."""

    @abstractmethod
    def reading(self) -> AbstractContextManager[None]:
        """Let every read of the block see one and the same state, whatever is written meanwhile."""

    @abstractmethod
    def telling(self) -> AbstractContextManager[None]:
        """Turn what the block raises for a refusing or damaged database into the product's error, what to do named.

        Raises:
            IndexBusyError: another process holds it.
            IndexDamagedError: the database or the disk refuses, or the catalog holds what cannot be in it.
        """

    @abstractmethod
    def set_meta(self, key: str, value: str) -> None:
        """Keep a fact about the index as a whole."""

    @abstractmethod
    def put_files(self, files: Sequence[ReadFile]) -> None:
        """Keep what was read of files, each of them once."""

    @abstractmethod
    def put_articles(self, written: Sequence[WrittenArticle]) -> list[int]:
        """Write articles anew under their old keys, with their sentences and passages, and give the keys.

        The passages' vectors must be there (`put_vectors`). A file that is not known yet is known from here on as one
        that has to be read, until `put_files`.
        """

    @abstractmethod
    def put_whole(self, articles: Sequence[WholeArticle]) -> None:
        """Write articles of another catalog as they are, keys and ids included; their vectors must be there."""

    @abstractmethod
    def remove_article(self, article_id: str) -> None:
        """Forget an article and all that came from it."""

    def remove_file(self, path: str) -> None:
        """Forget a file and its articles."""
        for article_id in self.hashes(path):
            self.remove_article(article_id)
        self.forget_file(path)

    @abstractmethod
    def forget_file(self, path: str) -> None:
        """Forget a file that has no article any more."""

    @abstractmethod
    def rename_file(self, old: str, new: str) -> None:
        """Know a file and its articles under another path; all else of them stays, vectors and keys included."""

    @abstractmethod
    def retitle(self, article_id: str, known: "Metadata") -> None:
        """Give an article another title and date."""

    @abstractmethod
    def put_day(self, article_id: str, published: date | None, sources: Mapping[str, str]) -> None:
        """Give an article another day; its text and what is embedded of it stay."""

    @abstractmethod
    def put_originals(self, original_of: Mapping[int, int | None]) -> None:
        """Note for each of these articles which one it nearly repeats, by key."""

    @abstractmethod
    def put_repeated(self, articles: Iterable[int] | None, passages: Iterable[int]) -> None:
        """Note that of the passages of these articles, or of all, an original says all of `passages`, of no other."""

    @abstractmethod
    def forget_stamps(self, suffixes: Iterable[str]) -> None:
        """Have the files of these suffixes read again by the next sync."""

    @abstractmethod
    def forget_hashes(self) -> None:
        """Have every article read, cut and written again by the next sync."""

    @abstractmethod
    def put_vectors(self, ids: Sequence[str], vectors: "Vectors") -> None:
        """Store vectors (len(ids), dimension) under their passages' content hashes."""

    @abstractmethod
    def drop_unused_vectors(self) -> None:
        """Delete the vectors that no passage has any more."""

    def settle(self) -> None:  # SQLite puts nothing off
        """Do what was put off while articles were written; called within the last transaction of a sync."""

    def claims(self) -> "Claims | None":
        """Give one indexer's view of the files that several share; None where there is one indexer."""
        return None

    def forget_claims(self, files: Iterable[str] | None = None) -> None:  # SQLite has one indexer
        """Let these files, or all, that several indexers had to read be nobody's, as somebody else read them."""
