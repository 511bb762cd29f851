"""The shape of what the tools give, published as their output schemas; fields are only ever added."""

from typing import Any, NotRequired

from typing_extensions import TypedDict  # pydantic makes no schema of that of `typing` before Python 3.12


class StatementObject(TypedDict):
    """One claim; `citations` are positions in the answer's `citations`, never none. `cells` are those of a row."""

    text: str
    citations: list[int]
    cells: NotRequired[dict[str, str]]


class CitationObject(TypedDict):
    """An article's characters `[start, end)`, which are `quote`; the articles `also_in` say the same."""

    article: str
    title: str
    published: str | None
    start: int
    end: int
    quote: str
    publisher: str | None
    url: str | None
    also_in: list[str]


class EvidenceObject(TypedDict):
    """An article's characters `[start, end)` that were read for the answer; of two, the better has a higher score."""

    article: str
    start: int
    end: int
    score: float


class CoverageObject(TypedDict):
    """What a broad answer rests on: `articles` of `among` touch it, and `read` of their `sentences` were read."""

    articles: int
    among: int
    read: int
    sentences: int
    uncertain: int


class AnswerObject(TypedDict):
    """An answer, or an abstention: then `answer` is null and `reason` tells why.

    `short_answer` is the shortest phrase that answers, verbatim from a cited span. `confidence`, in [0, 1], is the
    probability that the answer is right.
    """

    question: str
    kind: str
    answer: str | None
    short_answer: str | None
    abstained: bool
    reason: str | None
    confidence: float | None
    statements: list[StatementObject]
    citations: list[CitationObject]
    evidence: list[EvidenceObject]
    coverage: CoverageObject | None
    not_stated: list[str]
    model: str
    embedder: str
    timings_ms: dict[str, int]
    cached: bool
    read_as: str | None
    did_you_mean: list[str]
    read_by: str | None
    explain: NotRequired[dict[str, Any]]
