"""Where the folder, its index and the models lie, as the settings say."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from index.article_files import index_folder_of
from index.catalog.place import Place
from index.catalog.postgres.url import PostgresUrl
from index.catalog.sqlite.place import FolderPlace
from index.errors import UsageError
from index.models.manifest import find_model, model_dir, model_file
from qa.llms.providers import provider_of
from qa.settings import Settings

SCHEMA_PREFIX = "article_qa_"


def articles_folder(settings: Settings) -> Path:
    """Give the folder of articles that is set.

    Raises:
        UsageError: none is set, or there is no such folder.
    """
    if settings.articles is None:
        raise UsageError(
            "Which articles? Name their folder with --articles FOLDER, or set it in qa.toml or QA_ARTICLES"
        )
    folder = settings.articles.expanduser()
    if not folder.is_dir():
        raise UsageError(f"There is no folder {folder}: name the folder of your articles with --articles FOLDER")
    return folder


def index_place(settings: Settings) -> Place:
    """Give the place of the index: the one that is set, or the articles' own in the user's data directory.

    Of a database it is the schema that its URL names, or the articles' own.

    Raises:
        UsageError: no folder of articles is set, and the place follows from it.
    """
    if isinstance(settings.index, Path):
        return FolderPlace(settings.index)
    if settings.index is None or settings.index.schema is None:
        return place_of(settings.index, articles_folder(settings))
    return place_of(settings.index, None)


def reading_place(settings: Settings) -> Place:
    """Give the place where questions read the index: its replica, if one is set, else its own.

    Raises:
        UsageError: no folder of articles is set, or there is a replica of an index that lies in no database.
    """
    place = index_place(settings)
    if settings.replica is None:
        return place
    from index.catalog.postgres.place import PostgresPlace
    from index.catalog.postgres.replica import ReplicaPlace

    if not isinstance(place, PostgresPlace):
        raise UsageError("replica is set, but the index lies in a folder: set index to the URL of its database too")
    return ReplicaPlace(place, settings.replica, settings.max_replica_age_s)


def place_of(index: Path | PostgresUrl | None, articles: Path | None) -> Place:
    """Give the place of an index; `articles` is the folder that it is of, where nothing else names it."""
    if isinstance(index, Path):
        return FolderPlace(index)
    if index is None:
        assert articles
        return FolderPlace(index_folder_of(articles))
    from index.catalog.postgres.place import PostgresPlace, local_folder

    named = index if index.schema else index.within(f"{SCHEMA_PREFIX}{index_folder_of(articles or Path()).name}")
    return PostgresPlace(named, local_folder(named, index_folder_of(Path()).parent))


def place_of_run(settings: Mapping[str, Any]) -> Place:
    """Give the place of the index that a run was made with, by the settings that the run keeps."""
    return place_of(index_named(settings["index"]), Path(settings["articles"]))


def index_named(text: str | None) -> Path | PostgresUrl | None:
    """Read a path or the URL of a database, as the setting does."""
    if text is None:
        return None
    return PostgresUrl.parse(text) if PostgresUrl.is_meant(text) else Path(text)


def model_files(settings: Settings) -> list[Path]:
    """Give the files of the language model that is set, unless it is a remote one, and of the embedder.

    Raises:
        UsageError: there is no model of such a name.
    """
    folder = Path(settings.embedder).expanduser()
    if not folder.is_dir():
        folder = model_dir(find_model(settings.embedder), settings.models_dir)
    files = [folder / "model.safetensors", folder / "tokenizer.json"]
    if provider_of(settings.llm):
        return files
    named = Path(settings.llm).expanduser()
    return [*files, named if named.suffix == ".gguf" else model_file(find_model(settings.llm), settings.models_dir)]
