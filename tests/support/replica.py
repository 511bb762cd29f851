"""A real replica of the tests' PostgreSQL server: a copy of its cluster that follows it by streaming replication."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.postgres import NOT_HERE, Server, find_programs

OPTIONS = "-c listen_addresses='' -c max_connections=60 -c fsync=off -c shared_buffers=32MB"


@dataclass(frozen=True)
class Replica:
    """A running replica: the folder of its cluster and of its socket, and the user who runs it."""

    folder: Path
    user: str

    @property
    def url(self) -> str:
        return f"postgresql://{self.user}@/postgres?host={self.folder}"


@contextmanager
def following(primary: Server) -> Iterator[Replica]:
    """Copy a running cluster and have the copy follow it until the end of the block."""
    folder = Path(tempfile.mkdtemp(prefix="qa-pg-"))
    data = str(folder / "data")
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, primary.user)
        source = ("-h", str(primary.folder), "-U", primary.user)
        _run(primary.user, "pg_basebackup", *source, "-D", data, "-R", "-c", "fast", "-X", "stream")
        _run(primary.user, "pg_ctl", "start", "-w", "-D", data, "-l", f"{folder}/log", "-o", f"-k {folder} {OPTIONS}")
        try:
            yield Replica(folder, primary.user)
        finally:
            _run(primary.user, "pg_ctl", "stop", "-w", "-m", "immediate", "-D", data)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(user: str, program: str, *arguments: str) -> None:
    programs = find_programs()
    assert programs, NOT_HERE
    as_user = ["runuser", "-u", user, "--"] if os.geteuid() == 0 else []
    command = [*as_user, str(programs / program), *arguments]
    done = subprocess.run(command, cwd="/", capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
