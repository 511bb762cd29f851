"""Turn examples into batches of like length, the same ones in the same order whenever training goes on."""

import multiprocessing
import pickle
import queue
import random
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from evals.training.reader.encoding import window_of
from evals.training.reader.examples import Example, sentence_pairs
from evals.training.reader.targets import Batch, make_batch
from evals.training.reader.weights import Settings
from qa.reading.reader_io import InputWriter

BLOCK_BATCHES = 48  # within which examples of like length are put together
UNTITLED_SHARE = 0.2  # of the examples that are shown without their title: many articles have none that says anything
SENTENCE_SHARE = 0.25  # of the examples that form "both" gives sentence by sentence too

_maker: "_Maker"


def examples_of(examples: Sequence[Example], settings: Settings, epoch: int) -> list[Example]:
    """Give the examples in the epoch's order, as passages, as single sentences, or as both; always as many."""
    form, seed = settings.form, settings.seed
    rng = random.Random(seed)
    chosen: list[Example] = []
    for example in examples:
        if form != "sentences":
            chosen.append(example)
        if form == "sentences" or (form == "both" and rng.random() < SENTENCE_SHARE):
            chosen += sentence_pairs(example, settings.silent, rng)
    random.Random(1000 * seed + epoch).shuffle(chosen)
    return chosen


def count_batches(examples: Sequence[Example], size: int) -> int:
    """Give the number of batches that `batches` makes of the examples."""
    return -(-len(examples) // size)


def batches(
    examples: Sequence[Example], writer: InputWriter, pad_id: int, size: int, seed: int, skipped: int, workers: int = 0
) -> Iterator[Batch]:
    """Give the batches from the one numbered `skipped` on, made ahead of their use by processes or a thread."""
    maker = _Maker(examples, writer, pad_id, size, seed)
    blocks = range(skipped // BLOCK_BATCHES, -(-len(examples) // (BLOCK_BATCHES * size)))
    made = _by_processes(maker, blocks, workers) if workers else _by_thread(maker, blocks)
    yield from islice((batch for block in made for batch in block), skipped % BLOCK_BATCHES, None)


class _Maker:
    """Makes the batches of a block of examples."""

    def __init__(self, examples: Sequence[Example], writer: InputWriter, pad_id: int, size: int, seed: int) -> None:
        self._examples, self._writer, self._pad_id, self._size, self._seed = examples, writer, pad_id, size, seed

    def make(self, number: int) -> list[Batch]:
        """Put examples of like length together; the order of the batches is random."""
        length = BLOCK_BATCHES * self._size
        block = self._examples[number * length : (number + 1) * length]
        rng = random.Random(self._seed * 7919 + number)
        passages = (
            replace(each.passage, title="") if rng.random() < UNTITLED_SHARE else each.passage for each in block
        )
        written = self._writer.write([(each.question, passage) for each, passage in zip(block, passages, strict=True)])
        rows = [(window_of(windows, each), each) for windows, each in zip(written, block, strict=True)]
        rows.sort(key=lambda row: len(row[0].ids))
        groups = [rows[i : i + self._size] for i in range(0, len(rows), self._size)]
        rng.shuffle(groups)
        return [make_batch(group, self._pad_id) for group in groups]


def _by_thread(maker: _Maker, blocks: Iterable[int]) -> Iterator[list[Batch]]:
    ready: queue.Queue[list[Batch]] = queue.Queue(1)

    def fill() -> None:
        for number in blocks:
            ready.put(maker.make(number))
        ready.put([])

    threading.Thread(target=fill, daemon=True).start()
    while block := ready.get():
        yield block


def _by_processes(maker: _Maker, blocks: Iterable[int], workers: int) -> Iterator[list[Batch]]:
    global _maker
    _maker = maker  # the forked processes find it there: sending them all examples would take longer than their work
    with multiprocessing.get_context("fork").Pool(workers) as pool:
        for pickled in pool.imap(_make_pickled, blocks):
            yield pickle.loads(pickled)


def _make_pickled(number: int) -> bytes:
    """Pickle whole: multiprocessing would pass each tensor as an open file, of which there are too few."""
    return pickle.dumps(_maker.make(number))
