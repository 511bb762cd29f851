"""Open what a question needs, as the settings say: the models' files, the index, the language model.

What takes seconds to load is imported where it is opened, and the language model is started before that.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import UsageError
from index.fetch import Progress
from index.folder import index_folder_of
from index.models import ensure_model, find_model, model_dir, model_file
from qa.llama import Llama
from qa.providers import PROVIDERS, endpoint_of, provider_of
from qa.settings import Settings

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

    from index.article_index import ArticleIndex
    from index.embedding import Embedder


def open_index(settings: Settings, report: Progress | None = None) -> "ArticleIndex":
    """Open the index of the folder of articles, fetching the embedder if it is not here.

    Raises:
        UsageError: no folder is set, or it is none.
        ModelMissingError: the embedder is not here and cannot be fetched.
    """
    articles = articles_folder(settings)
    from index.article_index import ArticleIndex
    from index.formats.records import parse_fields

    return ArticleIndex(
        articles,
        index_folder(settings),
        open_embedder(settings, report),
        chroma=settings.chroma,
        fields=parse_fields(settings.fields),
    )


def open_embedder(settings: Settings, report: Progress | None = None) -> "Embedder":
    """Open the embedder: a folder of a sentence-transformers model, or a model of the manifest."""
    folder = Path(settings.embedder).expanduser()
    if not folder.is_dir():
        folder = ensure_model(
            find_model(settings.embedder), settings.models_dir, offline=settings.offline, report=report
        )
    from index.embedding import OnnxEmbedding

    return OnnxEmbedding(folder, settings.models_dir)


def open_both(settings: Settings, report: Progress | None = None) -> "tuple[ArticleIndex, LLM]":
    """Open the index, and meanwhile have the language model begin to load; whoever asks it first waits for it.

    Raises:
        UsageError: there is no such folder, model or file.
        ModelError: a remote model cannot be asked.
    """
    articles_folder(settings)
    if endpoint := endpoint_of(settings):
        from qa.remote_llm import open_remote

        llm = open_remote(endpoint, settings.llm_timeout_s)
        return open_index(settings, report), llm
    llama = Llama(llm_file(settings, report), settings.models_dir / "states")
    from qa.local_llm import LocalLLM

    return open_index(settings, report), LocalLLM(llama)


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


def llm_file(settings: Settings, report: Progress | None = None) -> Path:
    """Give the GGUF file of the language model, fetched if it is not here.

    Raises:
        UsageError: the setting names neither a file nor a model of the manifest.
        ModelMissingError: the model is not here and cannot be fetched, or is not the official file.
    """
    named = Path(settings.llm).expanduser()
    if named.suffix == ".gguf":
        if not named.is_file():
            raise UsageError(f"There is no model file {named}: set llm to a GGUF file or to `local`")
        return named
    try:
        model = find_model(settings.llm)
    except UsageError as error:
        raise UsageError(f"{error} Of endpoints: {', '.join(f'{each.name}:NAME' for each in PROVIDERS)}.") from None
    if model.kind != "llm":
        raise UsageError(f"{settings.llm} is an embedder, not a language model: set llm to `local` or to a GGUF file")
    ensure_model(model, settings.models_dir, offline=settings.offline, report=report)
    return model_file(model, settings.models_dir)


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
