"""Check that what is encoded can be read back: answers, sentences, windows."""

from pathlib import Path

from evals.training.reader.encoding import Encoder, tokens_of, window_of
from evals.training.reader.examples import Example, Passage

TEXT = "The ferry sank on Monday. Captain Ida Voss blamed ice. Nobody drowned."
PASSAGE = Passage(TEXT, ((0, 25), (26, 54), (55, 70)), "A ferry sinks")
EXAMPLE = Example("Who blamed ice?", PASSAGE, True, ((34, 42),), (1,))


def test_prepared_texts_keep_their_offsets(tokenizer: Path) -> None:
    encoder = Encoder(tokenizer, 64)
    encoder.prepare([EXAMPLE])
    window = window_of(encoder, EXAMPLE, titled=True)
    ends = tokens_of(window, EXAMPLE.answers[0])
    assert ends
    first, last = (position - window.first for position in ends)
    assert TEXT[window.offsets[first][0] : window.offsets[last][1]] == "Ida Voss"
    assert sorted(set(window.sentence_of.tolist())) == [0, 1, 2]


def test_long_passage_is_read_in_windows_that_overlap(tokenizer: Path) -> None:
    text = " ".join(["word"] * 400)
    windows = list(Encoder(tokenizer, 200).windows("What?", Passage(text, ((0, len(text)),))))
    covered = {int(start) for window in windows for start in window.offsets[:, 0]}
    assert len(windows) > 2
    assert covered == set(range(0, len(text), 5))
    assert all(len(window.ids) <= 200 for window in windows)


def test_window_that_holds_the_answer_is_learnt_from(tokenizer: Path) -> None:
    text = " ".join(["word"] * 300) + " Voss"
    example = Example("Who?", Passage(text, ((0, len(text)),)), True, ((1500, 1504),), (0,))
    assert tokens_of(window_of(Encoder(tokenizer, 200), example, titled=True), (1500, 1504))
