"""What a follow-up asks to be done is told by the pattern of its words, and what it names is what remains."""

import pytest

from qa.question.dialogue_act import OTHER, ActClassifier, load_act_classifier


@pytest.fixture(scope="module")
def classifier() -> ActClassifier:
    return load_act_classifier()


@pytest.mark.parametrize(
    ("follow_up", "name"),
    [
        ("only since August", "narrow"),
        ("and in November?", "narrow"),
        ("what about Velmar Oslak?", "swap"),
        ("and the tannery?", "swap"),
        ("tell me more about the fifth one", "item"),
        ("and the second?", "item"),
        ("und der dritte?", "item"),
        ("who said that?", "speaker"),
        ("where does it say that?", "origin"),
        ("anything else?", "more"),
        ("list them", "as_list"),
        ("how many are there?", "as_count"),
        ("as a timeline", "as_timeline"),
        ("compare them", "as_compare"),
        ("summarize that", "as_overview"),
        ("which is the newest one?", "as_newest"),
    ],
)
def test_the_act_of_a_follow_up_is_told_without_a_vector_too(
    classifier: ActClassifier, follow_up: str, name: str
) -> None:
    assert classifier.act(follow_up, None).name == name


@pytest.mark.parametrize(
    "question",
    [
        "And when?",
        "Who is he?",
        "Who was the second mayor of Tarnow?",
        "How many people live in Tarnow?",
        "Who said that Oslak resigned?",
        "What do the articles say about the tannery?",
        "What is the newest article?",
    ],
)
def test_what_asks_a_fact_or_stands_alone_is_no_such_act(classifier: ActClassifier, question: str) -> None:
    assert classifier.act(question, None).name == OTHER


def test_what_a_follow_up_names_is_told_from_what_asks(classifier: ActClassifier) -> None:
    act = classifier.act("and on the Bank of Tarnow?", None)
    assert (act.own, act.before_own, act.days) == ("Bank of Tarnow", "the", ())
    act = classifier.act("only by the Harbour Courier since 10 May", None)
    assert (act.own, act.days) == ("Harbour Courier", ("since 10 May",))
    assert classifier.act("and in may?", None).days == ("in May",)


@pytest.mark.parametrize(
    ("follow_up", "ordinal"),
    [
        ("and the third?", 3),
        ("tell me more about number 12", 12),
        ("what about the last one?", -1),
        ("und der dritte?", 3),
        ("第三个呢？", 3),
    ],
)
def test_which_one_is_meant_is_told_in_several_languages(
    classifier: ActClassifier, follow_up: str, ordinal: int
) -> None:
    act = classifier.act(follow_up, None)
    assert (act.name, act.ordinal, act.own) == ("item", ordinal, "")
