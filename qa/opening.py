"""Open what a question needs, as the settings say: the models' files, the index, the language model.

What takes seconds to load is imported where it is opened, and the language model is started before that.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from index.article_files import list_files, no_articles
from index.catalog.place import Place
from index.catalog.writer import Catalog
from index.errors import UsageError
from index.models.graph import exporting
from index.models.manifest import Model, find_model, model_file
from index.models.pull import ensure_model, status
from qa.events import FetchAnnounced, Listener, nobody, progress_of
from qa.llms.llama import Llama
from qa.llms.providers import PROVIDERS, endpoint_of
from qa.paths import articles_folder, index_place, reading_place
from qa.settings import Settings

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

    from index.article_index import ArticleIndex
    from index.models.embedding import Embedder

NOT_HERE = ("absent", "partial")


def announce_fetch(settings: Settings, tell: Listener, llm: bool = True) -> None:
    """Tell which models will have to be fetched before anything can be answered, if any will.

    Raises:
        NoArticlesError: the folder was never indexed and holds no file, so that nothing need be fetched.
    """
    folder = articles_folder(settings)
    if not reading_place(settings).exists() and not any(list_files(folder)):
        raise no_articles(folder)
    names = [settings.llm, settings.embedder] if llm else [settings.embedder]
    models = [model for name in names if (model := _absent_model(name, settings))]
    if models and not settings.offline:
        tell(FetchAnnounced(models, settings.models_dir))


def open_index(
    settings: Settings, tell: Listener = nobody, threads: int = 0, place: Place | None = None
) -> "ArticleIndex":
    """Open the index of the folder of articles, fetching the embedder, which has `threads`, if it is not here.

    It is opened at a `place` that is another than its own, such as its replica.

    Raises:
        UsageError: no folder is set, or it is none.
        ModelMissingError: the embedder is not here and cannot be fetched.
    """
    articles = articles_folder(settings)
    from index.article_index import ArticleIndex
    from index.formats.records import parse_fields

    return ArticleIndex(
        articles,
        place or index_place(settings),
        open_embedder(settings, tell, threads),
        chroma=settings.chroma,
        fields=parse_fields(settings.fields),
    )


def open_embedder(settings: Settings, tell: Listener = nobody, threads: int = 0) -> "Embedder":
    """Open the embedder: a folder of a sentence-transformers model, or a model of the manifest.

    It computes in so many threads, or in one for each core if 0.
    """
    folder = _embedder_folder(settings, tell)
    from index.models.embedding import OnnxEmbedding

    return OnnxEmbedding(folder, settings.models_dir, progress_of(tell), threads)


def open_both(settings: Settings, tell: Listener = nobody, place: Place | None = None) -> "tuple[ArticleIndex, LLM]":
    """Open the index, at another `place` if one is given, and meanwhile have the language model begin to load.

    Whoever asks the model first waits for it.

    Raises:
        UsageError: there is no such folder, model or file.
        ModelError: a remote model cannot be asked.
    """
    articles_folder(settings)
    if endpoint := endpoint_of(settings):
        from qa.llms.remote import open_remote

        remote = open_remote(endpoint, settings.llm_timeout_s, settings.evidence_tokens)
        return open_index(settings, tell, place=place), remote
    llama = Llama(_fetch_both(settings, tell), settings.models_dir / "states")
    from qa.llms.local import EVIDENCE_TOKENS, LocalLLM

    is_own = Path(settings.llm).suffix == ".gguf"
    llm = LocalLLM(
        llama,
        evidence_tokens=settings.evidence_tokens or EVIDENCE_TOKENS,
        after_reader=settings.reader_first and not is_own,
    )
    return open_index(settings, tell, place=place), llm


def llm_file(settings: Settings, tell: Listener = nobody) -> Path:
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
    _ensure(model, settings, tell)
    return model_file(model, settings.models_dir)


def open_catalog(place: Place) -> Catalog:
    """Open the catalog of an index to be read.

    Raises:
        UsageError: there is none yet.
        IndexDamagedError: it cannot be read.
    """
    if not place.exists():
        raise UsageError("Nothing is indexed of this folder yet: run `qa index`")
    return place.open(read_only=True)


def _fetch_both(settings: Settings, tell: Listener) -> Path:
    """Give the file of the language model; where it must be fetched, the embedder is exported meanwhile."""
    if settings.offline or not _absent_model(settings.llm, settings):
        return llm_file(settings, tell)
    with exporting(_embedder_folder(settings, tell), settings.models_dir, progress_of(tell)):
        return llm_file(settings, tell)


def _embedder_folder(settings: Settings, tell: Listener) -> Path:
    folder = Path(settings.embedder).expanduser()
    return folder if folder.is_dir() else _ensure(find_model(settings.embedder), settings, tell)


def _ensure(model: Model, settings: Settings, tell: Listener) -> Path:
    report = progress_of(tell, in_bytes=True)
    return ensure_model(model, settings.models_dir, offline=settings.offline, report=report)


def _absent_model(name: str, settings: Settings) -> Model | None:
    """Give the model of the manifest that is not here yet; a path and a remote model are none of them."""
    try:
        model = find_model(name)
    except UsageError:
        return None
    return model if status(model, settings.models_dir) in NOT_HERE else None
