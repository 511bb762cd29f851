"""The seed article at a desk, served."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from qa.web.desk import Desk
from tests.support.web import desk_of, serving, settings_of

ANSWERED = "Who did Rubio call?"
REPLY = "Sergei Lavrov [1]"


@pytest.fixture
def desk(seeds: Path, own_seed_index: Path) -> Iterator[Desk]:
    """A desk of the seed article; its model replies to twenty questions that Rubio called Lavrov."""
    with desk_of([settings_of(seeds, own_seed_index)], [REPLY] * 20) as desk:
        yield desk


@pytest.fixture
def address(desk: Desk) -> Iterator[str]:
    with serving(desk) as address:
        yield address


@pytest.fixture
def client(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, timeout=30) as client:
        yield client
