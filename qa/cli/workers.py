"""Further indexers on this machine, each a process of its own, for as long as a sync takes."""

import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.process import BaseProcess

from index.catalog.sqlite.place import FolderPlace
from index.errors import ArticleQAError, UsageError
from qa.cli.display import Display
from qa.paths import index_place
from qa.settings import Settings

LAST_BATCH_S = 60


def check_workers(settings: Settings, workers: int) -> None:
    """Refuse several indexers where only one can write.

    Raises:
        UsageError: the index lies in a folder.
    """
    if workers > 1 and isinstance(index_place(settings), FolderPlace):
        raise UsageError(
            "--workers needs an index on PostgreSQL (--index postgresql://HOST/DATABASE): one in a folder has one "
            "writer, whose embedder uses all cores of this machine already; leave --workers out"
        )


def threads_of(workers: int) -> int:
    """Give how many threads each of several embedders has, so that together they use each core once; 0 for all."""
    return 0 if workers == 1 else max(1, (os.cpu_count() or 1) // workers)


@contextmanager
def helped(settings: Settings, workers: int, display: Display) -> Iterator[None]:
    """Have further processes take part while the block does, and tell which ended before it; their files were read."""
    context = get_context("spawn")
    processes = [
        context.Process(target=_take_part, args=(settings, threads_of(workers)), daemon=True)
        for _ in range(workers - 1)
    ]
    for process in processes:
        process.start()
    try:
        yield
    except BaseException:
        for process in processes:
            process.terminate()
        raise
    _await(processes, display)


def _await(processes: Sequence[BaseProcess], display: Display) -> None:
    for process in processes:
        process.join(LAST_BATCH_S)
        if process.exitcode is None:
            process.terminate()
        elif process.exitcode:
            display.warn(f"A worker ended early (exit code {process.exitcode}); the others indexed what it had left.")


def _take_part(settings: Settings, threads: int) -> None:
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that what it claimed is given back at once
    from qa.opening import open_index

    try:
        index = open_index(settings, threads=threads)
        try:
            index.take_part()
        finally:
            index.close()
    except ArticleQAError as error:
        raise SystemExit(error.exit_code) from None
    except KeyboardInterrupt:
        raise SystemExit(1) from None
