"""Measure retrieval on large catalogs of synthetic text: by the exact scan and by Chroma.

    python -m evals.speed.retrieval [--passages 100000 ...] [--questions 50]

For each size: seconds to fill the catalog and Chroma, then in a fresh process for each way of searching the seconds of
the first question, the median of the others, and the resident memory. Passages have random unit vectors in place of
embedded ones, drawn around centres; questions are embedded by the real model.
"""

import argparse
import random
import statistics
import subprocess
import sys
import tempfile
import time
import zlib
from datetime import date, timedelta
from itertools import accumulate
from pathlib import Path

import numpy as np
from pydantic import PrivateAttr

from index.article_index import ArticleIndex
from index.models.embedding import Embedder, OnnxEmbedding
from index.models.manifest import default_models_dir, find_model
from index.models.pull import ensure_model

DIMENSION = 384
CENTRES = 200
VOCABULARY = 30_000
PARAGRAPHS = 50
FIRST_DAY, DAYS = date(2023, 1, 1), 730


class SyntheticEmbedding(Embedder):
    """Give passages a random vector near one of `CENTRES` centres, and questions the real model's."""

    model_name: str = "synthetic"
    _real: OnnxEmbedding = PrivateAttr()

    def __init__(self) -> None:
        super().__init__(fingerprint="synthetic-1", dimension=DIMENSION)
        folder = ensure_model(find_model("all-MiniLM-L6-v2"), default_models_dir(), offline=True)
        self._real = OnnxEmbedding(folder, default_models_dir())

    def count_tokens(self, texts: list[str]) -> list[int]:
        """Count words."""
        return [len(text.split()) for text in texts]

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._real.get_query_embedding(query)

    def _get_text_embedding(self, text: str) -> list[float]:
        key = zlib.crc32(text.encode())
        vector = np.random.default_rng(key % CENTRES).standard_normal(DIMENSION)
        vector += np.random.default_rng(key).standard_normal(DIMENSION)
        return (vector / np.linalg.norm(vector)).tolist()  # type: ignore[no-any-return]


def main() -> None:
    """Fill an index of each size and measure it in processes of their own."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--passages", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    arguments.add_argument("--questions", type=int, default=50)
    arguments.add_argument("--ask", nargs=3, metavar=("ARTICLES", "INDEX", "WAY"), help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.ask:
        ask(Path(given.ask[0]), Path(given.ask[1]), given.ask[2], given.questions)
        return
    print(
        f"{'passages':>9} {'way':<12}{'fill s':>9}{'first s':>9}{'median ms':>11}{'p90 ms':>9}{'memory MB':>11}",
        flush=True,
    )
    for passages in given.passages:
        with tempfile.TemporaryDirectory() as scratch:
            articles, index = Path(scratch, "articles"), Path(scratch, "index")
            write_articles(articles, passages)
            for way, seconds in fill(articles, index).items():
                command = [sys.executable, "-m", "evals.speed.retrieval", "--questions", str(given.questions), "--ask"]
                command += [str(articles), str(index), way]
                measured = subprocess.run(command, check=True, capture_output=True, text=True).stdout.rstrip()
                print(f"{passages:>9} {way:<12}{seconds:>9.1f}{measured}", flush=True)


def write_articles(folder: Path, passages: int, paragraphs: int = PARAGRAPHS) -> None:
    """Write articles of so many paragraphs, each a passage, of words as frequent as in language (Zipf).

    Their names have a day of `DAYS` days from `FIRST_DAY` on.
    """
    folder.mkdir()
    draw = random.Random(7)
    weights = list(accumulate(1 / rank for rank in range(1, VOCABULARY + 1)))
    words = [f"w{rank:x}" for rank in range(VOCABULARY)]
    for number in range(passages // paragraphs):
        drawn = (draw.choices(words, cum_weights=weights, k=70) for _ in range(paragraphs))
        text = "\n\n".join(" ".join(each).capitalize() + "." for each in drawn)
        day = FIRST_DAY + timedelta(number % DAYS)
        (folder / f"{day} {number:06}.txt").write_text(text)


def fill(articles: Path, folder: Path) -> dict[str, float]:
    """Sync and give the seconds of the catalog alone, and of Chroma."""
    index = ArticleIndex(articles, folder, SyntheticEmbedding())
    began = time.perf_counter()
    index.sync()
    catalog = time.perf_counter() - began
    index.sync_store()
    index.close()
    return {"exact scan": catalog, "Chroma": time.perf_counter() - began - catalog}


def draw_questions(number: int, seed: int) -> list[str]:
    """Make up questions of eight words, two of them frequent."""
    draw = random.Random(seed)
    ranks = (
        [draw.randrange(50) for _ in range(2)] + [draw.randrange(50, VOCABULARY) for _ in range(6)]
        for _ in range(number)
    )
    return [" ".join(f"w{rank:x}" for rank in each) for each in ranks]


def ask(articles: Path, folder: Path, way: str, questions: int) -> None:
    """Retrieve for questions and print the measures."""
    index = ArticleIndex(articles, folder, SyntheticEmbedding(), exact_passages=0 if way == "Chroma" else sys.maxsize)
    seconds = []
    for question in draw_questions(questions + 1, 11):
        began = time.perf_counter()
        index.retriever().retrieve(question)
        seconds.append(time.perf_counter() - began)
    first, *others = seconds
    resident_kb = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS"))
    milliseconds = sorted(1000 * each for each in others)
    p90 = milliseconds[round(0.9 * (len(milliseconds) - 1))]
    memory = int(resident_kb.split()[1]) / 1000
    print(f"{first:>9.2f}{statistics.median(milliseconds):>11.1f}{p90:>9.1f}{memory:>11.0f}")


if __name__ == "__main__":
    main()
