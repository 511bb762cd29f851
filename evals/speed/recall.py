"""Measure retrieval on a SQuAD file made into a folder: is the gold paragraph among the first passages?

    python -m evals.speed.recall FILE.json [--sample 1500]
    python -m evals.speed.recall FILE.json --index postgresql     the same index on a PostgreSQL that is started, beside

Prints recall@1, @3, @10, the mean reciprocal rank and nDCG (of the first 10) for words alone, meaning alone and the
fusion that is served. A passage counts when it lies in, or overlaps, the paragraph that holds the answer.
"""

import argparse
import math
import random
import tempfile
from contextlib import closing
from pathlib import Path

import index.retriever
from evals.question_sets import Format, bring_set
from evals.robustness.stores import add_options, storing
from index.article_index import ArticleIndex
from index.catalog.copying import copy_catalog
from index.models.embedding import OnnxEmbedding
from index.models.manifest import default_models_dir, find_model
from index.models.pull import ensure_model
from qa.answer import Span
from qa.testing import HashingEmbedding

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
    arguments.add_argument("--hashing", action="store_true", help="embed by hashed words, which takes no time")
    add_options(arguments)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as scratch, storing(given, Path(scratch, "other")) as store:
        articles = Path(scratch, "articles")
        cases = [case for case in bring_set(given.file, Format.SQUAD, articles) if case.answerable]
        cases = random.Random(5).sample(cases, min(given.sample, len(cases)))
        golds = [(case.question, paragraph_of(case.evidence[0], articles)) for case in cases]
        embedder = HashingEmbedding() if given.hashing else _open_embedder()
        with closing(ArticleIndex(articles, Path(scratch, "index"), embedder)) as folder:
            report = folder.sync()
            print(f"{len(report.added)} articles, {report.passages} passages, {len(cases)} questions")
            ranks = measure(folder, golds)
            if not given.index:
                return
            with closing(store.place.open()) as catalog:
                copy_catalog(folder.catalog, catalog)
        with closing(ArticleIndex(articles, store.place, embedder)) as other:
            print(store.place.described())
            others = measure(other, golds)
            for way in WAYS:
                differing = sum(one != another for one, another in zip(ranks[way], others[way], strict=True))
                print(f"{way}: another rank for {differing} questions")


def _open_embedder() -> OnnxEmbedding:
    model = ensure_model(find_model("all-MiniLM-L6-v2"), default_models_dir(), offline=True)
    return OnnxEmbedding(model, default_models_dir())


def measure(folder: ArticleIndex, golds: list[tuple[str, Span]]) -> dict[str, list[float]]:
    """Print a line for each way of retrieval, and give the ranks of the gold paragraphs."""
    print(f"{'':<18}{'recall@1':>10}{'recall@3':>10}{'recall@10':>11}{'MRR':>8}{'nDCG@10':>9}")
    ranks_of = {}
    for way, weights in WAYS.items():
        for name, weight in zip(("DENSE_WEIGHT", "PASSAGE_WEIGHT", "ARTICLE_WEIGHT"), weights, strict=True):
            setattr(index.retriever, name, weight)
        ranks = ranks_of[way] = [rank_of(gold, question, folder) for question, gold in golds]
        shares = [sum(rank <= k for rank in ranks) / len(ranks) for k in (1, 3, 10)]
        reciprocal = sum(1 / rank for rank in ranks) / len(ranks)
        gain = sum(1 / math.log2(rank + 1) for rank in ranks) / len(ranks)
        recalls = f"{shares[0]:>10.4f}{shares[1]:>10.4f}{shares[2]:>11.4f}"
        print(f"{way:<18}{recalls}{reciprocal:>8.4f}{gain:>9.4f}", flush=True)
    return ranks_of


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
