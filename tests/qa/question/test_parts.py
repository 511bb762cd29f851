"""A question that asks several things is parted; one that asks one thing is left whole."""

import pytest

from qa.question.parts import parts_of


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        (
            "When did the strike begin, when did it end, and what did it cost?",
            ["When did the strike begin?", "when did it end?", "what did it cost?"],
        ),
        ("Who won and why?", ["Who won?", "why?"]),
        (
            "Please tell me who runs the mill and what it makes.",
            ["Please tell me who runs the mill?", "what it makes?"],
        ),
    ],
)
def test_parts(question: str, parts: list[str]) -> None:
    assert parts_of(question) == parts


@pytest.mark.parametrize(
    "question",
    [
        "Who did Rubio call?",
        "Where and when was Oslak born?",
        "What did Oslak say about who called and when?",
        "What is the name of the mill, which was built in 1990?",
        "Is the mill that burned and which was insured open again?",
    ],
)
def test_one_thing_is_left_whole(question: str) -> None:
    assert parts_of(question) == [question]
