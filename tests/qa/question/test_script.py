"""The script of a text, and whether a question is plainly English."""

import pytest

from qa.question.script import is_english, is_latin, script_of
from qa.question.words import names_asked, tokens


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("Who called?", "LATIN"),
        ("Où est l’hôtel?", "LATIN"),
        ("1,5 %", "LATIN"),
        ("谁是馆长？", "CJK"),
        ("館長はどなたですか。", "KANA"),
        ("من هو المدير؟", "ARABIC"),
        ("Кто директор NATO?", "CYRILLIC"),
        ("Ποιος είναι;", "GREEK"),
        ("관장은 누구입니까?", "HANGUL"),
    ],
)
def test_the_script_is_that_of_most_letters(text: str, script: str) -> None:
    assert script_of(text) == script
    assert is_latin(text) == (script == "LATIN")


@pytest.mark.parametrize("question", ["who won", "Did Ann win?", "Name the winner", "Is Ann here?", "By when?"])
def test_an_english_question_is_told_by_its_small_words(question: str) -> None:
    assert is_english(question)


@pytest.mark.parametrize("question", ["Wer hat gewonnen?", "Qui a gagné la course ?", "¿Cuánto cuesta el puente?"])
def test_a_question_in_another_language_of_the_same_script_is_not_english(question: str) -> None:
    assert not is_english(question)


def test_the_first_word_of_a_question_is_no_name_in_any_script() -> None:
    assert names_asked("Когда открыли мост в Лесном?") == ["лесном"]
    assert names_asked("Où habite Édith?") == ["edith"]


def test_letters_without_spaces_are_words_each_and_numbers_among_them_are_numbers() -> None:
    assert tokens("昨日31人が") == ["昨", "日", "31", "人", "が"]
    assert names_asked("2019年3月の会議は？") == ["2019", "3"]
