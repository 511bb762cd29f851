"""A phrase names one thing, or all that are enumerated with it."""

from datetime import date

import pytest

from qa.answer import Evidence, Span
from qa.broad.naming import is_nameless, name_several, names_in, of_whom


@pytest.mark.parametrize(
    ("phrase", "sentence", "names"),
    [
        ("Kelvane", "Kelvane cuts jobs.", ["Kelvane"]),
        ("Kelvane", "Kelvane, Brodal and Norlink cut jobs.", ["Kelvane", "Brodal", "Norlink"]),
        (
            "Kelvane (pumps), Brodal",
            "At Kelvane (pumps), Brodal and Norlink jobs go.",
            ["Kelvane", "Brodal", "Norlink"],
        ),
        ("Wool Bridge and Lock Bridge.", "Closed are Wool Bridge and Lock Bridge.", ["Wool Bridge", "Lock Bridge"]),
        ("Kelvane Inc.", "Kelvane Inc. cuts jobs.", ["Kelvane Inc."]),
        ("Kelvane und Brodal", "Stellen streichen Kelvane und Brodal.", ["Kelvane", "Brodal"]),
        ("Museum of Maps", "The Museum of Maps and the Tide Museum were robbed.", ["Museum of Maps"]),
        ("low pay and long shifts", "They struck over low pay and long shifts.", ["low pay and long shifts"]),
        ("in the end " * 5, "in the end " * 5, []),
    ],
)
def test_names_of_a_phrase(phrase: str, sentence: str, names: list[str]) -> None:
    assert list(names_in(phrase, sentence)) == names


@pytest.mark.parametrize(
    ("name", "whom"),
    [
        ("Councillor Mira Toft of the Greens", "the Greens"),
        ("Bram Gellner at the Clock Museum", "the Clock Museum"),
        ("Ludwig van Beethoven", ""),
        ("the town of Brede", ""),
        ("The council of Orrel", ""),
        ("Norlink", ""),
    ],
)
def test_a_name_tells_of_whom_it_is(name: str, whom: str) -> None:
    assert of_whom(name) == whom


def test_a_number_or_a_pronoun_names_nothing() -> None:
    assert is_nameless("She")
    assert is_nameless("23,900")
    assert not is_nameless("Yew Farm")


@pytest.mark.parametrize(
    ("third", "several"),
    [
        (("c", "Zofia Dallaway", -0.5), True),
        (("b", "Zofia Dallaway", -0.5), False),
        (("c", "Zofia Dallaway", -3.0), False),
        (("c", "Kendrew", -0.5), False),
        (("c", "the Orrin Prize", -0.5), False),
        (("c", "last Friday", -0.5), False),
        (("c", "7 June 2024", -0.5), False),
        (("c", "85 jobs", -0.5), False),
    ],
)
def test_articles_that_clearly_state_other_names_name_several(third: tuple[str, str, float], several: bool) -> None:
    sentences = [
        Evidence(Span(article, 0, 9), f"It was {phrase}.", "News", date(2025, 5, 6), 1.0, stated=stated, phrase=phrase)
        for article, phrase, stated in [("a", "Hugo Kendrew", 1.0), ("b", "Yusra Sallis", 0.5), third]
    ]
    assert name_several("Who won an Orrin Prize?", sentences) is several
