"""Readers beside a writer see one state."""

import re

import pytest

from tests.support.robustness import needs_postgres, on_linux, run_script

pytestmark = on_linux


@pytest.mark.parametrize("index", ["", pytest.param("postgresql", marks=needs_postgres)])
def test_readers_beside_a_writer_see_one_state(index: str) -> None:
    table = run_script("readers", "--articles", "40", "--readers", "3", "--index", index)
    assert "0 errors, 0 mixed states, 0 faults in the catalog" in table
    assert len(re.findall(r"^second writer refused after 0\.\d\d s: .*process \d+", table, re.MULTILINE)) == 3
    assert min(int(passages) for passages in re.findall(r"^(\d+) passages read", table, re.MULTILINE)) > 100
