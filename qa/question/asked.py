"""A question as it is asked: its words, what they are planned as, of which articles, and what was told before."""

from dataclasses import dataclass, replace

from index.filter import EVERYTHING, Filter
from qa.answer import Answer, Kind, Span

SURELY_BROAD = 0.9  # the probability of a kind
EXPLAIN = "explain"  # the fact of an overview that is to explain something: how, why, to what end
SUM = "sum"  # the fact of a count that is to add up numbers, and counts nothing itself


@dataclass(frozen=True)
class Plan:
    """What is asked: its `kind`, of a folder question which fact about the articles, and what it is all about.

    An overview whose `fact` is `EXPLAIN` is to explain something, a count whose `fact` is `SUM` to add up numbers.

    `probability` is that of the kind. `topic` holds the words of the question that say what it is about, in their
    order, without those that merely ask; `of_one` tells that it asks of a single article. A fact that may be something
    broader has that reading as `otherwise`.
    """

    kind: Kind
    probability: float = 1.0
    fact: str = ""
    topic: str = ""
    of_one: bool = False
    otherwise: "Plan | None" = None

    @property
    def is_read(self) -> bool:
        """Whether the reader tells which sentences belong: those that name one of several things, or a reason."""
        return self.kind in (Kind.LIST, Kind.COUNT) or self.fact == EXPLAIN

    @property
    def as_sum(self) -> "Plan | None":
        """A fact that more likely counts, as the sum that it may ask for: how many in total."""
        other = self.otherwise
        counts = other is not None and other.kind is Kind.COUNT and other.probability > self.probability
        return replace(other, fact=SUM) if other and counts else None

    @property
    def may_be_fact(self) -> bool:
        """Whether one sentence may answer it as well: a list of one thing, a reason, what is not surely broad."""
        return self.is_read or (self.kind is not Kind.FOLDER and self.probability < SURELY_BROAD)


@dataclass(frozen=True)
class Told:
    """What was told already: the sentences that were cited, and the words of the statements."""

    spans: frozenset[Span] = frozenset()
    texts: frozenset[str] = frozenset()

    def also(self, answer: Answer) -> "Told":
        """Add an answer's statements."""
        spans = self.spans.union(each.span for each in answer.citations)
        return Told(spans, self.texts.union(each.text for each in answer.statements))


NOTHING_TOLD = Told()


@dataclass(frozen=True)
class Asked:
    """A question as it is asked: what for, null where its words tell that, and of which articles.

    What was `told` already is not told again.
    """

    question: str
    plan: Plan | None = None
    only: Filter = EVERYTHING
    told: Told = NOTHING_TOLD

    @property
    def text(self) -> str:
        """Say it in a line: the question, and behind it what its words do not tell."""
        if not self.plan:
            return self.question
        kind = f"{self.plan.kind}: {self.plan.fact}" if self.plan.fact else str(self.plan.kind)
        told = [kind]
        told += [f"only {self.only.source}"] if self.only.source else []
        told += [f"of {self.only.article}"] if self.only.article else []
        told += ["further"] if self.told.spans else []
        return f"{self.question} ({', '.join(told)})"
