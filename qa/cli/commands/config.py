"""The command `qa config`: each setting, its value and what sets it."""

import json as json_format
import re
from typing import TYPE_CHECKING, Annotated

import typer

from qa.cli.options import Articles, Chroma, Fields, Index, Json, Llm, LlmUrl, Offline
from qa.text import escape_invisible, one_line

if TYPE_CHECKING:
    from qa.settings import Settings

EXAMPLES = "qa config\nqa config --json\nqa config --path"
MASK = "********"


def show_config(
    articles: Articles = None,
    index: Index = None,
    llm: Llm = None,
    llm_url: LlmUrl = None,
    offline: Offline = None,
    chroma: Chroma = None,
    fields: Fields = None,
    path: Annotated[bool, typer.Option("--path", help="Only the path of your own config.toml.")] = False,
    json: Json = False,
) -> None:
    """Show each setting, its value and what sets it.

    A flag is stronger than a variable, as QA_ARTICLES, which is stronger than qa.toml in the current folder, then
    [tool.qa] in its pyproject.toml, then your own config.toml.
    """
    from qa.cli.display import Display
    from qa.settings import load_settings, origin_of, user_config

    if path:
        typer.echo(user_config())
        return
    flags = {"articles": articles, "index": index, "llm": llm, "llm_url": llm_url, "offline": offline}
    flags |= {"chroma": chroma, "fields": fields}
    values = visible(load_settings(**flags))
    origins = {name: origin_of(name, flags) for name in values}
    width = max(map(len, values)) + 2
    rows = [f"{name:<{width}}{_as_toml(value):<40}  {one_line(origins[name])}" for name, value in values.items()]
    facts = {name: {"value": value, "origin": origins[name]} for name, value in values.items()}
    with Display(json) as display:
        display.show("\n".join(rows), json_format.dumps(facts, ensure_ascii=False))


def visible(settings: "Settings") -> dict[str, str | float | bool | None]:
    """Give the settings as they may be shown: the key, and passwords in URLs, masked."""
    shown = settings.model_dump(mode="json") | {"llm_key": MASK if settings.llm_key else None}
    return {name: _masked(shown[name]) for name in type(settings).model_fields}


def _masked(value: str | float | bool | None) -> str | float | bool | None:
    return re.sub(r"(?<=://)[^/@\s]+(?=@)", MASK, value) if isinstance(value, str) else value


def _as_toml(value: str | float | bool | None) -> str:
    return "-" if value is None else escape_invisible(json_format.dumps(value, ensure_ascii=False))
