"""A swapped question is about somebody or some year that the articles do not say it of."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from evals.drafting.candidates import Candidate, candidates
from evals.drafting.swap_names import Swapper
from index.article_index import ArticleIndex
from qa.testing import HashingEmbedding
from tests.support.articles import MakeFolder

BRIDGE = (
    "The engineer Tom Berg built the Halvorsen Bridge in Bergen with 340 workers in 1987. "
    "The council had asked the engineer Tom Berg for a tunnel."
)
CONCERT = "The singer Ada King left Oslo after a concert in 1979. Crowds followed the singer Ada King in Oslo."
QUESTION = "How many workers did Tom Berg need for the bridge?"


@pytest.fixture
def indexes(tmp_path: Path) -> Iterator[list[ArticleIndex]]:
    opened: list[ArticleIndex] = []
    yield opened
    for index in opened:
        index.close()


def opened(folder: Path, tmp_path: Path, indexes: list[ArticleIndex]) -> tuple[ArticleIndex, Candidate]:
    """Index a folder and give the candidate 340 of its bridge."""
    index = ArticleIndex(folder, tmp_path / "index", HashingEmbedding())
    index.sync()
    indexes.append(index)
    article = index.catalog.article("bridge.txt")
    assert article
    return index, next(each for each in candidates(article, index.catalog) if each.answer == "340")


def test_a_person_is_swapped_by_another_one_of_the_folder(
    make_folder: MakeFolder, tmp_path: Path, indexes: list[ArticleIndex]
) -> None:
    folder = make_folder({"bridge.txt": BRIDGE, "concert.txt": CONCERT})
    index, candidate = opened(folder, tmp_path, indexes)
    swap = Swapper(index, 1).swap(QUESTION, candidate)
    assert swap
    assert (swap.old, swap.new) == ("Tom Berg", "Ada King")
    assert swap.question == "How many workers did Ada King need for the bridge?"


def test_nobody_is_swapped_in_of_whom_an_article_says_it(
    make_folder: MakeFolder, tmp_path: Path, indexes: list[ArticleIndex]
) -> None:
    said = f"{CONCERT} The bridge that she paid for employs 12 workers."
    index, candidate = opened(make_folder({"bridge.txt": BRIDGE, "concert.txt": said}), tmp_path, indexes)
    assert Swapper(index, 1).swap(QUESTION, candidate) is None


def test_a_year_is_swapped_by_one_that_its_article_does_not_mention(
    make_folder: MakeFolder, tmp_path: Path, indexes: list[ArticleIndex]
) -> None:
    folder = make_folder({"bridge.txt": BRIDGE, "concert.txt": CONCERT})
    index, candidate = opened(folder, tmp_path, indexes)
    swap = Swapper(index, 1).swap("How many workers built it in 1987?", candidate)
    assert swap
    assert swap.question == "How many workers built it in 1979?"


def test_a_question_is_left_alone_where_the_folder_has_nobody_else(
    make_folder: MakeFolder, tmp_path: Path, indexes: list[ArticleIndex]
) -> None:
    index, candidate = opened(make_folder({"bridge.txt": BRIDGE}), tmp_path, indexes)
    assert Swapper(index, 1).swap(QUESTION, candidate) is None


def test_a_name_is_swapped_whole_or_not_at_all(
    make_folder: MakeFolder, tmp_path: Path, indexes: list[ArticleIndex]
) -> None:
    folder = make_folder({"bridge.txt": BRIDGE, "concert.txt": CONCERT})
    index, candidate = opened(folder, tmp_path, indexes)
    assert Swapper(index, 1).swap("How many workers did J. Tom Berg IV need?", candidate) is None
