"""A dateline is no part of what a sentence says."""

import pytest

from qa.forms.datelines import without_dateline


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
