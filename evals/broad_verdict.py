"""How a broad question went: what an answer has of what a good one holds, and whether it tells what it rests on.

A point is carried where a statement cites a sentence of its quotes, or means nearly the same. Citation recall and
precision are ALCE's (arXiv 2305.14627), with the quotes of the case in the place of a judging model: the share of
statements of which a citation touches a quote, and the share of citations that do.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from evals.agreement import harmonic_mean
from evals.broad_gold import PARTS, BroadGold, Item, Point
from evals.spans import touches
from index.article_index import ArticleIndex
from index.filter import Filter, glob_of
from index.models.embedding import Embedder
from qa.answer import Answer, Kind, Statement
from qa.question.words import stems

# Of SummHay's insights .90 of the documents that hold one reach this cosine with it, and .09 of the others.
SAME_MEANING, JUDGING_EMBEDDER = 0.72, "all-MiniLM-L6-v2"
RIGHT_SHARE = 0.5
AT_LEAST = "at least"


@dataclass(frozen=True)
class BroadVerdict:
    """What became of a case: `scores` in [0, 1] by name, what a good answer holds, and what of it is `missed`.

    An answer is `right` that has half of what it is to hold, an abstention where the articles are silent.
    """

    scores: dict[str, float]
    right: bool
    expected: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)


def judge_broad(kind: str, gold: BroadGold, answer: Answer, index: ArticleIndex, only: str | None) -> BroadVerdict:
    """Compare an answer with what a good one holds; `only` is the GLOB of the articles that were asked.

    That a statement means the same as a point is told by the index's embedder where it is all-MiniLM-L6-v2; by another
    one a point is carried by citations alone.
    """
    scores = {"kind_planned": float(is_planned(kind, answer))}
    if answer.coverage and not answer.abstained:
        scores["coverage_honest"] = float(is_honest(answer, index, only))
    if gold.is_empty:
        return BroadVerdict(scores, answer.abstained)
    carried = _carried(gold.said, answer, index.embedder)
    named = _named(answer.statements)
    found = [_is_named(item, named) for item in gold.items]
    held = _held(gold, answer, carried, found, named)
    missed = [str(point.text) for point, is_there in zip(gold.said, carried, strict=True) if not is_there]
    missed += [item.names[0] for item, is_there in zip(gold.items, found, strict=True) if not is_there]
    missed += [f"{gold.number:.15g}"] if held.get("number_exact") == 0 else []
    missed += [each for each in gold.articles if each not in _cited_articles(answer)]
    missed += ["that the articles are silent on a part"] if held.get("silent_parts_told") == 0 else []
    right = bool(np.mean(list(held.values())) >= RIGHT_SHARE)
    more = _set_figures(gold, found, named) | (_citation_figures(gold, answer) if kind != Kind.FOLDER else {})
    return BroadVerdict(scores | held | more, right, expected_of(gold), missed)


def is_planned(kind: str, answer: Answer) -> bool:
    """Tell whether a question was taken for what it is; one of several parts is answered as facts."""
    return answer.kind == (Kind.FACT if kind == PARTS else kind)


def is_honest(answer: Answer, index: ArticleIndex, only: str | None) -> bool:
    """Tell whether an answer says no more of what it rests on than is so.

    Where it says that all sentences were read, they are as many as the catalog has in these articles; where sentences
    are uncertain, a number that was counted is "at least" that.
    """
    coverage = answer.coverage
    if coverage is None:
        return False
    total = next((each for each in answer.statements[:1] if "total" in each.cells), None)
    if total and coverage.uncertain and AT_LEAST not in total.text.lower():
        return False
    if coverage.read > coverage.sentences or coverage.articles > coverage.among:
        return False
    if not coverage.sentences or coverage.read < coverage.sentences:
        return True
    cited = _cited_articles(answer)
    asked = Filter(article=glob_of(next(iter(cited))) if coverage.among == len(cited) == 1 else only)
    return coverage.sentences >= index.catalog.count_sentences(asked)


def expected_of(gold: BroadGold) -> list[str]:
    """Say in words what a good answer holds."""
    expected = [str(each.text) for each in gold.said] + [" / ".join(each.names) for each in gold.items]
    expected += [f"{gold.number:.15g}"] if gold.number is not None else []
    expected += [*gold.articles]
    return expected + (["the articles are silent on a part"] if gold.silent_parts else [])


def _held(
    gold: BroadGold, answer: Answer, carried: Sequence[bool], found: Sequence[bool], named: Sequence[set[str]]
) -> dict[str, float]:
    """Give of each thing that the answer is to hold how much it has."""
    held: dict[str, float] = {}
    if carried:
        held["points_carried"] = float(np.mean(carried))
    if found:
        held["set_f1"] = harmonic_mean(float(np.mean(found)), _precision(gold.items, named))
    if gold.number is not None:
        told = next((each.cells for each in answer.statements), {})
        held["number_exact"] = float(f"{gold.number:.15g}" in (told.get("total"), told.get("articles")))
    if gold.articles:
        cited = _cited_articles(answer) - set(gold.optional_articles)
        right = len(cited & set(gold.articles))
        held["articles_f1"] = harmonic_mean(right / len(gold.articles), right / len(cited)) if cited else 0.0
    if gold.silent_parts:
        held["silent_parts_told"] = float(len(answer.not_stated) >= gold.silent_parts)
    return held


def _set_figures(gold: BroadGold, found: Sequence[bool], named: Sequence[set[str]]) -> dict[str, float]:
    if not found:
        return {}
    return {"set_precision": _precision(gold.items, named), "set_recall": float(np.mean(found))}


def _citation_figures(gold: BroadGold, answer: Answer) -> dict[str, float]:
    if not (gold.evidence and answer.citations):
        return {}
    touching = [touches(each.span, gold.evidence) for each in answer.citations]
    supported = [any(touching[number] for number in each.citations) for each in answer.statements]
    return {"broad_citation_recall": float(np.mean(supported)), "broad_citation_precision": float(np.mean(touching))}


def _carried(points: Sequence[Point], answer: Answer, embedder: Embedder) -> list[bool]:
    if not (points and answer.statements):
        return [False] * len(points)
    cited = [each.span for each in answer.citations]
    alike = _likeness(points, answer.statements, embedder)
    return [
        bool(row.max() >= SAME_MEANING) or any(touches(span, cited) for span in point.evidence)
        for point, row in zip(points, alike, strict=True)
    ]


def _likeness(points: Sequence[Point], statements: Sequence[Statement], embedder: Embedder) -> npt.NDArray[np.float64]:
    """Give the cosine of each point with each statement, shape (points, statements)."""
    if embedder.model_name != JUDGING_EMBEDDER:
        return np.zeros((len(points), len(statements)))
    embed = embedder.get_text_embedding_batch
    of_points = np.array(embed([str(each.text) for each in points]))
    return np.asarray(of_points @ np.array(embed([each.text for each in statements])).T)


def _named(statements: Sequence[Statement]) -> list[set[str]]:
    """Give the stems of what each statement lists."""
    return [set(stems(each.cells.get("item", each.text))) for each in statements if "total" not in each.cells]


def _is_named(item: Item, named: Sequence[set[str]]) -> bool:
    return any(_same(set(stems(name)), one) for name in item.names for one in named)


def _precision(items: Sequence[Item], named: Sequence[set[str]]) -> float:
    gold = [set(stems(name)) for item in items for name in item.names]
    return float(np.mean([any(_same(name, one) for name in gold) for one in named])) if named else 0.0


def _same(gold: set[str], named: set[str]) -> bool:
    return bool(named) and (gold <= named or named <= gold)


def _cited_articles(answer: Answer) -> set[str]:
    return {each.span.article_id for each in answer.citations}
