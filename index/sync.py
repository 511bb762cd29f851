"""Bring a catalog in step with its folder: new, edited and deleted files are noticed, the others left alone."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from index.articles import Article, SourceFile, UnreadableError, list_files, read_article
from index.catalog import Catalog
from index.embedding import Embedder
from index.passages import Passage, group
from index.sentences import Offsets, split

BATCH_PASSAGES = 128

Progress = Callable[[str, int, int], None]


@dataclass
class SyncReport:
    """What a sync did, by article id; `skipped` pairs each file that is no article with the reason."""

    added: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    renamed: list[tuple[str, str]] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unchanged: int = 0
    skipped: list[tuple[str, str]] = field(default_factory=list)
    passages: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Changes:
    """What differs between a folder and its catalog: files to read again, paths that are gone, a count of the rest."""

    files: list[SourceFile]
    gone: list[str]
    unchanged: int

    def __bool__(self) -> bool:
        return bool(self.files or self.gone)


@dataclass(frozen=True)
class _Reading:
    """A file as it was read: an article with its parts, the reason why it is none, or (neither) nothing new."""

    file: SourceFile
    article: Article | None = None
    sentences: list[Offsets] = field(default_factory=list)
    passages: list[Passage] = field(default_factory=list)
    skipped: str | None = None


def find_changes(folder: Path, catalog: Catalog) -> Changes:
    """Compare by path, size and modification time, reading no file."""
    files = list(list_files(folder))
    known = catalog.files()
    changed = [file for file in files if known.get(file.id, ())[:2] != (file.size, file.mtime_ns)]
    gone = sorted(known.keys() - {file.id for file in files})
    return Changes(changed, gone, len(files) - len(changed))


def sync(changes: Changes, catalog: Catalog, embedder: Embedder, progress: Progress | None = None) -> SyncReport:
    """Write `changes` into `catalog`, one transaction for each batch of whole articles."""
    began = time.perf_counter()
    hashes = catalog.hashes()
    report = SyncReport(removed=[path for path in changes.gone if path in hashes])
    if changes.gone:
        with catalog.writing():
            for path in changes.gone:
                catalog.remove(path)
    readings = (_read(file, hashes.get(file.id), embedder) for file in changes.files)
    done = 0
    for batch in _batches(readings):
        _write(batch, catalog, embedder)
        _count(batch, hashes, report)
        done += len(batch)
        if progress:
            progress("Indexing", done, len(changes.files))
    if changes.gone:
        with catalog.writing():  # only now, for a file that moved has its vectors already
            catalog.drop_unused_vectors()
    return complete(report, catalog, began)


def complete(report: SyncReport, catalog: Catalog, began: float) -> SyncReport:
    """Fill in what holds of the whole catalog; `began` is a `time.perf_counter()`."""
    skipped = catalog.skipped()
    touched = len(report.added) + len(report.updated)
    articles, report.passages = catalog.counts()
    report.unchanged = articles - touched
    report.skipped = skipped
    report.seconds = round(time.perf_counter() - began, 3)
    return report


def _read(file: SourceFile, known_hash: str | None, embedder: Embedder) -> _Reading:
    try:
        article = read_article(file)
    except UnreadableError as error:
        return _Reading(file, skipped=str(error))
    if article.sha256 == known_hash:
        return _Reading(file)
    sentences = split(article.text, article.body_start)
    return _Reading(file, article, sentences, group(article, sentences, embedder.count_tokens))


def _batches(readings: Iterable[_Reading]) -> Iterator[list[_Reading]]:
    batch: list[_Reading] = []
    for reading in readings:
        batch.append(reading)
        if sum(1 + len(each.passages) for each in batch) >= BATCH_PASSAGES:
            yield batch
            batch = []
    if batch:
        yield batch


def _write(batch: list[_Reading], catalog: Catalog, embedder: Embedder) -> None:
    texts = {passage.id: passage.embedded_text for reading in batch for passage in reading.passages}
    new = sorted(texts.keys() - catalog.vector_ids(texts))
    vectors = np.array(embedder.get_text_embedding_batch([texts[key] for key in new]), np.float32)
    with catalog.writing():
        catalog.put_vectors(new, vectors)
        for reading in batch:
            if reading.article:
                catalog.put_article(reading.file, reading.article, reading.sentences, reading.passages)
            elif reading.skipped:
                catalog.remove(reading.file.id)
                catalog.put_file(reading.file, reading.skipped)
            else:
                catalog.put_file(reading.file)
        catalog.drop_unused_vectors()


def _count(batch: list[_Reading], hashes: dict[str, str], report: SyncReport) -> None:
    for reading in batch:
        path = reading.file.id
        if reading.article:
            (report.updated if path in hashes else report.added).append(path)
        elif reading.skipped and path in hashes:
            report.removed.append(path)
