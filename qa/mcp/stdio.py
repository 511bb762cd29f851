"""The server over stdin and stdout, for an assistant that starts it as a process of its own."""

import os
import sys
from collections.abc import Sequence
from contextlib import closing
from typing import NoReturn

from qa.mcp.server import build_mcp
from qa.settings import Settings
from qa.web.desk import Desk

INTERRUPTED = 130


def serve_stdio(folders: Sequence[Settings]) -> NoReturn:
    """Serve folders until stdin ends, and the process with it; they are taken in meanwhile.

    An orderly end would wait for the thread that reads stdin, and abort where one still loads a library.

    Raises:
        UsageError: there is no such folder.
    """
    code = 0
    with closing(Desk(folders)) as desk:
        try:
            build_mcp(desk).run("stdio")
        except KeyboardInterrupt:
            code = INTERRUPTED
    sys.stderr.flush()
    os._exit(code)
