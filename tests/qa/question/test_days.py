"""The days that a question names; a year that it leaves out is one that the articles know."""

from datetime import date

import pytest

from qa.question.days import days_named, without_days

KNOWN = [date(2024, 11, 3), date(2025, 1, 10), date(2025, 3, 14)]


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("What happened on 10 and 18 January?", [(date(2025, 1, 10),) * 2, (date(2025, 1, 18),) * 2]),
        ("What happened on March 14?", [(date(2025, 3, 14),) * 2]),
        ("What happened in March 2024?", [(date(2024, 3, 1), date(2024, 3, 31))]),
        ("What happened in November?", [(date(2024, 11, 1), date(2024, 11, 30))]),
        ("what happened in february 2024", [(date(2024, 2, 1), date(2024, 2, 29))]),
        ("What happened since May?", [(date(2025, 5, 1), None)]),
        ("What happened before 2025?", [(None, date(2024, 12, 31))]),
        ("What happened on 2025-03-14?", [(date(2025, 3, 14),) * 2]),
        ("What may the council march for?", []),
        ("What happened on 31 June 2025?", []),
    ],
)
def test_days_are_named(question: str, named: list[tuple[date | None, date | None]]) -> None:
    assert [(each.first, each.last) for each in days_named(question, KNOWN)] == named


def test_the_words_for_days_are_left_out_of_what_a_question_is_about() -> None:
    assert without_days("What happened in Tarnow in March 2025?") == "What happened in Tarnow ?"
    assert without_days("What may the council do?") == "What may the council do?"


def test_a_day_lies_in_the_days() -> None:
    (since,) = days_named("since March 2025", KNOWN)
    assert date(2025, 3, 1) in since
    assert date(2025, 2, 28) not in since
    assert None not in since
