"""What is measured of indexers is the same work, however many share it."""

from pathlib import Path

from evals.robustness.servers import Server
from evals.speed.indexers import SCHEMA, index_by, make_articles, store
from index.catalog.postgres.place import PostgresPlace
from index.catalog.postgres.url import PostgresUrl


def test_passages_are_the_same_by_two_indexers_and_by_the_store_alone(tmp_path: Path, postgres: Server) -> None:
    folder = tmp_path / "articles"
    make_articles(folder, 12)
    place = PostgresPlace(PostgresUrl.parse(postgres.url).within(SCHEMA), tmp_path / "own")
    measured = [index_by(2, folder, place, 0.0), store(folder, place)]
    passages = {number for number, _ in measured}
    assert len(passages) == 1
    assert passages.pop() > 12
    assert all(seconds > 0 for _, seconds in measured)
    assert not place.exists()
