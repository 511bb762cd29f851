"""An index survives full and broken disks, and damage to its files."""

import re
import shutil

import pytest

from tests.support.robustness import on_linux, run_script

pytestmark = on_linux


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


def test_damaged_files_change_no_answer() -> None:
    table = run_script("damage", "--cases", "6", "--catalogs", "0", "--articles", "200")
    for part in ("Chroma serves", "Chroma does not serve"):
        assert re.search(rf"^{part} +6 cases: ", table, re.MULTILINE)
