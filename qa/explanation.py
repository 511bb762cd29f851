"""Why a question got its answer, as data and as text: what each step from retrieval to the decision made of it."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from qa.text import one_line

TEXT_CHARS = 90


@dataclass(frozen=True)
class FoundPassage:
    """A passage that was retrieved: `score` fuses `scores`, which are named by how they came about, all in [0, 1].

    Of one whose sentences were not weighed `left_out` says why.
    """

    article: str
    start: int
    end: int
    score: float
    scores: dict[str, float]
    left_out: str | None = None


@dataclass(frozen=True)
class WeighedSentence:
    """A sentence of these passages: the score that chose it and what it adds up, and what the reader says of it.

    `number` is the one under which the model was shown it; of a sentence that is no evidence `left_out` says why.
    `stated` is the reader's probability that it states the answer, `phrase` the words that the reader would take.
    """

    article: str
    start: int
    end: int
    text: str
    score: float
    passage: float
    words: float
    stated: float
    phrase: str
    number: int | None = None
    left_out: str | None = None


@dataclass(frozen=True)
class Exchange:
    """The messages that the model was sent, each as role and content, and its whole reply."""

    sent: tuple[tuple[str, str], ...]
    said: str


@dataclass(frozen=True)
class CheckedPhrase:
    """A phrase that could be the answer, who read it where, and what became of it.

    One that fails the check of names or of what is counted has no confidence.
    """

    by: str
    phrase: str
    article: str
    start: int
    end: int
    verdict: str
    confidence: float | None = None
    signals: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class RefusedStatement:
    """A statement that the model wrote and that is not told, the numbers of the sentences that it cites, and why."""

    text: str
    numbers: tuple[int, ...]
    verdict: str


@dataclass(frozen=True)
class Explanation:
    """All that led to an answer; `outcome` says in words why it is one or none.

    Below `least_confidence` the first phrase would be withheld; it is null where no phrase passed the checks.
    """

    passages: tuple[FoundPassage, ...]
    sentences: tuple[WeighedSentence, ...]
    exchanges: tuple[Exchange, ...]
    phrases: tuple[CheckedPhrase, ...]
    least_confidence: float | None
    outcome: str
    refused: tuple[RefusedStatement, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Give the fields as JSON has them."""
        messages = [{"sent": _messages(each), "said": each.said} for each in self.exchanges]
        return asdict(self) | {"exchanges": messages}

    def to_text(self) -> str:
        """Give the steps in their order, a line for each thing, with nothing invisible in it."""
        steps = (self._passages(), self._sentences(), self._exchanges(), self._decision())
        return "\n\n".join("\n".join(step) for step in steps)

    def _passages(self) -> Iterator[str]:
        yield f"Passages found: {len(self.passages)}"
        if self.passages:
            names = self.passages[0].scores
            yield "  " + _row("", ["fused", *(name.removeprefix("bm25_of_") for name in names)], "")
        for each in self.passages:
            why = f" ({each.left_out})" if each.left_out else ""
            yield "  " + _row("", [each.score, *each.scores.values()], _place(each) + why)

    def _sentences(self) -> Iterator[str]:
        chosen = sum(each.number is not None for each in self.sentences)
        yield f"Sentences weighed: {len(self.sentences)}, {chosen} of them shown to the model"
        if self.sentences:
            yield "  " + _row("", ["score", "passage", "words", "reader"], "")
        for each in self.sentences:
            mark = f"[{each.number}]" if each.number else ""
            why = f" ({each.left_out})" if each.left_out else ""
            row = [each.score, each.passage, each.words, each.stated]
            yield "  " + _row(mark, row, f"{_place(each)}{why} {_shorten(each.text)}")

    def _exchanges(self) -> Iterator[str]:
        if not self.exchanges:
            yield "The model was not asked"
        for number, each in enumerate(self.exchanges, 1):
            time = f", look {number}" if len(self.exchanges) > 1 else ""
            yield f"Sent to the model{time}, behind {len(each.sent) - 1} messages that are the same for every question"
            yield from (f"  {one_line(line)}" for line in each.sent[-1][1].splitlines())
            yield "It said"
            yield from (f"  {one_line(line)}" for line in each.said.splitlines() or [""])

    def _decision(self) -> Iterator[str]:
        yield f"Decision: {self.outcome}"
        for each in self.phrases:
            sure = f"confidence {each.confidence:.2f}, " if each.confidence is not None else ""
            yield f'  {each.by}: "{one_line(each.phrase)}" in {_place(each)}: {sure}{one_line(each.verdict)}'
            if each.signals:
                yield "    " + ", ".join(f"{name} {value:.2f}" for name, value in each.signals.items())
        for refused in self.refused:
            marks = "".join(f"[{number}]" for number in refused.numbers)
            yield f'  model: "{one_line(refused.text)}" {marks}: not told, {one_line(refused.verdict)}'
        if self.least_confidence is not None:
            yield f"  An answer needs a confidence of at least {self.least_confidence:.2f}"


def _messages(exchange: Exchange) -> list[dict[str, str]]:
    return [{"role": role, "content": content} for role, content in exchange.sent]


def _row(mark: str, cells: Sequence[float | str | None], text: str) -> str:
    shown = ("-" if each is None else each if isinstance(each, str) else f"{each:.2f}" for each in cells)
    return f"{mark:<4} {' '.join(f'{each:>7}' for each in shown)}  {text}".rstrip()


def _place(each: FoundPassage | WeighedSentence | CheckedPhrase) -> str:
    return f"{one_line(each.article)}:{each.start}-{each.end}"


def _shorten(text: str) -> str:
    text = one_line(text)
    return text if len(text) <= TEXT_CHARS else text[: TEXT_CHARS - 1] + "…"
