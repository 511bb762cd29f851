"""Catalogs of a test, whichever database holds them."""

import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from evals.robustness.servers import Server
from index.catalog.place import Place
from index.catalog.postgres.place import PostgresPlace
from index.catalog.postgres.url import PostgresUrl
from index.catalog.postgres.writer import PostgresCatalog
from index.catalog.sqlite.place import FolderPlace
from index.catalog.sqlite.writer import SqliteCatalog
from index.catalog.writer import Catalog
from index.errors import ArticleQAError

MakePlace = Callable[[str], Place]
DATABASES = ("SQLite", "PostgreSQL")

_numbers = itertools.count()


@contextmanager
def maker_of_places(request: pytest.FixtureRequest, folder: Path) -> Iterator[MakePlace]:
    """Give what makes places in the database that the test's parameter names; schemas are dropped at the end."""
    if request.param == "SQLite":
        yield lambda name: FolderPlace(folder / name)
        return
    server: Server = request.getfixturevalue("postgres")
    made: list[PostgresPlace] = []
    run = f"test_{os.getpid()}_{next(_numbers)}"

    def make(name: str) -> Place:
        place = PostgresPlace(PostgresUrl.parse(f"{server.url}&schema={run}_{name}"), folder / name)
        made.append(place)
        return place

    yield make
    for place in made:
        with suppress(ArticleQAError):
            place.delete()


def run_sql(catalog: Catalog, statement: str, *values: Any) -> list[Any]:
    """Run a statement that both databases take, `?` for a value, and give what it gives; for what no method does."""
    if isinstance(catalog, SqliteCatalog):
        return catalog.db.execute(statement, values).fetchall()
    assert isinstance(catalog, PostgresCatalog)
    done = catalog.database.execute(statement.replace("?", "%s"), values)
    return done.fetchall() if done.description else []


def lose_articles(catalog: Catalog) -> None:
    """Delete all articles and nothing that refers to them, as no writer does."""
    is_sqlite = isinstance(catalog, SqliteCatalog)
    run_sql(catalog, "pragma foreign_keys = off" if is_sqlite else "set session_replication_role = replica")
    with catalog.writing():
        run_sql(catalog, "delete from articles")


def shorten_sentences(catalog: Catalog) -> None:
    """Let every sentence end a character too early."""
    if isinstance(catalog, SqliteCatalog):
        run_sql(catalog, "update sentences set end = end - 1")
    else:
        run_sql(catalog, "update articles set ends = array(select each - 1 from unnest(ends) as each)")


def named(place: Place) -> str:
    """Write a place so that another process opens it by `place_named`."""
    return f"{place}\n{place.folder}"


def place_named(name: str) -> Place:
    """Give the place that `named` wrote."""
    place, folder = name.split("\n")
    return PostgresPlace(PostgresUrl.parse(place), Path(folder)) if "://" in place else FolderPlace(Path(place))
