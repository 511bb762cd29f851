"""What is said of another is no answer."""

import pytest

from qa.reading.possessives import says_it_of_another


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("Who is Tamry's fisheries minister?", "Sorrel's fisheries minister, Brigid Falk, will bring an offer."),
        ("Who is the mayor of Oria?", "The mayor of Belhavn, Ada Brel, thanked the fire brigade."),
        ("Who is the mayor of Oria?", "Belhavn's mayor thanked the fire brigade."),
        ("How many horsepower was Newcomen's engine?", "Watt's ten-horsepower engines powered machines."),
        ("How many subtypes of B cells exist?", "There are two major subtypes of T cells."),
    ],
)
def test_the_same_thing_of_another_name_is_another(question: str, sentence: str) -> None:
    assert says_it_of_another(question, sentence)


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("Who is Tamry's fisheries minister?", "Tamry's minister met Sorrel's minister, Brigid Falk."),
        ("Who is Tamry's fisheries minister?", "Its minister, Joost Harran, will not attend."),
        ("Who is Tamry's fisheries minister?", "Sorrel's harbour is closed."),
        ("Who controls the UK's government?", "The government of the United Kingdom was Conservative."),
        ("Who is the U.S. president's envoy?", "Trump's special envoy, Steve Witkoff, met Putin."),
        ("Who is Russia's foreign minister?", "The Russian foreign minister of Putin's cabinet is Sergei Lavrov."),
        ("Who is Russia's foreign minister?", "Moscow's foreign minister, Sergei Lavrov, agreed."),
        ("Who is Spain's prime minister?", "The prime minister of the Spanish Kingdom is Pedro Sánchez."),
        ("Who is Paul Smith's wife?", "Smith's wife, Ann, was there."),
        ("Who won the race?", "Watt's engine won the race."),
    ],
)
def test_what_may_be_of_the_same_is_not_another(question: str, sentence: str) -> None:
    assert not says_it_of_another(question, sentence)
