"""The invented articles are dated, and the questions about them are what their tags say."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from evals.cases import Case, load_cases
from index.articles import Article, list_files, read_articles
from index.formats.records import Fields
from index.formats.sandbox import Sandbox
from qa.answer import Span
from qa.question.words import stems
from tests.support import ROOT

INVENTED = ROOT / "evals" / "invented"

LEAST_ANSWERABLE = {
    **{"count": 6, "day": 5, "undecided": 6, "who": 3, "role": 3, "said": 4, "where": 3, "why": 3, "how-much": 3},
    **{"paraphrase": 4, "pronoun": 4, "list": 3, "two-articles": 3, "newest": 4},
    **{"closed-yes": 16, "closed-no": 8, "closed-open": 4},
}
LEAST_UNANSWERABLE = {
    **{"other-count": 8, "other-name": 5, "other-day": 4, "other-predicate": 5, "not-told": 5, "other-place": 3},
    **{"said-elsewhere": 4, "off-topic": 2, "closed-silent": 28},
}


@pytest.fixture(scope="module")
def articles() -> dict[str, Article]:
    return {article.id: article for article in read_all(INVENTED / "articles")}


@pytest.fixture(scope="module")
def cases(articles: dict[str, Article]) -> list[Case]:
    """Load the cases, which refuses a quote that its article does not hold, and an id or a question that recurs."""
    return load_cases(
        INVENTED / "cases.jsonl", lambda article_id: articles[article_id].text if article_id in articles else None
    )


def read_all(folder: Path) -> Iterator[Article]:
    with Sandbox() as sandbox:
        for file in list_files(folder):
            yield from read_articles(file, sandbox, Fields())


def quote_of(span: Span, articles: dict[str, Article]) -> str:
    return articles[span.article_id].text[span.start : span.end]


def test_every_article_is_dated_and_is_asked_about(cases: list[Case], articles: dict[str, Article]) -> None:
    years = {article.id: article.published.year for article in articles.values() if article.published}
    assert years.keys() == articles.keys() == {span.article_id for case in cases for span in case.evidence}
    assert set(years.values()) == {2024, 2025, 2026}


def test_every_kind_has_its_questions(cases: list[Case]) -> None:
    kinds = Counter(case.tags[0] for case in cases)
    least = LEAST_ANSWERABLE | LEAST_UNANSWERABLE
    assert kinds.keys() == least.keys()
    assert not {kind: kinds[kind] for kind in kinds if kinds[kind] < least[kind]}
    assert sum("kin" in case.tags for case in cases) >= 24


def test_the_kind_tells_whether_the_articles_answer(cases: list[Case]) -> None:
    for case in cases:
        assert case.answerable == bool(case.evidence) == (case.tags[0] in LEAST_ANSWERABLE), case.question


def test_the_halves_to_tune_on_and_to_hold_out_are_equal_in_each_kind(cases: list[Case]) -> None:
    halves = Counter((case.tags[0], case.tags[1]) for case in cases)
    for kind in {case.tags[0] for case in cases}:
        assert abs(halves[kind, "dev"] - halves[kind, "held"]) <= 1, kind
    assert {half for _, half in halves} == {"dev", "held"}


def test_every_quote_stands_once_in_its_article(cases: list[Case], articles: dict[str, Article]) -> None:
    for case in cases:
        for span in case.evidence:
            assert articles[span.article_id].text.count(quote_of(span, articles)) == 1, case.question


def test_an_accepted_answer_stands_in_the_quotes(cases: list[Case], articles: dict[str, Article]) -> None:
    for case in cases:
        quotes = [quote_of(span, articles).lower() for span in case.evidence]
        accepted = [answer.lower() for answer in case.answers]
        assert not quotes or any(answer in quote for answer in accepted for quote in quotes), case.question


def test_a_paraphrase_shares_no_word_with_its_sentence(cases: list[Case], articles: dict[str, Article]) -> None:
    for case in (each for each in cases if each.tags[0] == "paraphrase"):
        (sentence,) = (quote_of(span, articles) for span in case.evidence)
        assert not set(stems(case.question)) & set(stems(sentence)), case.question


def test_what_takes_two_articles_quotes_both(cases: list[Case]) -> None:
    for case in cases:
        named = {span.article_id for span in case.evidence}
        assert case.tags[0] != "two-articles" or len(named) == 2, case.question


def test_what_the_newest_article_tells_is_quoted_from_it(cases: list[Case], articles: dict[str, Article]) -> None:
    older_of = {"port-ellery-injured.md": "port-ellery-fire.txt", "brandvik-director.txt": "brandvik-cuts.md"}
    for case in (each for each in cases if each.tags[0] == "newest"):
        (newer,) = (articles[span.article_id] for span in case.evidence)
        older = articles[older_of[newer.id]]
        assert str(older.published) < str(newer.published), case.question
        assert not any(answer in older.text for answer in case.answers if not answer.endswith("day")), case.question
