"""Questions about what the articles do not mention, or do not count, get no answer."""

import pytest

from qa.answer import Evidence, Span
from qa.question.words import mentions, names, tokens
from qa.reading.check_names_and_counts import check_count, counted_words, repeats
from qa.reading.grounding import Grounded
from qa.testing import HashingEmbedding

DRONES = "On Sunday, Ukraine said Russia launched 90 Iranian-made Shahed drones across nine Ukrainian regions."


def grounded(phrase: str, sentence: str = DRONES) -> Grounded:
    return Grounded(phrase, Evidence(Span("a.txt", 0, len(sentence)), sentence, "A", None, 1.0))


@pytest.mark.parametrize(
    ("question", "said", "kept"),
    [
        ("How many drones did Russia launch?", "90", "90"),
        ("How many Ukrainian regions were attacked?", "90", "nine"),
        ("How many Ukrainian regions were attacked?", "nine", "nine"),
        ("How many tanks did Russia launch?", "90", None),
        ("How many of the regions were attacked?", "nine Ukrainian regions", "nine Ukrainian regions"),
        ("Who launched drones?", "Russia", "Russia"),
    ],
)
def test_how_many_is_held_to_what_is_counted(question: str, said: str, kept: str | None) -> None:
    result = check_count(question, grounded(said), HashingEmbedding())
    assert (result and result.phrase) == kept


def test_the_counted_words_end_at_the_verb() -> None:
    assert counted_words("How many civilian drones were launched?") == ["civilian", "drones"]
    assert counted_words("Who counted?") == []


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("Who did Blinken call?", ["blinken"]),
        ("What did the U.K. host in 2025?", ["uk", "2025"]),
        ("What Did The Kremlin say on Sunday?", ["kremlin"]),
        ("who did blinken call?", []),
        ("Was Keir Starmer's summit virtual?", ["keir", "starmer"]),
    ],
)
def test_names_and_numbers_of_a_question_are_known_by_their_form(question: str, found: list[str]) -> None:
    assert names(question) == found


@pytest.mark.parametrize("name", ["russia", "american", "britain", "zelenskyy", "us", "spain"])
def test_a_name_is_mentioned_by_its_adjective_its_other_name_or_a_typo(name: str) -> None:
    assert mentions(set(tokens("The Russian, U.S., Spanish and British leaders met Zelensky.")), name)


@pytest.mark.parametrize("name", ["blinken", "2024", "rust", "iran"])
def test_another_name_is_not_mentioned(name: str) -> None:
    assert not mentions(set(tokens("The Russian, U.S. and British leaders met Zelensky in 2025.")), name)


@pytest.mark.parametrize(
    ("question", "phrase", "is_repeated"),
    [
        ("What caused the Dust Bowl?", "the Dust Bowl", True),
        ("Why did the U.K. host the summit?", "hosted", True),
        ("Who wrote The Cultural Defense?", "She", True),
        ("What did Witkoff tell CNN?", "Steve Witkoff", True),
        ("What is Witkoff's full name?", "Steve Witkoff", False),
        ("Who is Witkoff?", "envoy Steve Witkoff", False),
        ("Where is the envoy Witkoff from?", "Lake Witkoff", False),
        ("Was it Rubio or Waltz who called?", "Waltz", False),
        ("Who won, Rubio or Waltz?", "Waltz", False),
        ("How many of the two workers died?", "two", False),
        ("Did the summit take place?", "the summit took place", False),
    ],
)
def test_a_phrase_that_repeats_the_question_answers_nothing(question: str, phrase: str, is_repeated: bool) -> None:
    assert repeats(question, phrase) is is_repeated
