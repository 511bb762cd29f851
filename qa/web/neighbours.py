"""Answer programs of the same user by a socket for each folder, beside the port that browsers use."""

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

from pydantic import TypeAdapter

from index.errors import ArticleQAError
from qa.answer import Answer
from qa.web import schemas
from qa.web.desk import Desk, Job
from qa.web.problems import problem_of
from qa.web.running import is_private, runtime_folder, socket_of, told_of

ASK_S = 5.0  # that a program may take to ask
MAX_LINE_BYTES = 64 * 1024

_ANSWER = TypeAdapter(Answer)
_log = logging.getLogger(__name__)


@asynccontextmanager
async def answering_neighbours(desk: Desk) -> AsyncIterator[None]:
    """Listen for each folder at its socket; where another server does already, or none can lie, it is left."""
    servers, places = list[asyncio.Server](), list[Path]()
    try:
        for name, settings in desk.folders.items() if hasattr(socket, "AF_UNIX") else ():
            try:
                place = socket_of(settings)
                listening = _bind(place)
            except OSError as error:
                _log.warning("qa ask will not find this server (%s)", error)
                continue
            if listening:
                places.append(place)
                servers.append(await _serve(desk, name, listening))
        yield
    finally:
        for server in servers:
            server.close()
        for place in places:
            place.unlink(missing_ok=True)


def _bind(place: Path) -> socket.socket | None:
    """Listen at a socket that only this user reaches; null where another server does.

    Raises:
        OSError: there is no place for it that is this user's alone.
    """
    folder = runtime_folder()
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    if not is_private(folder):
        raise PermissionError(f"{folder} is not yours alone: take it from others with chmod 700, or remove it")
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if listening.connect_ex(str(place)) == 0:
            listening.close()
            return None
        place.unlink(missing_ok=True)  # of a server that was killed
        listening.bind(str(place))
        place.chmod(0o600)
        listening.listen()
    except OSError:
        listening.close()
        raise
    return listening


async def _serve(desk: Desk, name: str, listening: socket.socket) -> asyncio.Server:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(ASK_S):
                line = await reader.readline()
            asked = schemas.Question.model_validate_json(line)
            await _tell(desk.ask(replace(asked.asked(), folder=name), told_of), reader, writer)
        except ArticleQAError as error:
            await _write(writer, "error", problem_of(error))
        except (OSError, ValueError):
            pass  # what was sent is no question, or nobody is there any more
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    return await asyncio.start_unix_server(answer, sock=listening, limit=MAX_LINE_BYTES)


async def _tell(job: Job, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Tell the events of a question, and give it up where nobody listens any more."""
    leaving = asyncio.ensure_future(reader.read())
    leaving.add_done_callback(lambda _: job.cancel())
    try:
        async for name, data in job:
            if name == "answer":
                data = _ANSWER.dump_python(await job.result(), mode="json")
            await _write(writer, name, data)
    finally:
        leaving.cancel()


async def _write(writer: asyncio.StreamWriter, name: str, data: object) -> None:
    writer.write(json.dumps([name, data]).encode() + b"\n")
    await writer.drain()
