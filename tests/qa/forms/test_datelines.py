"""A dateline is no part of what a sentence says."""

from datetime import date

import pytest

from qa.forms.datelines import is_day_of_report, without_dateline


@pytest.mark.parametrize(
    "dateline", ["TARNOW - ", "PORT HALDEN (Reuters) - ", "ST. ELM'S, Jan 5 (AP) — ", "MÜLHAVEN – "]
)
def test_a_dateline_is_left_out(dateline: str) -> None:
    assert without_dateline(f"{dateline}Crews walked out.") == "Crews walked out."


@pytest.mark.parametrize(
    "text", ["The US - Norway talks failed.", "U.S. - China trade fell.", "Ana - she left.", "TARNOW - "]
)
def test_what_is_no_dateline_stays(text: str) -> None:
    assert without_dateline(text) == text


@pytest.mark.parametrize("text", ["18 January 2025", "Jan. 18, 2025", "2025-01-18", "Saturday, 18 January 2025\n"])
def test_a_line_may_be_the_day_of_its_report(text: str) -> None:
    assert is_day_of_report(text, date(2025, 1, 18))
    assert not is_day_of_report(text, None)


@pytest.mark.parametrize(
    "text", ["The strike began on 18 January 2025.", "18:20 Power is back.", "2025", "212", "25 January 2025"]
)
def test_what_says_more_than_its_day_or_another_one_is_told(text: str) -> None:
    assert not is_day_of_report(text, date(2025, 1, 18))
