"""Days such as 03/05/2024, by the order in which the folder writes its other days."""

import json
from collections.abc import Iterator
from datetime import date

import pytest

from index.article_index import ArticleIndex
from index.catalog.day_order import SOURCE, SOURCE_OF_POINTS
from index.catalog.place import Place
from qa.testing import HashingEmbedding
from tests.support.articles import MakeFolder

BODY = "The gate of Aldwick fell in a storm. Nobody was hurt, and the clerk wrote it down.\n"
DOUBTFUL = f"Published: 03/05/2024\n{BODY}"
PAGE = "<html><head><meta name='date' content='{}'><title>Gate</title></head><body><p>{}</p></body></html>"


@pytest.fixture
def index(make_folder: MakeFolder, place: Place) -> Iterator[ArticleIndex]:
    index = ArticleIndex(make_folder({"doubtful.txt": DOUBTFUL}), place, HashingEmbedding())
    yield index
    index.close()


def published(index: ArticleIndex, article_id: str = "doubtful.txt") -> tuple[date | None, str | None]:
    index.sync()
    article = index.catalog.article(article_id)
    assert article
    return article.published, article.sources.get("published")


@pytest.mark.parametrize(("other", "day"), [("25/05/2024", date(2024, 5, 3)), ("05/25/2024", date(2024, 3, 5))])
def test_other_days_of_the_folder_decide(index: ArticleIndex, make_folder: MakeFolder, other: str, day: date) -> None:
    make_folder({"clear.txt": f"{other}\n{BODY}"})
    assert published(index) == (day, SOURCE)


def test_folder_that_writes_both_ways_decides_nothing(index: ArticleIndex, make_folder: MakeFolder) -> None:
    make_folder({"a.txt": f"25/05/2024\n{BODY}", "b.txt": f"05/26/2024\n{BODY}"})
    assert published(index) == (None, None)


def test_folder_without_another_day_in_numbers_decides_nothing(index: ArticleIndex, make_folder: MakeFolder) -> None:
    make_folder({"a.txt": f"2024-05-25\n{BODY}", "b.txt": f"25 May 2024\n{BODY}"})
    assert published(index) == (None, None)


def test_day_follows_what_the_folder_becomes(index: ArticleIndex, make_folder: MakeFolder) -> None:
    assert published(index) == (None, None)
    folder = make_folder({"clear.txt": f"25/05/2024\n{BODY}"})
    assert published(index) == (date(2024, 5, 3), SOURCE)
    make_folder({"other.txt": f"05/25/2024\n{BODY}"})
    assert published(index) == (None, None)
    (folder / "clear.txt").unlink()
    assert published(index) == (date(2024, 3, 5), SOURCE)


def test_day_that_is_told_beyond_doubt_elsewhere_stays(index: ArticleIndex, make_folder: MakeFolder) -> None:
    make_folder({"clear.txt": f"25/05/2024\n{BODY}", "2023-01-02 gate.txt": DOUBTFUL})
    assert published(index, "2023-01-02 gate.txt") == (date(2023, 1, 2), "file name")


def test_days_of_records_and_pages_decide_and_are_decided(index: ArticleIndex, make_folder: MakeFolder) -> None:
    record = {"text": BODY * 2, "date": "25/05/2024"}
    make_folder({"a.json": json.dumps(record), "b.html": PAGE.format("03/05/2024", BODY * 3)})
    assert published(index, "a.json") == (date(2024, 5, 25), "record")
    assert published(index) == (date(2024, 5, 3), SOURCE)
    assert published(index, "b.html")[0] == date(2024, 5, 3)


def test_article_that_is_renamed_keeps_its_day(index: ArticleIndex, make_folder: MakeFolder) -> None:
    folder = make_folder({"clear.txt": f"25/05/2024\n{BODY}"})
    index.sync()
    (folder / "doubtful.txt").rename(folder / "renamed.txt")
    assert published(index, "renamed.txt") == (date(2024, 5, 3), SOURCE)


@pytest.mark.parametrize("line", ["04.05.2023", "Von Ruth Adler, 04.05.2023, 9:40 Uhr", "Stand: 04.05.2023"])
def test_day_with_points_is_the_first_number(index: ArticleIndex, make_folder: MakeFolder, line: str) -> None:
    make_folder({"tor.txt": f"Tor gefallen\n{line}\n\nDas Tor von Aldwick fiel im Sturm. Niemand wurde verletzt.\n"})
    assert published(index, "tor.txt") == (date(2023, 5, 4), SOURCE_OF_POINTS)


def test_day_with_points_is_not_read_as_those_with_strokes_are(index: ArticleIndex, make_folder: MakeFolder) -> None:
    make_folder({"a.txt": f"05/26/2024\n{BODY}", "b.txt": f"04.05.2023\n{BODY}"})
    assert published(index, "b.txt") == (date(2023, 5, 4), SOURCE_OF_POINTS)
    assert published(index) == (date(2024, 3, 5), SOURCE)


def test_folder_with_points_and_the_month_first_is_read_so(index: ArticleIndex, make_folder: MakeFolder) -> None:
    make_folder({"a.txt": f"05.26.2024\n{BODY}", "b.txt": f"04.05.2023\n{BODY}"})
    assert published(index, "b.txt") == (date(2023, 4, 5), SOURCE)
