"""`qa serve`: folders of articles as a page, an HTTP API and a model, on this machine."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from qa.cli.options import Chroma, Index, Llm, LlmUrl, Offline

EXAMPLES = "qa serve --articles news --open\nqa serve --articles news --articles minutes --port 8020"


def serve(
    articles: Annotated[
        list[Path] | None, typer.Option(help="Folder of articles; may be given several times.", show_default=False)
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 is any that is free.")] = 8017,
    host: Annotated[
        str, typer.Option(help="Address to listen on; beyond this machine only with --token.")
    ] = "127.0.0.1",
    name: Annotated[
        list[str] | None, typer.Option(help="A further name that browsers call this machine by.", show_default=False)
    ] = None,
    token: Annotated[
        str | None,
        typer.Option(
            envvar="QA_SERVE_TOKEN", help="Tell nothing to whoever does not bring this along.", show_default=False
        ),
    ] = None,
    open_page: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
    index: Index = None,
    llm: Llm = None,
    llm_url: LlmUrl = None,
    offline: Offline = None,
    chroma: Chroma = None,
) -> None:
    """Serve folders of articles to browsers and programs on this machine until Ctrl-C."""
    from qa.cli.display import Display
    from qa.cli.serving import serve_folders, settings_of_each

    folders = settings_of_each(articles, index=index, llm=llm, llm_url=llm_url, offline=offline, chroma=chroma)
    with Display() as display:
        serve_folders(folders, display, host, port, token, tuple(name or ()), open_page)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # all is written; neither what still computes nor the end of a dozen libraries is waited for
