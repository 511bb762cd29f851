"""The objects of the HTTP API as OpenAPI describes them; what is sent are the objects of `--json` themselves."""

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from index.filter import Filter
from qa.answer import Abstention, Kind
from qa.question.limits import MAX_QUESTION_CHARS
from qa.web.job import MAX_HISTORY, Request

MAX_PATTERN_CHARS = 1000
MAX_NAME_CHARS = 300

Line = Annotated[str, Field(min_length=1, max_length=MAX_QUESTION_CHARS)]


class Question(BaseModel):
    """A question, of which folder (the first if null) and of which articles; `history` are the lines before it."""

    model_config = ConfigDict(extra="forbid")

    question: Line = Field(examples=["Who did Rubio call?"])
    folder: Annotated[str | None, Field(max_length=MAX_NAME_CHARS)] = None
    since: date | None = None
    until: date | None = None
    article: Annotated[str | None, Field(max_length=MAX_PATTERN_CHARS)] = None
    source: Annotated[str | None, Field(max_length=MAX_NAME_CHARS)] = None
    kind: Kind | None = None
    history: Annotated[list[Line], Field(max_length=MAX_HISTORY)] = []

    def asked(self) -> Request:
        """Give it as the desk is asked."""
        only = Filter(self.since, self.until, self.article, self.source)
        return Request(self.question, self.folder, only, self.kind, tuple(self.history))


class Problem(BaseModel):
    """Problem details of RFC 9457, with the class of the error and the exit code that the command line has for it."""

    model_config = ConfigDict(populate_by_name=True)

    type: str
    title: str
    status: int
    detail: str
    kind: str = Field(alias="class")
    exit_code: int


class ArticleFacts(BaseModel):
    """What is known of an article; `characters` is the length of the text that offsets count in."""

    article: str
    title: str
    published: date | None
    publisher: str | None
    url: str | None
    characters: int


class WholeArticle(BaseModel):
    """An article with its text, and where each fact on it was read."""

    article: str
    title: str
    published: date | None
    publisher: str | None
    url: str | None
    sources: dict[str, str]
    text: str


class Articles(BaseModel):
    """Some of the articles of a folder in the order of their names, of `total` that the filter lets through."""

    folder: str
    total: int
    articles: list[ArticleFacts]


class Passage(BaseModel):
    """A passage that was found, at the half-open span `[start, end)` of its article's text."""

    article: str
    title: str
    published: date | None
    start: int
    end: int
    text: str
    score: float


class Passages(BaseModel):
    """What was found, the best first."""

    folder: str
    query: str
    passages: list[Passage]


class Citation(BaseModel):
    """A span and its quote, verbatim from the article."""

    article: str
    title: str
    published: date | None
    start: int
    end: int
    quote: str
    publisher: str | None
    url: str | None
    also_in: list[str]


class Statement(BaseModel):
    """One claim, and the positions of its citations; `cells` are those of a table's row, by column."""

    text: str
    citations: list[int]
    cells: dict[str, str] | None = None


class EvidenceSpan(BaseModel):
    """A sentence that was read."""

    article: str
    start: int
    end: int
    score: float


class AnswerObject(BaseModel):
    """An answer, or an abstention, as `qa ask --json` prints it."""

    question: str
    kind: Kind
    answer: str | None
    short_answer: str | None
    abstained: bool
    reason: Abstention | None
    confidence: float | None
    statements: list[Statement]
    citations: list[Citation]
    evidence: list[EvidenceSpan]
    coverage: dict[str, int] | None
    not_stated: list[str]
    model: str
    embedder: str
    timings_ms: dict[str, int]
    cached: bool
    read_as: str | None
    did_you_mean: list[str]
    read_by: str | None
    state_age_s: float | None


class SkippedFile(BaseModel):
    """A file that is no article, and why."""

    path: str
    reason: str


class Synced(BaseModel):
    """What was taken in, as `qa index --json` prints it."""

    added: list[str]
    updated: list[str]
    renamed: list[dict[str, str]]
    removed: list[str]
    unchanged: int
    skipped: list[SkippedFile]
    passages: int
    seconds: float


class IndexingFolder(BaseModel):
    """How far a folder is being taken in: `done` of `total` files, of which `articles` can be asked already."""

    folder: str
    done: int
    total: int
    seconds_left: float | None
    articles: int
    fault: str


class FolderStatus(BaseModel):
    """A folder that is served; `index` is what `qa status --json` prints, null where nothing is indexed yet."""

    name: str
    index: dict[str, Any] | None
    indexing: IndexingFolder | None
    skipped: list[SkippedFile]


class Status(BaseModel):
    """What is served, and how many questions wait, the one that is being answered among them."""

    version: str
    waiting: int
    folders: list[FolderStatus]
