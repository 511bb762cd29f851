"""References exported as RIS: an article a record, of its abstract."""

from datetime import date
from pathlib import Path

import pytest

from index.formats.extract import Extract, UnreadableError
from index.formats.records import Fields, parse_fields, read_records


def read(path: Path, content: str, fields: Fields | None = None) -> tuple[list[Extract], str]:
    path.write_text(content, encoding="utf-8", newline="")
    extracts = list[Extract]()
    try:
        for extract in read_records(path, fields or Fields()):
            extracts.append(extract)
    except UnreadableError as error:
        return extracts, str(error)
    return extracts, ""


def test_a_record_has_title_day_paper_and_address(tmp_path: Path) -> None:
    content = (
        "Provider: Somebody\r\nTY  - NEWS\r\nAU  - Finch, Ada\r\nT1  - The gate\r\nDA  - 2024/05/03/\r\n"
        "T2  - The Heron\r\nN2  - The gate is high.\r\nIt is old.\r\nUR  - https://heron.example/gate\r\nER  - \r\n"
    )
    (extract,), _ = read(tmp_path / "a.ris", content)
    assert extract.text == "The gate is high.\nIt is old."
    known = extract.metadata
    assert (known.title, known.published, known.publisher) == ("The gate", date(2024, 5, 3), "The Heron")
    assert known.url == "https://heron.example/gate"


def test_a_record_that_is_not_ended_costs_no_other(tmp_path: Path) -> None:
    content = (
        "TY  - JOUR\nTI  - A\nAB  - One.\n\nTY  - JOUR\nTI  - B\nER  -\nTY  - JOUR\nTI  - C\nAB  - Three.\nER  - \n"
    )
    extracts, told = read(tmp_path / "a.ris", content)
    assert [(each.record, each.metadata.title, each.text) for each in extracts] == [
        ("1", "A", "One."),
        ("3", "C", "Three."),
    ]
    assert "record 2" in told


def test_another_tag_can_be_named_as_the_text(tmp_path: Path) -> None:
    content = "TY  - RPRT\nTI  - A\nAB  - Short.\nN1  - The whole note.\nER  - \n"
    (extract,), _ = read(tmp_path / "a.ris", content, parse_fields("text=N1"))
    assert extract.text == "The whole note."


@pytest.mark.parametrize("content", ["", "The gate is high.\n", "TI  - A\nAB  - One.\n"])
def test_what_holds_no_record_is_refused(tmp_path: Path, content: str) -> None:
    assert read(tmp_path / "a.ris", content) == ([], "no RIS")
