"""A broad answer is judged by what a good one holds, and by whether it tells what it rests on."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from evals.broad_gold import BroadGold, Item, Point
from evals.broad_verdict import judge_broad
from index.article_index import ArticleIndex
from index.models.manifest import default_models_dir, find_model
from index.models.pull import ensure_model
from qa.answer import Abstention, Answer, Citation, Coverage, Kind, Span, Statement
from qa.opening import open_embedder
from qa.settings import Settings
from qa.testing import HashingEmbedding

DOCK = "The dock at Ostrey was closed on Monday after a crane fell."
COST = "Its repair will cost 4 million crowns."
MUSEUM = "The museum beside it stays open. Nobody was hurt."
SPANS = {
    "closed": Span("dock.txt", 0, len(DOCK)),
    "cost": Span("dock.txt", len(DOCK) + 1, len(DOCK) + 1 + len(COST)),
    "museum": Span("museum.txt", 0, 32),
}
POINTS = (
    Point("Ostrey's dock is shut because a crane came down.", (SPANS["closed"],)),
    Point("The repair costs 4 million crowns.", (SPANS["cost"],)),
)
READ_ALL = Coverage(articles=2, among=2, read=4, sentences=4)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArticleIndex]:
    folder = tmp_path_factory.mktemp("articles")
    (folder / "dock.txt").write_text(f"{DOCK} {COST}")
    (folder / "museum.txt").write_text(MUSEUM)
    with closing(ArticleIndex(folder, tmp_path_factory.mktemp("index"), HashingEmbedding())) as index:
        index.sync()
        yield index


def answer_of(*told: tuple[str, str], kind: Kind = Kind.OVERVIEW, **changed: object) -> Answer:
    """Make an answer of texts, each citing the span of a name."""
    citations = tuple(Citation(SPANS[name], "", "", None) for _, name in told)
    statements = tuple(Statement(text, (number,)) for number, (text, _) in enumerate(told))
    answer = Answer("What happened at the dock?", statements, citations, kind=kind, coverage=READ_ALL)
    return replace(answer, **changed)  # type: ignore[arg-type]


def scores(gold: BroadGold, answer: Answer, index: ArticleIndex, kind: str = "overview") -> dict[str, float]:
    return judge_broad(kind, gold, answer, index, None).scores


def test_a_point_is_carried_where_its_quote_is_cited_and_what_is_missed_is_named(index: ArticleIndex) -> None:
    answer = answer_of(("Something.", "closed"), ("The museum is open.", "museum"))
    verdict = judge_broad("overview", BroadGold(POINTS), answer, index, None)
    assert verdict.scores["points_carried"] == 0.5
    assert verdict.scores["broad_citation_precision"] == verdict.scores["broad_citation_recall"] == 0.5
    assert verdict.missed == ["The repair costs 4 million crowns."]
    assert verdict.expected == [each.text for each in POINTS]
    assert verdict.right
    assert not judge_broad("overview", BroadGold(POINTS), answer_of(("It.", "museum")), index, None).right


def test_a_statement_with_two_citations_is_supported_by_either(index: ArticleIndex) -> None:
    answer = replace(answer_of(("It.", "closed"), ("That.", "museum")), statements=(Statement("It.", (0, 1)),))
    found = scores(BroadGold(POINTS), answer, index)
    assert (found["broad_citation_recall"], found["broad_citation_precision"]) == (1.0, 0.5)


def test_a_point_is_carried_where_a_statement_means_the_same(index: ArticleIndex, tmp_path: Path) -> None:
    ensure_model(find_model("all-MiniLM-L6-v2"), default_models_dir())
    same = answer_of(("A crane fell, so the dock of Ostrey has been closed.", "museum"))
    other = answer_of(("The museum beside it stays open.", "museum"))
    assert scores(BroadGold(POINTS), same, index)["points_carried"] == 0.0, "by hashes nothing means the same"
    with closing(ArticleIndex(index.articles, tmp_path / "index", open_embedder(Settings()))) as by_meaning:
        assert scores(BroadGold(POINTS), same, by_meaning)["points_carried"] == 0.5
        assert scores(BroadGold(POINTS), other, by_meaning)["points_carried"] == 0.0


def test_a_list_is_judged_as_a_set_of_things_under_any_name(index: ArticleIndex) -> None:
    items = (Item(("Kelvane Ltd", "the glassmaker"), ()), Item(("Sennit Foods",), ()), Item(("Tarn Mutual",), ()))
    told = (("Kelvane", "closed"), ("Sennit Foods", "cost"), ("Harp & Tollis", "museum"), ("Orrin", "museum"))
    found = scores(BroadGold(items=items), answer_of(*told, kind=Kind.LIST), index, "list")
    assert (found["set_precision"], found["set_recall"]) == (0.5, pytest.approx(2 / 3))
    assert found["set_f1"] == pytest.approx(4 / 7)


@pytest.mark.parametrize(("total", "exact"), [("4", 1.0), ("40", 0.0), ("4000000", 0.0)])
def test_a_number_is_exact_or_wrong(index: ArticleIndex, total: str, exact: float) -> None:
    answer = replace(
        answer_of(("At least 4: all.", "cost")), statements=(Statement("4: all.", (0,), {"total": total}),)
    )
    verdict = judge_broad("count", BroadGold(number=4.0), answer, index, None)
    assert verdict.scores["number_exact"] == exact
    assert verdict.missed == ([] if exact else ["4"])


def test_of_articles_those_that_may_be_cited_do_not_count(index: ArticleIndex) -> None:
    both = answer_of(("Dock.", "closed"), ("Museum.", "museum"), kind=Kind.FOLDER)
    strict = scores(BroadGold(articles=("dock.txt",)), both, index, "folder")
    lenient = scores(BroadGold(articles=("dock.txt",), optional_articles=("museum.txt",)), both, index, "folder")
    assert strict["articles_f1"] == pytest.approx(2 / 3)
    assert lenient["articles_f1"] == 1.0


def test_where_the_articles_are_silent_only_an_abstention_is_right(index: ArticleIndex) -> None:
    silent = answer_of(abstention=Abstention.NO_EVIDENCE)
    assert judge_broad("overview", BroadGold(), silent, index, None).right
    assert not judge_broad("overview", BroadGold(), answer_of(("It.", "museum")), index, None).right
    given_up = judge_broad("overview", BroadGold(POINTS), silent, index, None)
    assert not given_up.right
    assert given_up.scores == {"kind_planned": 1.0, "points_carried": 0.0}


def test_a_silent_part_has_to_be_told(index: ArticleIndex) -> None:
    gold = BroadGold((*POINTS[:1], Point(None, ())))
    told = answer_of(("It.", "closed"), kind=Kind.FACT, not_stated=("Who pays?",), coverage=None)
    assert scores(gold, told, index, "parts")["silent_parts_told"] == 1.0
    verdict = judge_broad("parts", gold, replace(told, not_stated=()), index, None)
    assert verdict.scores["silent_parts_told"] == 0.0
    assert verdict.missed == ["that the articles are silent on a part"]


@pytest.mark.parametrize(
    ("kind", "taken_for", "planned"),
    [("list", Kind.LIST, 1.0), ("list", Kind.FACT, 0.0), ("parts", Kind.FACT, 1.0), ("parts", Kind.LIST, 0.0)],
)
def test_the_kind_that_was_planned_is_compared(index: ArticleIndex, kind: str, taken_for: Kind, planned: float) -> None:
    assert (
        scores(BroadGold(POINTS), answer_of(("It.", "closed"), kind=taken_for), index, kind)["kind_planned"] == planned
    )


@pytest.mark.parametrize(
    ("coverage", "honest"),
    [
        (READ_ALL, 1.0),
        (Coverage(articles=1, among=2, read=2, sentences=4), 1.0),
        (Coverage(articles=2, among=2, read=3, sentences=3), 0.0),
        (Coverage(articles=1, among=2, read=5, sentences=4), 0.0),
        (Coverage(articles=3, among=2, read=4, sentences=4), 0.0),
        (Coverage(articles=1, among=1, read=2, sentences=2), 1.0),
        (Coverage(articles=1, among=1, read=1, sentences=1), 0.0),
        (Coverage(articles=1, among=2, read=0, sentences=0), 1.0),
    ],
)
def test_what_says_that_all_was_read_while_something_was_not_is_dishonest(
    index: ArticleIndex, coverage: Coverage, honest: float
) -> None:
    answer = answer_of(("It.", "closed"), coverage=coverage)
    assert scores(BroadGold(POINTS), answer, index)["coverage_honest"] == honest


@pytest.mark.parametrize(("told", "uncertain", "honest"), [("At least 2", 1, 1.0), ("2", 1, 0.0), ("2", 0, 1.0)])
def test_a_count_with_something_uncertain_is_at_least_that(
    index: ArticleIndex, told: str, uncertain: int, honest: float
) -> None:
    answer = answer_of(("", "closed"), kind=Kind.COUNT, coverage=replace(READ_ALL, uncertain=uncertain))
    counted = replace(answer, statements=(Statement(f"{told}: docks.", (0,), {"total": "2"}),))
    assert scores(BroadGold(number=2.0), counted, index, "count")["coverage_honest"] == honest
