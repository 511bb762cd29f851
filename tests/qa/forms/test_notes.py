"""What a note calls wrong, and what is right of it."""

import pytest

from qa.forms.notes import corrects, right_parts, says_wrong


@pytest.mark.parametrize(
    ("note", "wrong", "right"),
    [
        ("Correction: It cost 2.4 million, not 4.2 million.", "4.2 million", "2.4 million"),
        ("Editor's note: An earlier version of this story said 640 pupils attend. It is 460.", "640", "460"),
        ("Clarification: Her name is Vera Lund. We gave it wrongly as Vera Lang.", "Vera Lang", "Vera Lund"),
        ("Correction: The fair begins on Friday instead of Monday.", "Monday", "Friday"),
        (
            "Correction: We incorrectly named Ada Quill as mayor. The mayor is Tor Lien.",
            "Ada Quill",
            "Tor Lien",
        ),
    ],
)
def test_what_is_wrong_is_told_from_what_is_right(note: str, wrong: str, right: str) -> None:
    assert says_wrong(note, wrong)
    assert not says_wrong(note, right)
    parts = [note[start:end] for start, end in right_parts(note)]
    assert any(right in part for part in parts)
    assert not any(wrong in part for part in parts)


@pytest.mark.parametrize(
    ("note", "sentence", "expected"),
    [
        ("Correction: It cost 2.4 million, not 4.2 million.", "The museum cost 4.2 million euros.", True),
        ("Correction: It cost 2.4 million, not 4.2 million.", "The museum has twelve rooms.", False),
        ("Update: The line to Velm stays closed until Tuesday.", "The line to Velm is closed until Friday.", True),
        ("Update: The line to Velm stays closed until Tuesday.", "The driver was not hurt.", False),
    ],
)
def test_a_note_corrects_the_sentences_that_state_the_same(note: str, sentence: str, expected: bool) -> None:
    assert corrects(note, sentence) is expected
