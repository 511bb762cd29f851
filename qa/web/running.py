"""A server that runs already, as a program of the same user meets it: asked by a socket, with nothing loaded here.

It lies in the user's runtime directory under a name that tells folder, settings and code apart, so that whoever finds
it gets the answers that it would give itself. A line of JSON asks, and lines of JSON come back: what is told
meanwhile, and at last the answer or the error.
"""

import hashlib
import json
import os
import socket
import stat
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import platformdirs
from pydantic import TypeAdapter

from index import errors
from index.errors import ArticleQAError
from index.filter import Filter
from qa.answer import Answer, Citation, Evidence, Kind
from qa.answer_cache import code_files
from qa.events import Event, EvidenceChosen, FilesSkipped, Listener, Progressed, StatementMade, Warned
from qa.paths import articles_folder, index_place
from qa.settings import Settings

CONNECT_S = 0.5
AGAIN = ("EndingError", "QueueFullError")  # after which one answers by oneself


class GoneError(Exception):
    """Report that no server answers: one has to do it oneself."""


def runtime_folder() -> Path:
    """Give the folder of the sockets, which only its user may enter."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", platformdirs.RuntimeDirWarning)
        return platformdirs.user_runtime_path("article-qa")


def is_private(folder: Path) -> bool:
    """Tell whether a folder is this user's own and closed to everybody else, so that nobody else put a socket there."""
    try:
        status, above = folder.lstat(), folder.parent.lstat()
    except OSError:
        return False
    is_own = stat.S_ISDIR(status.st_mode) and status.st_uid == above.st_uid == os.geteuid()
    return is_own and not status.st_mode & 0o077


def socket_of(settings: Settings) -> Path:
    """Give the place of the socket at which questions with these settings are answered, if they are."""
    places = [str(articles_folder(settings).resolve()), str(index_place(settings).folder.resolve())]
    code = [(str(path), status.st_size, status.st_mtime_ns) for path in code_files() if (status := path.stat())]
    facts = [*places, settings.model_dump_json(exclude={"articles", "index"}), code]
    digest = hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:24]
    return runtime_folder() / f"{digest}.sock"


class RunningServer:
    """A server that answers questions with the very settings that it was looked for with."""

    def __init__(self, place: Path) -> None:
        self._place = place

    def answer(self, question: str, only: Filter, kind: Kind | None, tell: Listener) -> Answer:
        """Have a question answered; what goes on meanwhile is told as if it were here.

        Raises:
            GoneError: the server is not there, or not any more.
            ArticleQAError: it cannot be answered.
        """
        since, until = (day and day.isoformat() for day in (only.since, only.until))
        asked = {
            "question": question,
            "since": since,
            "until": until,
            "article": only.article,
            "source": only.source,
            "kind": kind,
        }
        for name, data in self._ask(asked):
            if name == "answer":
                answer: Answer = _adapter(Answer).validate_python(data)
                return answer
            if name == "error":
                raise error_of(data)
            if event := event_of(name, data):
                tell(event)
        raise GoneError

    def _ask(self, asked: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(CONNECT_S)
                connection.connect(str(self._place))
                connection.settimeout(None)
                connection.sendall(json.dumps(asked).encode() + b"\n")
                with connection.makefile("rb") as lines:
                    for line in lines:
                        name, data = json.loads(line)
                        yield name, data
        except (OSError, ValueError):
            raise GoneError from None


def find_server(settings: Settings) -> RunningServer | None:
    """Find a server of this user that serves the same folder with the same settings."""
    if not hasattr(socket, "AF_UNIX") or not is_private(runtime_folder()):
        return None
    place = socket_of(settings)
    return RunningServer(place) if place.is_socket() else None


def error_of(problem: dict[str, Any]) -> Exception:
    """Make the error that a server told of."""
    if problem["class"] in AGAIN:
        return GoneError()
    kind = getattr(errors, problem["class"], ArticleQAError)
    return kind(problem["detail"]) if problem["class"] != "InternalError" else GoneError()


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    """Give what writes and reads a type; made only where it is needed, for it takes a while."""
    return TypeAdapter(kind)


def told_of(event: Event) -> tuple[str, Any] | None:
    """Give name and data of an event that is told to a program of the same user."""
    match event:
        case Progressed() | Warned() | FilesSkipped():
            return type(event).__name__, vars(event)
        case EvidenceChosen(evidence):
            return "EvidenceChosen", _adapter(list[Evidence]).dump_python(list(evidence), mode="json")
        case StatementMade(text, citations):
            return "StatementMade", [text, _adapter(list[Citation]).dump_python(list(citations), mode="json")]
        case _:
            return None


def event_of(name: str, data: Any) -> Event | None:
    """Give the event that was told; null for what is none."""
    match name:
        case "Progressed":
            return Progressed(**data)
        case "Warned":
            return Warned(**data)
        case "FilesSkipped":
            return FilesSkipped([(path, reason) for path, reason in data["files"]])
        case "EvidenceChosen":
            return EvidenceChosen(_adapter(list[Evidence]).validate_python(data))
        case "StatementMade":
            return StatementMade(data[0], _adapter(list[Citation]).validate_python(data[1]))
        case _:
            return None
