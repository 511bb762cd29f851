"""An index survives cuts of the network."""

import re

import pytest

from evals.robustness.network import NO_NAMESPACES, can_be_made
from tests.support.robustness import needs_postgres, on_linux, run_script

pytestmark = on_linux


@needs_postgres
@pytest.mark.skipif(not can_be_made(), reason=NO_NAMESPACES)
def test_index_on_postgresql_survives_cuts_of_the_network() -> None:
    table = run_script("cuts", "--cuts", "2", "--articles", "12", "--longest", "5")
    assert re.search(r"^cuts: 1 silent, 1 unplugged; ", table, re.MULTILINE)
