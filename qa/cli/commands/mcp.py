"""`qa mcp`: folders for an assistant, over stdin and stdout."""

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from index.errors import UsageError
from qa.cli.options import Index, Llm, LlmUrl, Offline

EXAMPLES = "qa mcp --articles news\nqa mcp --articles news --articles archive"


def serve_mcp(
    articles: Annotated[
        list[Path] | None, typer.Option(help="Folder of articles; may be given several times.", show_default=False)
    ] = None,
    index: Index = None,
    llm: Llm = None,
    llm_url: LlmUrl = None,
    offline: Offline = None,
) -> None:
    """Serve folders to an assistant that speaks MCP, over stdin and stdout, until it closes them."""
    if not find_spec("mcp"):
        raise UsageError('The library for MCP is not here: pip install "article-qa[mcp]"')
    if index and articles and len(articles) > 1:
        raise UsageError("--index is the folder of one index: name one folder of articles with it")
    from qa.mcp.stdio import serve_stdio
    from qa.settings import load_settings

    given = {"index": index, "llm": llm, "llm_url": llm_url, "offline": offline}
    named = [{"articles": folder} for folder in articles or []]
    serve_stdio([load_settings(**each, **given) for each in named or [{}]])
