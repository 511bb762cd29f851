"""`qa mcp`: folders of articles for an assistant, over stdin and stdout."""

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from qa.cli.options import Chroma, Index, Llm, LlmUrl, Offline

EXAMPLES = "qa mcp --articles news\nqa mcp --articles news --articles minutes"


def serve_mcp(
    articles: Annotated[
        list[Path] | None, typer.Option(help="Folder of articles; may be given several times.", show_default=False)
    ] = None,
    index: Index = None,
    llm: Llm = None,
    llm_url: LlmUrl = None,
    offline: Offline = None,
    chroma: Chroma = None,
) -> None:
    """Serve folders of articles to an assistant that speaks MCP, over stdin and stdout, until it closes them."""
    from index.errors import UsageError
    from qa.settings import load_settings

    if not find_spec("mcp"):
        raise UsageError('mcp is not installed: run pip install "article-qa[mcp]"')
    if index and len(articles or ()) > 1:
        raise UsageError("--index names the index of one folder: leave it out, or serve one folder")
    from qa.mcp.stdio import serve_stdio

    given = {"index": index, "llm": llm, "llm_url": llm_url, "offline": offline, "chroma": chroma}
    named = [{"articles": each} for each in articles or ()]
    serve_stdio([load_settings(**each, **given) for each in named or [{}]])
