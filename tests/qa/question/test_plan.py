"""A question's kind is told by the pattern of its words; what it is about is what remains."""

import numpy as np
import pytest

from qa.answer import Kind
from qa.question.pattern import PLURAL, features
from qa.question.plan import Planner, load_planner


@pytest.fixture(scope="module")
def planner() -> Planner:
    return load_planner()


@pytest.mark.parametrize(
    ("question", "kind", "fact"),
    [
        ("Give me a short summary of the article about the lighthouse.", Kind.OVERVIEW, ""),
        ("What do the articles say about the new tannery?", Kind.OVERVIEW, ""),
        ("Which articles do you have on the tannery?", Kind.FOLDER, "list"),
        ("How many articles mention Velmar Oslak?", Kind.FOLDER, "count"),
        ("What is the newest article?", Kind.FOLDER, "newest"),
        ("Which article was the first to mention Velmar Oslak?", Kind.FOLDER, "oldest"),
        ("Who wrote the article about the tannery?", Kind.FOLDER, "author"),
        ("When was the article about the tannery published?", Kind.FOLDER, "date"),
        ("How long is the article about the tannery?", Kind.FOLDER, "length"),
        ("Name all towns that joined the water league.", Kind.LIST, ""),
        ("Give me a timeline of the tannery dispute.", Kind.TIMELINE, ""),
        ("Compare the plans of Oslak and Werrin.", Kind.COMPARE, ""),
        ("Welche Artikel gibt es über die Gerberei?", Kind.FOLDER, "list"),
    ],
)
def test_what_is_asked_for_is_told_also_without_a_vector(
    planner: Planner, question: str, kind: Kind, fact: str
) -> None:
    plan = planner.plan(question, None)
    assert (plan.kind, plan.fact) == (kind, fact)
    assert plan.otherwise is None


@pytest.mark.parametrize(
    "question",
    [
        "Who did Velmar Oslak call?",
        "How many people live in Tarnow?",
        "When was the book on bees published?",
        "Who wrote the song that Werrin sang?",
        "What is the capital of Estland?",
        "Why did the mayor resign?",
        "Did Oslak agree to the plan?",
    ],
)
def test_a_plain_fact_stays_one(planner: Planner, question: str) -> None:
    assert planner.plan(question, None).kind is Kind.FACT


@pytest.mark.parametrize(
    ("question", "topic", "of_one"),
    [
        ("What is the article about the harbour museum about?", "harbour museum", True),
        ("What do the articles say about the Oslak tannery?", "Oslak tannery", False),
        ("Give me an overview of Velmar Oslak's tannery in May 2024", "Velmar Oslak tannery", False),
    ],
)
def test_the_topic_is_what_does_not_merely_ask(planner: Planner, question: str, topic: str, of_one: bool) -> None:
    plan = planner.read_as("overview", question)
    assert (plan.topic, plan.of_one) == (topic, of_one)


def test_a_kind_that_is_told_is_planned_whatever_the_question_seems_to_ask(planner: Planner) -> None:
    assert planner.plan_as(Kind.OVERVIEW, "Who did Velmar Oslak call?", None).kind is Kind.OVERVIEW
    assert planner.plan_as(Kind.FOLDER, "Which is the newest article?", None).fact == "newest"
    assert planner.plan_as(Kind.FACT, "Which is the newest article?", None).kind is Kind.FACT


def test_words_that_the_classifier_does_not_know_are_one_star() -> None:
    seen = features("Who wrote the long green book in 1990?", frozenset({"who", "wrote", "the", "in"}))
    assert {"< who wrote the", "the * in #", "* _ #"} <= set(seen)
    assert not any("green" in each for each in seen)


def test_of_one_thing_or_of_several_is_seen() -> None:
    known = frozenset({"which", "were", "was", "closed", PLURAL})
    assert f"< which {PLURAL} were" in features("Which harbours were closed?", known)
    for one in ("Which harbour was closed?", "Which campus was closed?", "Which glass was closed?"):
        assert not any(PLURAL in each for each in features(one, known))
    assert not any(PLURAL in each for each in features("Which harbours were closed?", known - {PLURAL}))


@pytest.mark.parametrize(
    ("kind", "probability", "found"),
    [
        (Kind.COUNT, 0.97, Kind.COUNT),
        (Kind.COUNT, 0.9, Kind.FACT),
        (Kind.LIST, 0.9, Kind.LIST),
        (Kind.LIST, 0.5, Kind.FACT),
    ],
)
def test_a_number_is_counted_only_where_it_is_hardly_stated(kind: Kind, probability: float, found: Kind) -> None:
    """Of a classifier that says the same of every question."""
    says = np.log(np.array([[probability, 1 - probability]], np.float32))
    known: dict[str, list[str]] = {"classes": [str(kind), "fact"], "words": [], "features": [], "heads": [], "any": []}
    plan = Planner(known, says, says).plan("How many?", None)
    assert plan.kind is found
    assert plan.otherwise is None if found is kind else plan.otherwise and plan.otherwise.kind is kind
