"""Bring a catalog in step with its folder: what is new, edited, renamed or deleted is noticed, the rest left alone."""

import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePath
from typing import Any

from index.articles import SourceFile, facts_of_name, file_sha256, list_files
from index.batches import Batch, embed_batches, write_batch
from index.catalog.day_order import settle_days
from index.catalog.rows import ReadFile
from index.catalog.writer import Catalog
from index.duplicates import mark_duplicates
from index.formats.extract import Metadata, UnreadableError
from index.formats.metadata import NAMES, merge
from index.formats.records import Fields
from index.models.embedding import Embedder

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
        catalog.forget_claims()
        move_and_remove(changes, catalog, report)
    done, total = 0, sum(file.size for file in changes.files)
    for batch in embed_batches(changes.files, embedder, fields, catalog.hashes, catalog.vector_ids):
        with catalog.writing():
            keys = write_batch(batch, catalog)
        _note(batch, report)
        if touched is not None:
            touched |= set(keys)
        done += batch.bytes
        if progress:
            progress("Indexing", done, total)
    with catalog.writing():
        end_sync(catalog, touched)
    return complete(report, catalog, began)


def end_sync(catalog: Catalog, touched: set[int] | None) -> None:
    """Do what is done once for the whole folder, when all of its files were read, within one transaction.

    `touched` are the keys of the articles written since the last time, None if that is not known.
    """
    catalog.drop_unused_vectors()  # only now, for a file that moved has its vectors already
    mark_duplicates(catalog, touched)
    settle_days(catalog)
    catalog.settle()
    catalog.set_meta("state", "complete")
    catalog.set_meta("synced", str(int(time.time())))


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


def _note(batch: Batch, report: SyncReport) -> None:
    for each in batch.articles:
        (report.updated if each.article.id in batch.known else report.added).append(each.article.id)
    report.removed += [article_id for end in batch.ends for article_id in end.gone]


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


def move_and_remove(changes: Changes, catalog: Catalog, report: SyncReport) -> None:
    """Write what needs no reading: files that were renamed, and those that are gone."""
    hashes = catalog.file_hashes()
    for old, file in changes.renamed:
        moved = [(article_id, file.id + article_id[len(old) :]) for article_id in catalog.hashes(old)]
        catalog.rename_file(old, file.id)
        catalog.put_files([ReadFile(file, hashes[old])])
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
