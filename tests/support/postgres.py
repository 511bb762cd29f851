"""A PostgreSQL server of the tests' own: Debian's package, a cluster in a temporary folder, a Unix socket only."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

NOT_HERE = "PostgreSQL is not here: `apt-get install postgresql` brings what these tests start"
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "128MB",
    "max_connections": "60",
    "autovacuum": "off",
}


@dataclass(frozen=True)
class Server:
    """A running server: its programs, the folder of its cluster and of its socket, and the user who runs it."""

    programs: Path
    folder: Path
    user: str

    @property
    def url(self) -> str:
        return f"postgresql://{self.user}@/postgres?host={self.folder}"

    def run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs as the server's user."""
        as_user = ["runuser", "-u", self.user, "--"] if os.geteuid() == 0 else []
        command = [*as_user, str(self.programs / program), *arguments]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    def start(self) -> None:
        options = " ".join(f"-c {name}={value or chr(39) * 2}" for name, value in SETTINGS.items())
        log = self.folder / "log"
        self.run(
            "pg_ctl", "start", "-w", "-D", f"{self.folder}/data", "-l", str(log), "-o", f"-k {self.folder} {options}"
        )

    def stop(self) -> None:
        self.run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", f"{self.folder}/data")


@cache
def find_programs() -> Path | None:
    """Give the folder of PostgreSQL's programs, the newest of Debian's or those of the path; None without any."""
    found = [each.parent for each in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    named = shutil.which("initdb")
    if found:
        return max(found, key=lambda each: int(each.parent.name))
    return Path(named).resolve().parent if named else None


@contextmanager
def serving() -> Iterator[Server]:
    """Make a cluster, start it and stop it at the end; root, whom PostgreSQL refuses, has its own user run it."""
    programs = find_programs()
    assert programs, NOT_HERE
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    folder = Path(tempfile.mkdtemp(prefix="qa-pg-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, user)
        server = Server(programs, folder, user)
        server.run("initdb", "-D", f"{folder}/data", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
