"""Copy an index from one catalog to another, whichever databases hold them, and tell what one holds by a digest."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple
from itertools import islice
from typing import TypeVar

from index.article_files import SourceFile
from index.catalog.reader import CatalogReader
from index.catalog.rows import ReadFile, WholeArticle
from index.catalog.writer import Catalog
from index.errors import UsageError

BATCH_ARTICLES = 200
COPIED = ("identity", "fields", "reading", "state", "synced")  # what is known of an index but its id and its count
DIGESTED = ("identity", "fields", "reading", "state")

Item = TypeVar("Item")
Progress = Callable[[str, int, int], None]


def copy_catalog(source: Catalog, target: Catalog, progress: Progress | None = None) -> int:
    """Write all that a catalog holds into an empty one, keys, ids and vectors as they are; give how many articles.

    It is known as unfinished until all is written.

    Raises:
        UsageError: the target holds something.
    """
    if target.counts() != (0, 0) or target.files():
        raise UsageError("There is an index already where the copy is to be: delete it first")
    done = 0
    with source.reading():
        total = source.counts()[0]
        with target.writing():
            target.set_meta("state", "syncing")
        for batch in _batches(source.whole_articles()):
            with target.writing():
                _copy_vectors(batch, source, target)
                target.put_whole(batch)
            done += len(batch)
            if progress:
                progress("Copying", done, total)
        with target.writing():
            _copy_files(source, target)
            for name in COPIED:
                if (value := source.meta(name)) is not None:
                    target.set_meta(name, value)
            target.settle()
    return done


def digest_of(catalog: Catalog) -> str:
    """Give the sha256 of what a catalog holds, the same whichever database holds it and however it came there.

    The numbers that it gave to articles and passages do not count, nor when it was synced.
    """
    digest = hashlib.sha256()
    with catalog.reading():
        facts = [catalog.meta(name) for name in DIGESTED]
        hashes, skipped = catalog.file_hashes(), dict(catalog.skipped())
        files = [
            (path, *status, hashes.get(path), skipped.get(path)) for path, status in sorted(catalog.files().items())
        ]
        originals = catalog.originals()
        firsts, copies = dict.fromkeys(originals.values(), ""), []
        articles = 0
        for batch in _batches(catalog.whole_articles()):
            for each in batch:
                if each.key in firsts:
                    firsts[each.key] = each.id
                if each.key in originals:
                    copies.append((each.id, originals[each.key]))
                articles += _number_of(each, catalog)
        of_copies = sorted((copy, firsts[first]) for copy, first in copies)
        digest.update(json.dumps([facts, files, of_copies, articles % 2**256]).encode())
    return digest.hexdigest()


def _number_of(article: WholeArticle, catalog: CatalogReader) -> int:
    """Give a sha256 of an article and its vectors as a number: their sum depends on no order, and takes no memory."""
    signature, sources = article.signature.hex(), sorted(article.sources.items())
    facts = (article.id, article.file, article.title, article.published, article.publisher, article.url)
    offsets = [list(each) for each in article.sentences]
    passages = [astuple(each)[1:] for each in article.passages]
    digest = hashlib.sha256(json.dumps([*facts, sources, signature, article.text, article.sha256]).encode())
    digest.update(json.dumps([offsets, passages]).encode())
    ids = _vector_ids([article])
    for vector in catalog.vectors(ids) if ids else ():
        digest.update(vector.astype("<f4").tobytes())
    return int.from_bytes(digest.digest(), "big")


def _copy_vectors(batch: Sequence[WholeArticle], source: CatalogReader, target: Catalog) -> None:
    ids = _vector_ids(batch)
    if ids:
        target.put_vectors(ids, source.vectors(ids))


def _copy_files(source: CatalogReader, target: Catalog) -> None:
    """Copy what is known of the files; their paths in the folder are not needed for that."""
    from pathlib import Path

    hashes, skipped = source.file_hashes(), dict(source.skipped())
    files = (
        ReadFile(SourceFile(path, Path(path), size, mtime_ns), hashes.get(path, ""), skipped.get(path))
        for path, (size, mtime_ns) in source.files().items()
    )
    for batch in _batches(files):
        target.put_files(batch)


def _vector_ids(batch: Sequence[WholeArticle]) -> list[str]:
    return list(dict.fromkeys(passage.vector_id for each in batch for passage in each.passages))


def _batches(items: Iterator[Item]) -> Iterator[list[Item]]:
    while batch := list(islice(items, BATCH_ARTICLES)):
        yield batch
