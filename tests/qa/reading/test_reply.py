"""Replies of any form are read alike."""

import pytest

from qa.reading.reply import parse_reply


@pytest.mark.parametrize(
    ("text", "words", "numbers"),
    [
        ("Sergei Lavrov [2]", "Sergei Lavrov", (2,)),
        ("[2] Sergei Lavrov", "Sergei Lavrov", (2,)),
        ("Answer: Sergei Lavrov [2][3]", "Sergei Lavrov", (2, 3)),
        ("**Sergei Lavrov** [2]", "Sergei Lavrov", (2,)),
        ("Sergei Lavrov [1, 3]\n\nBecause he said so. [9]", "Sergei Lavrov", (1, 3)),
        ("\n  Sergei\tLavrov\x1b[31m [4]", "Sergei Lavrov[31m", (4,)),
        ("$4 million [4]", "$4 million", (4,)),
        ("Ivan (the Terrible) [1]", "Ivan (the Terrible)", (1,)),
        ("", "", ()),
    ],
)
def test_words_and_numbers_are_told_apart(text: str, words: str, numbers: tuple[int, ...]) -> None:
    reply = parse_reply(text)
    assert reply.numbers == numbers
    assert reply.text == words


@pytest.mark.parametrize(
    "text",
    ["not stated", "Not stated.", "not stated [3]", "The answer is not given", "unknown", "", "[2]", "None", "N/A"],
)
def test_a_refusal_is_known_in_its_forms(text: str) -> None:
    assert parse_reply(text).refused


@pytest.mark.parametrize("text", ["No [2]", "nothing was agreed [1]", "Nonesuch Records [1]", "Notre-Dame [4]"])
def test_an_answer_that_begins_like_a_refusal_is_none(text: str) -> None:
    assert not parse_reply(text).refused
