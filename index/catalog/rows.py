"""What a catalog gives, whichever database holds it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from index.articles import Article, SourceFile
    from index.passages import Passage
    from index.sentences import Offsets

NO_DATE = 0

TitledHead = tuple[str, str]


@dataclass(frozen=True)
class StoredPassage:
    """A passage as retrieval meets it: where it stands and what it says."""

    id: int
    article_id: str
    article_key: int
    title: str
    published: date | None
    first: int
    last: int
    start: int
    end: int
    text: str
    vector_id: str


@dataclass(frozen=True)
class StoredArticle:
    """An article as it is cited; `original` is the key of the article that it nearly repeats."""

    key: int
    id: str
    title: str
    published: date | None
    publisher: str | None
    url: str | None
    text: str
    original: int | None
    sources: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ListedArticle:
    """An article by what a list of many shows of it; `published` is an ISO date."""

    id: str
    title: str
    published: str | None
    publisher: str | None
    url: str | None
    characters: int


@dataclass(frozen=True)
class NamedArticle:
    """An article by what a list of many needs of it."""

    id: str
    published: str | None


@dataclass(frozen=True)
class Dates:
    """How many articles are copies, how many dated, and the first and the last of their ISO dates."""

    copies: int
    dated: int
    first: str | None
    last: str | None


@dataclass(frozen=True)
class WrittenArticle:
    """An article that is to be written, with the signature of its text, its sentences and its passages."""

    article: "Article"
    signature: bytes
    sentences: "Sequence[Offsets]"
    passages: "Sequence[Passage]"


@dataclass(frozen=True)
class ReadFile:
    """What is kept of a file that was read: what the file system says, its hash, why it is no article if so."""

    file: "SourceFile"
    sha256: str = ""
    skipped: str | None = None


@dataclass(frozen=True)
class WholePassage:
    """A passage as it is stored; `repeated` where an original says all of it."""

    id: int
    first: int
    last: int
    start: int
    end: int
    vector_id: str
    repeated: bool


@dataclass(frozen=True)
class WholeArticle:
    """All that is stored of an article but its words and vectors, which follow from it and from its passages."""

    key: int
    id: str
    file: str
    title: str
    published: str | None
    publisher: str | None
    url: str | None
    sources: Mapping[str, str]
    text: str
    sha256: str
    signature: bytes
    original: int | None
    sentences: "Sequence[Offsets]"
    passages: Sequence[WholePassage]


class Facet(StrEnum):
    """What articles are counted by: the month of their date, their publisher, the folder that holds them."""

    MONTH = "month"
    PUBLISHER = "publisher"
    FOLDER = "folder"


def as_number(published: str | None) -> int:
    """Give an ISO date as the number yyyymmdd."""
    return int(published.replace("-", "")) if published else NO_DATE


def as_date(value: str | None) -> date | None:
    """Read an ISO date, if there is one."""
    return date.fromisoformat(value) if value else None
