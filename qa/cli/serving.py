"""Serve folders from a port until Ctrl-C."""

import sys
import webbrowser
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import urlencode

from index.errors import UsageError
from qa.cli.as_text import counts_of
from qa.cli.display import Display
from qa.events import Event, Listener, Synced
from qa.settings import Settings, load_settings

MIN_TOKEN_CHARS = 16  # that machines beyond this one may guess at


def settings_of_each(articles: Sequence[Path] | None, **given: Any) -> list[Settings]:
    """Give the settings of each folder that is named, or of the one that is set; `given` holds for all of them.

    Raises:
        UsageError: one index is named for several folders, or a setting is wrong.
    """
    if given.get("index") and len(articles or ()) > 1:
        raise UsageError("--index names the index of one folder: leave it out, or serve one folder")
    folders: Sequence[Path | None] = articles or (None,)
    return [load_settings(articles=each, **given) for each in folders]


def serve_folders(
    folders: Sequence[Settings],
    display: Display,
    host: str,
    port: int,
    token: str | None = None,
    names: Sequence[str] = (),
    open_page: bool = False,
) -> None:
    """Serve folders, and show the address as soon as it can be reached; at the end what is not ended is left.

    Raises:
        UsageError: a folder is not there, the port is taken, what serves is not installed, or others could ask
            without a token.
    """
    try:
        from qa.web.app import LOOPBACK, build_app
        from qa.web.desk import Desk
        from qa.web.neighbours import answering_neighbours
        from qa.web.server import Server, bind, in_url, is_loopback, names_of
    except ModuleNotFoundError as error:
        raise UsageError(f'{error.name} is not installed: run pip install "article-qa[serve]"') from None
    if not is_loopback(host):
        _check_token(token, host)
    elif token is not None and not token.strip():
        raise UsageError("The token is empty: give one, or leave out --token")
    allowed = (*LOOPBACK, *names_of(host), *(each.lower() for each in names))
    with bind(host, port) as listening:
        address = f"http://{in_url(host)}:{listening.getsockname()[1]}/"
        visit = address + (f"?{urlencode({'token': token})}" if token else "")
        desk = Desk(folders, warm=True, tell=_hearing(display))

        def begun() -> None:
            display.note(f"Serving {', '.join(desk.folders)}; Ctrl-C ends it.")
            display.show(visit)
            sys.stdout.flush()
            if open_page:
                webbrowser.open(visit)

        app = build_app(desk, token=token, allowed_hosts=allowed)
        Server(app, desk.close, begun, answering_neighbours(desk)).run([listening])
    desk.close()


def _hearing(display: Display) -> Listener:
    """Give what shows the work of several threads, and what of a folder was taken in."""
    lock = Lock()

    def hear(event: Event) -> None:
        with lock:
            display.hear(event)
            if isinstance(event, Synced):
                display.note(f"Taken in: {counts_of(event.report)}, {event.report.unchanged} unchanged.")

    return hear


def _check_token(token: str | None, host: str) -> None:
    if token is None:
        raise UsageError(f"Others could ask at {host}: give a --token that they need, or leave out --host")
    if len(token) < MIN_TOKEN_CHARS:
        raise UsageError(f"The token is too short to keep others out: give {MIN_TOKEN_CHARS} characters or more")
