"""Look at everything that a question needs, changing nothing, and say what is wrong and how to mend it."""

import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from platform import python_version

from index.catalog.made_with import stored_identity
from index.catalog.place import Place
from index.catalog.writer import Catalog
from index.dense import open_store
from index.errors import ArticleQAError, IndexBusyError, UsageError, VectorStoreError
from index.models.graph import fingerprint_of
from index.models.manifest import find_model, model_dir
from index.models.pull import status
from qa.inspection.articles import suspicious_articles
from qa.llms.providers import endpoint_of, provider_of
from qa.paths import articles_folder, index_place
from qa.settings import Settings

MIN_FREE_BYTES = 1_000_000_000
PACKAGES = ("article-qa", "llama-index-core", "chromadb", "onnxruntime", "xllamacpp")


@dataclass(frozen=True)
class Finding:
    """What was looked at and found; `cure` is what to do about it, null where nothing is wrong."""

    subject: str
    found: str
    cure: str | None = None
    damage: bool = False

    def as_dict(self) -> dict[str, str | None]:
        """Give the JSON object that scripts read; fields are only ever added."""
        return {"subject": self.subject, "found": self.found, "cure": self.cure}


def examine(settings: Settings) -> Iterator[Finding]:
    """Examine versions, models, disk, the index's lock, catalog, vectors and articles, one after the other."""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    yield Finding("versions", f"Python {python_version()}, SQLite {sqlite3.sqlite_version}, {packages}")
    yield _endpoint(settings) if provider_of(settings.llm) else _model("language model", settings.llm, settings)
    yield _model("embedder", settings.embedder, settings)
    try:
        place = index_place(settings)
        yield Finding("articles", str(articles_folder(settings)))
    except ArticleQAError as error:
        yield Finding("articles", "none", str(error))
        return
    yield _disk(place.folder)
    try:
        database = place.described()
        is_made = place.exists()
    except ArticleQAError as error:
        yield Finding("index", str(error), "mend that, and run `qa doctor` again", damage=True)
        return
    if database:
        yield Finding("database", database)
    if not is_made:
        yield Finding("index", f"none yet at {place}", "run `qa index`")
        return
    yield _lock(place)
    yield from _index(place, settings)


def _model(subject: str, name: str, settings: Settings) -> Finding:
    path = Path(name).expanduser()
    if path.exists():
        return Finding(subject, str(path))
    try:
        model = find_model(name)
        state = status(model, settings.models_dir)
    except ArticleQAError as error:
        return Finding(subject, f"{name} is unknown", str(error))
    return Finding(
        subject, f"{model.name}: {state}", None if state == "ready" else f"run `qa models pull {model.name}`"
    )


def _endpoint(settings: Settings) -> Finding:
    """Say of an endpoint what is known without asking it, which might cost money."""
    try:
        endpoint = endpoint_of(settings)
        assert endpoint
    except ArticleQAError as error:
        return Finding("language model", f"{settings.llm} cannot be asked", str(error))
    key, client = "with a key" if endpoint.key else "without a key", endpoint.provider.client
    found = f"{settings.llm} at {endpoint.url}, {key}, {client or 'its client is not installed'}"
    return Finding("language model", found, None if client else f"run `{endpoint.provider.install}`")


def _disk(folder: Path) -> Finding:
    existing = next(each for each in (folder, *folder.parents) if each.exists())
    free = shutil.disk_usage(existing).free
    cure = None if free >= MIN_FREE_BYTES else f"free some space: an index needs it to be written at {folder}"
    return Finding("disk", f"{free / 1e9:.1f} GB free", cure)


def _lock(place: Place) -> Finding:
    try:
        writer = place.writer()
    except OSError as error:
        return Finding("lock", f"cannot be taken ({error})", f"make {place} writable")
    if writer is None:
        return Finding("lock", "free")
    return Finding("lock", "another process is writing the index", "wait until it is done, or end it")


def _index(place: Place, settings: Settings) -> Iterator[Finding]:
    rebuild = "run `qa index --rebuild` to make it anew"
    try:
        catalog = place.open(read_only=True)
    except UsageError as error:
        yield Finding("catalog", "of an older version", str(error))
        return
    except IndexBusyError as error:
        yield Finding("catalog", "empty", str(error))
        return
    except ArticleQAError as error:
        yield Finding("catalog", str(error), rebuild, damage=True)
        return
    try:
        yield _catalog(catalog, rebuild)
        yield _identity(catalog, settings, rebuild)
        yield _vectors(catalog, place, settings)
        yield from (Finding(*each) for each in suspicious_articles(catalog))
    except sqlite3.DatabaseError as error:
        yield Finding("catalog", f"cannot be read ({error})", rebuild, damage=True)
    finally:
        catalog.close()


def _catalog(catalog: Catalog, rebuild: str) -> Finding:
    if wrong := catalog.faults():
        return Finding("catalog", "; ".join(wrong), rebuild, damage=True)
    articles, passages = catalog.counts()
    found = f"{articles} articles, {passages} passages"
    if catalog.meta("state") != "complete":
        return Finding("catalog", f"{found}; a sync was interrupted", "run `qa index` to finish it")
    return Finding("catalog", found)


def _identity(catalog: Catalog, settings: Settings, rebuild: str) -> Finding:
    made_with = str(stored_identity(catalog).get("embedder", "nothing yet"))
    folder = Path(settings.embedder).expanduser()
    try:
        folder = folder if folder.is_dir() else model_dir(find_model(settings.embedder), settings.models_dir)
        now = fingerprint_of(folder)
    except ArticleQAError:
        return Finding("identity", f"made with {made_with}; the embedder that is set cannot be read")
    return Finding("identity", f"made with {made_with}", None if made_with == now else f"{now} is set now: {rebuild}")


def _vectors(catalog: Catalog, place: Place, settings: Settings) -> Finding:
    store = open_store(place, catalog, settings.chroma)
    try:
        return Finding(store.name, *store.examine(catalog))
    except VectorStoreError as error:
        cure = "start the server, or unset `chroma` to keep the vectors in a folder"
        return Finding(store.name, str(error), cure if settings.chroma else "mend that and run `qa index`")
    finally:
        store.close()
