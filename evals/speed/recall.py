"""Measure retrieval on a SQuAD file made into a folder: is the gold paragraph among the first passages?

    python -m evals.speed.recall FILE.json [--sample 1500]

Prints recall@1, @3, @10 and the mean reciprocal rank (of the first 10) for words alone, meaning alone and the fusion
that is served. A passage counts when it lies in, or overlaps, the paragraph that holds the answer.
"""

import argparse
import random
import tempfile
from pathlib import Path

import index.retriever
from evals.question_sets import Format, bring_set
from index.article_index import ArticleIndex
from index.models.embedding import OnnxEmbedding
from index.models.manifest import default_models_dir, find_model
from index.models.pull import ensure_model
from qa.answer import Span

WAYS = {
    "BM25 of passages": (0.0, 1.0, 0.0),
    "dense": (1.0, 0.0, 0.0),
    "served": (index.retriever.DENSE_WEIGHT, index.retriever.PASSAGE_WEIGHT, index.retriever.ARTICLE_WEIGHT),
}


def main() -> None:
    """Index the folder and print a line for each way."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("file", type=Path)
    arguments.add_argument("--sample", type=int, default=1500)
    given = arguments.parse_args()
    model = ensure_model(find_model("all-MiniLM-L6-v2"), default_models_dir(), offline=True)
    with tempfile.TemporaryDirectory() as scratch:
        articles = Path(scratch, "articles")
        cases = [case for case in bring_set(given.file, Format.SQUAD, articles) if case.answerable]
        cases = random.Random(5).sample(cases, min(given.sample, len(cases)))
        golds = [(case.question, paragraph_of(case.evidence[0], articles)) for case in cases]
        folder = ArticleIndex(articles, Path(scratch, "index"), OnnxEmbedding(model, default_models_dir()))
        report = folder.sync()
        print(f"{len(report.added)} articles, {report.passages} passages, {len(cases)} questions")
        print(f"{'':<18}{'recall@1':>10}{'recall@3':>10}{'recall@10':>11}{'MRR':>8}")
        for way, weights in WAYS.items():
            names = ("DENSE_WEIGHT", "PASSAGE_WEIGHT", "ARTICLE_WEIGHT")
            for name, weight in zip(names, weights, strict=True):
                setattr(index.retriever, name, weight)
            ranks = [rank_of(gold, question, folder) for question, gold in golds]
            shares = [sum(rank <= k for rank in ranks) / len(ranks) for k in (1, 3, 10)]
            reciprocal = sum(1 / rank for rank in ranks) / len(ranks)
            print(f"{way:<18}{shares[0]:>10.4f}{shares[1]:>10.4f}{shares[2]:>11.4f}{reciprocal:>8.4f}", flush=True)


def paragraph_of(answer: Span, articles: Path) -> Span:
    """Give the paragraph around an answer."""
    text = (articles / answer.article_id).read_bytes().decode()
    end = text.find("\n\n", answer.end)
    return Span(answer.article_id, text.rfind("\n\n", 0, answer.start) + 1, len(text) if end < 0 else end)


def rank_of(gold: Span, question: str, folder: ArticleIndex) -> float:
    """Give the rank of the first passage from the gold paragraph, infinity when it is not among the first 10."""
    for rank, each in enumerate(folder.retriever(10).retrieve(question), 1):
        start, end = each.node.start_char_idx, each.node.end_char_idx  # type: ignore[attr-defined]
        if each.node.metadata["article"] == gold.article_id and start < gold.end and gold.start < end:
            return rank
    return float("inf")


if __name__ == "__main__":
    main()
