"""Words of an index that are nearly a given one, by real full-text search."""

from collections.abc import Iterator

import pytest

from index.article_index import ArticleIndex
from index.catalog.place import Place
from index.catalog.writer import Catalog
from index.near_words import max_edits, near_words, occurs, writings
from qa.testing import HashingEmbedding
from tests.support.articles import MakeFolder

ARTICLES = {
    "a.txt": "Storm in Ulvik\n\nOn Monday Agneta Lindqvist and Jürg Baumann left Ulvik. The harvest of plums was poor.",
    "b.txt": "Harvest\n\nThe harvests fail, the pilot Karlsen said. Harvest time comes late, Karlson of Ulvik said.",
}


@pytest.fixture
def catalog(make_folder: MakeFolder, place: Place) -> Iterator[Catalog]:
    index = ArticleIndex(make_folder(dict(ARTICLES)), place, HashingEmbedding())
    index.sync()
    yield index.catalog
    index.close()


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("Lindqist", ["Lindqvist"]),
        ("lindkvist", ["Lindqvist"]),
        ("Lnidqvist", ["Lindqvist"]),
        ("Ulvic", ["Ulvik"]),
        ("Bauman", ["Baumann"]),
        ("jorgs", []),  # two edits from Jürg
        ("Harvesd", ["harvest"]),
        ("Karlsin", ["Karlsen", "Karlson"]),
        ("Karlssen", ["Karlsen"]),  # two edits from Karlson
        ("Tindqvist", []),
        ("Lindqvist", []),
        ("Uvk", []),
        ("Oslo", []),
    ],
)
def test_near_words_differ_by_an_edit_or_two_of_long_ones(catalog: Catalog, word: str, near: list[str]) -> None:
    with catalog.reading():
        assert sorted(near_words(catalog, word)) == near


def test_a_word_is_found_in_any_inflection_and_without_its_accents(catalog: Catalog) -> None:
    assert occurs(catalog, "harvested")
    assert occurs(catalog, "Jurg")
    assert not occurs(catalog, "Lindqist")


def test_how_a_word_is_written_is_told_apart_from_where_any_word_has_a_capital(catalog: Catalog) -> None:
    inside, elsewhere = writings(catalog, "harvest")
    assert set(inside) == {"harvest"}
    assert set(elsewhere) == {"Harvest"}


def test_a_short_word_has_no_other_spelling() -> None:
    assert [max_edits(word) for word in ("Bo", "Ann", "Toft", "Toftes", "Toftess")] == [0, 0, 1, 1, 2]
