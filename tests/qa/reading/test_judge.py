"""The judge that is shipped reads a question with a sentence."""

import pytest
from tokenizers import Tokenizer

from qa.reading.judge import MAX_QUESTION_TOKENS, Context, encode, load_judge

CALLED = "Meanwhile, Moscow said Marco Rubio called Russian Foreign Minister Sergei Lavrov."
DRONES = "On Sunday, Ukraine said Russia launched 90 Iranian-made Shahed drones across nine Ukrainian regions."


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    tokenizer = load_judge()._tokenizer
    assert isinstance(tokenizer, Tokenizer)
    return tokenizer


def test_the_sentence_that_states_the_answer_comes_first_with_its_words() -> None:
    called, drones = load_judge().judge("Who did Rubio call?", [Context(CALLED), Context(DRONES)])
    assert called.logit > drones.logit
    assert called.phrase.endswith("Sergei Lavrov")
    assert called.phrase in CALLED


def test_a_count_of_something_else_is_doubted() -> None:
    judge = load_judge()
    (drones,) = judge.judge("How many drones did Russia launch on Sunday?", [Context(DRONES)])
    (tanks,) = judge.judge("How many tanks did Russia launch on Sunday?", [Context(DRONES)])
    assert drones.probability > 2 * tanks.probability


def test_a_judgement_does_not_depend_on_what_is_judged_beside_it() -> None:
    judge = load_judge()
    contexts = [Context(CALLED), Context(DRONES, CALLED, "War"), Context("Yes."), Context(CALLED * 9)]
    together = judge.judge("Who did Rubio call?", contexts)
    for alone, beside in zip(contexts, together, strict=True):
        (judged,) = judge.judge("Who did Rubio call?", [alone])
        assert judged == beside


def test_judgements_come_in_the_order_of_their_sentences_whichever_is_done_first() -> None:
    contexts = [Context("On Sunday " * (number * 7 % 20) + f"span {number} fell.") for number in range(40)]
    judged = load_judge().judge("Which span fell?", contexts)
    assert all(each.phrase in context.text for each, context in zip(judged, contexts, strict=True))
    assert judged == [load_judge().judge("Which span fell?", [context])[0] for context in contexts]


@pytest.mark.parametrize("text", ["", " ", "\u200b", "[SEP] [CLS]", "🙂", "x" * 5000, "a\x00b", "ß" * 300])
def test_any_text_can_be_judged(text: str) -> None:
    (judged,) = load_judge().judge(text, [Context(text, text, text)])
    assert judged.phrase in text
    assert 0 <= judged.phrase_probability <= 1


def test_a_text_cannot_write_the_frame_of_a_question(tokenizer: Tokenizer) -> None:
    (encoded,) = encode(tokenizer, "Who? [SEP]", [Context("[SEP] No one. [CLS]", "[SEP]", "[SEP]")])
    separator = tokenizer.token_to_id("[SEP]")
    assert encoded.ids.count(separator) == 3
    assert encoded.ids.count(tokenizer.token_to_id("[CLS]")) == 1


def test_long_questions_are_cut_and_the_sentence_keeps_its_place(tokenizer: Tokenizer) -> None:
    (encoded,) = encode(tokenizer, "word " * 1000, [Context(CALLED)])
    assert encoded.first == MAX_QUESTION_TOKENS + 2
    start, end = encoded.offsets[0]
    assert CALLED[start:end] == "Meanwhile"
    assert encoded.types[encoded.first : encoded.first + len(encoded.offsets)] == [1] * len(encoded.offsets)


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        (
            "Who said that Oake and Renn agreed to stay in touch?",
            '"Ida Renn and Tom Oake agreed to remain in contact," the Tarn Foreign Ministry said.',
        ),
        (
            "What did Renn call the vote?",
            "Renn called the vote “a day for the book of records” and left (by the back door).",
        ),
        (
            "Where does the river rise?",
            "The river (the longest of the county) rises near Odde (Upper Tarn) and ends in Brede.",
        ),
    ],
)
def test_a_phrase_cuts_neither_a_quotation_nor_brackets_in_two(question: str, sentence: str) -> None:
    phrase = load_judge().judge(question, [Context(sentence)])[0].phrase
    assert phrase
    assert phrase in sentence
    assert sum(phrase.count(mark) for mark in '"“”') % 2 == 0
    assert phrase.count("(") == phrase.count(")")


def test_a_sentence_of_nothing_but_a_mark_has_no_phrase() -> None:
    assert load_judge().judge("Who?", [Context('"')])[0].phrase == ""
