"""Who asks for somebody's words gets the whole quotation."""

import pytest

from qa.answer import Evidence, Span
from qa.reading.grounding import Grounded
from qa.reading.whole_quotation import asks_what_was_said, whole_quotation

SAID = '"My client took nothing but advice," his lawyer, Tobias Wren, said of what he called a “show trial”.'


@pytest.mark.parametrize(
    ("question", "is_asked"),
    [
        ("What did Tobias Wren say outside the court?", True),
        ("What did Wren say?", True),
        ("What has Wren said about the trial, in 2025?", True),
        ("What did Witkoff tell CNN?", True),
        ("What else did he tell the reporters on Monday?", True),
        ("What did Zelensky say the Kremlin was doing?", False),
        ("What did Bruce say the two diplomats discussed?", False),
        ("What did Wren tell the court that he had taken?", False),
        ("Who said that?", False),
        ("What did Trump sign?", False),
    ],
)
def test_a_question_for_words_is_known_by_its_form(question: str, is_asked: bool) -> None:
    assert asks_what_was_said(question) is is_asked


@pytest.mark.parametrize(
    ("phrase", "whole"),
    [
        ("advice", "My client took nothing but advice"),
        ("My client took nothing but advice", "My client took nothing but advice"),
        ("trial", "show trial"),
        ("Tobias Wren", "Tobias Wren"),
        ("called a “show trial", "called a “show trial"),
    ],
)
def test_a_phrase_in_a_quotation_becomes_the_whole_of_it(phrase: str, whole: str) -> None:
    evidence = Evidence(Span("a.txt", 0, len(SAID)), SAID, "A", None, 1.0)
    widened = whole_quotation(Grounded(phrase, evidence))
    assert widened.phrase == whole
    assert widened.phrase in SAID
