"""An article beside an answer: every character of it there once, in paragraphs, and what is cited is marked."""

from hypothesis import given
from hypothesis import strategies as st

from index.catalog.writer import Catalog
from qa.web.page.reading import RAIL_HEIGHT, Mark, Shown, paragraphs, shown
from tests.qa.web.page.answers import BOUGHT, SECOND


def text_of(article: Shown) -> str:
    return "\n".join(
        "".join(piece.text for piece in paragraph)
        for excerpt in article.excerpts
        for block in excerpt
        for paragraph in block
    )


def squeezed(text: str) -> str:
    return "".join(text.split())


def marked(article: Shown, number: int) -> str:
    pieces = [piece for excerpt in article.excerpts for block in excerpt for paragraph in block for piece in paragraph]
    return "".join(piece.text for piece in pieces if number in piece.numbers)


def mark(catalog: Catalog, number: int, quote: str) -> Mark:
    text = catalog.text_of(SECOND) or ""
    return Mark(number, number, SECOND, text.index(quote), text.index(quote) + len(quote), quote)


def test_marks_that_overlap_are_each_marked_whole(catalog: Catalog) -> None:
    quotes = [BOUGHT, "bought the ferry", "for 2.4 million crowns.\n\nMayor Ida Brandt"]
    marks = [mark(catalog, number, quote) for number, quote in enumerate(quotes, 1)]
    found = shown(SECOND, marks, catalog, 100_000)
    assert found
    assert [squeezed(marked(found, each.number)) for each in marks] == [squeezed(quote) for quote in quotes]
    begun = [number for block in found.excerpts[0] for part in block for piece in part for number in piece.begins]
    assert sorted(begun) == [1, 2, 3]
    assert squeezed(text_of(found)) == squeezed(catalog.text_of(SECOND) or "")


def test_the_rail_tells_where_a_mark_lies(catalog: Catalog) -> None:
    found = shown(SECOND, [mark(catalog, 1, BOUGHT)], catalog, 100_000)
    assert found
    (tick,) = found.ticks
    at = (catalog.text_of(SECOND) or "").index(BOUGHT) / found.chars
    assert abs(tick.top / RAIL_HEIGHT - at) < 0.01
    assert tick.top + tick.height <= RAIL_HEIGHT


def test_of_an_article_that_has_changed_the_quotes_are_left(catalog: Catalog) -> None:
    gone = Mark(1, 1, SECOND, 0, 8, "Not here", "The title")
    found = shown(SECOND, [gone], catalog, 100_000)
    assert found
    assert (found.chars, text_of(found), found.title) == (0, "Not here", "The title")
    assert shown("nowhere.md", [], catalog, 100_000) is None


@given(st.text(alphabet="ab \n\r\t", max_size=60), st.integers(0, 60), st.integers(0, 60))
def test_no_character_but_white_space_is_lost_between_paragraphs(text: str, one: int, other: int) -> None:
    start, end = sorted((min(one, len(text)), min(other, len(text))))
    found = list(paragraphs(text, (start, end)))
    assert "".join(squeezed(text[a:b]) for a, b in found) == squeezed(text[start:end])
    assert all(a < b for a, b in found)
    assert [edge for span in found for edge in span] == sorted(edge for span in found for edge in span)
