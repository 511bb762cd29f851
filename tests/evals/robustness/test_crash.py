"""An index survives kills of who writes and of its servers."""

import re

from tests.support.robustness import needs_postgres, on_linux, run_script

pytestmark = on_linux


def test_index_survives_kills_at_any_moment() -> None:
    table = run_script("crash", "--kills", "5", "--articles", "30")
    assert table.splitlines()[-1] == "5 of 5"
    assert re.search(r"^together +[\d.]+ ms +5$", table, re.MULTILINE)


@needs_postgres
def test_index_on_postgresql_survives_kills_of_who_writes_and_of_its_servers() -> None:
    table = run_script("crash", "--kills", "6", "--articles", "24", "--index", "postgresql", "--chroma")
    assert table.splitlines()[-1] == "6 of 6"
