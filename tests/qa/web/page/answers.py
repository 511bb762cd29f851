"""Answers as `--json` prints them, of the folder of news, without anything being asked."""

from datetime import date
from typing import Any

from index.catalog.reader import CatalogReader
from qa.answer import Abstention, Answer, Citation, Coverage, Evidence, Kind, Span, Statement
from qa.as_json import answer_as_dict

FIRST, SECOND, LIBRARY = "vote/first.md", "vote/second.md", "town/library.md"
BOUGHT = "The council of Orsby bought the ferry on 14 April 2025 for 2.4 million crowns."
PUT_OFF = "The council of Orsby put off the vote on the ferry on 3 March 2025."


def cite(article_id: str, quote: str, catalog: CatalogReader) -> Citation:
    article = catalog.article(article_id)
    assert article
    start = article.text.index(quote)
    span = Span(article_id, start, start + len(quote))
    return Citation(span, quote, article.title, article.published, article.publisher, article.url)


def fact(catalog: CatalogReader) -> dict[str, Any]:
    """Who bought the ferry: the council of Orsby."""
    return answer_as_dict(
        Answer(
            "Who bought the ferry?",
            (Statement(BOUGHT, (0,)),),
            (cite(SECOND, BOUGHT, catalog),),
            short_answer="The council of Orsby",
            confidence=0.81,
            model="scripted",
            timings_ms={"total": 420},
        )
    )


def timeline(catalog: CatalogReader) -> dict[str, Any]:
    """What happened with the ferry, on two days."""
    events = (
        Statement(f"3 March 2025: {PUT_OFF}", (0,), {"day": "2025-03-03", "event": PUT_OFF}),
        Statement(f"14 April 2025: {BOUGHT}", (1, 0), {"day": "2025-04-14", "event": BOUGHT}),
    )
    cited = (cite(FIRST, PUT_OFF, catalog), cite(SECOND, BOUGHT, catalog))
    return answer_as_dict(Answer("What happened?", events, cited, kind=Kind.TIMELINE, coverage=Coverage(2, 4, 2, 6)))


def listed(catalog: CatalogReader) -> dict[str, Any]:
    """Who is named, behind how many they are."""
    told = (
        Statement("2: Ida Brandt and Tove Lind.", (0, 2), {"total": "2"}),
        Statement("Ida Brandt", (0, 1), {"item": "Ida Brandt"}),
        Statement("Tove Lind", (2,), {"item": "Tove Lind"}),
    )
    cited = (
        cite(FIRST, "Mayor Ida Brandt called it a pity.", catalog),
        cite(SECOND, "Mayor Ida Brandt said that the ferry would sail in May.", catalog),
        cite(LIBRARY, "Librarian Tove Lind keeps the library of Orsby open on Sundays.", catalog),
    )
    return answer_as_dict(Answer("How many people?", told, cited, kind=Kind.COUNT, coverage=Coverage(3, 4, 3, 6)))


def counted(catalog: CatalogReader) -> dict[str, Any]:
    """How many articles mention the ferry."""
    cited = (cite(FIRST, PUT_OFF, catalog), cite(SECOND, BOUGHT, catalog))
    told = (Statement("2 articles mention the ferry.", (0, 1), {"articles": "2", "times": "4"}),)
    return answer_as_dict(Answer("How many articles?", told, cited, kind=Kind.FOLDER, coverage=Coverage(2, 4, 0, 0)))


def unheard(catalog: CatalogReader) -> dict[str, Any]:
    """No article holds anything on it."""
    return answer_as_dict(Answer("Who is the king?", abstention=Abstention.NO_EVIDENCE))


def abstention(catalog: CatalogReader, *near: str) -> dict[str, Any]:
    """The articles do not say who sold the ferry."""
    found = cite(SECOND, BOUGHT, catalog)
    evidence = Evidence(found.span, BOUGHT, found.title, date(2025, 4, 14), 0.4)
    return answer_as_dict(
        Answer(
            "Who sold Orsbi the ferry?",
            evidence=(evidence,),
            abstention=Abstention.NOT_STATED,
            did_you_mean=tuple(near),
        )
    )
