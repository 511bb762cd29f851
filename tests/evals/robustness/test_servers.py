"""Servers that tests and measurements start, and what becomes of them when whoever started them is killed."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from evals.robustness.servers import NO_PGVECTOR, NOT_HERE, find_programs, find_programs_with_pgvector, kill, serving
from tests.support import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
GONE_WITHIN_S = 20

POSTGRES = """
from evals.robustness.servers import serving
with serving() as server:
    print((server.folder / "data/postmaster.pid").read_text().split()[0], server.folder, flush=True)
    input()
"""
CHROMA = """
from pathlib import Path
from evals.robustness.servers import Chroma
chroma = Chroma(Path({folder!r}))
chroma.start()
print(chroma.pid, flush=True)
input()
"""


def starts(script: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def within(seconds: float, is_so: Callable[[], bool]) -> bool:
    end = time.monotonic() + seconds
    while not is_so() and time.monotonic() < end:
        time.sleep(0.05)
    return is_so()


@pytest.mark.skipif(find_programs() is None, reason=NOT_HERE)
@pytest.mark.parametrize("killed", [True, False])
def test_postgres_ends_with_the_process_that_started_it(killed: bool) -> None:
    with starts(POSTGRES) as starter:
        assert starter.stdout
        pid, folder = starter.stdout.readline().split()
        assert Path(f"/proc/{pid}").exists()
        if killed:
            starter.kill()
        else:
            starter.communicate("\n")
    assert within(GONE_WITHIN_S, lambda: not Path(f"/proc/{pid}").exists() and not Path(folder).exists())


@pytest.mark.skipif(find_programs_with_pgvector() is None, reason=NO_PGVECTOR)
def test_programs_in_a_folder_that_is_closed_to_the_servers_user_are_run(tmp_path: Path) -> None:
    programs = find_programs_with_pgvector()
    assert programs
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    for each in (programs.parents[1], programs.parents[1].with_name(f"{programs.parents[1].name}.libs")):
        (closed / each.name).symlink_to(each)
    named = closed / programs.relative_to(programs.parents[2])
    with serving(programs=named) as server, psycopg.connect(server.url) as connection:
        assert (server.programs == named) is (os.geteuid() != 0)
        known = connection.execute("select name from pg_available_extensions where name = 'vector'").fetchall()
        assert known == [("vector",)]
    assert within(GONE_WITHIN_S, lambda: not server.folder.exists())


def test_chroma_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    with starts(CHROMA.format(folder=str(tmp_path))) as starter:
        assert starter.stdout
        pid = int(starter.stdout.readline())
        starter.kill()
    assert within(GONE_WITHIN_S, lambda: not Path(f"/proc/{pid}").exists())
    assert not kill(pid)
