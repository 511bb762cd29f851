"""Draft eval cases from a person's own articles; a person reviews them before they count."""

import hashlib
import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol, TextIO

from llama_index.core.llms import LLM

from evals.drafting.candidates import Candidate, Kind, answer_spans, candidates, is_near
from evals.drafting.question_faults import Fault, fault_of
from evals.drafting.swap_names import Swapper
from evals.squad_metrics import f1
from index.article_index import ArticleIndex
from index.models.sources import Progress
from prompts import load_prompt, render
from qa.answer import Answer, Evidence, Span
from qa.ask import ask
from qa.llms.warming import warm
from qa.question.words import stems
from qa.text import escape_invisible, one_line

PROPOSED = "proposed"
MIN_ROUND_TRIP_F1 = 0.5
MIN_FIRST_PROBABILITY, MAX_REFUSAL_PROBABILITY = 0.7, 0.1  # where the model hesitates, the question often is crooked
TRIES_PER_CASE = 8
ANSWERABLE_PER_SWAP = 2
MAX_RIVAL_SHARE = 0.75

_UNTOLD_TITLE = "untitled"
UNTELLING_TITLE = re.compile(r"\b(?=\w*\d)\w{6,}\b|^\W*$")  # a title that is a number or a hash, as of 000_a545c6f7.txt
_OPENING = re.compile(r"\b(?:who|whom|whose|what|which|when|where|how many|how much|how)\b", re.IGNORECASE)


class Proposal(Protocol):
    """A proposed case."""

    def to_json(self) -> str:
        """Give the case as a line of JSON, marked as not yet reviewed."""


@dataclass(frozen=True)
class Draft:
    """A proposed case: `quote` is what stands at `span`; both are None when the articles do not say."""

    question: str
    answer: str | None
    span: Span | None
    quote: str | None
    tags: tuple[str, ...]

    def to_json(self) -> str:
        """Give the case as a line of JSON, marked as not yet reviewed."""
        evidence = [{"article": self.span.article_id, "quote": self.quote}] if self.span else []
        fields: dict[str, object] = {
            "id": id_of(f"{self.span} {self.question}"),
            "question": self.question,
            "answers": [self.answer] if self.answer else [],
            "evidence": evidence,
            "tags": list(self.tags),
            "status": PROPOSED,
        }
        return to_line(fields)


@dataclass
class Asked:
    """What was asked already, and of which sentences."""

    questions: set[str] = field(default_factory=set)
    sentences: list[set[str]] = field(default_factory=list)

    def add(self, question: str, sentence: str | None = None) -> None:
        """Remember a question, and the sentence that answers it."""
        self.questions.add(question.casefold())
        if sentence:
            self.sentences.append(set(stems(sentence)))

    def fault(self, question: str) -> Fault | None:
        """Tell whether a question was asked before."""
        return Fault.REPEATED if question.casefold() in self.questions else None


@dataclass
class Tally:
    """What became of all that was tried."""

    wanted: int
    answerable: int = 0
    unanswerable: int = 0
    tried: int = 0
    dropped: Counter[Fault] = field(default_factory=Counter)

    @property
    def kept(self) -> int:
        """The number of proposals."""
        return self.answerable + self.unanswerable

    def to_text(self) -> str:
        """Say how many proposals there are and why there are no more."""
        lines = [
            f"{self.kept} of {self.wanted} proposed: {self.answerable} answerable, {self.unanswerable} not; "
            f"{self.tried} questions tried, {self.dropped.total()} dropped"
        ]
        lines += [f"  {count:>4}  {fault}" for fault, count in self.dropped.most_common()]
        if self.kept < self.wanted:
            lines.append("The articles gave no more: add articles, or draft with another --seed or a larger model.")
        return "\n".join(lines)


def draft_cases(
    index: ArticleIndex, llm: LLM, count: int, seed: int, tally: Tally, progress: Progress | None = None
) -> Iterator[Draft]:
    """Propose up to `count` cases, about a third of them unanswerable; each is given as soon as it is found.

    A question that the assistant does not answer with the words that it was made from is dropped, so that what is left
    is right today: such a set tells when answers get worse. An unanswerable one is a found one with a name or a year
    swapped. `tally` is brought up to date on the way. It ends when the candidates do, or after `TRIES_PER_CASE` tries
    for each case that is wanted.

    Raises:
        ModelError: the language model failed.
    """
    swapper = Swapper(index, seed)
    asked = Asked()
    for candidate in _spread(index, random.Random(seed), asked):
        if tally.kept >= count or tally.tried >= count * TRIES_PER_CASE:
            return
        if progress:
            progress("Drafting", tally.kept, count)
        tally.tried += 1
        question = propose(candidate, llm)
        fault = asked.fault(question) or fault_of(question, candidate) or check_back(question, candidate, index, llm)
        if fault:
            tally.dropped[fault] += 1
            continue
        asked.add(question, candidate.sentence)
        tally.answerable += 1
        yield Draft(question, candidate.answer, candidate.span, candidate.quote, (_tag(question),))
        wanted = tally.kept < count and tally.unanswerable * ANSWERABLE_PER_SWAP < tally.answerable
        swap = swapper.swap(question, candidate) if wanted else None
        if swap and not asked.fault(swap.question):
            asked.add(swap.question)
            tally.unanswerable += 1
            yield Draft(swap.question, None, None, None, ("unanswerable", "swap"))


def propose(candidate: Candidate, llm: LLM) -> str:
    """Have the model write the question that a candidate answers."""
    prompt = load_prompt("draft")
    warm(llm, "draft")
    title = _UNTOLD_TITLE if UNTELLING_TITLE.search(candidate.article.title) else one_line(candidate.article.title)
    reply = llm.chat(render(prompt, title=title, sentence=one_line(candidate.sentence), answer=candidate.answer))
    line = next((one_line(line) for line in (reply.message.content or "").splitlines() if one_line(line)), "")
    return re.sub(r"^(?:question|q)\s*:\s*", "", line, flags=re.IGNORECASE).strip('"“” ')


def check_back(question: str, candidate: Candidate, index: ArticleIndex, llm: LLM) -> Fault | None:
    """Ask the assistant; it must answer from the candidate's sentence with its words, and no other sentence may."""
    warm(llm)
    answer = ask(question, index, llm)
    if not is_right(answer, candidate):
        return Fault.NOT_FOUND
    if answer.signals.get("first_probability", 1.0) < MIN_FIRST_PROBABILITY:
        return Fault.UNSURE
    if answer.signals.get("refusal_probability", 0.0) > MAX_REFUSAL_PROBABILITY:
        return Fault.UNSURE
    rivals = [each for each in answer.evidence if each.span != candidate.span]
    return Fault.AMBIGUOUS if any(is_rival(each, question, candidate) for each in rivals) else None


def is_right(answer: Answer, candidate: Candidate) -> bool:
    """Tell whether an answer has the candidate's words and cites its sentence."""
    cited = any(
        each.span.article_id == candidate.span.article_id
        and each.span.start < candidate.span.end
        and candidate.span.start < each.span.end
        for each in answer.citations
    )
    return cited and f1(answer.short_answer or "", [candidate.answer]) >= MIN_ROUND_TRIP_F1


def is_rival(evidence: Evidence, question: str, candidate: Candidate) -> bool:
    """Tell whether a sentence has most of the question's words and something else of the answer's kind."""
    asked = set(stems(question))
    if len(asked & set(stems(evidence.text))) < MAX_RIVAL_SHARE * len(asked):
        return False
    own = set(stems(candidate.answer))
    found = [
        (kind, set(stems(evidence.text[first:last])))
        for kind, first, last in answer_spans(evidence.text, evidence.text)
    ]
    return any(kind is candidate.kind and not other <= own | asked and not own <= other for kind, other in found)


def id_of(asked: str) -> str:
    """Make the id of a proposal from what is asked."""
    return f"draft-{hashlib.sha256(asked.encode('utf-8', 'replace')).hexdigest()[:8]}"


def write_draft(draft: Proposal, file: TextIO) -> None:
    """Append a proposal to a JSONL file, at once."""
    file.write(draft.to_json() + "\n")
    file.flush()


def to_line(fields: dict[str, object]) -> str:
    """Write fields as one line of JSON, whatever counts as the end of a line escaped."""
    return escape_invisible(json.dumps(fields, ensure_ascii=False))


def _spread(index: ArticleIndex, generator: random.Random, asked: Asked) -> Iterator[Candidate]:
    """Give candidates of the articles in turn, each sentence's answers of varied kinds, what was asked left out.

    Only when no article has a sentence left that stands alone come the others, whose questions are right less often.
    """
    ids = sorted(index.catalog.hashes())
    generator.shuffle(ids)
    for leaning in (False, True):
        waiting = [iter(_shuffled(article_id, index, generator, leaning)) for article_id in ids]
        while waiting:
            for article in list(waiting):
                candidate = next((each for each in article if not is_near(each.sentence, asked.sentences)), None)
                if candidate is None:
                    waiting.remove(article)
                else:
                    yield candidate


def _shuffled(article_id: str, index: ArticleIndex, generator: random.Random, leaning: bool) -> Iterator[Candidate]:
    """Give an article's candidates shuffled, one of each sentence before the second of any; of a copy none."""
    article = index.catalog.article(article_id)
    if article is None or article.original is not None:
        return
    by_sentence: dict[Span, list[Candidate]] = {}
    for each in candidates(article, index.catalog, leaning):
        by_sentence.setdefault(each.span, []).append(each)
    groups = list(by_sentence.values())
    generator.shuffle(groups)
    seen: Counter[Kind] = Counter()
    while groups := [group for group in groups if group]:
        for group in groups:
            generator.shuffle(group)
            chosen = min(group, key=lambda each: seen[each.kind])
            seen[chosen.kind] += 1
            group.remove(chosen)
            yield chosen


def _tag(question: str) -> str:
    found = _OPENING.search(question)
    return found[0].lower() if found else "what"
