"""A question that leans on the one before is told from one that can be understood alone."""

import json

import pytest

from qa.question.stands_alone import is_elliptic, leans, says_little, stands_alone, without_connective
from tests.support import ROOT

EVALS = ROOT / "evals"
ALONE = [json.loads(line)["question"] for line in (EVALS / "seeds.jsonl").read_text(encoding="utf-8").splitlines()]
ALONE += [
    json.loads(line)["question"]
    for line in (EVALS / "invented" / "cases.jsonl").read_text(encoding="utf-8").splitlines()
]


@pytest.mark.parametrize("question", ALONE)
def test_a_question_of_the_sets_stands_alone_as_it_is_written(question: str) -> None:
    assert stands_alone(question)
    assert without_connective(question) == question


@pytest.mark.parametrize(
    "question",
    [
        "And when?",
        "When?",
        "By when?",
        "In what time?",
        "At how many regions?",
        "Why not?",
        "Did Putin?",
        "What about Ukraine?",
        "And in 2024?",
        "In the women's race?",
        "So who is he?",
        "What is her job?",
        "How many of them?",
        "Who designed it?",
        "Where is she now?",
        "What did Rubio tell him?",
        "What did Starmer say about it?",
        "How much would that save?",
        "What happened then?",
        "Who else was hurt?",
        "Which one is cheaper?",
        "How many people does it employ there?",
        "Who won?",
        "Will he appeal?",
        "May she run in the spring?",
        "Did he resign from the council of Hasley?",
    ],
)
def test_what_points_back_or_leaves_out_leans_on_the_question_before(question: str) -> None:
    assert leans(question)
    assert not stands_alone(question)


@pytest.mark.parametrize(
    "question",
    [
        "What was the reason?",
        "What was the verdict?",
        "And who came last?",
        "How many visitors came?",
        "Who was arrested this week?",
        "Who lost his seat?",
    ],
)
def test_what_is_whole_but_says_little_may_be_about_what_was_asked_before(question: str) -> None:
    assert says_little(question)
    assert not leans(question)
    assert not stands_alone(question)


@pytest.mark.parametrize(
    "question",
    [
        "Who is Putin?",
        "What is inflation?",
        "Who lost his seat in the council of Hasley?",
        "What did the guard do when he heard the alarm?",
        "Why did Orrell resign from his office?",
        "Is it true that Putin agreed?",
        "How long will it take to rebuild the mill?",
        "How many deaths were there in Hasley?",
        "Who was arrested in Hasley this week?",
        "Will Orrell say whether he resigns?",
        "Wer hat Lawrow angerufen?",
        "Rubio Lavrov call",
    ],
)
def test_what_is_explained_in_the_question_itself_does_not(question: str) -> None:
    assert stands_alone(question)


def test_only_a_question_that_leaves_something_out_is_elliptic() -> None:
    assert is_elliptic("And on which day?")
    assert is_elliptic("What about Ukraine?")
    assert not is_elliptic("When did he meet Putin?")
    assert without_connective("And what did Zelensky say?") == "What did Zelensky say?"
    assert without_connective("Andorra signed what?") == "Andorra signed what?"
