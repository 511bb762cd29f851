"""Measure answers to broad questions: overviews, lists, counts, timelines, comparisons, parts, and of the folder.

    python -m evals.broad.measure [--set invented] [--kind told] [--verbose]

The cases of `cases.jsonl` (60 questions on the 18 invented articles beside it) and of `invented.jsonl` (24 on those of
`evals/invented`) were written by someone who had not seen the code. Each has what a good answer holds, with its quotes:
`points` of an overview, a timeline, a comparison or the parts of a question, `items` of a list or count, a `number`,
`articles` of a question about the folder, or nothing where the articles are silent.

A point is carried where a statement cites a sentence of its quotes, or means nearly the same (cosine of MiniLM .72 or
more, which of SummHay's insights .90 of the documents that hold one reach, and .09 of the others). With `--kind told`
each question is asked with its kind, so that planning is measured apart.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from index.article_index import ArticleIndex
from qa.answer import Answer, Kind, Span
from qa.ask import ask
from qa.llms.llama import Llama
from qa.llms.local import LocalLLM
from qa.opening import announce_fetch, llm_file, open_embedder
from qa.question.words import stems
from qa.settings import load_settings

HERE = Path(__file__).parent
SETS = {
    "own": (HERE / "cases.jsonl", HERE / "articles"),
    "invented": (HERE / "invented.jsonl", HERE.parent / "invented" / "articles"),
}
SAME_MEANING = 0.72


class Judge:
    """Tells what of a case's gold an answer has."""

    def __init__(self, index: ArticleIndex) -> None:
        self._index = index

    def judge(self, case: dict[str, Any], answer: Answer) -> dict[str, float]:
        """Give the figures that a case has, each in [0, 1]; of a silent one whether the answer abstained."""
        if case["silent"]:
            return {"refused": float(answer.abstained)}
        figures: dict[str, float] = {"answered": float(not answer.abstained)}
        if points := [each for each in case["points"] if each["text"]]:
            figures["points"] = self._carried(points, answer)
        gold = [self._span(each) for one in (*case["points"], *case["items"]) for each in one["evidence"] or ()]
        if gold and answer.citations and case["kind"] != "folder":
            figures["citations"] = float(np.mean([_overlaps(each.span, gold) for each in answer.citations]))
        if case["items"] and case["kind"] in ("list", "count"):
            figures |= _set_figures(case["items"], answer)
        if case["number"] is not None:
            told = next((each.cells for each in answer.statements), {})
            figures["number"] = float(str(case["number"]) in (told.get("total"), told.get("articles")))
        if case["articles"]:
            figures["articles"] = _f1(set(case["articles"]), set(case.get("articles_optional", ())), answer)
        if case["kind"] == "parts":
            silent = sum(each["text"] is None for each in case["points"])
            figures["silent parts told"] = float(len(answer.not_stated) >= silent)
        return figures

    def _carried(self, points: Sequence[dict[str, Any]], answer: Answer) -> float:
        if not answer.statements:
            return 0.0
        embed = self._index.embedder.get_text_embedding_batch
        alike = (
            np.array(embed([each["text"] for each in points]))
            @ np.array(embed([each.text for each in answer.statements])).T
        )
        spans = [each.span for each in answer.citations]
        return float(
            np.mean(
                [
                    row.max() >= SAME_MEANING or any(_overlaps(self._span(each), spans) for each in point["evidence"])
                    for point, row in zip(points, alike, strict=True)
                ]
            )
        )

    def _span(self, quote: dict[str, str]) -> Span:
        start = (self._index.catalog.text_of(quote["article"]) or "").index(quote["quote"])
        return Span(quote["article"], start, start + len(quote["quote"]))


def main() -> None:
    """Ask, and print the figures of each kind."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", choices=SETS, default="own")
    parser.add_argument("--kind", choices=["told", "planned"], default="planned")
    parser.add_argument("--verbose", action="store_true")
    given = parser.parse_args()
    cases, articles = SETS[given.set]
    settings = load_settings()
    announce_fetch(settings, lambda _: None)
    llm = LocalLLM(Llama(llm_file(settings), settings.models_dir / "states"))
    figures: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    with TemporaryDirectory() as folder:
        index = ArticleIndex(articles, Path(folder), open_embedder(settings))
        index.sync()
        judge = Judge(index)
        for case in map(json.loads, cases.read_text(encoding="utf-8").splitlines()):
            told = Kind(case["kind"]) if given.kind == "told" and case["kind"] != "parts" else None
            answer = ask(case["question"], index, llm, kind=told)
            found = judge.judge(case, answer) | {"seconds": answer.timings_ms["total"] / 1000}
            found["planned"] = float(answer.kind == case["kind"] or (case["kind"] == "parts" and answer.kind == "fact"))
            for name, value in found.items():
                figures[case["kind"]][name].append(value)
                figures["all"][name].append(value)
            if given.verbose:
                print(
                    case["id"], answer.kind, {name: round(value, 2) for name, value in found.items()}, case["question"]
                )
        index.close()
    for kind, by_name in figures.items():
        shown = (f"{name} {np.mean(values):.3f} ({len(values)})" for name, values in by_name.items())
        print(f"{kind:<9} {', '.join(shown)}")


def _set_figures(items: Sequence[dict[str, Any]], answer: Answer) -> dict[str, float]:
    named = [set(stems(each.cells.get("item", each.text))) for each in answer.statements if "total" not in each.cells]
    gold = [[set(stems(name)) for name in each["names"]] for each in items]
    found = np.mean([any(_same(name, one) for name in names for one in named) for names in gold])
    right = np.mean([any(_same(name, one) for names in gold for name in names) for one in named]) if named else 0.0
    return {"recall": float(found), "precision": float(right), "set F1": _harmonic(float(found), float(right))}


def _same(gold: set[str], named: set[str]) -> bool:
    return bool(named) and (gold <= named or named <= gold)


def _f1(gold: set[str], optional: set[str], answer: Answer) -> float:
    named = {each.span.article_id for each in answer.citations} - optional
    right = len(gold & named)
    return _harmonic(right / len(gold), right / len(named)) if named else 0.0


def _harmonic(one: float, other: float) -> float:
    return 2 * one * other / (one + other) if one + other else 0.0


def _overlaps(span: Span, among: Sequence[Span]) -> bool:
    return any(each.article_id == span.article_id and each.start < span.end and span.start < each.end for each in among)


if __name__ == "__main__":
    main()
