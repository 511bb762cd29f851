"""What is said and looked at before the first question takes minutes."""

import shlex

from index.errors import UsageError
from index.folder import list_files, no_articles
from index.models import Model, find_model, status
from qa.answer import Answer
from qa.display import Display
from qa.opening import articles_folder, index_folder
from qa.settings import Settings

FETCHED = ("absent", "partial")


def prepare_first_run(settings: Settings, display: Display, llm: bool = True) -> None:
    """Say what will be fetched, how much, whither, and how to use something else; nothing where all is here.

    Raises:
        NoArticlesError: the folder was never indexed and holds no file, so that nothing need be fetched.
    """
    folder = articles_folder(settings)
    if not (index_folder(settings) / "catalog.sqlite").exists() and not any(list_files(folder)):
        raise no_articles(folder)
    names = [settings.llm, settings.embedder] if llm else [settings.embedder]
    models = [model for name in names if (model := _absent(name, settings))]
    if not models or settings.offline:
        return
    listed = " and ".join(f"{model.name} ({_megabytes(model)})" for model in models)
    display.note(
        f"First run: {listed} will be fetched to {settings.models_dir}, once; after that no network is needed."
    )
    if any(model.kind == "llm" for model in models):
        smaller = _megabytes(find_model("local:0.5b"))
        display.note(
            f"Another model: --llm local:0.5b ({smaller}), --llm /path/model.gguf, or --llm openai:NAME --llm-url URL."
        )
    display.note("Ctrl-C stops it at any time; the next run goes on where it stopped.")


def hint_at_source(answer: Answer, settings: Settings, display: Display) -> None:
    """Say how to see the first citation in its article."""
    if answer.citations:
        span = answer.citations[0].span
        place = shlex.quote(f"{span.article_id}:{span.start}-{span.end}")
        display.hint(f"In its article: qa show {place} --articles {shlex.quote(str(settings.articles))}")


def _absent(name: str, settings: Settings) -> Model | None:
    """Give the model of the manifest that is not here yet; a path and a remote model are none of them."""
    try:
        model = find_model(name)
    except UsageError:
        return None
    return model if status(model, settings.models_dir) in FETCHED else None


def _megabytes(model: Model) -> str:
    return f"{sum(file.size for file in model.files) / 1e6:,.0f} MB"
