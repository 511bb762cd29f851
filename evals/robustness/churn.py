"""Measure whether retrieval stays true while a folder changes: recall against the exact ranking, round by round.

    python -m evals.robustness.churn FOLDER [--rounds 10] [--questions 200]

In each round half of the files are deleted, the ones deleted before come back, and three in ten of those that are there
are edited. Then sentences of the articles are asked as questions, and the 10 nearest passages that the exact scan and
Chroma serve are compared with a ranking of the catalog's vectors computed here.
"""

import argparse
import random
import tempfile
import time
from pathlib import Path

import numpy as np

from evals.robustness.stores import add_options, storing
from index.article_index import ArticleIndex
from index.dense import DenseSearch
from index.filter import EVERYTHING
from index.models.embedding import OnnxEmbedding
from index.models.manifest import default_models_dir, find_model
from index.models.pull import ensure_model

NEAREST = 10
DELETED_SHARE, EDITED_SHARE = 0.5, 0.3


def main() -> None:
    """Run the rounds and print a line for each."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--rounds", type=int, default=10)
    arguments.add_argument("--questions", type=int, default=200)
    add_options(arguments)
    given = arguments.parse_args()
    model = ensure_model(find_model("all-MiniLM-L6-v2"), default_models_dir(), offline=True)
    originals = {path.name: path.read_text(encoding="utf-8") for path in sorted(given.folder.glob("*.txt"))}
    draw = random.Random(5)
    print(f"{'round':>5}{'articles':>10}{'passages':>10}{'sync s':>8}{'exact@10':>10}{'Chroma@10':>11}{'Chroma':>26}")
    with tempfile.TemporaryDirectory() as scratch, storing(given, Path(scratch)) as store:
        articles = Path(scratch, "articles")
        articles.mkdir()
        for name, text in originals.items():
            (articles / name).write_text(text, encoding="utf-8")
        index = store.open_to_write(articles, OnnxEmbedding(model, default_models_dir()))
        for number in range(given.rounds + 1):
            if number:
                change(articles, originals, draw)
            began = time.perf_counter()
            report = index.sync()
            index.sync_store()
            seconds = time.perf_counter() - began
            exact, chroma = recalls(index, questions_of(articles, draw, given.questions))
            state, _ = index.store.examine(index.catalog)
            counts = f"{number:>5}{len(list(articles.iterdir())):>10}{report.passages:>10}"
            print(f"{counts}{seconds:>8.1f}{exact:>10.4f}{chroma:>11.4f}{state:>26}", flush=True)


def change(folder: Path, originals: dict[str, str], draw: random.Random) -> None:
    """Delete half of the files, bring back the missing ones, and edit some that stay."""
    there = sorted(path.name for path in folder.iterdir())
    for name in originals.keys() - set(there):
        (folder / name).write_text(originals[name], encoding="utf-8")
    for name in draw.sample(there, int(len(there) * DELETED_SHARE)):
        (folder / name).unlink()
    there = sorted(path.name for path in folder.iterdir())
    for name in draw.sample(there, int(len(there) * EDITED_SHARE)):
        paragraphs = originals[name].split("\n\n")
        draw.shuffle(paragraphs)
        (folder / name).write_text("\n\n".join(paragraphs[: max(1, len(paragraphs) - 1)]), encoding="utf-8")


def questions_of(folder: Path, draw: random.Random, count: int) -> list[str]:
    """Draw sentences of the articles."""
    paths = sorted(folder.iterdir())
    return [draw.choice(draw.choice(paths).read_text(encoding="utf-8").split(". "))[:300] for _ in range(count)]


def recalls(index: ArticleIndex, questions: list[str]) -> tuple[float, float]:
    """Give the share of the true 10 nearest passages that the exact scan finds, and that Chroma finds.

    A passage that is as near as the tenth counts as one of them.
    """
    catalog = index.catalog
    passages = list(catalog.passage_ids())
    vectors = catalog.vectors([vector for _, vector in passages])
    row_of = {passage: row for row, (passage, _) in enumerate(passages)}
    found: dict[int, list[float]] = {}
    for limit in (len(passages), 0):
        search = DenseSearch(catalog, index.store, exact_passages=limit)
        found[limit] = []
        for question in questions:
            asked = np.array(index.embedder.get_query_embedding(question), np.float32)
            cosines = vectors @ asked
            tenth = np.sort(cosines)[-NEAREST]
            nearest = search.nearest(asked, NEAREST, EVERYTHING)
            found[limit].append(sum(cosines[row_of[each]] >= tenth - 1e-6 for each in nearest) / NEAREST)
    return float(np.mean(found[len(passages)])), float(np.mean(found[0]))


if __name__ == "__main__":
    main()
