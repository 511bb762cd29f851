"""The seed article at a desk, served."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from qa.web.desk import Desk
from tests.support.web import desk_of, serving, settings_of

ANSWERED = "Who did Rubio call?"
REPLY = "Sergei Lavrov [1]"


@pytest.fixture(scope="session")
def desk(seeds: Path, indexed_seeds: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk of the seed article; its model always replies that Rubio called Lavrov."""
    index = shutil.copytree(indexed_seeds, tmp_path_factory.mktemp("desk") / "index")
    with desk_of([settings_of(seeds, index)], [REPLY] * 10_000) as desk:
        yield desk


@pytest.fixture(scope="session")
def address(desk: Desk) -> Iterator[str]:
    with serving(desk, closes=False) as address:
        yield address


@pytest.fixture(scope="session")
def client(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, timeout=30) as client:
        yield client
