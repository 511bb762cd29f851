"""Files read, cut and embedded, a batch of whole articles at a time; only to write one needs a catalog."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from index.articles import Article, SourceFile, file_sha256, read_articles
from index.catalog.rows import ReadFile, WrittenArticle
from index.catalog.writer import Catalog
from index.duplicates import signature_of
from index.formats.extract import UnreadableError
from index.formats.records import Fields
from index.formats.sandbox import Sandbox
from index.models.embedding import Embedder, Vectors
from index.passages import Passage, group
from index.sentences import Offsets, split

BATCH_PASSAGES = 128


@dataclass(frozen=True)
class FileEnd:
    """The end of a file: what is kept of it, and the ids of known articles that it does not hold any more."""

    read: ReadFile
    gone: Sequence[str]


@dataclass(frozen=True)
class Batch:
    """Articles that are new or changed, and the files that end with them; it can be pickled.

    `vectors`, of shape (len(vector_ids), dimension), are those of their passages that were not stored. `known` are the
    ids of those articles that were indexed before, `bytes` how much of the files was read for it.
    """

    articles: Sequence[WrittenArticle]
    known: frozenset[str]
    ends: Sequence[FileEnd]
    vector_ids: Sequence[str]
    vectors: Vectors
    bytes: int


@dataclass(frozen=True)
class _Reading:
    """An article of a file, cut into what is stored; without an article, the end of the file."""

    bytes: int
    article: Article | None = None
    sentences: list[Offsets] = field(default_factory=list)
    passages: list[Passage] = field(default_factory=list)
    is_known: bool = False
    end: FileEnd | None = None


def embed_batches(
    files: Iterable[SourceFile],
    embedder: Embedder,
    fields: Fields,
    known: Callable[[str], Mapping[str, str]],
    stored: Callable[[Sequence[str]], set[str]],
) -> Iterator[Batch]:
    """Read files and embed what is new in them; each batch before the next files are taken.

    `known` gives the sha256 of the articles that are indexed of a file, by its id and theirs; those are left out as
    long as they are the same. `stored` gives those of some ids of passages whose vectors are there already.
    """
    with Sandbox() as sandbox:
        readings = (each for file in files for each in _read(file, known(file.id), embedder, sandbox, fields))
        for batch in _grouped(readings):
            yield _embedded(batch, embedder, stored)


def write_batch(batch: Batch, catalog: Catalog) -> list[int]:
    """Write a batch within a transaction that goes on, and give the keys of its articles.

    Of a dump that breaks off in its middle what was read before stays, with the reason beside it.
    """
    catalog.put_vectors(batch.vector_ids, batch.vectors)
    keys = catalog.put_articles(batch.articles)
    for end in batch.ends:
        for article_id in end.gone:
            catalog.remove_article(article_id)
    catalog.put_files([end.read for end in batch.ends])
    return keys


def _read(
    file: SourceFile, known: Mapping[str, str], embedder: Embedder, sandbox: Sandbox, fields: Fields
) -> Iterator[_Reading]:
    """Read a file's articles, those that are as known without their parts, and at last its end."""
    gone, left = set(known), file.size
    sha256, skipped = "", None
    try:
        for article in read_articles(file, sandbox, fields):
            gone.discard(article.id)
            if article.sha256 != known.get(article.id):
                sentences = split(article.text, article.body_start)
                passages = group(article, sentences, embedder.count_tokens)
                read = min(len(article.text), left)
                left -= read
                yield _Reading(read, article, sentences, passages, article.id in known)
        sha256 = file_sha256(file.path)
    except UnreadableError as error:
        skipped = str(error)
        if not os.access(file.path, os.R_OK):
            file = replace(file, mtime_ns=-1)  # to be tried again: a change of permissions changes no modification time
    yield _Reading(left, end=FileEnd(ReadFile(file, sha256, skipped), sorted(gone)))


def _grouped(readings: Iterable[_Reading]) -> Iterator[list[_Reading]]:
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


def _embedded(readings: Sequence[_Reading], embedder: Embedder, stored: Callable[[Sequence[str]], set[str]]) -> Batch:
    texts = {passage.id: passage.embedded_text for reading in readings for passage in reading.passages}
    new = sorted(texts.keys() - stored(list(texts)))
    vectors = np.array(embedder.get_text_embedding_batch([texts[key] for key in new]), np.float32)
    return Batch(
        articles=[_written(each.article, each) for each in readings if each.article],
        known=frozenset(each.article.id for each in readings if each.article and each.is_known),
        ends=[each.end for each in readings if each.end],
        vector_ids=new,
        vectors=vectors,
        bytes=sum(each.bytes for each in readings),
    )


def _written(article: Article, reading: _Reading) -> WrittenArticle:
    signature = signature_of(article.text[article.body_start :])
    return WrittenArticle(article, signature, reading.sentences, reading.passages)
