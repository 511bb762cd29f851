"""Measure retrieval from a large index by what can carry one: SQLite or PostgreSQL, beside them Chroma or pgvector.

    python -m evals.speed.stores [--passages 1000000] [--questions 100] [--readers 8] [--seconds 20] \
        [--keep FOLDER]

The catalog is filled by a sync into SQLite and copied from there to PostgreSQL, both servers being started for it; its
vectors go to a Chroma server, whose one collection serves both, and to pgvector's table. For each of the three ways,
from a process of its own: the seconds of the first question, the median and the 95th percentile of the others, without
a filter and from 90 days of 730, the processor's share in that, and how many questions a second so many readers at once
are served. The text and the vectors are those of `evals.speed.retrieval`, the articles have 500 words. All lies in a
folder that is removed at the end, or in one that is kept: a later run fills what is missing, and measures all again.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing import get_context
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path

from evals.robustness.servers import NO_PGVECTOR, Chroma, find_programs_with_pgvector, serving
from evals.speed.retrieval import FIRST_DAY, SyntheticEmbedding, draw_questions, write_articles
from index.article_index import ArticleIndex
from index.catalog.copying import copy_catalog
from index.catalog.place import Place
from index.catalog.postgres.place import PostgresPlace
from index.catalog.postgres.url import PostgresUrl
from index.catalog.sqlite.place import FolderPlace
from index.catalog.writer import Catalog
from index.filter import EVERYTHING, Filter

SCHEMA = "article_qa_speed"
PARAGRAPHS = 7  # of an article of 500 words
NINETY_DAYS = Filter(since=FIRST_DAY, until=FIRST_DAY + timedelta(89))
LIMIT_S = 600  # for one reader, who may have failed
MEMORY = {"shared_buffers": "2GB", "maintenance_work_mem": "3GB", "max_wal_size": "8GB"}


@dataclass(frozen=True)
class Way:
    """A way to serve one folder: from a folder of its own or the URL of a database, with Chroma's server or without."""

    name: str
    articles: Path
    folder: Path
    database: str | None
    chroma: str | None

    def open(self) -> ArticleIndex:
        """Open its index."""
        return ArticleIndex(self.articles, self.place(), SyntheticEmbedding(), self.chroma, exact_passages=0)

    def place(self) -> Place:
        """Give where its catalog lies."""
        return (
            PostgresPlace(PostgresUrl(self.database, SCHEMA), self.folder)
            if self.database
            else FolderPlace(self.folder)
        )


def main() -> None:
    """Fill all three and measure each."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--passages", type=int, default=1_000_000)
    arguments.add_argument("--questions", type=int, default=100)
    arguments.add_argument("--readers", type=int, default=8)
    arguments.add_argument("--seconds", type=float, default=20, help="that the readers ask")
    arguments.add_argument("--keep", type=Path, metavar="FOLDER", help="where PostgreSQL's user may read")
    given = arguments.parse_args()
    programs = find_programs_with_pgvector()
    assert programs, NO_PGVECTOR
    with ExitStack() as opened:
        root = given.keep or Path(opened.enter_context(tempfile.TemporaryDirectory()))
        root.mkdir(exist_ok=True)
        cluster = root / "cluster" if given.keep else None
        server = opened.enter_context(serving(MEMORY, programs=programs, kept=cluster))
        chroma = Chroma(root / "chroma")
        chroma.start()
        opened.callback(chroma.stop)
        articles = root / "articles"
        ways = [
            Way("SQLite + Chroma", articles, root / "folder", None, chroma.url),
            Way("PostgreSQL + Chroma", articles, root / "own", server.url, chroma.url),
            Way("PostgreSQL + pgvector", articles, root / "own", server.url, None),
        ]
        if not articles.exists():
            write_articles(articles, given.passages, PARAGRAPHS)
        fill(ways)
        for way in ways:
            measure(way, given.questions, given.readers, given.seconds)


def fill(ways: list[Way]) -> None:
    """Fill both catalogs, the collection and the table, and tell how long each took."""
    lite, *others = ways
    with closing(lite.open()) as index:
        timed("synced into SQLite", index.sync)
        timed(f"filled {lite.name}", index.sync_store)
        timed("copied to PostgreSQL", lambda: copy(index.catalog, others[0].place()))
    for way in others:
        with closing(way.open()) as index:
            timed(f"filled {way.name}", index.sync_store)


def copy(source: Catalog, place: Place) -> None:
    """Copy a catalog to a place, unless it was copied there wholly, and have it served by the same collection."""
    with closing(place.open()) as target:
        if target.meta("state") == source.meta("state"):
            return
    place.delete()
    with closing(place.open()) as target:
        copy_catalog(source, target)
        with target.writing():  # which counts a generation
            target.set_meta("index_id", source.meta("index_id") or "")
            target.set_meta("generation", str(source.generation - 1))


def measure(way: Way, questions: int, readers: int, seconds: float) -> None:
    """Measure one reader, then several at once, and print what they met."""
    context = get_context("spawn")
    for name, only in (("all", EVERYTHING), ("90 days", NINETY_DAYS)):
        told: Queue[tuple[list[float], float]] = context.Queue()
        process = context.Process(target=ask, args=(way, only, questions, told))
        process.start()
        (first, *others), processor = told.get(timeout=LIMIT_S)
        process.join()
        ordered = sorted(1000 * each for each in others)
        p95 = ordered[round(0.95 * (len(ordered) - 1))]
        print(
            f"{way.name:<22} {name:<8} first {first:.2f} s, median {statistics.median(ordered):.0f} ms, "
            f"p95 {p95:.0f} ms, {1000 * processor / len(ordered):.0f} ms of this process",
            flush=True,
        )
    counts: Queue[int] = context.Queue()
    began = context.Barrier(readers)
    processes = [context.Process(target=ask_on, args=(way, seed, seconds, began, counts)) for seed in range(readers)]
    for process in processes:
        process.start()
    total = sum(counts.get(timeout=LIMIT_S) for _ in processes)
    for process in processes:
        process.join()
    print(f"{way.name:<22} {readers} readers at once: {total / seconds:.1f} questions a second", flush=True)


def ask(way: Way, only: Filter, questions: int, told: "Queue[tuple[list[float], float]]") -> None:
    """Ask one question after the other, and tell the seconds of each and the processor's of all but the first."""
    seconds, processor = [], 0.0
    with closing(way.open()) as index:
        for question in draw_questions(questions + 1, 11):
            began = time.perf_counter()
            retrieve(index, question, only)
            seconds.append(time.perf_counter() - began)
            processor = processor or time.process_time()
    told.put((seconds, time.process_time() - processor))


def ask_on(way: Way, seed: int, seconds: float, ready: Barrier, counts: "Queue[int]") -> None:
    """Ask until the time is over, from the moment on that all are ready, and tell how many were answered."""
    with closing(way.open()) as index:
        questions = draw_questions(10_000, 100 + seed)
        retrieve(index, questions.pop(), EVERYTHING)
        ready.wait()
        end, asked = time.perf_counter() + seconds, 0
        while time.perf_counter() < end:
            retrieve(index, questions.pop(), EVERYTHING)
            asked += 1
    counts.put(asked)


def retrieve(index: ArticleIndex, question: str, only: Filter) -> None:
    """Retrieve from one state of the index, as a question does."""
    with index.catalog.reading():
        found = index.retriever(only=only).retrieve(question)
    assert found, question


def timed(what: str, act: Callable[[], object]) -> None:
    """Do something and tell how long it took."""
    began = time.perf_counter()
    act()
    print(f"{what}: {time.perf_counter() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
