"""The server over stdin and stdout, for an assistant that starts it as a process of its own."""

from collections.abc import Sequence
from contextlib import closing

from qa.mcp.server import build_mcp
from qa.settings import Settings
from qa.web.desk import Desk


def serve_stdio(folders: Sequence[Settings]) -> None:
    """Serve folders until stdin ends; they are taken in meanwhile, and a model is loaded for the first question.

    Raises:
        UsageError: there is no such folder.
    """
    with closing(Desk(folders)) as desk:
        build_mcp(desk).run("stdio")
