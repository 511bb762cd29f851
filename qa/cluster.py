"""Embed a folder on a cluster that is there already, such as Ray or Spark: files go out, what comes back is written.

Nothing here connects to a cluster. What goes to its machines and comes back can be pickled.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.article_files import SourceFile, list_files, path_of
from index.errors import UsageError
from qa.opening import open_embedder
from qa.paths import articles_folder, index_place
from qa.settings import Settings, load_settings

if TYPE_CHECKING:
    from index.batches import Batch
    from index.formats.records import Fields
    from index.models.embedding import Embedder


@dataclass(frozen=True)
class WaitingFile:
    """A file to be read, and the sha256 of each article that is indexed of it, by its id."""

    file: SourceFile
    known: Mapping[str, str]


@dataclass(frozen=True)
class EmbeddedFiles:
    """The passages of some files with their vectors, and what they were made with."""

    batches: "Sequence[Batch]"
    made_with: Mapping[str, str | int | bool]
    reading: str
    fields: "Fields"

    @property
    def passages(self) -> int:
        """Count the passages."""
        return sum(len(article.passages) for batch in self.batches for article in batch.articles)


def waiting_files(articles: str | Path | None = None, **settings: Any) -> list[WaitingFile]:
    """List the files of a folder that are new or changed since it was indexed.

    Raises:
        UsageError: there is no such folder, or a setting is unknown or wrong.
    """
    from index.catalog.made_with import reads_otherwise
    from index.formats.records import parse_fields
    from index.sync import find_changes

    loaded = load_settings(articles=articles, **settings)
    folder, place = articles_folder(loaded), index_place(loaded)
    if not place.exists():
        return [WaitingFile(file, {}) for file in list_files(folder)]
    with closing(place.open()) as catalog:
        if reads_otherwise(catalog, parse_fields(loaded.fields)):
            return [WaitingFile(file, {}) for file in list_files(folder)]
        indexed = catalog.files()
        files = find_changes(folder, catalog).files
        return [WaitingFile(file, catalog.hashes(file.id) if file.id in indexed else {}) for file in files]


def embed_files(
    files: Iterable[WaitingFile],
    articles: str | Path | None = None,
    embedder: "Embedder | None" = None,
    **settings: Any,
) -> EmbeddedFiles:
    """Read files, cut them into passages and embed these, on a machine that sees no index.

    `articles` is where this machine has the folder, if that is another place. The embedder is the one that the settings
    name, opened once a process, unless another one is given.

    Raises:
        UsageError: a setting is unknown or wrong.
        ModelMissingError: the embedder is not here and cannot be fetched.
    """
    from index.articles import READING
    from index.batches import embed_batches
    from index.catalog.made_with import identity_of
    from index.formats.records import parse_fields

    loaded = load_settings(**settings)
    fields = parse_fields(loaded.fields)
    embedder = embedder or _embedder_of(loaded.embedder, loaded.models_dir, loaded.offline)
    waiting = {each.file.id: each for each in files}
    here = [_at(each.file, articles) for each in waiting.values()]
    batches = embed_batches(here, embedder, fields, lambda file: waiting[file].known, lambda _: set())
    return EmbeddedFiles(list(batches), identity_of(embedder), READING, fields)


def write_embedded(embedded: Iterable[EmbeddedFiles], articles: str | Path | None = None, **settings: Any) -> int:
    """Write what `embed_files` gave to the folder's index, and give the number of passages; a batch a transaction.

    Several processes may do so at once where the index lies on PostgreSQL. When all is written, `qa index` or
    `Folder.sync` does what is done once for the whole folder, and takes in what is missing.

    Raises:
        UsageError: it was embedded by another embedder than the index, or read by another version.
        IndexBusyError: another process is writing the index.
    """
    from index.articles import READING
    from index.batches import write_batch
    from index.catalog.made_with import check_made_with, note_reading

    loaded = load_settings(articles=articles, **settings)
    folder, place = articles_folder(loaded), index_place(loaded)
    passages = 0
    with closing(place.open()) as catalog, place.sharing():
        for each in embedded:
            if each.reading != READING:
                raise UsageError("The files were read by another version of qa: run the same version everywhere")
            check_made_with(catalog, each.made_with, folder)
            note_reading(catalog, each.fields)
            for batch in each.batches:
                with catalog.writing():
                    catalog.set_meta("state", "syncing")
                    write_batch(batch, catalog)
                    catalog.forget_claims([end.read.file.id for end in batch.ends])
            passages += each.passages
    return passages


def _at(file: SourceFile, articles: str | Path | None) -> SourceFile:
    return replace(file, path=path_of(Path(articles), file.id)) if articles else file


@lru_cache(maxsize=1)
def _embedder_of(name: str, models_dir: Path, offline: bool) -> "Embedder":
    return open_embedder(Settings(embedder=name, models_dir=models_dir, offline=offline))
