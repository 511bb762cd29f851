"""How an answer is laid out: statements and spans in one colour, rows that sort, days in order, what comes closest."""

from datetime import date
from urllib.parse import parse_qsl

from lxml import html as lxml_html

from index.catalog.writer import Catalog
from qa.web.page.address import Address
from qa.web.page.answered import answered
from qa.web.page.asking import render_answer
from qa.web.page.reading import Piece
from tests.qa.web.page.answers import BOUGHT, FIRST, LIBRARY, SECOND, abstention, fact, listed, timeline


def marks_in(pieces: list[Piece]) -> list[tuple[str, int]]:
    return [(piece.text, piece.hue) for piece in pieces if piece.numbers]


def pieces_of(view: object) -> list[Piece]:
    articles = view.articles  # type: ignore[attr-defined]
    return [p for each in articles for excerpt in each.excerpts for block in excerpt for part in block for p in part]


def test_a_statement_and_its_span_share_a_colour_and_the_phrase_that_answers_stands_out(catalog: Catalog) -> None:
    view = answered(fact(catalog), catalog)
    (told,) = view.leads
    assert (told.phrase, told.text, told.hue) == ("The council of Orsby", BOUGHT, 1)
    assert marks_in(pieces_of(view)) == [(BOUGHT, told.hue)]
    assert [each.number for each in told.markers] == [1]
    assert [(each.title, each.publisher) for each in view.sources] == [("Orsby buys the ferry", "Harbour Post")]


def test_a_timeline_has_its_days_and_a_span_the_colour_of_the_first_statement_on_it(catalog: Catalog) -> None:
    view = answered(timeline(catalog), catalog)
    assert [(each.day and each.day.isoformat(), each.told.hue) for each in view.events] == [
        ("2025-03-03", 1),
        ("2025-04-14", 2),
    ]
    assert [hue for _, hue in marks_in(pieces_of(view))] == [1, 2]
    assert view.leads == []
    assert view.coverage == "2 of 4 articles; 2 of 6 sentences read"


def test_rows_stand_in_a_table_below_their_total(catalog: Catalog) -> None:
    view = answered(listed(catalog), catalog)
    assert [each.text for each in view.leads] == ["2: Ida Brandt and Tove Lind."]
    assert view.table
    assert list(view.table.columns) == ["Item", "Articles", "First told"]
    rows = [[cell.text for cell in row.cells] for row in view.table.rows]
    assert rows == [["Ida Brandt", "2", "3 Mar 2025"], ["Tove Lind", "1", "20 Apr 2025"]]
    assert [cell.sort for cell in view.table.rows[0].cells] == ["ida brandt", "2", "2025-03-03"]
    assert [each.id for each in view.articles] == [FIRST, SECOND, LIBRARY]


def test_a_name_that_was_nearly_meant_is_offered_in_the_question(catalog: Catalog) -> None:
    address = Address(("Who buys ships?", "Who sold Orsbi the ferry?"), since=date(2025, 4, 1))
    tree = lxml_html.document_fromstring(render_answer(abstention(catalog, "Orsby"), address, "", None, catalog))
    (ways,) = tree.find_class("ways")
    links = {each.text_content(): dict(parse_qsl(each.get("href").partition("?")[2])) for each in ways.iter("a")}
    assert links["Did you mean Orsby?"] == {"q": "Who sold Orsby the ferry?", "since": "2025-04-01"}
    assert links["Ask all articles"] == {"q": "Who sold Orsbi the ferry?"}
    assert links["Ask for an overview"]["kind"] == "overview"


def test_an_abstention_stands_beside_the_sentence_that_comes_closest_in_no_statements_colour(catalog: Catalog) -> None:
    view = answered(abstention(catalog), catalog)
    assert marks_in(pieces_of(view)) == [(BOUGHT, 0)]
    assert view.leads == []
    assert [each.id for each in view.sources] == [SECOND]
