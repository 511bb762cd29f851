"""The exact scan: the nearest passages by every vector of a catalog."""

import json
import random
from contextlib import closing
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from index.articles import Article
from index.catalog.place import Place
from index.catalog.rows import WrittenArticle
from index.catalog.writer import Catalog
from index.exact_scan import ExactScan
from index.filter import EVERYTHING, Filter
from index.formats.records import Fields
from index.models.embedding import Vectors
from index.passages import Passage
from index.sync import find_changes, sync
from qa.testing import HashingEmbedding
from tests.support.articles import MakeFolder

WORDS = (
    "bridge bakery owl council school flood railway tea river mill tower vicar band lorry clay pier stone rain".split()
)
QUESTIONS = ["the bridge over the river", "tea in the tower", "mill", "vicar and owl and band"]


def sync_folder(folder: Path, catalog: Catalog) -> None:
    sync(find_changes(folder, catalog), catalog, HashingEmbedding(), Fields())


def make_dump(count: int, seed: int) -> str:
    """Write articles of ten words, every other one with a date."""
    chance = random.Random(seed)
    records = []
    for number in range(count):
        text = " ".join(chance.sample(WORDS, 10)) + f" number{number}."
        day = {"date": f"2025-03-{1 + number % 28:02}"} if number % 2 else {}
        records.append({"title": f"Story {number}", "text": text} | day)
    return "\n".join(map(json.dumps, records))


def vector_of(question: str) -> Vectors:
    return np.array(HashingEmbedding().get_query_embedding(question), np.float32)


def cosines(catalog: Catalog, question: str, only: Filter = EVERYTHING) -> dict[int, float]:
    """Give the cosine of every passage, each computed by itself."""
    vector = vector_of(question)
    return {passage: float(catalog.vectors([key])[0] @ vector) for passage, key in catalog.passage_ids(only)}


def check_ranking(catalog: Catalog, scan: ExactScan, question: str, limit: int, only: Filter = EVERYTHING) -> None:
    """Compare by cosines, for passages of equal ones may change places."""
    truth = cosines(catalog, question, only)
    found = scan.nearest(vector_of(question), limit, only)
    assert len(set(found)) == len(found) == min(limit, len(truth))
    assert [truth[passage] for passage in found] == pytest.approx(sorted(truth.values(), reverse=True)[:limit])


@pytest.mark.parametrize("limit", [1, 7, 50, 299, 300, 1000])
def test_nearest_are_those_of_a_comparison_one_by_one(make_folder: MakeFolder, catalog: Catalog, limit: int) -> None:
    sync_folder(make_folder({"news.jsonl": make_dump(300, seed=1)}), catalog)
    scan = ExactScan(catalog)
    for question in QUESTIONS:
        check_ranking(catalog, scan, question, limit)


@pytest.mark.parametrize(
    "only",
    [
        Filter(article="news.jsonl#1?"),
        Filter(since=date(2025, 3, 10), until=date(2025, 3, 12)),
        Filter(article="nothing*"),
    ],
    ids=["of articles", "of days", "of nothing"],
)
def test_nearest_are_of_the_filters_articles_however_many_others_are_nearer(
    make_folder: MakeFolder, catalog: Catalog, only: Filter
) -> None:
    sync_folder(make_folder({"news.jsonl": make_dump(200, seed=2)}), catalog)
    scan = ExactScan(catalog)
    for question in QUESTIONS:
        check_ranking(catalog, scan, question, 20, only)


def test_catalog_of_more_vectors_than_are_read_at_once_is_read_whole(catalog: Catalog) -> None:
    vectors = np.random.default_rng(3).normal(size=(9000, 256)).astype(np.float32)
    passages = [Passage(f"{number:032}", 0, 0, 0, 1, "") for number in range(len(vectors))]
    article = Article("a.txt", "A", "A", None, Path("a.txt"), "", file="a.txt")
    with catalog.writing():
        catalog.put_vectors([passage.id for passage in passages], vectors)
        catalog.put_articles([WrittenArticle(article, b"", [(0, 1)], passages)])
    check_ranking(catalog, ExactScan(catalog), "tea in the tower", 50)


def test_what_changed_in_the_catalog_is_found_at_once(make_folder: MakeFolder, place: Place, catalog: Catalog) -> None:
    folder = make_folder({"a.txt": "The bridge opened.", "b.txt": "The bakery closed."})
    sync_folder(folder, catalog)
    scan = ExactScan(catalog)

    def nearest(question: str) -> list[str]:
        found = scan.nearest(vector_of(question), 1, EVERYTHING)
        return [passage.article_id for passage in catalog.passages(found)]

    assert nearest("Who opened the bridge?") == ["a.txt"]
    make_folder({"a.txt": "The owls nest.", "c.txt": "The new bridge was opened."})
    sync_folder(folder, catalog)
    assert nearest("Who opened the bridge?") == ["c.txt"]
    assert nearest("owls") == ["a.txt"]
    (folder / "c.txt").unlink()
    with closing(place.open()) as other:
        sync_folder(folder, other)
    check_ranking(catalog, scan, "Who opened the bridge?", 5)
    assert len(scan.nearest(vector_of("bridge"), 5, EVERYTHING)) == 2


def test_copies_of_one_text_are_each_found(make_folder: MakeFolder, catalog: Catalog) -> None:
    head = "A new bridge\n\n"
    texts = {"a.txt": f"{head}It opened.", "b.txt": f"{head}It opened."}
    sync_folder(make_folder(texts), catalog)
    with catalog.writing():  # as if their whole texts were not near each other
        catalog.put_repeated([each.key for each in catalog.whole_articles()], [])
    found = ExactScan(catalog).nearest(vector_of("bridge"), 5, EVERYTHING)
    assert sorted(passage.article_id for passage in catalog.passages(found)) == ["a.txt", "b.txt"]
    assert len(catalog.vectors([passage.vector_id for passage in catalog.passages(found)])) == 2


def test_empty_catalog_has_nothing_near(make_folder: MakeFolder, catalog: Catalog) -> None:
    scan = ExactScan(catalog)
    assert scan.nearest(vector_of("bridge"), 5, EVERYTHING) == []
    folder = make_folder({"a.txt": "The bridge opened."})
    sync_folder(folder, catalog)
    assert len(scan.nearest(vector_of("bridge"), 5, EVERYTHING)) == 1
    (folder / "a.txt").unlink()
    sync_folder(folder, catalog)
    assert scan.nearest(vector_of("bridge"), 5, EVERYTHING) == []
    assert scan.nearest(vector_of("bridge"), 5, Filter(article="*")) == []
