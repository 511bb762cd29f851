"""Measure indexing: a whole sync against sentence-transformers' own `encode` over the same texts, and an idle sync.

Where the folder has web pages or PDF, it also tells how many pages of each are read in a second, without embedding.

    python -m evals.speed.indexing FOLDER [--files 10000] [--runs 3]

Prints medians and, for the sync, its throughput as a share of `SentenceTransformer.encode` in the same run.
"""

import argparse
import statistics
import tempfile
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import pypdfium2
from sentence_transformers import SentenceTransformer

from index.article_index import ArticleIndex
from index.articles import SourceFile, list_files, read_articles
from index.formats.extract import UnreadableError
from index.formats.records import Fields
from index.formats.sandbox import Sandbox
from index.models.embedding import OnnxEmbedding
from index.models.manifest import default_models_dir, find_model
from index.models.pull import ensure_model
from index.passages import group
from index.sentences import split
from qa.testing import HashingEmbedding


def main() -> None:
    """Run both measurements."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--files", type=int, default=10_000)
    arguments.add_argument("--runs", type=int, default=3)
    given = arguments.parse_args()
    model = ensure_model(find_model("all-MiniLM-L6-v2"), default_models_dir(), offline=True)
    print(f"{'what':<44}{'median s':>10}{'a second':>12}{'ratio':>8}")
    measure_sync(given.folder, model, given.runs)
    measure_pages(given.folder, given.runs)
    measure_idle(given.files, given.runs)


def measure_sync(folder: Path, model: Path, runs: int) -> None:
    """Alternate a sync from nothing with `encode` over the texts that it embeds."""
    embedder = OnnxEmbedding(model, default_models_dir())
    reference = SentenceTransformer(str(model), device="cpu", local_files_only=True)
    texts = texts_of(folder, embedder)
    embedder.embed(texts[:32])
    reference.encode(texts[:32])
    seconds: dict[str, list[float]] = {"SentenceTransformer.encode": [], "sync": [], "sync and Chroma": []}
    for _ in range(runs):
        seconds["SentenceTransformer.encode"].append(timed(lambda: reference.encode(texts)))
        with tempfile.TemporaryDirectory() as scratch:
            index = ArticleIndex(folder, Path(scratch), embedder)
            seconds["sync"].append(timed(index.sync))
            seconds["sync and Chroma"].append(seconds["sync"][-1] + timed(index.sync_store))
            index.close()
    baseline = statistics.median(seconds["SentenceTransformer.encode"])
    for name, each in seconds.items():
        median = statistics.median(each)
        rate = len(texts) / median
        print(f"{f'{name}, {len(texts)} passages':<44}{median:>10.2f}{rate:>12.1f}{baseline / median:>8.2f}")


def measure_pages(folder: Path, runs: int) -> None:
    """Time the reading of the folder's web pages and of its PDF, a file after the other, by the sandbox's worker."""
    for suffix, pages_of in (("html", lambda _: 1), ("pdf", pages_of_pdf)):
        files = [file for file in list_files(folder) if file.path.suffix.lower() == f".{suffix}"]
        pages = sum(pages_of(file.path) for file in files)
        if not pages:
            continue
        with Sandbox() as sandbox:
            read(files[:1], sandbox)  # the worker starts and imports
            median = statistics.median(timed(lambda: read(files, sandbox)) for _ in range(runs))  # noqa: B023
        print(f"{f'reading {pages} pages of {suffix}':<44}{median:>10.2f}{pages / median:>12.1f}")


def read(files: Sequence[SourceFile], sandbox: Sandbox) -> None:
    """Read files to their ends, as a sync does before it embeds."""
    for file in files:
        with suppress(UnreadableError):
            deque(read_articles(file, sandbox, Fields()), maxlen=0)


def pages_of_pdf(path: Path) -> int:
    """Count the pages of a PDF; none of one that is broken or encrypted."""
    try:
        return len(pypdfium2.PdfDocument(path))
    except pypdfium2.PdfiumError:
        return 0


def measure_idle(files: int, runs: int) -> None:
    """Time the sync of a folder of small files in which nothing changed."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "articles")
        for number in range(files):
            path = folder / f"{number // 100:04}" / f"{number:06}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(
                f"Article {number}\n\nTown {number} has a mayor. Nobody in town {number + 1} knows the name.\n"
            )
        index = ArticleIndex(folder, Path(scratch, "index"), HashingEmbedding())
        index.sync()
        median = statistics.median(timed(index.sync) for _ in range(max(runs, 5)))
        index.close()
    print(f"{f'sync of {files} unchanged files':<44}{median:>10.3f}{files / median:>12.0f}")


def texts_of(folder: Path, embedder: OnnxEmbedding) -> list[str]:
    """Give the texts that a sync of `folder` embeds."""
    texts: dict[str, str] = {}
    with Sandbox() as sandbox:
        for file in list_files(folder):
            for article in read_articles(file, sandbox, Fields()):
                sentences = split(article.text, article.body_start)
                texts |= {each.id: each.embedded_text for each in group(article, sentences, embedder.count_tokens)}
    return list(texts.values())


def timed(work: Callable[[], object]) -> float:
    """Give the seconds that a piece of work takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
