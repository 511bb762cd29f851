"""The cell of a row that a question asks for."""

import pytest

from qa.forms.tables import Cell, cell_asked

HEADER, ROW = "| Team | Played | Won | Lost |", "| Velm United | 14 | 8 | 5 |"


@pytest.mark.parametrize(
    ("question", "cell"),
    [
        ("How many games has Velm United won?", Cell("Velm United", "Won", "8")),
        ("How many games did Velm lose?", Cell("Velm United", "Lost", "5")),
        ("How old is Velm United?", None),  # no column
        ("How many games has Corr won?", None),  # no row
        ("Which team won 8 games, Velm?", None),  # names its value
        ("Did Velm United win more than it lost and played?", None),  # two columns
    ],
)
def test_the_cell_is_that_of_the_row_and_the_column_that_are_asked(question: str, cell: Cell | None) -> None:
    assert cell_asked(question, HEADER, ROW) == cell


def test_a_row_with_another_number_of_cells_than_its_header_has_no_cell() -> None:
    assert cell_asked("How many games has Velm United won?", HEADER, "| Velm United | 14 |") is None
