"""Measure how indexers that share a folder scale, by an embedder that takes time and no processor; and the store alone.

    python -m evals.speed.indexers postgresql://HOST/DATABASE [--articles 600] [--indexers 4] [--seconds 0.02]

Each indexer is a process; they begin together when all have started, so what starting costs is left out. The store
alone is handed passages that are read, cut and embedded already. Schemas of its own are made there, and deleted.
"""

import argparse
import tempfile
import time
import zlib
from collections.abc import Iterable
from contextlib import closing
from itertools import islice
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from pathlib import Path

from index.article_index import ArticleIndex
from index.articles import SourceFile, list_files
from index.batches import Batch, embed_batches, write_batch
from index.catalog.made_with import check_identity, note_reading
from index.catalog.postgres.claims import Claims
from index.catalog.postgres.place import PostgresPlace
from index.catalog.postgres.url import PostgresUrl
from index.formats.records import Fields
from index.shared_sync import plan
from index.sync import end_sync
from qa.testing import DIMENSION, HashingEmbedding

SCHEMA = "article_qa_speed"
SENTENCE = "Word{} of the council said on Tuesday that road {} in district {} would be mended before the winter. "


class SleepingEmbedding(HashingEmbedding):
    """Take `seconds` for each text, as a graphics card does, and no processor."""

    seconds: float

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        time.sleep(self.seconds * len(texts))
        places = [zlib.crc32(text.encode()) % DIMENSION for text in texts]
        return [[float(place == each) for each in range(DIMENSION)] for place in places]


def main() -> None:
    """Run both measurements."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("database", type=PostgresUrl.parse)
    arguments.add_argument("--articles", type=int, default=600)
    arguments.add_argument("--indexers", type=int, default=4)
    arguments.add_argument("--seconds", type=float, default=0.02, help="that a passage takes to be embedded")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "articles")
        make_articles(folder, given.articles)
        place = PostgresPlace(given.database.within(SCHEMA), Path(scratch, "own"))
        place.delete()
        try:
            print(f"{'what':<28}{'passages':>10}{'s':>9}{'a second':>11}{'ratio':>8}")
            one = show("1 indexer", *index_by(1, folder, place, given.seconds))
            show(f"{given.indexers} indexers", *index_by(given.indexers, folder, place, given.seconds), one)
            show("the store alone", *store(folder, place))
        finally:
            place.delete()


def make_articles(folder: Path, number: int) -> None:
    """Write articles of some 500 words."""
    folder.mkdir()
    for article in range(number):
        paragraphs = ["".join(SENTENCE.format(article, n, part) for n in range(6)) for part in range(5)]
        (folder / f"{article:06}.txt").write_text(f"The news of day {article}\n\n" + "\n\n".join(paragraphs))


def index_by(number: int, folder: Path, place: PostgresPlace, seconds: float) -> tuple[int, float]:
    """Give how many passages so many indexers write from nothing, and in how many seconds."""
    context = get_context("spawn")
    started = context.Barrier(number + 1)
    with closing(place.open()) as catalog:
        check_identity(catalog, HashingEmbedding(), folder)
        note_reading(catalog, Fields())
        assert plan(folder, catalog, Claims(catalog.database))
        places = (str(folder), str(place.url.url), str(place.folder), seconds, started)
        processes = [context.Process(target=take_part, args=places) for _ in range(number)]
        for process in processes:
            process.start()
        started.wait()
        began = time.perf_counter()
        for process in processes:
            process.join()
        took = time.perf_counter() - began
        assert all(process.exitcode == 0 for process in processes)
        assert catalog.meta("state") == "complete"
        passages = catalog.counts()[1]
    place.delete()
    return passages, took


def take_part(folder: str, url: str, own: str, seconds: float, started: Barrier) -> None:
    """Index in a process of its own, from the moment on that all are ready."""
    place = PostgresPlace(PostgresUrl(url, SCHEMA), Path(own))
    with closing(ArticleIndex(Path(folder), place, SleepingEmbedding(seconds=seconds))) as index:
        cut(islice(list_files(Path(folder)), 1))
        started.wait()
        index.take_part()


def store(folder: Path, place: PostgresPlace) -> tuple[int, float]:
    """Give how many passages are written, their end included, and in how many seconds; all else was done before."""
    batches = list(embed_batches(list_files(folder), HashingEmbedding(), Fields(), lambda _: {}, lambda _: set[str]()))
    with closing(place.open()) as catalog:
        began = time.perf_counter()
        for batch in batches:
            with catalog.writing():
                write_batch(batch, catalog)
        written = time.perf_counter() - began
        with catalog.writing():
            end_sync(catalog, None)
        passages = catalog.counts()[1]
        show("  its end alone", passages, time.perf_counter() - began - written)
    place.delete()
    return passages, written


def cut(files: Iterable[SourceFile]) -> list[Batch]:
    """Give files read, cut and embedded; the first time loads what that needs."""
    return list(embed_batches(files, HashingEmbedding(), Fields(), lambda _: {}, lambda _: set()))


def show(what: str, passages: int, seconds: float, one: float | None = None) -> float:
    """Print a line, with how many times the rate of one indexer it is, and give the rate."""
    rate = passages / seconds
    print(f"{what:<28}{passages:>10}{seconds:>9.2f}{rate:>11.0f}{f'{rate / one:.2f}' if one else '':>8}")
    return rate


if __name__ == "__main__":
    main()
