"""llama.cpp in a process of its own, so that a model loads while Python does other things, and dies alone if it must.

While llama.cpp loads a model it holds Python's lock for a second or two. Its server listens on a Unix socket in a
private folder, never on a port.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import weakref
from pathlib import Path
from typing import Any

from index.errors import ModelError

CONTEXT_TOKENS = 4096

# llama.cpp's threads wait for each other after every step, thousands of times a second. By default they do it spinning:
# one that lost its core to another process is then kept from it by the one that waits for it (`docs/speed.md`).
WAIT_ASLEEP = {"OMP_WAIT_POLICY": "passive"}


class Llama:
    """A GGUF model that is loading, or loaded; requests wait until it is."""

    def __init__(self, model_file: Path, states: Path) -> None:
        """Begin to load the model; saved prompt states are kept in the folder `states`."""
        self.model_file = model_file
        self.states = states
        self._said: str | None = None
        states.mkdir(parents=True, exist_ok=True)
        sockets = Path(tempfile.mkdtemp(prefix="article-qa-"))
        self._socket = sockets / "llama.sock"
        command = [sys.executable, "-m", "qa.llms.llama_server", str(model_file), str(self._socket), str(states)]
        command.append(str(CONTEXT_TOKENS))
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=WAIT_ASLEEP | os.environ,
        )
        self.close = weakref.finalize(self, _end, self._process, sockets)

    @property
    def pid(self) -> int:
        """The process that holds the model."""
        return self._process.pid

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Send a request and give the reply, an error of llama.cpp's included.

        Raises:
            ModelError: the model does not load, or its process ended.
        """
        import httpx

        self._await_ready()
        transport = httpx.HTTPTransport(uds=str(self._socket))
        try:
            with httpx.Client(transport=transport, base_url="http://llama", timeout=None) as client:
                reply: dict[str, Any] = client.post(path, json=body).json()
                return reply
        except (httpx.HTTPError, ValueError) as error:
            raise self._died() from error

    def _await_ready(self) -> None:
        if self._said is None:
            assert self._process.stdout
            self._said = self._process.stdout.readline().strip()
        if self._said != "ready":
            raise ModelError(f"{self.model_file} does not load as a GGUF model: {self._said or 'llama.cpp ended'}")
        if self._process.poll() is not None:  # told here, for a connection that nobody takes is never closed
            raise self._died()

    def _died(self) -> ModelError:
        return ModelError(f"{self.model_file.name} does not answer any more: run the command again")


def _end(process: subprocess.Popen[str], sockets: Path) -> None:
    process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe:
            pipe.close()
    process.wait()
    shutil.rmtree(sockets, ignore_errors=True)
