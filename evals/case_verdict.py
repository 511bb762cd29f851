"""How one case went: what was retrieved, shown, answered and cited, against what is known."""

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Self

from llama_index.core.schema import NodeWithScore, TextNode

from evals.broad_gold import BROAD_KINDS
from evals.broad_verdict import is_planned, judge_broad
from evals.cases import Case
from evals.ranking_metrics import ranking
from evals.spans import contains, touches
from evals.squad_metrics import exact_match, f1
from index.article_index import ArticleIndex
from index.formats.text import SUFFIXES as TEXT_SUFFIXES
from index.formats.text import decode
from qa.answer import Answer, Evidence, Span
from qa.as_json import answer_as_dict

RIGHT_F1 = 0.5


@dataclass(frozen=True)
class Verdict:
    """One case with what came of it; null is what cannot be known of it.

    `right` is an answer with a token F1 of at least `RIGHT_F1`, or an abstention where the articles do not say. What
    was not answered, because the model failed or was not asked, is not `scored`. `exact_match` and `f1` of an
    unanswerable case are 1 when it abstains. `proposals` are the answer's, each with what is `right` of it.
    `cited_spans` counts the citations, `holding` those of them that contain a gold span, `touching` those that overlap
    one, `valid` those whose quote stands in the file at their offsets.

    `kind` is what the question asks for, null where its case does not tell. A broad one has `scores` in [0, 1] by the
    name of their figure (`evals.broad_verdict`), what a good answer holds is `expected`, what of it is not there
    `missed`; it is `right` that has half of what it is to hold.
    """

    id: str
    question: str
    answerable: bool
    tags: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    only: str | None = None
    gold: list[dict[str, Any]] = field(default_factory=list)
    scored: bool = False
    unscored_reason: str | None = None
    right: bool | None = None
    exact_match: float | None = None
    f1: float | None = None
    retrieved: list[dict[str, Any]] = field(default_factory=list)
    recall_at_1: float | None = None
    recall_at_3: float | None = None
    recall_at_10: float | None = None
    reciprocal_rank: float | None = None
    ndcg_at_10: float | None = None
    evidence_holds: bool | None = None
    cited_spans: int = 0
    valid: int = 0
    holding: int = 0
    touching: int = 0
    seconds: float | None = None
    prompt_tokens: int | None = None
    signals: dict[str, float] = field(default_factory=dict)
    proposals: list[dict[str, Any]] = field(default_factory=list)
    answer: dict[str, Any] | None = None
    kind: str | None = None
    scores: dict[str, float] = field(default_factory=dict)
    expected: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, case: dict[str, Any]) -> Self:
        """Read a verdict from a run's file, whatever else stands there."""
        known = {each.name for each in fields(cls)}
        return cls(**{name: value for name, value in case.items() if name in known})

    @property
    def is_broad(self) -> bool:
        """Tell whether the question asks for more than a fact."""
        return self.kind in BROAD_KINDS

    @property
    def abstained(self) -> bool:
        """Tell whether the answer abstains."""
        return bool(self.answer and self.answer["abstained"])

    @property
    def confidence(self) -> float | None:
        """Give the probability that goes with an answer; an abstention has none."""
        return self.answer["confidence"] if self.answer and not self.abstained else None


def judge_retrieval(
    case: Case, passages: Sequence[NodeWithScore], evidence: Sequence[Evidence], index: ArticleIndex
) -> dict[str, Any]:
    """Compare what was retrieved and shown with the gold spans; no model is asked.

    A broad answer rests on all that touches its question, so that for one no ranking is judged.
    """
    is_ranked = bool(case.evidence) and case.broad is None
    retrieved = [_passage(each) for each in passages]
    spans = [Span(each["article"], each["start"], each["end"]) for each in retrieved]
    holds = any(contains(each.span, gold) for each in evidence for gold in case.evidence)
    return {
        "id": case.id,
        "question": case.question,
        "answerable": case.answerable,
        "tags": list(case.tags),
        "answers": list(case.answers),
        "only": case.only,
        "gold": [_gold(span, index) for span in case.evidence],
        "retrieved": retrieved,
        "evidence_holds": holds if is_ranked else None,
        "kind": case.kind,
    } | (ranking(spans, case.evidence, case.any_suffices) if is_ranked else {})


def judge_answer(case: Case, answer: Answer, index: ArticleIndex) -> dict[str, Any]:
    """Compare an answer with its case, and each citation with the file that it names."""
    cited = [citation.span for citation in answer.citations]
    words = {"exact_match": _score(exact_match, answer, case), "f1": _score(f1, answer, case)}
    texts = [each.text for each in answer.evidence]
    shown = answer_as_dict(answer)
    shown["evidence"] = [each | {"text": text} for each, text in zip(shown["evidence"], texts, strict=True)]
    judged = {
        "scored": True,
        "right": None if words["f1"] is None else words["f1"] >= RIGHT_F1,
        "cited_spans": len(cited),
        "valid": sum(stands_in_file(citation.span, citation.quote, index) for citation in answer.citations),
        "holding": sum(any(contains(span, gold) for gold in case.evidence) for span in cited),
        "touching": sum(touches(span, case.evidence) for span in cited),
        "seconds": answer.timings_ms["total"] / 1000,
        "prompt_tokens": answer.prompt_tokens,
        "signals": answer.signals,
        "proposals": [
            {"by": each.by, "phrase": each.phrase, "right": _is_right(case, each.phrase), "signals": each.signals}
            for each in answer.proposals
        ],
        "answer": shown,
    }
    return judged | words | _judge_kind(case, answer, index)


def _judge_kind(case: Case, answer: Answer, index: ArticleIndex) -> dict[str, Any]:
    if case.kind is None:
        return {}
    if case.broad is None:
        return {"scores": {"kind_planned": float(is_planned(case.kind, answer))}}
    return dataclasses.asdict(judge_broad(case.kind, case.broad, answer, index, case.only))


def stands_in_file(span: Span, quote: str, index: ArticleIndex) -> bool:
    """Tell whether a quote is what stands at a span: in a text file itself, else in what `qa show --text` prints."""
    path = index.articles / span.article_id
    if path.suffix.lower() in TEXT_SUFFIXES and path.is_file():  # a name that is no UTF-8 is not its file's id
        text = decode(path.read_bytes())
    else:
        article = index.catalog.article(span.article_id)
        text = article.text if article else ""
    return text[span.start : span.end] == quote


def _passage(found: NodeWithScore) -> dict[str, Any]:
    node = found.node
    assert isinstance(node, TextNode)
    span = {"article": node.metadata["article"], "start": node.start_char_idx or 0, "end": node.end_char_idx or 0}
    return span | {"score": round(found.score or 0.0, 4)}


def _gold(span: Span, index: ArticleIndex) -> dict[str, Any]:
    article = index.catalog.article(span.article_id)
    quote = article.text[span.start : span.end] if article else ""
    return {"article": span.article_id, "start": span.start, "end": span.end, "quote": quote}


def _score(metric: Callable[[str, Iterable[str]], float], answer: Answer, case: Case) -> float | None:
    """Score an answer; null where the articles do say but no one wrote down what."""
    if not case.answerable:
        return float(answer.abstained)
    if not case.answers:
        return None
    return 0.0 if answer.abstained else metric(answer.short_answer or answer.text, case.answers)


def _is_right(case: Case, phrase: str) -> bool | None:
    """Tell whether a phrase is the answer; null where nobody wrote down what is."""
    if not case.answerable:
        return False
    return f1(phrase, case.answers) >= RIGHT_F1 if case.answers else None
