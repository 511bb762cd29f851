"""What a person is told who asks for the first time."""

import shlex
from collections.abc import Iterator

from index.models.manifest import Model, find_model
from qa.answer import Answer
from qa.events import FetchAnnounced
from qa.settings import Settings


def notes_on(fetch: FetchAnnounced) -> Iterator[str]:
    """Say what will be fetched, how much, whither, and how to use something else."""
    listed = " and ".join(f"{model.name} ({_megabytes(model)})" for model in fetch.models)
    yield f"First run: {listed} will be fetched to {fetch.folder}, once; after that no network is needed."
    if any(model.kind == "llm" for model in fetch.models):
        smaller = _megabytes(find_model("local:0.5b"))
        own = "--llm /path/model.gguf, or --llm openai:NAME --llm-url URL"
        yield f"Another model: --llm local:0.5b ({smaller}), {own}."
    yield "Ctrl-C stops it at any time; the next run goes on where it stopped."


def hint_at_source(answer: Answer, settings: Settings) -> str:
    """Say how to see the first citation in its article."""
    span = answer.citations[0].span
    place = shlex.quote(f"{span.article_id}:{span.start}-{span.end}")
    return f"In its article: qa show {place} --articles {shlex.quote(str(settings.articles))}"


def _megabytes(model: Model) -> str:
    return f"{model.size / 1e6:,.0f} MB"
