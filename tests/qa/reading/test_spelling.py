"""Names that were typed without capital letters or misspelt are read as the articles have them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from index.article_index import ArticleIndex
from index.catalog.writer import Catalog
from qa.reading.spelling import respell, with_capitals
from qa.testing import HashingEmbedding
from tests.support.articles import MakeFolder

ARTICLES = {
    "a.txt": (
        "The trawler Solveig sank off Rostvang on Monday. The captain, Tormod Eikeland, said the pumps had failed. The "
        "Coastal Agency sent two boats, and the agency called for pumps to be tested. NRK filmed it for Eikeland."
    ),
    "b.txt": "On Friday the ministers Veslemoy Sandvik and Arvid Sandvig met. They said Stephens of Hydro was absent.",
}


@pytest.fixture
def catalog(make_folder: MakeFolder, tmp_path: Path) -> Iterator[Catalog]:
    index = ArticleIndex(make_folder(dict(ARTICLES)), tmp_path / "index", HashingEmbedding())
    index.sync()
    yield index.catalog
    index.close()


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("what did tormod eikeland say?", "What did Tormod Eikeland say?"),
        ("WHAT DID EIKELAND SAY?", "What did Eikeland say?"),
        ("who filmed for nrk", "Who filmed for NRK"),
        ("Who filmed eikeland's boat?", "Who filmed Eikeland's boat?"),
        ("what did the agency call for?", "What did the agency call for?"),
        ("What did zetterlund say?", "What did Zetterlund say?"),
        ("who repaired the boat?", "Who repaired the boat?"),
        ("What did Eikeland say of the solveig?", "What did Eikeland say of the solveig?"),
        ("?", "?"),
    ],
)
def test_names_get_the_capital_letters_that_they_have_in_articles(catalog: Catalog, typed: str, read: str) -> None:
    assert with_capitals(typed, catalog) == read


@pytest.mark.parametrize(
    ("typed", "read_as"),
    [
        ("What did Tormod Eikland say?", "What did Tormod Eikeland say?"),
        ("Who is Eikelund's captain?", "Who is Eikeland's captain?"),
        ("where did the trawler sink, near rostwang?", "Where did the trawler sink, near Rostvang?"),
        ("What did Eikeland say?", None),
        ("What did Zetterlund say?", None),
        ("Кто такой Эйкеланд?", None),
    ],
)
def test_the_only_near_name_is_read_for_one_that_no_article_has(
    catalog: Catalog, typed: str, read_as: str | None
) -> None:
    with catalog.reading():
        spelling = respell(typed, catalog)
    assert spelling.read_as == read_as
    assert not spelling.is_unclear


def test_of_several_near_names_the_nearest_is_taken(catalog: Catalog) -> None:
    spelling = respell("When did Sandvyk meet?", catalog)  # an edit from Sandvik, two from Sandvig
    assert spelling.read_as == "When did Sandvik meet?"


def test_of_several_names_that_are_as_near_none_is_taken(catalog: Catalog) -> None:
    spelling = respell("When did Sandvip meet?", catalog)
    assert (spelling.read_as, sorted(spelling.near), spelling.is_unclear) == (None, ["Sandvig", "Sandvik"], True)


def test_a_common_name_is_not_taken_for_a_misspelt_one_but_the_near_one_is_offered(catalog: Catalog) -> None:
    spelling = respell("Where was Stephan?", catalog)
    assert (spelling.read_as, spelling.near, spelling.is_unclear) == (None, ["Stephens"], False)
