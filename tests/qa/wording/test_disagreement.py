"""Of articles that disagree the newer is believed and the older named."""

from dataclasses import replace
from datetime import date

import pytest

from qa.answer import Evidence, Span
from qa.reading.grounding import Grounded
from qa.wording.disagreement import disagree, newest_first, told_beside


def said(text: str, phrase: str, day: int | None, stated: float = 3.0) -> Evidence:
    published = date(2025, 5, day) if day else None
    return Evidence(Span(f"{day}.txt", 0, len(text)), text, "News", published, stated, 0.5, stated, phrase, 0.9)


OLD = said("Twelve people were injured.", "Twelve", 3)
NEW = said("The number of injured rose to 15.", "15", 4)


@pytest.mark.parametrize("answered", [Grounded("Twelve", OLD), Grounded("15", NEW)])
def test_the_newer_of_two_figures_comes_first(answered: Grounded) -> None:
    assert [each.phrase for each in newest_first(answered, [OLD, NEW])] == ["15", "Twelve"]


@pytest.mark.parametrize(
    "other",
    [
        said("There were 12 injured.", "12", 4),  # the same figure
        said("It burnt for 15 hours.", "15", 4, stated=-2.0),  # not what was asked
        replace(said("There were 15 injured.", "15", 4), span=OLD.span),  # another figure of the same article
    ],
)
def test_what_does_not_disagree_is_left_out(other: Evidence) -> None:
    answered = Grounded("Twelve", OLD)
    assert newest_first(answered, [OLD, other]) == [answered]


@pytest.mark.parametrize("day", [3, None])
def test_where_dates_tell_nothing_the_answer_comes_first_and_is_contradicted(day: int | None) -> None:
    other = replace(said("There were 15 injured.", "15", day), span=Span("other.txt", 0, 22))
    answered = Grounded("Twelve", OLD)
    told = newest_first(answered, [other, OLD])
    assert [each.phrase for each in told] == ["Twelve", "15"]
    assert told_beside(told[1], told[0]) == "Another article says otherwise:"


def test_an_older_article_is_told_with_its_day() -> None:
    assert told_beside(Grounded("Twelve", OLD), Grounded("15", NEW)) == "Earlier, 2025-05-03:"


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("90 drones", "ninety-two drones", True),
        ("7.5 million crowns", "1.2 million crowns", True),
        ("8 million", "8 billion", True),
        ("4 million", "four million", False),
        ("9", "nine", False),
        ("Henrik Aasland", "Liv Berg", True),
        ("Aasland", "Henrik Aasland", False),
        ("the mayor", "a doctor", False),
        ("12 May", "Oslo", False),
    ],
)
def test_only_numbers_and_names_can_disagree(one: str, other: str, expected: bool) -> None:
    assert disagree(one, other) is expected
