"""A follow-up on a broad answer is asked as it is meant, and a question that stands alone is left alone."""

from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from index.article_index import ArticleIndex
from qa.answer import Answer, Kind
from qa.ask import ask
from qa.broad.follow_up import follow_up_of
from qa.question.asked import Asked
from qa.testing import HashingEmbedding, ScriptedLLM
from tests.support.articles import MakeFolder

ARTICLES = {
    "2025-01-10-walkout.txt": (
        "Ferry strike begins\nTarnow Courier\n\nThe ferry strike in Tarnow began on Friday over pay. Norlink, the "
        "operator of the ferry, offered 2 percent to the ferry crews."
    ),
    "2025-02-03-end.txt": (
        "Ferry strike ends\n\nThe ferry strike in Tarnow ended on Monday with a rise of 4.5 percent. The ferry strike "
        'had cost Norlink 1.8 million euros. "The ferry strike was worth it," said Ingrid Halvorsen of the guild.'
    ),
    "2025-04-02-museum.txt": (
        "Harbour museum opens\n\nThe harbour museum in Tarnow opened on Wednesday after three years. The harbour "
        "museum cost 4.2 million euros and has twelve rooms."
    ),
}


@pytest.fixture
def index(make_folder: MakeFolder, tmp_path: Path) -> Iterator[ArticleIndex]:
    with closing(ArticleIndex(make_folder(dict(ARTICLES)), tmp_path / "index", HashingEmbedding())) as index:
        index.sync()
        yield index


def answered(asked: Asked, index: ArticleIndex, *replies: str) -> Answer:
    llm = ScriptedLLM(replies=list(replies))
    return ask(asked.question, index, llm, asked.only, plan=asked.plan, told=asked.told)


def followed(index: ArticleIndex, question: str, *lines: str) -> tuple[Asked, Answer]:
    """Ask a question, and each line as it is meant after the one before."""
    asked = Asked(question)
    answer = answered(asked, index)
    for line in lines:
        found = follow_up_of(line, asked, answer, index)
        assert found, line
        asked, answer = found, answered(found, index)
    return asked, answer


def sources(answer: Answer) -> set[str]:
    return {each.span.article_id for each in answer.citations}


FERRY = "What do the articles say about the ferry strike?"


def test_other_days_narrow_what_is_told(index: ArticleIndex) -> None:
    asked, answer = followed(index, FERRY, "only in January")
    assert asked.question == "What do the articles say about the ferry strike in January?"
    assert {each.published for each in answer.citations} == {date(2025, 1, 10)}


def test_a_paper_is_known_by_what_stands_at_the_head_of_its_articles(index: ArticleIndex) -> None:
    asked, answer = followed(index, FERRY, "only by the Tarnow Courier")
    assert asked.only.source == "Tarnow Courier"
    assert sources(answer) == {"2025-01-10-walkout.txt"}
    assert asked.text == f"{FERRY} (overview, only Tarnow Courier)"


def test_another_topic_is_told_the_same_way(index: ArticleIndex) -> None:
    asked, answer = followed(index, FERRY, "and the harbour museum?")
    assert asked.question == "What do the articles say about the harbour museum?"
    assert answer.kind is Kind.OVERVIEW
    assert answer.citations[0].span.article_id == "2025-04-02-museum.txt"


def test_changes_add_up(index: ArticleIndex) -> None:
    asked, answer = followed(index, FERRY, "only in January", "as a timeline")
    assert asked.text == "What do the articles say about the ferry strike in January? (timeline)"
    assert answer.kind is Kind.TIMELINE
    assert sources(answer) == {"2025-01-10-walkout.txt"}


def test_one_of_the_articles_is_told_and_where_a_point_is_from(index: ArticleIndex) -> None:
    question = "Which articles are there on the ferry?"
    _, answer = followed(index, question, "tell me more about the second")
    assert (answer.kind, sources(answer)) == (Kind.OVERVIEW, {"2025-01-10-walkout.txt"})
    before = answered(Asked(FERRY), index)
    first = before.citations[before.statements[0].citations[0]]
    _, answer = followed(index, FERRY, "where does the first one come from?")
    assert answer.kind is Kind.FOLDER
    assert [each.span for each in answer.citations] == [first.span]
    assert first.title in answer.text


def test_who_said_it_is_a_fact_of_the_article_that_says_it(index: ArticleIndex) -> None:
    before = answered(Asked(FERRY), index)
    number = next(place for place, each in enumerate(before.statements, 1) if "Halvorsen" in each.text)
    ordinal = ("first", "second", "third", "fourth", "fifth", "sixth")[number - 1]
    asked = follow_up_of(f"who said the {ordinal}?", Asked(FERRY), before, index)
    assert asked
    answer = answered(asked, index, "Ingrid Halvorsen [1][2][3]")
    assert (answer.kind, answer.short_answer) == (Kind.FACT, "Ingrid Halvorsen")
    assert sources(answer) == {"2025-02-03-end.txt"}


def test_more_tells_what_was_not_told_until_nothing_is_left(index: ArticleIndex) -> None:
    asked = Asked(FERRY)
    answer = answered(asked, index)
    told = set[object]()
    while not answer.abstained:
        cited = {each.span for each in answer.citations}
        assert told.isdisjoint(cited)
        told |= cited
        more = follow_up_of("anything else?", asked, answer, index)
        assert more
        asked, answer = more, answered(more, index)
    assert told


@pytest.mark.parametrize("line", ["Who is Ingrid Halvorsen?", "What did the harbour museum cost?", "And when?"])
def test_what_stands_alone_or_asks_a_fact_is_left_as_it_is(index: ArticleIndex, line: str) -> None:
    assert follow_up_of(line, Asked(FERRY), answered(Asked(FERRY), index), index) is None


def test_after_a_fact_nothing_is_taken_for_such_a_follow_up(index: ArticleIndex) -> None:
    assert follow_up_of("as a timeline", Asked("Who spoke?"), Answer("Who spoke?"), index) is None
