"""Two readers propose, and the likelier one is believed; a model that tells no probabilities stands alone."""

from datetime import date

from qa.answer import Evidence, Reader, Span
from qa.decision import propose
from qa.reading import Reading
from qa.reply import parse_reply

CALLED = Evidence(
    Span("a.txt", 0, 28), "Rubio called Sergei Lavrov.", "News", None, 2.5, 0.8, 1.5, "Sergei Lavrov", 0.9
)
ACCUSED = Evidence(
    Span("a.txt", 29, 51), "Starmer accused Putin.", "News", date(2025, 3, 16), 1.1, 0.1, -3.0, "Putin", 0.6
)


def proposed(reply: str, probability: float | None) -> list[tuple[Reader, str]]:
    reading = Reading(parse_reply(reply), [CALLED, ACCUSED], first_probability=probability)
    return [(by, grounded.phrase) for by, grounded in propose("Who did Rubio call?", reading, [CALLED, ACCUSED])]


def test_the_model_and_the_judge_propose_each_their_phrase() -> None:
    assert proposed("Putin [2]", 0.7) == [(Reader.MODEL, "Putin"), (Reader.JUDGE, "Sergei Lavrov")]


def test_where_the_model_finds_nothing_the_judge_still_proposes() -> None:
    assert proposed("not stated", 0.7) == [(Reader.JUDGE, "Sergei Lavrov")]
    assert proposed("Wang Yi [1]", 0.7) == [(Reader.JUDGE, "Sergei Lavrov")]


def test_the_word_of_a_model_that_tells_no_probabilities_stands_alone() -> None:
    assert proposed("not stated", None) == []
    assert proposed("Putin [2]", None) == [(Reader.MODEL, "Putin")]
