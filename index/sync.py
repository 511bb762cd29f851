"""Bring a catalog in step with its folder: what is new, edited, renamed or deleted is noticed, the rest left alone."""

import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path, PurePath
from typing import Any

import numpy as np

from index.articles import Article, SourceFile, facts_of_name, file_sha256, list_files, read_articles
from index.catalog.day_order import settle_days
from index.catalog.rows import WrittenArticle
from index.catalog.writer import Catalog
from index.duplicates import mark_duplicates, signature_of
from index.formats.extract import Metadata, UnreadableError
from index.formats.metadata import NAMES, merge
from index.formats.records import Fields
from index.formats.sandbox import Sandbox
from index.models.embedding import Embedder
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

    def as_dict(self) -> dict[str, Any]:
        """Give the JSON object that scripts read; fields are only ever added."""
        skipped = [{"path": path, "reason": reason} for path, reason in self.skipped]
        renamed = [{"from": old, "to": new} for old, new in self.renamed]
        fields: dict[str, Any] = asdict(self)
        return fields | {"skipped": skipped, "renamed": renamed}


@dataclass(frozen=True)
class Changes:
    """What differs between a folder and its catalog: files to read, files renamed (old path, new file), paths gone."""

    files: list[SourceFile]
    renamed: list[tuple[str, SourceFile]]
    gone: list[str]

    def __bool__(self) -> bool:
        return bool(self.files or self.renamed or self.gone)


@dataclass(frozen=True)
class _Reading:
    """An article of a file, cut into what is stored; without an article, the end of the file."""

    file: SourceFile
    article: Article | None = None
    sentences: list[Offsets] = field(default_factory=list)
    passages: list[Passage] = field(default_factory=list)
    is_known: bool = False
    gone: Sequence[str] = ()
    sha256: str = ""
    skipped: str | None = None


def find_changes(folder: Path, catalog: Catalog) -> Changes:
    """Compare by path, size and modification time; by content only what may be a file that was renamed."""
    files = list(list_files(folder))
    known = catalog.files()
    changed = [file for file in files if known.get(file.id) != (file.size, file.mtime_ns)]
    gone = known.keys() - {file.id for file in files}
    renamed = _renamed([file for file in changed if file.id not in known], gone, catalog) if gone else []
    moved = {file.id for _, file in renamed}
    return Changes(
        [file for file in changed if file.id not in moved], renamed, sorted(gone - {old for old, _ in renamed})
    )


def sync(
    changes: Changes, catalog: Catalog, embedder: Embedder, fields: Fields, progress: Progress | None = None
) -> SyncReport:
    """Write `changes` into `catalog`, one transaction for each batch of articles; what is written stays when it ends.

    Until all is written the catalog is known as unfinished, so that the next sync goes on.
    """
    began = time.perf_counter()
    report = SyncReport()
    touched: set[int] | None = set() if catalog.meta("state") == "complete" else None
    with catalog.writing():
        catalog.set_meta("state", "syncing")
        _move_and_remove(changes, catalog, report)
    with Sandbox() as sandbox:
        readings = (each for file in changes.files for each in _read(file, catalog, embedder, sandbox, fields))
        meter = _Meter(changes.files, progress)
        for batch in _batches(readings):
            keys = _write(batch, catalog, embedder, report)
            if touched is not None:
                touched |= keys
            meter.advance(batch)
    with catalog.writing():
        catalog.drop_unused_vectors()  # only now, for a file that moved has its vectors already
        mark_duplicates(catalog, touched)
        settle_days(catalog)
        catalog.settle()
        catalog.set_meta("state", "complete")
        catalog.set_meta("synced", str(int(time.time())))
    return complete(report, catalog, began)


def preview(folder: Path, catalog: Catalog | None) -> SyncReport:
    """Tell what a sync would do by path and content, without reading the articles of new and edited files."""
    report = SyncReport()
    if catalog is None:
        report.added = [file.id for file in list_files(folder)]
        return report
    changes = find_changes(folder, catalog)
    known = catalog.file_hashes()
    for file in changes.files:
        if file.id not in known:
            report.added.append(file.id)
        elif not _is_same(file, known[file.id]):
            report.updated.append(file.id)
    report.renamed = [(old, file.id) for old, file in changes.renamed]
    report.removed = [path for path in changes.gone if path in known]
    report.skipped = catalog.skipped()
    report.unchanged = len(known) - len(report.updated) - len(report.renamed) - len(report.removed)
    report.passages = catalog.counts()[1]
    return report


def complete(report: SyncReport, catalog: Catalog, began: float) -> SyncReport:
    """Fill in what holds of the whole catalog; `began` is a `time.perf_counter()`."""
    articles, report.passages = catalog.counts()
    report.unchanged = articles - len(report.added) - len(report.updated) - len(report.renamed)
    report.skipped = catalog.skipped()
    report.seconds = round(time.perf_counter() - began, 3)
    return report


def _is_same(file: SourceFile, sha256: str) -> bool:
    try:
        return file_sha256(file.path) == sha256
    except UnreadableError:
        return False


def _renamed(new: list[SourceFile], gone: set[str], catalog: Catalog) -> list[tuple[str, SourceFile]]:
    """Pair files that are gone with new ones of the same content that the same reader reads."""
    sizes = catalog.files()
    hashes = catalog.file_hashes()
    old_of = defaultdict(list)
    for path in sorted(gone & hashes.keys(), reverse=True):
        old_of[PurePath(path).suffix, hashes[path]].append(path)
    likely = {sizes[path][0] for paths in old_of.values() for path in paths}
    pairs = []
    for file in new:
        if file.size in likely:
            with suppress(UnreadableError):
                if same := old_of.get((file.path.suffix, file_sha256(file.path))):
                    pairs.append((same.pop(), file))
    return pairs


def _move_and_remove(changes: Changes, catalog: Catalog, report: SyncReport) -> None:
    hashes = catalog.file_hashes()
    for old, file in changes.renamed:
        moved = [(article_id, file.id + article_id[len(old) :]) for article_id in catalog.hashes(old)]
        catalog.rename_file(old, file.id)
        catalog.put_file(file, hashes[old])
        for _, article_id in moved:
            _retitle(article_id, file, catalog)
        report.renamed += moved
    for path in changes.gone:
        report.removed += catalog.hashes(path)
        catalog.remove_file(path)


def _retitle(article_id: str, file: SourceFile, catalog: Catalog) -> None:
    """Let a renamed article have the title and the date that its new name gives, where it has none of its own."""
    article = catalog.article(article_id)
    assert article
    own = {name: value for name, value in article.sources.items() if value != "file name"}
    facts = {name: getattr(article, name) for name in own.keys() & NAMES.keys()}
    known = merge(Metadata(**facts, sources=own), facts_of_name(article_id, file))
    if (known.title, known.published) != (article.title, article.published):
        catalog.retitle(article_id, known)


def _read(
    file: SourceFile, catalog: Catalog, embedder: Embedder, sandbox: Sandbox, fields: Fields
) -> Iterator[_Reading]:
    """Read a file's articles, those that are as known without their parts, and at last its end."""
    known = catalog.hashes(file.id)
    gone = set(known)
    sha256, skipped = "", None
    try:
        for article in read_articles(file, sandbox, fields):
            gone.discard(article.id)
            if article.sha256 != known.get(article.id):
                sentences = split(article.text, article.body_start)
                passages = group(article, sentences, embedder.count_tokens)
                yield _Reading(file, article, sentences, passages, is_known=article.id in known)
        sha256 = file_sha256(file.path)
    except UnreadableError as error:
        skipped = str(error)
        if not os.access(file.path, os.R_OK):
            file = replace(file, mtime_ns=-1)  # to be tried again: a change of permissions changes no modification time
    yield _Reading(file, gone=sorted(gone), sha256=sha256, skipped=skipped)


def _batches(readings: Iterable[_Reading]) -> Iterator[list[_Reading]]:
    batch: list[_Reading] = []
    passages = 0
    for reading in readings:
        batch.append(reading)
        passages += 1 + len(reading.passages)
        if passages >= BATCH_PASSAGES:
            yield batch
            batch, passages = [], 0
    if batch:
        yield batch


def _write(batch: list[_Reading], catalog: Catalog, embedder: Embedder, report: SyncReport) -> set[int]:
    """Write a batch and give the keys of its articles."""
    texts = {passage.id: passage.embedded_text for reading in batch for passage in reading.passages}
    new = sorted(texts.keys() - catalog.vector_ids(texts))
    vectors = np.array(embedder.get_text_embedding_batch([texts[key] for key in new]), np.float32)
    written = [_written(each.article, each) for each in batch if each.article]
    removed: list[str] = []
    with catalog.writing():
        catalog.put_vectors(new, vectors)
        keys = set(catalog.put_articles(written))
        for reading in batch:
            if not reading.article:
                _finish_file(reading, catalog)
                removed += reading.gone
    for reading in batch:
        if reading.article:
            (report.updated if reading.is_known else report.added).append(reading.article.id)
    report.removed += removed
    return keys


def _written(article: Article, reading: _Reading) -> WrittenArticle:
    signature = signature_of(article.text[article.body_start :])
    return WrittenArticle(article, signature, reading.sentences, reading.passages)


def _finish_file(end: _Reading, catalog: Catalog) -> None:
    """Forget the articles that a file does not hold any more.

    Of a dump that breaks off in its middle what was read before stays, with the reason beside it.
    """
    for article_id in end.gone:
        catalog.remove_article(article_id)
    catalog.put_file(end.file, end.sha256, end.skipped)


class _Meter:
    """Tells the progress of a sync in bytes, and where one file holds many articles by the text read of it."""

    def __init__(self, files: list[SourceFile], progress: Progress | None) -> None:
        self._total = sum(file.size for file in files)
        self._progress = progress
        self._finished = 0
        self._read = 0

    def advance(self, batch: list[_Reading]) -> None:
        for reading in batch:
            if reading.article:
                self._read = min(self._read + len(reading.article.text), reading.file.size)
            else:
                self._finished, self._read = self._finished + reading.file.size, 0
        if self._progress:
            self._progress("Indexing", self._finished + self._read, self._total)
