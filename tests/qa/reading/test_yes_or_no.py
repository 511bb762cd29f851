"""Closed questions get the clause that settles them."""

import pytest

from qa.answer import Evidence, ReadBy, Span
from qa.reading.decision import propose
from qa.reading.language_model import Reading
from qa.reading.reply import parse_reply
from qa.reading.yes_or_no import is_closed, settle
from qa.wording.statement import state

PRESSED = (
    "The U.S. and Ukraine are pressing Moscow to agree to a ceasefire, but Putin has not given a clear response, "
    'instead listing conditions and raising "serious questions" about the proposal.'
)


def evidence(text: str, phrase: str, stated: float = 1.0) -> Evidence:
    return Evidence(Span("a.txt", 0, len(text)), text, "News", None, 2.0, 0.5, stated, phrase, 0.5)


@pytest.mark.parametrize("question", ["Did Putin agree?", "Is it true?", "Hasn't Trump called?", "will it rain?"])
def test_a_question_for_yes_or_no_is_closed(question: str) -> None:
    assert is_closed(question)


@pytest.mark.parametrize(
    "question", ["Who did Rubio call?", "Was it Rubio or Waltz?", "Islands of Greece?", "In what year did it end?"]
)
def test_a_question_for_something_else_is_open(question: str) -> None:
    assert not is_closed(question)


@pytest.mark.parametrize(
    ("sentence", "phrase", "clause"),
    [
        (PRESSED, "not given a clear response", "Putin has not given a clear response"),
        (PRESSED, "pressing Moscow", "The U.S. and Ukraine are pressing Moscow to agree to a ceasefire"),
        ("Tamry accepted a limit of 18,000 tonnes.", "18,000", "Tamry accepted a limit of 18,000 tonnes"),
        ("No, Reyes said, he won't.", "No", "No, Reyes said, he won't"),
        ('"Never, never again," she said; the port reopened at once.', "reopened", "the port reopened at once"),
    ],
)
def test_the_clause_around_a_phrase_is_whole(sentence: str, phrase: str, clause: str) -> None:
    assert settle(evidence(sentence, phrase)).phrase == clause
    assert clause in sentence


def test_yes_and_no_stand_on_the_sentence_that_is_named_with_them() -> None:
    shown = [evidence("Rubio called Lavrov.", "Lavrov", -2.0), evidence("Lavrov called Rubio.", "Rubio", 1.0)]
    for reply, sentence in (("Yes [1]", shown[0]), ("yes", shown[1]), ("No. [7]", shown[1])):
        found = list(propose("Did Rubio call Lavrov?", Reading(parse_reply(reply), shown), shown))
        assert found == [(ReadBy.MODEL, settle(sentence))]


def test_yes_is_no_answer_to_an_open_question() -> None:
    shown = [evidence("Rubio called Lavrov.", "Lavrov")]
    assert not list(propose("Who called Lavrov?", Reading(parse_reply("Yes [1]"), shown), shown))


def test_a_closed_question_gets_a_sentence_even_where_no_clause_reads_well() -> None:
    sentence = "He did, and it did."
    assert state("Did he go to the port?", "it did", sentence) == sentence
