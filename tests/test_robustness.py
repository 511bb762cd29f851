"""Kills, full disks, readers beside a writer, damaged files: short runs of the measurements in `evals/robustness`."""

import re
import shutil
import subprocess
import sys

import pytest

from evals.robustness.network import NO_NAMESPACES, can_be_made
from tests.support import ROOT
from tests.support.postgres import NOT_HERE, find_programs

needs_postgres = pytest.mark.skipif(find_programs() is None, reason=NOT_HERE)
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks, signals and a preloaded library")


def run_script(name: str, *arguments: str) -> str:
    """Run a measurement; it ends with 0 when nothing that it looks for was found."""
    command = [sys.executable, "-m", f"evals.robustness.{name}", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "FAULT" not in done.stdout
    return done.stdout


def test_index_survives_kills_at_any_moment() -> None:
    table = run_script("crash", "--kills", "5", "--articles", "30")
    assert table.splitlines()[-1] == "5 of 5"
    assert re.search(r"^together +[\d.]+ ms +5$", table, re.MULTILINE)


@needs_postgres
def test_index_on_postgresql_survives_kills_of_who_writes_and_of_its_servers() -> None:
    table = run_script("crash", "--kills", "6", "--articles", "24", "--index", "postgresql", "--chroma")
    assert table.splitlines()[-1] == "6 of 6"


@needs_postgres
@pytest.mark.skipif(not can_be_made(), reason=NO_NAMESPACES)
def test_index_on_postgresql_survives_cuts_of_the_network() -> None:
    table = run_script("cuts", "--cuts", "2", "--articles", "12", "--longest", "5")
    assert re.search(r"^cuts: 1 silent, 1 unplugged; ", table, re.MULTILINE)


@pytest.mark.skipif(shutil.which("gcc") is None, reason="the shim is compiled")
@pytest.mark.parametrize(("part", "every"), [("catalog", 30), ("new", 60), ("all", 250)])
def test_full_and_broken_disk_leave_the_index_whole(part: str, every: int) -> None:
    table = run_script("faults", "--part", part, "--every", str(every))
    for error in ("ENOSPC", "EIO"):
        failed, raised, silent, unnamed, bad = map(int, re.findall(rf"^{error} +(.+)$", table, re.MULTILINE)[0].split())
        assert failed >= 2
        assert raised or part == "all"
        assert raised + silent == failed
        assert (unnamed, bad) == (0, 0), table


@pytest.mark.parametrize("index", ["", pytest.param("postgresql", marks=needs_postgres)])
def test_readers_beside_a_writer_see_one_state(index: str) -> None:
    table = run_script("readers", "--articles", "40", "--readers", "3", "--index", index)
    assert "0 errors, 0 mixed states, 0 faults in the catalog" in table
    assert len(re.findall(r"^second writer refused after 0\.\d\d s: .*process \d+", table, re.MULTILINE)) == 3
    assert min(int(passages) for passages in re.findall(r"^(\d+) passages read", table, re.MULTILINE)) > 100


def test_damaged_files_change_no_answer() -> None:
    table = run_script("damage", "--cases", "6", "--catalogs", "0", "--articles", "200")
    for part in ("Chroma serves", "Chroma does not serve"):
        assert re.search(rf"^{part} +6 cases: ", table, re.MULTILINE)
