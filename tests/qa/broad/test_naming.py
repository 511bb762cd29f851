"""A phrase names one thing, or all that are enumerated with it."""

import pytest

from qa.broad.naming import is_nameless, names_in


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
        ("Kelvane und Brodal", "Stellen streichen Kelvane und Brodal.", ["Kelvane", "Brodal"]),
        ("Museum of Maps", "The Museum of Maps and the Tide Museum were robbed.", ["Museum of Maps"]),
        ("low pay and long shifts", "They struck over low pay and long shifts.", ["low pay and long shifts"]),
        ("in the end " * 5, "in the end " * 5, []),
    ],
)
def test_names_of_a_phrase(phrase: str, sentence: str, names: list[str]) -> None:
    assert list(names_in(phrase, sentence)) == names


def test_a_number_or_a_pronoun_names_nothing() -> None:
    assert is_nameless("She")
    assert is_nameless("23,900")
    assert not is_nameless("Yew Farm")
