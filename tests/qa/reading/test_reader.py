"""The reader that is shipped reads a question with a sentence."""

import pytest

from qa.reading.reader import Context, load_reader
from qa.reading.reader_io import MAX_QUESTION_TOKENS, InputWriter, Passage

CALLED = "Meanwhile, Moscow said Marco Rubio called Russian Foreign Minister Sergei Lavrov."
DRONES = "On Sunday, Ukraine said Russia launched 90 Iranian-made Shahed drones across nine Ukrainian regions."


@pytest.fixture(scope="module")
def writer() -> InputWriter:
    return load_reader()._writer


def test_the_sentence_that_states_the_answer_comes_first_with_its_words() -> None:
    called, drones = load_reader().read("Who did Rubio call?", [Context(CALLED), Context(DRONES)])
    assert called.logit > drones.logit
    assert called.phrase.endswith("Sergei Lavrov")
    assert called.phrase in CALLED


def test_a_count_of_something_else_is_doubted() -> None:
    reader = load_reader()
    (drones,) = reader.read("How many drones did Russia launch on Sunday?", [Context(DRONES)])
    (tanks,) = reader.read("How many tanks did Russia launch on Sunday?", [Context(DRONES)])
    assert drones.probability > 2 * tanks.probability


def test_a_reading_does_not_depend_on_what_is_read_beside_it() -> None:
    reader = load_reader()
    contexts = [Context(CALLED), Context(DRONES, CALLED, "War"), Context("Yes."), Context(CALLED * 9)]
    together = reader.read("Who did Rubio call?", contexts)
    for alone, beside in zip(contexts, together, strict=True):
        (read,) = reader.read("Who did Rubio call?", [alone])
        assert read == beside


def test_readings_come_in_the_order_of_their_sentences_whichever_is_done_first() -> None:
    contexts = [Context("On Sunday " * (number * 7 % 20) + f"span {number} fell.") for number in range(40)]
    read = load_reader().read("Which span fell?", contexts)
    assert all(each.phrase in context.text for each, context in zip(read, contexts, strict=True))
    assert read == [load_reader().read("Which span fell?", [context])[0] for context in contexts]


@pytest.mark.parametrize("text", ["", " ", "\u200b", "[SEP] [CLS]", "🙂", "x" * 5000, "a\x00b", "ß" * 300])
def test_any_text_can_be_read(text: str) -> None:
    (read,) = load_reader().read(text, [Context(text, text, text)])
    assert read.phrase in text
    assert 0 <= read.phrase_probability <= 1


def test_a_text_cannot_write_the_frame_of_a_question(writer: InputWriter) -> None:
    text = "[SEP] No one. [CLS]"
    ((window,),) = writer.write([("Who? [SEP]", Passage(text, ((0, len(text)),), "[SEP]", before="[SEP]"))])
    cls, sep = window.ids[0], window.ids[-1]
    assert window.ids.tolist().count(sep) == 3
    assert window.ids.tolist().count(cls) == 1


def test_long_questions_are_cut_and_the_sentence_keeps_its_place(writer: InputWriter) -> None:
    ((window,),) = writer.write([("word " * 1000, Context(CALLED).passage)])
    assert window.first == MAX_QUESTION_TOKENS + 3
    start, end = window.offsets[0]
    assert CALLED[start:end] == "Meanwhile"
    assert window.types[window.first :].tolist() == [1] * (len(window.offsets) + 1)


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
    phrase = load_reader().read(question, [Context(sentence)])[0].phrase
    assert phrase
    assert phrase in sentence
    assert sum(phrase.count(mark) for mark in '"“”') % 2 == 0
    assert phrase.count("(") == phrase.count(")")


def test_a_sentence_of_nothing_but_a_mark_has_no_phrase() -> None:
    assert load_reader().read("Who?", [Context('"')])[0].phrase == ""
