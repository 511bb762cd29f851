"""What a question gets: statements, each standing on citations, or the reason why there are none."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from index.errors import UsageError
from qa.explanation import Explanation


class Kind(StrEnum):
    """What a question asks for; all but a fact rest on many sentences, or on none."""

    FACT = "fact"
    LIST = "list"
    COUNT = "count"
    TIMELINE = "timeline"
    COMPARE = "compare"
    OVERVIEW = "overview"
    FOLDER = "folder"


def kind_named(name: str | None) -> Kind | None:
    """Give a kind by its name.

    Raises:
        UsageError: there is none of that name.
    """
    if name is not None and name not in list(Kind):
        raise UsageError(f"There is no kind {name!r} of question: there are {', '.join(Kind)}")
    return Kind(name) if name is not None else None


@dataclass(frozen=True)
class Span:
    """Half-open `[start, end)` character offsets into an article's text."""

    article_id: str
    start: int
    end: int


@dataclass(frozen=True)
class Citation:
    """A span with its words: `article.text[span.start:span.end] == quote`, checked before an answer is made.

    `also_in` are the articles that nearly repeat this one and say the same sentence.
    """

    span: Span
    quote: str
    title: str
    published: date | None
    publisher: str | None = None
    url: str | None = None
    also_in: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lead:
    """What a sentence answers to or stands under, and is not understood without: a question, a table's header."""

    span: Span
    text: str


@dataclass(frozen=True)
class Evidence:
    """A sentence that was shown to the model; `score` ranks it among those of the same question, higher is better.

    `overlap` is the share of the question's words that it holds, weighed by their rarity, in [0, 1]. What
    the reader makes of it (`qa.reading.reader`): `stated` is the logit that it states the answer, `phrase` the words of
    it that are the likeliest answer, and `phrase_probability` their share among all its phrases.

    `form` is what it is in its article (`qa.forms.shape.Kind`). In a live blog `entry` tells the entries apart, a newer
    one by a higher number, and `clock` is the time of the entry as it is written.
    """

    span: Span
    text: str
    title: str
    published: date | None
    score: float
    overlap: float = 0.0
    stated: float = 0.0
    phrase: str = ""
    phrase_probability: float = 0.0
    form: str = "text"
    lead: Lead | None = None
    entry: int | None = None
    clock: str = ""


@dataclass(frozen=True)
class Statement:
    """One claim of an answer; `citations` are positions in the answer's list, never none.

    `cells` are those of a table's row, by column, where the statement is one.
    """

    text: str
    citations: tuple[int, ...]
    cells: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Coverage:
    """What a broad answer rests on: `articles` touch the question, of the `among` that were asked.

    Of all `sentences` of these `read` were weighed, and of `uncertain` ones it is open whether they belong.
    """

    articles: int
    among: int
    read: int
    sentences: int
    uncertain: int = 0

    @property
    def text(self) -> str:
        """Say it in a line."""
        sentences = f"; {self.read:,} of {self.sentences:,} sentences read" if self.sentences else ""
        uncertain = f", {self.uncertain:,} uncertain" if self.uncertain else ""
        return f"{self.articles:,} of {self.among:,} articles{sentences}{uncertain}"


class Abstention(StrEnum):
    """Why an answer abstains."""

    NO_EVIDENCE = "no article holds a sentence on this question"
    NOT_STATED = "the model finds no sentence that states the answer"
    UNSUPPORTED = "no sentence carries what the model replied"
    NAME_UNCLEAR = "no article mentions a name of the question as it is spelt"
    OTHER_SCRIPT = "no article in the script of the question was found"
    NAME_MISSING = "the cited article does not mention what the question names"
    COUNT_MISSING = "the cited sentence counts something else"
    OF_ANOTHER = "the cited sentence says it of another"
    OPPOSITE = "the cited sentence says the opposite"
    REPEATED = "the answer that was found only repeats the question"
    UNCERTAIN = "the answer that was found is too uncertain"


class ReadBy(StrEnum):
    """Who reads the evidence."""

    MODEL = "model"
    READER = "reader"


@dataclass(frozen=True)
class Proposal:
    """A phrase that could be the answer, verbatim from the sentence at `span`, and who read it there.

    `confidence` is the probability that it is right, in [0, 1], estimated from `signals` (`qa.reading.confidence`).
    """

    by: ReadBy
    phrase: str
    span: Span
    confidence: float
    signals: dict[str, float]


@dataclass(frozen=True)
class Answer:
    """The answer to a question, or an abstention.

    `short_answer` is the shortest phrase that answers, verbatim from a cited span. `confidence` is the probability
    that the answer is right, in [0, 1]; of an abstention it is that of the first phrase that was withheld for being
    too uncertain, null where there was none. `proposals` are what was chosen from, the chosen one first.
    `prompt_tokens` are those that the model had to read for this question, null where it does not tell.
    `timings_ms` has `sync`, `retrieve`, `evidence`, `generate` and `total` (of all but `sync`, a second thought
    among it). A `cached` answer is that of an earlier time, and only its timings are this one's. `explanation` is
    there only where it was asked for. `read_as` is the question as it was answered where a name in it was misspelt;
    of an abstention `did_you_mean` are names of the articles that are nearly one of the question which none of them
    holds. `kind` is what the question was taken to ask for; all but a fact have a `coverage`. `not_stated` are the
    sides of a comparison, or the parts of a question, on which the articles are silent. `read_by` tells who read the
    evidence: the reader where it was sure and the language model was not asked, else the model, null where there was
    nothing to read. `state_age_s` is how old the state of the articles that was read may be, in seconds, where it is a
    replica's, null where it is the index's own. Where `model_failed` it is an answer without the model, which another
    try may give otherwise.
    """

    question: str
    statements: tuple[Statement, ...] = ()
    citations: tuple[Citation, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    short_answer: str | None = None
    abstention: Abstention | None = None
    confidence: float | None = None
    model: str = ""
    embedder: str = ""
    proposals: tuple[Proposal, ...] = ()
    prompt_tokens: int | None = None
    timings_ms: dict[str, int] = field(default_factory=dict)
    cached: bool = False
    explanation: Explanation | None = None
    read_as: str | None = None
    did_you_mean: tuple[str, ...] = ()
    read_by: ReadBy | None = None
    kind: Kind = Kind.FACT
    coverage: Coverage | None = None
    not_stated: tuple[str, ...] = ()
    model_failed: bool = False
    state_age_s: float | None = None

    @property
    def abstained(self) -> bool:
        """Tell whether the articles do not say."""
        return self.abstention is not None

    @property
    def signals(self) -> dict[str, float]:
        """Give the signals of the first proposal, none where there was none."""
        return self.proposals[0].signals if self.proposals else {}

    @property
    def offer(self) -> str:
        """Ask whether another name was meant; empty where none is near."""
        if not self.did_you_mean:
            return ""
        *others, last = self.did_you_mean
        return f"Did you mean {' or '.join([', '.join(others), last] if others else [last])}?"

    @property
    def text(self) -> str:
        """What is printed: the statements with the numbers of their citations, from 1."""
        if self.abstained:
            return "The articles do not say."
        marked = (f"{each.text} {''.join(f'[{i + 1}]' for i in each.citations)}" for each in self.statements)
        silent = [f"Not stated: {each}" for each in self.not_stated]
        return "\n".join([*marked, *silent])
