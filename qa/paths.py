"""Where the folder, its index and the models lie, as the settings say."""

from pathlib import Path

from index.article_files import index_folder_of
from index.errors import UsageError
from index.models.manifest import find_model, model_dir, model_file
from qa.llms.providers import provider_of
from qa.settings import Settings


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


def index_folder(settings: Settings) -> Path:
    """Give the folder of the index: the one that is set, or the articles' own in the user's data directory."""
    return settings.index or index_folder_of(articles_folder(settings))


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
