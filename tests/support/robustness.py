"""Short runs of the measurements in `evals/robustness`, as tests."""

import subprocess
import sys

import pytest

from evals.robustness.servers import NOT_HERE, find_programs
from tests.support import ROOT

needs_postgres = pytest.mark.skipif(find_programs() is None, reason=NOT_HERE)
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="forks, signals and a preloaded library")


def run_script(name: str, *arguments: str) -> str:
    """Run a measurement; it ends with 0 when nothing that it looks for was found."""
    command = [sys.executable, "-m", f"evals.robustness.{name}", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "FAULT" not in done.stdout
    return done.stdout
