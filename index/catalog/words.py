"""Which passages and articles hold which words: what a catalog's word index answers.

Words are compared as SQLite's FTS5 cuts and stems them (https://sqlite.org/fts5.html#tokenizers, `porter unicode61`),
without accents. Scores are those of Okapi BM25 as FTS5 computes it (k1 = 1.2, b = 0.75,
https://sqlite.org/fts5.html#the_bm25_function), higher is better.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from index.catalog.rows import NamedArticle
from index.filter import Filter

LARGE_CATALOG_PASSAGES = 10_000
MAX_PASSAGE_SHARE = 0.05
TITLE_WEIGHT = 10.0

TitleAndText = tuple[str, str]


class WordIndex(ABC):
    """The words of passages, each with its article's title, and of whole articles."""

    @abstractmethod
    def search_passages(self, words: Sequence[str], limit: int, only: Filter) -> dict[int, float]:
        """Give the scores of the `limit` best passages that hold a word, from the articles of a filter, by passage id.

        In a catalog of more than `LARGE_CATALOG_PASSAGES` those that hold only words of which more than
        `MAX_PASSAGE_SHARE` of all passages hold one are not considered: their scores are next to nothing, and to score
        them all takes most of the time.
        """

    @abstractmethod
    def score_passages(self, words: Sequence[str], ids: Sequence[int]) -> dict[int, float]:
        """Give the scores of those of the passages `ids` that hold a word."""

    @abstractmethod
    def score_articles(self, words: Sequence[str], keys: Sequence[int]) -> dict[int, float]:
        """Give the scores of those of the articles `keys` that hold a word, each read as one text."""

    @abstractmethod
    def count_passages_with(self, word: str) -> int:
        """Count the passages that hold a word, in any of its English inflections."""

    @abstractmethod
    def has_passage_with(self, all_of: Sequence[str], any_of: Sequence[str] = ()) -> bool:
        """Tell whether a passage holds all of some words and, where others are given, one of these."""

    @abstractmethod
    def texts_with(self, word: str, limit: int) -> list[TitleAndText]:
        """Give title and text of up to `limit` passages that hold a word."""

    @abstractmethod
    def stems(self, initial: str, shortest: int, longest: int) -> list[str]:
        """Give the stems of all passages that begin with a letter and have so many letters."""

    @abstractmethod
    def texts_with_stem(self, stem: str, limit: int) -> list[TitleAndText]:
        """Give title and text of up to `limit` passages that hold a word of a stem."""

    @abstractmethod
    def articles_with(
        self, words: Sequence[str], only: Filter, best_first: bool = False, limit: int | None = None
    ) -> list[NamedArticle]:
        """Give up to `limit` articles of a filter that hold all of some words, the newest first.

        With `best_first` those come first that score best, a word of a title `TITLE_WEIGHT` times.
        """

    @abstractmethod
    def word_faults(self) -> list[str]:
        """Compare the word index with the texts that it is of; reads all of them."""
