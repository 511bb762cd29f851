"""A model's official repository on Hugging Face, asked first."""

import threading
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from index.models.sources import ModelFile, SourceError, Tell, size_of

if TYPE_CHECKING:
    import httpx

CONNECT_TIMEOUT_S = 4
ANSWER_TIMEOUT_S = 6
READ_TIMEOUT_S = 30
MAX_RESUMES = 3


def fetch_from_hub(repository: str, file: ModelFile, unfinished: Path, tell: Tell) -> None:
    """Append what is still missing, going on where a download was cut."""
    import httpx  # 0.2 s that only a pull should pay

    timeout = httpx.Timeout(READ_TIMEOUT_S, connect=CONNECT_TIMEOUT_S)
    url = f"{repository}/resolve/main/{file.name}"
    try:
        with httpx.Client(timeout=timeout, follow_redirects=True) as client:
            for resumes_left in reversed(range(MAX_RESUMES + 1)):
                before = size_of(unfinished)
                try:
                    _download_rest(client, url, file, unfinished, tell)
                except httpx.TransportError:
                    if not resumes_left or size_of(unfinished) <= before:
                        raise
                if size_of(unfinished) == file.size:
                    return
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError, ImportError) as error:
        raise SourceError(f"{type(error).__name__}: {error}") from error
    raise SourceError(f"the download ended early {MAX_RESUMES + 1} times")


def _download_rest(client: "httpx.Client", url: str, file: ModelFile, unfinished: Path, tell: Tell) -> None:
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
                tell(response.request.url.host, done)


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
