"""A sync that several indexers share, on one machine or many: PostgreSQL tells each which files to read.

Whoever finds the folder changed lists its files once; each is claimed, read, embedded and written by one indexer; what
is about the folder as a whole is done at its end by one of them. A sync that nobody goes on with is joined by the next.
"""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from index.article_files import SourceFile, path_of
from index.batches import Batch, embed_batches, write_batch
from index.catalog.made_with import reads_otherwise
from index.catalog.postgres.claims import Claims
from index.catalog.writer import Catalog
from index.errors import UsageError
from index.formats.records import Fields
from index.models.embedding import Embedder
from index.sync import Progress, SyncReport, end_sync, find_changes, move_and_remove

LOOK_S = 0.1
TELL_S = 0.5


def plan(folder: Path, catalog: Catalog, claims: Claims) -> bool:
    """Have all that differs from the catalog read by whoever claims it; false where another indexer wrote meanwhile."""
    generation, is_whole = catalog.generation, catalog.meta("state") != "complete"
    changes = find_changes(folder, catalog)
    with catalog.writing():
        if catalog.generation != generation:
            return False
        report = SyncReport()
        catalog.set_meta("state", "syncing")
        move_and_remove(changes, catalog, report)
        claims.plan(changes.files, is_whole)
        claims.note((), (), report.removed, ())
        claims.note_renamed(report.renamed)
    return True


def take_part(
    folder: Path,
    catalog: Catalog,
    claims: Claims,
    embedder: Embedder,
    fields: Fields,
    progress: Progress | None = None,
) -> None:
    """Read, embed and write what can be claimed, until the sync that is underway has ended.

    Raises:
        UsageError: another indexer reads or embeds otherwise.
    """
    if reads_otherwise(catalog, fields):
        raise UsageError(
            "Another indexer is reading this folder with another version of qa or other fields: run the same version "
            "everywhere, with the same fields, or run it again when that one is done"
        )
    meter = _Meter(claims, progress)
    with claims.leased():
        while claims.is_underway:
            files = _claimed(folder, claims)
            for batch in embed_batches(files, embedder, fields, catalog.hashes, catalog.vector_ids):
                _write(batch, catalog, claims)
                meter.tell()
            if not claims.left()[0]:
                _end(catalog, claims)
            meter.tell()
            time.sleep(LOOK_S)


def report_of(claims: Claims) -> SyncReport:
    """Tell what all indexers did in the sync that ended last."""
    report = SyncReport()
    for done, article_id, was in claims.written():
        if done == "renamed":
            report.renamed.append((was or "", article_id))
        else:
            {"added": report.added, "updated": report.updated, "removed": report.removed}[done].append(article_id)
    return report


def _claimed(folder: Path, claims: Claims) -> Iterator[SourceFile]:
    """Give files as long as some can be claimed; those that others read may be left when it ends."""
    while rows := claims.claim():
        for file_id, size, mtime_ns in rows:
            yield SourceFile(file_id, path_of(folder, file_id), size, mtime_ns)


def _write(batch: Batch, catalog: Catalog, claims: Claims) -> None:
    """Write what of a batch is still this indexer's: a lease that ended meanwhile is another one's."""
    files = {each.article.file for each in batch.articles} | {end.read.file.id for end in batch.ends}
    with catalog.writing():
        held = claims.held(files)
        articles = [each for each in batch.articles if each.article.file in held]
        kept = replace(batch, articles=articles, ends=[end for end in batch.ends if end.read.file.id in held])
        write_batch(kept, catalog)
        ids = [each.article.id for each in articles]
        gone = [article_id for end in kept.ends for article_id in end.gone]
        new = [article_id for article_id in ids if article_id not in batch.known]
        known = [article_id for article_id in ids if article_id in batch.known]
        claims.note(new, known, gone, [end.read.file.id for end in kept.ends])


def _end(catalog: Catalog, claims: Claims) -> None:
    """Do what is done once for the whole folder, unless another indexer does or did it."""
    with claims.ending() as is_mine:
        if is_mine and claims.is_underway:
            with catalog.writing():
                if claims.is_underway and not claims.left()[0]:
                    end_sync(catalog, claims.touched())
                    claims.end()


class _Meter:
    """Tells how much of what was left is written, by whichever indexer, now and then."""

    def __init__(self, claims: Claims, progress: Progress | None) -> None:
        self._claims = claims
        self._progress = progress
        self._told = 0.0
        self._total = claims.left()[1] if progress else 0

    def tell(self) -> None:
        if self._progress and time.monotonic() - self._told > TELL_S:
            self._told = time.monotonic()
            left = self._claims.left()[1]
            self._progress("Indexing", max(self._total - left, 0), self._total)
