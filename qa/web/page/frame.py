"""What every page has around it, and the pages that only say something."""

import math
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse

from evals.run_file import runs_folder
from index.errors import ArticleQAError
from qa.web.desk import Desk, Progress
from qa.web.page.address import Address
from qa.web.page.rendering import render
from qa.web.problems import status_of

MINUTE_S = 60


def desk_of(request: Request) -> Desk:
    """Give the desk that the application stands over."""
    desk: Desk = request.app.state.desk
    return desk


def frame(desk: Desk, address: Address, body: str, title: str = "") -> dict[str, Any]:
    """Give what every page shows; `body` tells which kind of page it is.

    Raises:
        NotHereError: there is no such folder.
    """
    folder = desk.name_of(address.folder)
    return {
        "title": title or address.question or f"Ask {folder}",
        "address": address,
        "folder": folder,
        "folders": list(desk.folders),
        "has_runs": any(runs_folder().glob("*.json")),
        "body": body,
    }


def message(request: Request, heading: str, text: str, status: int = 200, back: str = "/") -> HTMLResponse:
    """Give a page that says something, and the way back."""
    framed = frame(desk_of(request), Address(), "plain", heading)
    return HTMLResponse(render("message.html", **framed, heading=heading, text=text, back=back), status)


def refused(request: Request, error: ArticleQAError) -> HTMLResponse:
    """Give the page of an error."""
    status = status_of(error)
    return message(request, "Not here" if status == 404 else "This cannot be done", str(error), int(status))


def progress_of(desk: Desk, folder: str) -> str:
    """Tell how far a folder is taken in, as a part of a page; nothing where it is."""
    found = underway(desk, folder)
    return render("progress.html", progress=found, left=left(found) if found else "")


def underway(desk: Desk, folder: str) -> Progress | None:
    """Give how far a folder is, or why it could not be taken in; null once it is."""
    return next((each for each in desk.indexing if each.folder == folder), None)


def left(progress: Progress) -> str:
    """Say how long it will still take, as one says it: about 40 s, about 3 min."""
    if progress.seconds_left is None or progress.seconds_left < 1:
        return ""
    if progress.seconds_left < MINUTE_S:
        return f"about {math.ceil(progress.seconds_left / 5) * 5} s"
    return f"about {round(progress.seconds_left / MINUTE_S)} min"
