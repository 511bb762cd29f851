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
    from qa.cli.serving import settings_of_each

    if not find_spec("mcp"):
        raise UsageError('mcp is not installed: run pip install "article-qa[mcp]"')
    from qa.mcp.stdio import serve_stdio

    serve_stdio(settings_of_each(articles, index=index, llm=llm, llm_url=llm_url, offline=offline, chroma=chroma))
