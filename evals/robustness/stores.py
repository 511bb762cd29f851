"""Where the index of a measurement lies: in a folder, or on PostgreSQL with or without a Chroma server."""

import argparse
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from evals.robustness.processes import run
from evals.robustness.servers import SURVIVING, Chroma, Server, kill, serving
from index.article_index import ArticleIndex
from index.catalog.place import Place
from index.catalog.postgres.place import PostgresPlace
from index.catalog.postgres.url import PostgresUrl
from index.catalog.sqlite.place import FolderPlace
from index.models.embedding import Embedder

OWN_SERVER = "postgresql"
INDEXER, BACKEND, CHROMA = "indexer", "backend", "chroma"
WELL_WITHIN_S = 60


@dataclass(frozen=True)
class Store:
    """The place of an index, and the servers of this measurement's own that it lies on."""

    place: Place
    postgres: Server | None = None
    chroma: Chroma | None = None

    @property
    def has_chroma(self) -> bool:
        """Tell whether there is a Chroma at all, in the index's folder or a server."""
        return isinstance(self.place, FolderPlace) or self.chroma is not None

    def open(self, articles: Path, embedder: Embedder, searched: bool = False) -> ArticleIndex:
        """Open the index; its vectors are scanned, or with `searched` found by Chroma."""
        url = self.chroma.url if self.chroma else None
        if searched and isinstance(self.place, FolderPlace):
            return ArticleIndex(articles, self.place, embedder, exact_passages=0)
        return ArticleIndex(articles, self.place, embedder, chroma=url if searched else None)

    def open_to_write(self, articles: Path, embedder: Embedder) -> ArticleIndex:
        """Open the index as a sync does that also fills Chroma."""
        url = self.chroma.url if self.chroma else None
        return ArticleIndex(articles, self.place, embedder, chroma=url)

    def targets(self) -> list[str]:
        """Name what can be killed: who writes, and the servers of our own."""
        return [INDEXER, *([BACKEND] if self.postgres else []), *([CHROMA] if self.chroma else [])]

    def kill(self, target: str, draw: Random) -> bool:
        """Kill a server, and tell whether there was something to kill.

        To kill one backend of PostgreSQL ends all others with it, for they share memory.
        """
        if target == CHROMA:
            assert self.chroma
            return kill(self.chroma.pid)
        assert self.postgres
        backends = self.postgres.backends()
        return bool(backends) and kill(draw.choice(backends))

    def mend(self, target: str) -> None:
        """Have what was killed serve again; PostgreSQL does so by itself."""
        if target == CHROMA and self.chroma:
            self.chroma.stop()
            self.chroma.start()
        end = time.monotonic() + WELL_WITHIN_S
        while target == BACKEND and (fault := run(self.place.exists).fault):
            assert time.monotonic() < end, fault
            time.sleep(0.05)

    def delete(self) -> None:
        """Delete the index; in a fork, for a process that forks is to have no connections."""
        deleted = run(self.place.delete)
        assert not deleted.fault, deleted.fault


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that `storing` takes."""
    parser.add_argument(
        "--index",
        help=f"the URL of a PostgreSQL database, or `{OWN_SERVER}` for a server that is started here; else a folder",
    )
    parser.add_argument("--chroma", action="store_true", help="of an index on PostgreSQL: start a Chroma server too")


@contextmanager
def storing(given: argparse.Namespace, folder: Path) -> Iterator[Store]:
    """Give the place that the options name, and delete what was made in a database of somebody else."""
    if not given.index:
        yield Store(FolderPlace(folder / "index"))
        return
    chroma = Chroma(folder / "chroma") if given.chroma else None
    if chroma:
        chroma.start()
    try:
        if given.index == OWN_SERVER:
            with serving(SURVIVING) as server:
                yield Store(_place(server.url, folder), server, chroma)
        else:
            store = Store(_place(given.index, folder), None, chroma)
            yield store
            store.delete()
    finally:
        if chroma:
            chroma.stop()


def _place(url: str, folder: Path) -> PostgresPlace:
    return PostgresPlace(PostgresUrl.parse(url).within(f"robustness_{os.getpid()}"), folder / "index")
