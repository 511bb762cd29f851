"""Test the judge on the articles of a SQuAD 2.0 file that it was not trained on, each question on its own paragraph."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from evals.squad_metrics import exact_match, f1
from index.sentences import split
from qa.reading.judge import Context, Judge

QUESTIONS = 600


def report(graph: Path, tokenizer: Path, squad: Path, titles: set[str]) -> None:
    """Print how often the gold sentence is first, how well the best score tells impossible questions, EM and F1."""
    judge = Judge(graph.read_bytes(), tokenizer.read_text(encoding="utf-8"))
    first, best, answerable, matches, overlaps = [], list[float](), list[bool](), list[float](), list[float]()
    for question, contexts, golds, answers in _questions(squad, titles):
        judged = judge.judge(question, contexts)
        top = max(range(len(judged)), key=lambda i: judged[i].logit)
        best.append(judged[top].logit)
        answerable.append(bool(golds))
        if golds:
            first.append(top in golds)
            matches.append(exact_match(judged[top].phrase, answers))
            overlaps.append(f1(judged[top].phrase, answers))
    print(f"{len(best)} questions of {len(titles)} articles, each on its own paragraph")
    print(
        f"gold sentence first {np.mean(first):.3f}, telling impossible ones (AUC) {roc_auc_score(answerable, best):.3f}"
    )
    print(f"the judge's own phrase: EM {np.mean(matches):.3f}, F1 {np.mean(overlaps):.3f}")


def _questions(squad: Path, titles: set[str]) -> Iterator[tuple[str, list[Context], set[int], list[str]]]:
    found = []
    for article in json.loads(squad.read_text(encoding="utf-8"))["data"]:
        if article["title"] not in titles:
            continue
        for paragraph in article["paragraphs"]:
            offsets = split(paragraph["context"])
            texts = [paragraph["context"][start:end] for start, end in offsets]
            contexts = [
                Context(text, before, article["title"].replace("_", " "))
                for text, before in zip(texts, ["", *texts], strict=False)
            ]
            for asked in paragraph["qas"]:
                starts = [gold["answer_start"] for gold in asked["answers"]]
                golds = {i for i, (begin, end) in enumerate(offsets) if any(begin <= start < end for start in starts)}
                found.append((asked["question"], contexts, golds, [gold["text"] for gold in asked["answers"]]))
    yield from found[:: max(1, len(found) // QUESTIONS)]
