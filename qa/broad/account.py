"""Have a strong model write what many sentences say, and tell of it only what the sentences that it cites carry."""

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from datetime import date

from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.llms import LLM

from index.article_index import ArticleIndex
from index.errors import ModelError
from index.filter import EVERYTHING
from prompts import load_prompt, render
from qa.answer import Evidence, Kind
from qa.broad.account_evidence import choose_sentences
from qa.broad.check_statement import Fault, fault_in
from qa.broad.gather import Gathered, all_passages, telling
from qa.broad.points import Point
from qa.broad.timeline import day_of, told_on
from qa.events import EvidenceChosen, StatementMade, Warned
from qa.explanation import Exchange, RefusedStatement
from qa.question.days import days_named, without_days
from qa.question.words import stem, tokens
from qa.reading.evidence import MANY_TOKENS, MOST_TOKENS, evidence_tokens_of, number_evidence
from qa.reading.grounding import cite
from qa.reading.reply import Reply
from qa.text import one_line
from qa.trace import Trace, prompt_tokens

PROMPT = "account"
MIN_REPLY_TOKENS = 256  # ten statements have some 300
WANTED = {Kind.OVERVIEW: "overview", Kind.TIMELINE: "timeline", Kind.COMPARE: "comparison"}
NOTHING = "none"  # as the prompt asks for it

_NUMBERS = re.compile(r"\s*\[\s*(\d+(?:\s*[,;–-]\s*\d+)*)\s*\]")
_SMALL_WORD = re.compile(r"(?<![\w.])[^\W\d_][\w’'-]*")


def writes_accounts(llm: LLM) -> bool:
    """Tell whether a model reads and writes enough for an account: one of an endpoint does, the embedded one never."""
    return evidence_tokens_of(llm) >= MANY_TOKENS and llm.metadata.num_output >= MIN_REPLY_TOKENS


@dataclass
class Account:
    """A model that writes for one question; it keeps what it had to read, what it said and what of that is not told.

    It `failed` where the endpoint did, or broke off.
    """

    question: str
    llm: LLM
    index: ArticleIndex
    trace: Trace
    shown: tuple[Evidence, ...] = ()
    prompt_tokens: int = 0
    exchanges: tuple[Exchange, ...] = ()
    refused: tuple[RefusedStatement, ...] = ()
    failed: bool = False
    ms: int = 0
    _not_stated: list[str] = field(default_factory=list)

    def write(self, kind: Kind, gathered: Gathered, sides: Sequence[Sequence[Evidence]] = ()) -> list[Point]:
        """Give the statements that stand, each told as soon as its line is whole; none where the model failed.

        Of what is on the `sides` of a comparison equal parts are shown.
        """
        groups = [*sides, telling(gathered)]
        most = min(evidence_tokens_of(self.llm), MOST_TOKENS)
        self.shown = tuple(choose_sentences(groups, gathered, self.index, most))
        evidence = number_evidence(self.shown, with_sources=True)
        messages = render(load_prompt(PROMPT), evidence=evidence, wanted=WANTED[kind], question=self.question)
        self.trace.tell(EvidenceChosen(self.shown))
        with self.trace("generate") as generated:
            points = self._points(messages, kind, self._small_stems(gathered))
            generated |= {"statements": len(points), "refused": len(self.refused), "prompt_tokens": self.prompt_tokens}
        self.ms = generated["ms"]
        return points

    def silent_sides(self, points: Sequence[Point], sides: Iterable[str]) -> tuple[str, ...]:
        """Give the sides on which nothing is told: those that the model says to be silent, and those that it forgot.

        The model names them in its own way. Where it names none of these `sides`, the question was taken apart wrongly.
        """
        told = [each.cells["side"] for each in points]
        asked = set(tokens(self.question))
        silent = [each for each in self._not_stated if set(tokens(each)) <= asked]
        known = list(sides)
        forgotten = known if any(_is_same_side(one, each) for one in known for each in told) else []
        found = list[str]()
        for side in (*silent, *forgotten):
            if not any(_is_same_side(side, other) for other in (*told, *found)):
                found.append(side)
        return tuple(found)

    def _small_stems(self, gathered: Gathered) -> set[str]:
        anywhere = [each.text for each, _ in all_passages(self.index, EVERYTHING)]
        return small_stems([*anywhere, *(each.text for each in gathered.found)])

    def _points(self, messages: list[ChatMessage], kind: Kind, small: Set[str]) -> list[Point]:
        points: dict[str, Point] = {}
        try:
            for number, line in enumerate(self._lines(messages), 1):
                if point := self._point(without_bullet(line, number), kind, small):
                    points.setdefault(point.text, point)
        except ModelError as error:
            self.failed = True
            self.trace.tell(Warned(f"{error}; answered without it"))
            return []
        return _in_order(list(points.values()), kind)

    def _lines(self, messages: list[ChatMessage]) -> Iterator[str]:
        """Give each line of the reply when the next one begins, the last one when the reply ends well."""
        said, told = "", 0
        try:
            for piece in self.trace.stream(self.llm, messages):
                said = piece.message.content or ""
                self.prompt_tokens = prompt_tokens(piece) or self.prompt_tokens
                whole = said.split("\n")[:-1]
                yield from whole[told:]
                told = len(whole)
        finally:
            sent = tuple((str(each.role.value), each.content or "") for each in messages)
            self.exchanges = (Exchange(sent, said),)
        yield from said.split("\n")[told:]

    def _point(self, line: str, kind: Kind, small: Set[str]) -> Point | None:
        reply = read_line(line)
        if not reply.text or reply.text.rstrip(".").lower() == NOTHING:
            return None
        if _says_not_stated(reply):
            self._not_stated.append(reply.text.partition(":")[0].strip())
            return None
        cited = [self.shown[number - 1] for number in reply.numbers if 1 <= number <= len(self.shown)]
        fault = Fault.UNCITED if len(cited) < max(1, len(reply.numbers)) else None
        fault = fault or fault_in(reply.text, cited, small, self.index.embedder)
        citations = [citation for each in cited if (citation := cite(each, self.index.catalog))]
        if fault or not citations:
            self.refused += (RefusedStatement(reply.text, reply.numbers, fault or Fault.UNCITED),)
            return None
        point = _worded(reply.text, tuple(cited), kind)
        self.trace.tell(StatementMade(point.text, citations))
        return point


def read_line(line: str) -> Reply:
    """Read a line of an account: its words, and the numbers of sentences anywhere in it, "[3-5]" being three."""
    numbers = dict.fromkeys(number for found in _NUMBERS.findall(line) for number in _numbers_in(found))
    words = one_line(_NUMBERS.sub("", line)).replace("**", "").strip("*_` ")
    return Reply(words, tuple(numbers))


def without_bullet(line: str, number: int) -> str:
    """Take off the mark of a list, or the number that the line has in it; "10. January" begins no tenth line."""
    return re.sub(rf"^\s*(?:[-*•]\s+|{number}[.)]\s+)", "", line)


def small_stems(texts: Iterable[str]) -> set[str]:
    """Give the stems of words that texts write without a capital letter."""
    words = {found for text in texts for found in _SMALL_WORD.findall(text) if found[0].islower()}
    return {stem(word) for word in words}


def _numbers_in(group: str) -> Iterator[int]:
    for part in re.split(r"[,;]", group):
        first, *rest = (int(number) for number in re.findall(r"\d+", part))
        last = rest[-1] if rest else first
        yield from range(first, min(last, first + MOST_TOKENS) + 1)


def _says_not_stated(reply: Reply) -> bool:
    return not reply.numbers and Reply(reply.text.rpartition(":")[2].strip(), ()).refused


def _worded(text: str, cited: tuple[Evidence, ...], kind: Kind) -> Point:
    head, colon, said = (part.strip() for part in text.partition(":"))
    if kind is Kind.TIMELINE:
        day = _day_in(head, cited) if colon else None
        return told_on(day or day_of(cited[0]), said if day else text, cited)
    if kind is Kind.COMPARE:
        return Point(text, cited, {"side": head if colon else "", "says": said if colon else text})
    return Point(text, cited)


def _is_same_side(one: str, other: str) -> bool:
    """Tell whether two names are of one side: Halvorsen and Ingrid Halvorsen, 10 January and 10 January 2025."""
    words, others = set(tokens(one)), set(tokens(other))
    return bool(words and others) and (words <= others or others <= words)


def _day_in(head: str, cited: Sequence[Evidence]) -> date | None:
    """Give the day that is all that a line has before its colon."""
    named = days_named(head, [each.published for each in cited if each.published])
    return named[0].first if len(named) == 1 and not without_days(head) and named[0].first == named[0].last else None


def _in_order(points: list[Point], kind: Kind) -> list[Point]:
    undated = date.max.isoformat()
    return sorted(points, key=lambda each: each.cells["day"] or undated) if kind is Kind.TIMELINE else points
