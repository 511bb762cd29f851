"""Measure follow-ups on broad answers: each conversation of `followups.jsonl` is asked, and its last line judged.

    python -m evals.broad.followups [--tag held] [--as-fact] [--alone] [--verbose]

A line is understood where it is asked as the right `kind`, with all of the `words` and none of the words `without`. Its
answer has the right sources where it cites nothing but the articles `cites`, one at least of `cites_some`, what the
`statement` of that number rests on, or, where it is to be `new`, no sentence that was cited before.

With `--as-fact` it is completed as a follow-up on a fact. With `--alone` the questions of `evals/seeds.jsonl` and
`evals/invented/cases.jsonl`, which stand alone, are said after a broad question: printed is each that is not asked word
for word.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from llama_index.core.llms import LLM

from index.article_index import ArticleIndex
from qa.answer import Answer, Kind, Statement
from qa.ask import ask
from qa.broad.follow_up import follow_up_of
from qa.llms.llama import Llama
from qa.llms.local import LocalLLM
from qa.opening import announce_fetch, llm_file, open_embedder
from qa.question.asked import Asked, Plan
from qa.question.complete_follow_up import Before, rewrite
from qa.question.words import tokens
from qa.settings import load_settings
from qa.trace import Trace

HERE = Path(__file__).parent
ALONE = {
    "seeds": (HERE.parent / "seeds.jsonl", "What do the articles say about the talks on Ukraine?"),
    "evals/invented/articles": (HERE.parent / "invented" / "cases.jsonl", "Which articles are on Brandvik Yards?"),
}


def meant(line: str, asked: Asked, answer: Answer, index: ArticleIndex, llm: LLM, as_fact: bool) -> Asked:
    """Give what a line asks, as `qa chat` does."""
    if not as_fact and (changed := follow_up_of(line, asked, answer, index)):
        return changed
    return Asked(rewrite(line, Before(answer.question, answer.short_answer), lambda: llm, Trace()))


def answer_to(asked: Asked, index: ArticleIndex, llm: LLM) -> Answer:
    """Answer a question as it is asked."""
    return ask(asked.question, index, llm, asked.only, plan=asked.plan, told=asked.told)


def judge(case: dict[str, Any], asked: Asked, before: Answer, answer: Answer) -> dict[str, float]:
    """Give the figures that a case has, each 0 or 1."""
    said = set(tokens(f"{asked.question} {asked.plan.topic if asked.plan else ''}"))
    has_words = said.issuperset(case.get("words", "").split()) and said.isdisjoint(case.get("without", "").split())
    number = case.get("statement")
    is_it = number is None or bool(asked.only.article) or said.issuperset(tokens(_told(number, before).text))
    figures = {"understood": float(answer.kind == case["kind"] and has_words and is_it)}
    cited = {each.span.article_id for each in answer.citations}
    if among := case.get("cites"):
        figures["sources"] = float(bool(cited) and cited <= set(among))
    if some := case.get("cites_some"):
        figures["sources"] = float(bool(cited & set(some)))
    if number is not None:
        rests_on = _rests_on(number, before)
        figures["sources"] = float(bool(cited & rests_on) if case["kind"] == "overview" else cited == rests_on)
    if case.get("new"):
        told = {each.span for each in before.citations}
        figures["sources"] = float(bool(cited) and told.isdisjoint(each.span for each in answer.citations))
    return figures


def _rests_on(number: int, answer: Answer) -> set[str]:
    return {answer.citations[each].span.article_id for each in _told(number, answer).citations}


def _told(number: int, answer: Answer) -> Statement:
    return answer.statements[number - 1 if number > 0 else number]


def main() -> None:
    """Ask, and print the figures of each tag."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tag")
    parser.add_argument("--as-fact", action="store_true")
    parser.add_argument("--alone", action="store_true")
    parser.add_argument("--verbose", action="store_true")
    given = parser.parse_args()
    settings = load_settings()
    announce_fetch(settings, lambda _: None)
    llm = LocalLLM(Llama(llm_file(settings), settings.models_dir / "states"))
    figures: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for case, index in _cases(given.alone, given.tag):
        if given.alone:
            figures["alone"]["word for word"].append(_said_alone(case, index, llm))
            continue
        for tag, name, value in _measured(case, index, llm, given.as_fact, given.verbose):
            figures[tag][name].append(value)
    for tag, by_name in figures.items():
        print(f"{tag:<9} {', '.join(f'{name} {np.mean(each):.3f} ({len(each)})' for name, each in by_name.items())}")


def _cases(alone: bool, tag: str | None) -> Iterator[tuple[dict[str, Any], ArticleIndex]]:
    """Give each case with the index of its articles."""
    by_folder: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for folder, (file, before) in ALONE.items() if alone else ():
        asked = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        by_folder[folder] += [{"id": each["id"], "before": [before], "follow_up": each["question"]} for each in asked]
    if not alone:
        for case in map(json.loads, (HERE / "followups.jsonl").read_text(encoding="utf-8").splitlines()):
            if tag is None or tag in case["tags"]:
                by_folder[case["articles"]].append(case)
    for folder, cases in by_folder.items():
        with TemporaryDirectory() as place, closing(_opened(Path(folder), Path(place))) as index:
            yield from ((case, index) for case in cases)


def _opened(folder: Path, place: Path) -> ArticleIndex:
    index = ArticleIndex(folder, place, open_embedder(load_settings()))
    index.sync()
    return index


def _measured(
    case: dict[str, Any], index: ArticleIndex, llm: LLM, as_fact: bool, verbose: bool
) -> Iterator[tuple[str, str, float]]:
    asked = Asked(case["before"][0])
    answer = answer_to(asked, index, llm)
    for line in case["before"][1:]:
        asked = meant(line, asked, answer, index, llm, as_fact)
        answer = answer_to(asked, index, llm)
    before, asked = answer, meant(case["follow_up"], asked, answer, index, llm, as_fact)
    answer = answer_to(asked, index, llm)
    found = judge(case, asked, before, answer)
    if verbose:
        print(case["id"], f"[{before.kind}]", case["follow_up"], "→", asked.text, f"[{answer.kind}]", found)
    for name, value in found.items():
        for tag in (*case["tags"], "all"):
            yield tag, name, value


def _said_alone(case: dict[str, Any], index: ArticleIndex, llm: LLM) -> float:
    asked = Asked(case["before"][0], plan=Plan(Kind.OVERVIEW, topic=case["before"][0]))
    before = Answer(asked.question, kind=Kind.OVERVIEW)
    found = meant(case["follow_up"], asked, before, index, llm, as_fact=False)
    if found != Asked(case["follow_up"]):
        print(case["id"], case["follow_up"], "→", found.text)
    return float(found == Asked(case["follow_up"]))


if __name__ == "__main__":
    main()
