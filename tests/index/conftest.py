"""A catalog in each of the databases that may hold one."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from index.catalog.place import Place
from index.catalog.writer import Catalog
from tests.support.catalogs import DATABASES, MakePlace, maker_of_places


@pytest.fixture(params=DATABASES)
def make_place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MakePlace]:
    """Give the place of an index by a name of the test's own, in each database."""
    with maker_of_places(request, tmp_path) as make:
        yield make


@pytest.fixture
def place(make_place: MakePlace) -> Place:
    return make_place("index")


@pytest.fixture
def catalog(place: Place) -> Iterator[Catalog]:
    with closing(place.open()) as catalog:
        yield catalog
