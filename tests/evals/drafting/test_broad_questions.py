"""Broad questions are proposed with what the catalog proves, and only where the assistant finds it."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from evals.cases import load_cases
from evals.drafting.broad_questions import BroadDraft, articles_mentioning, check_back, draft_broad_cases
from evals.drafting.propose import PROPOSED, Tally
from evals.drafting.question_faults import Fault
from index.article_index import ArticleIndex
from index.models.manifest import default_models_dir, find_model
from index.models.pull import ensure_model
from qa.answer import Kind
from qa.opening import open_embedder
from qa.settings import Settings
from qa.testing import ScriptedLLM

ARTICLES = {
    "bridge.txt": "New bridge opens in Halvorsen\n\nThe engineer Tom Berg opened the Halvorsen Bridge in May. "
    "The Halvorsen Bridge cost 40 million crowns, said the mayor Eva Lund. She thanked the workers.",
    "ferry.txt": "Ferry to Tirnholm stops sailing\n\nThe ferry to Tirnholm will stop in June, the mayor Eva Lund said. "
    "The island of Tirnholm has 300 people and one school, said the teacher Ada King.",
    "school.txt": "Tirnholm school gets a teacher\n\nThe teacher Ada King begins in Tirnholm in August, said Tom Berg. "
    "The lunds of Eva are no person, and Eva met a man called Lund.",
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArticleIndex]:
    """Index the articles by the real embedder, without which a question is not told from a fact."""
    ensure_model(find_model("all-MiniLM-L6-v2"), default_models_dir())
    folder = tmp_path_factory.mktemp("articles")
    for name, text in ARTICLES.items():
        (folder / name).write_text(text)
    with closing(ArticleIndex(folder, tmp_path_factory.mktemp("index"), open_embedder(Settings()))) as index:
        index.sync()
        yield index


def drafted(index: ArticleIndex, count: int, seed: int = 1) -> tuple[list[BroadDraft], Tally]:
    tally = Tally(count)
    llm = ScriptedLLM(replies=["not stated"] * 50)
    return list(draft_broad_cases(index, llm, count, seed, tally)), tally


def test_proposals_are_cases_that_stand_in_the_articles_once_they_are_accepted(
    index: ArticleIndex, tmp_path: Path
) -> None:
    drafts, tally = drafted(index, 6)
    assert tally.kept == tally.answerable == len(drafts) >= 3
    assert {each.tags for each in drafts} >= {("overview",), ("folder", "how many")}
    rows = [json.loads(each.to_json()) for each in drafts]
    assert {row.pop("status") for row in rows} == {PROPOSED}
    (tmp_path / "cases.jsonl").write_text("\n".join(map(json.dumps, rows)))
    cases = load_cases(tmp_path / "cases.jsonl", index.catalog.text_of)
    assert all(case.broad and case.answerable for case in cases)


def test_a_number_of_articles_is_that_of_the_articles_that_have_the_name(index: ArticleIndex) -> None:
    drafts, _ = drafted(index, 20)
    numbers = {each.question: each.holds for each in drafts if "number" in each.holds}
    assert numbers
    for question, holds in numbers.items():
        name = question.removeprefix("How many articles mention ").removesuffix("?")
        assert holds["articles"] == sorted(article for article, text in ARTICLES.items() if name in text)
        assert holds["number"] == len(holds["articles"])  # type: ignore[arg-type]


def test_an_article_mentions_a_name_that_has_its_words_one_behind_the_other(index: ArticleIndex) -> None:
    assert articles_mentioning("Eva Lund", index.catalog) == ["bridge.txt", "ferry.txt"]
    assert articles_mentioning("Lund Eva", index.catalog) == []
    assert articles_mentioning("halvorsen bridge", index.catalog) == ["bridge.txt"]


@pytest.mark.parametrize(
    ("kind", "question", "holds"),
    [
        (Kind.FOLDER, "How many articles mention Ada King?", {"number": 3, "articles": ["ferry.txt", "school.txt"]}),
        (Kind.FOLDER, "Which articles mention Ada King?", {"articles": ["school.txt"]}),
        (Kind.LIST, "Which articles mention Ada King?", {"articles": ["ferry.txt", "school.txt"]}),
        (Kind.FOLDER, "Which articles mention Napoleon Bonaparte?", {"articles": ["school.txt"]}),
    ],
)
def test_what_the_assistant_tells_otherwise_is_dropped(
    index: ArticleIndex, kind: Kind, question: str, holds: dict[str, object]
) -> None:
    llm = ScriptedLLM(replies=["not stated"] * 5)
    assert check_back(BroadDraft(question, kind, holds, ()), index, llm) is Fault.NOT_FOUND


def test_what_it_tells_is_kept(index: ArticleIndex) -> None:
    holds = {"number": 2, "articles": ["ferry.txt", "school.txt"]}
    draft = BroadDraft("How many articles mention Ada King?", Kind.FOLDER, holds, ())
    assert check_back(draft, index, ScriptedLLM(replies=[])) is None


def test_the_same_seed_proposes_the_same(index: ArticleIndex) -> None:
    orders = [[each.question for each in drafted(index, 4, seed)[0]] for seed in (1, 1, 2, 3, 4)]
    assert orders[0] == orders[1]
    assert any(order != orders[0] for order in orders[2:])
