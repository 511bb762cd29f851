"""The seed article at a desk, for an assistant in this process."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from qa.web.desk import Desk
from tests.qa.web.conftest import REPLY
from tests.support.web import desk_of, settings_of


@pytest.fixture(scope="session")
def desk(seeds: Path, indexed_seeds: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk of the seed article; its model always replies that Rubio called Lavrov."""
    index = shutil.copytree(indexed_seeds, tmp_path_factory.mktemp("desk") / "index")
    with desk_of([settings_of(seeds, index)], [REPLY] * 10_000) as desk:
        yield desk
