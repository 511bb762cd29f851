"""A real replica of the tests' PostgreSQL server: a copy of its cluster that follows it by streaming replication."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from evals.robustness.servers import Server, supervised

OPTIONS = "-c listen_addresses='' -c max_connections=60 -c fsync=off -c shared_buffers=32MB"

_REPLICA = """
trap '"$1/pg_ctl" stop -w -m immediate -D "$2/data" >/dev/null 2>&1; rm -rf "$2"' EXIT
"$1/pg_basebackup" -h "$3" -U "$4" -D "$2/data" -R -c fast -X stream &&
    "$1/pg_ctl" start -w -D "$2/data" -l "$2/log" -o "-k $2 $5" && echo running && cat >/dev/null
"""


@contextmanager
def following(primary: Server) -> Iterator[Server]:
    """Copy a running cluster and have the copy follow it until the end of the block or of this process."""
    folder = Path(tempfile.mkdtemp(prefix="qa-pg-"))
    if is_root := os.geteuid() == 0:
        shutil.chown(folder, primary.user)
    as_user = ["runuser", "-u", primary.user, "--"] if is_root else []
    arguments = [str(primary.programs), str(folder), str(primary.folder), primary.user, OPTIONS]
    with supervised([*as_user, "sh", "-c", _REPLICA, "sh", *arguments], folder) as supervisor:
        assert supervisor.stdout
        told = ""
        while (line := supervisor.stdout.readline()) != "running\n":
            told += line
            assert line, told
        yield Server(folder, primary.user, primary.programs)
