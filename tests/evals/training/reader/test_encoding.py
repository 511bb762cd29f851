"""Check that what is encoded can be read back: answers, sentences, windows."""

from pathlib import Path

from evals.training.reader.encoding import tokens_of, window_of
from evals.training.reader.examples import Example
from qa.reading.reader_io import InputWriter, Passage

TEXT = "The ferry sank on Monday. Captain Ida Voss blamed ice. Nobody drowned."
PASSAGE = Passage(TEXT, ((0, 25), (26, 54), (55, 70)), "A ferry sinks")
EXAMPLE = Example("Who blamed ice?", PASSAGE, True, ((34, 42),), (1,))


def writer_of(tokenizer: Path, max_tokens: int) -> InputWriter:
    return InputWriter(tokenizer.read_text(encoding="utf-8"), max_tokens)


def test_texts_keep_their_offsets(tokenizer: Path) -> None:
    (windows,) = writer_of(tokenizer, 64).write([(EXAMPLE.question, PASSAGE)])
    window = window_of(windows, EXAMPLE)
    ends = tokens_of(window, EXAMPLE.answers[0])
    assert ends
    first, last = (position - window.first for position in ends)
    assert TEXT[window.offsets[first][0] : window.offsets[last][1]] == "Ida Voss"
    assert sorted(set(window.sentence_of.tolist())) == [0, 1, 2]


def test_long_passage_is_read_in_windows_that_overlap(tokenizer: Path) -> None:
    text = " ".join(["word"] * 400)
    (windows,) = writer_of(tokenizer, 200).write([("What?", Passage(text, ((0, len(text)),)))])
    covered = {int(start) for window in windows for start in window.offsets[:, 0]}
    assert len(windows) > 2
    assert covered == set(range(0, len(text), 5))
    assert all(len(window.ids) <= 200 for window in windows)


def test_window_that_holds_the_answer_is_learnt_from(tokenizer: Path) -> None:
    text = " ".join(["word"] * 300) + " Voss"
    example = Example("Who?", Passage(text, ((0, len(text)),)), True, ((1500, 1504),), (0,))
    (windows,) = writer_of(tokenizer, 200).write([("Who?", example.passage)])
    assert tokens_of(window_of(windows, example), (1500, 1504))


def test_windows_go_on_where_the_context_leaves_little_room(tokenizer: Path) -> None:
    text = " ".join(["word"] * 200)
    passage = Passage(text, ((0, len(text)),), "long title " * 20, before="and before it " * 20)
    (windows,) = writer_of(tokenizer, 160).write([("why " * 70, passage)])
    assert {int(start) for window in windows for start in window.offsets[:, 0]} == set(range(0, len(text), 5))
