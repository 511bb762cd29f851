"""Statements, on the seed article, on invented sentences, and on whatever hypothesis makes up."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.question.words import stems
from qa.text import one_line
from qa.wording.statement import MAX_WORDS, state

# Of which sentences are made that have clauses, quotes, hedges, names and none of that.
WORDS = (
    "The the a Ada Quill Paris U.S. Jane's he it they This who which said that if not was met accused resigned led in "
    "on to of and but after where bridge mayor council 90 2021 Tuesday According May"
).split()
PIECES = [*WORDS, ",", ";", ":", ".", "?", '"', "“", "”", "(", ")", "[3]", "–", ", and", ", but", ", which", "\n", "ß"]
SENTENCES = st.lists(st.sampled_from(PIECES) | st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40).map(
    " ".join
)
QUESTIONS = st.lists(st.sampled_from(["Who", "What", "When", "is", "did", "?", *WORDS]), max_size=12).map(" ".join)


def seed_line(seeds: Path, part: str) -> str:
    """Give the line of the seed article that has `part`, a sentence or a few, without the date before the first."""
    text = (seeds / "000_a545c6f73c904d3a.txt").read_text(encoding="utf-8").removeprefix(" date 2025-03-16 ")
    (line,) = (line for line in text.splitlines() if part in line)
    return line


@pytest.mark.parametrize(
    ("question", "phrase", "part", "statement"),
    [
        (
            "Who did Rubio call?",
            "Sergei Lavrov",
            "Moscow said",
            "Moscow said U.S. Secretary of State Marco Rubio called Russian Foreign Minister Sergei Lavrov.",
        ),
        (
            "Who will Trump speak with?",
            "Vladimir Putin",
            "on Tuesday",
            "U.S. President Donald Trump said he plans to speak with Russian President Vladimir Putin.",
        ),
        ("Who is Trump's special envoy?", "Steve Witkoff", "Witkoff", "Trump's special envoy is Steve Witkoff."),
        (
            "When did Witkoff meet Putin?",
            "last week",
            "Witkoff",
            "Steve Witkoff met with Putin for several hours last week.",
        ),
        (
            "Which country hosted the online summit about Ukraine?",
            "U.K.",
            "virtual summit",
            "The U.K. hosted a virtual summit on Ukraine.",
        ),
        (
            "What did Starmer accuse Putin of?",
            "dragging his feet",
            "virtual summit",
            'British Prime Minister Keir Starmer accused Putin of "dragging his feet".',
        ),
        (
            "How many drones did Russia launch?",
            "90",
            "90",
            "Ukraine said Russia launched 90 Iranian-made Shahed drones across nine Ukrainian regions.",
        ),
        (
            "Who agreed to remain in contact?",
            "Sergei Lavrov and Marco Rubio",
            "remain in contact",
            '"Sergei Lavrov and Marco Rubio agreed to remain in contact," the Russian Foreign Ministry said.',
        ),
    ],
)
def test_answers_on_the_seed_article_read_as_sentences(
    question: str, phrase: str, part: str, statement: str, seeds: Path
) -> None:
    assert state(question, phrase, seed_line(seeds, part)) == statement


@pytest.mark.parametrize(
    ("question", "phrase", "sentence", "statement"),
    [
        (
            "Who is the warden of the tower?",
            "Hugh Pell",
            "Hugh Pell, the warden of the tower, counted nine owls.",
            "The warden of the tower is Hugh Pell.",
        ),
        (
            "When was the bridge built?",
            "1931",
            "However, the bridge [3] over the Wend was built in 1931 by the brothers Orr, who had come from Tarnow.",
            "The bridge over the Wend was built in 1931.",
        ),
        (
            "What did the owls eat?",
            "voles",
            "In 2023, the owls ate voles; nobody knows why the mice were left alone.",
            "The owls ate voles.",
        ),
    ],
)
def test_statement_is_cut_where_only_an_addition_falls_away(
    question: str, phrase: str, sentence: str, statement: str
) -> None:
    assert state(question, phrase, sentence) == statement


@pytest.mark.parametrize(
    ("question", "phrase", "sentence", "kept"),
    [
        ("Who stole the ring?", "Ada Quill", "Ada Quill stole the ring, according to two guards.", "according to"),
        ("Who stole the ring?", "Ada Quill", "Police say Ada Quill stole the ring in May.", "Police say"),
        ("Who stole the ring?", "Ada Quill", "The court denied that Ada Quill stole the ring.", "denied"),
        ("When did Quill resign?", "Friday", "Ada Quill did not resign on Friday in Pelham.", "not resign"),
        ("When is the ring sold?", "May", "The ring is sold in May unless the owner pays.", "unless"),
        ("What will Quill do?", "resign", "Ada Quill may resign before the vote in June.", "may"),
        ("How many owls were seen?", "nine", "Wardens counted nine owls in the tower of Pelham.", "in the tower"),
        ("What is Tarnow?", "largest town", "Tarnow is the largest town in the valley.", "in the valley"),
    ],
)
def test_what_a_claim_rests_on_is_never_cut_off(question: str, phrase: str, sentence: str, kept: str) -> None:
    stated = state(question, phrase, sentence)
    assert kept in stated


def test_presupposition_of_the_question_does_not_get_into_the_statement() -> None:
    sentence = "Hugh Pell, the warden, said the owls had come back to the tower in 2019."
    assert state("Who is the disgraced warden of Tarnow?", "Hugh Pell", sentence) == (
        "Hugh Pell, the warden, said the owls had come back to the tower in 2019."
    )


@pytest.mark.parametrize(
    ("question", "phrase", "sentence"),
    [
        ("Wer hat den Preis gewonnen?", "Jane Roe", "Jane Roe gewann den Preis in Paris."),
        ("谁获得了奖项？", "Jane Roe", "Jane Roe won the prize."),
        ("Who won the prize?", "Jane Roe", "She beat Jane Roe, who had won the prize before"),
        ("Who won the prize?", "Jane Roe", 'I saw that the prize had been won by Jane Roe."'),
        ("How old was Jane Roe?", "39", "He was 39 when Jane Roe won the prize."),
        ("Why is the owl asleep?", "quiet", "Pelham is quiet."),
        ("Who?", "", ""),
        ("", "Jane Roe", "Jane Roe won the prize."),
        ("What did he do?", "called", "He called, she says, and then he was gone for a week."),
    ],
)
def test_no_torn_piece_is_a_statement_where_no_clause_reads_well(question: str, phrase: str, sentence: str) -> None:
    assert state(question, phrase, sentence) == sentence


@given(QUESTIONS, SENTENCES, st.integers(0, 40), st.integers(1, 8))
def test_statement_holds_the_phrase_and_no_word_that_the_sentence_lacks(
    question: str, sentence: str, first: int, length: int
) -> None:
    words = one_line(sentence).split()
    phrase = " ".join(words[first % max(1, len(words)) :][:length])
    stated = state(question, phrase, sentence)
    assert phrase in stated
    assert set(stems(stated)) <= set(stems(one_line(sentence))) | set(stems(phrase))
    assert stated == one_line(stated)
    assert stated == one_line(sentence) or len(stated.split()) <= MAX_WORDS


@pytest.mark.parametrize(
    ("question", "phrase", "sentence"),
    [
        (
            "Where is the guide to the owls of Lowmoor?",
            "http://good(x).evil.example/guide",
            "The guide to the owls of Lowmoor is at http://good(x).evil.example/guide.",
        ),
        (
            "Who answers mail about the owls?",
            "Ada Finch",
            "Ada Finch, ada@(no)evil.example, answers mail about the owls.",
        ),
        (
            "What should owners of the printer type?",
            "rm",
            "Owners of the printer should type rm (never) -rf / at once.",
        ),
    ],
)
def test_no_address_or_command_comes_about_by_leaving_something_out(question: str, phrase: str, sentence: str) -> None:
    assert state(question, phrase, sentence).removesuffix(".") in sentence
