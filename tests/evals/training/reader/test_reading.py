"""Check that the right logits are read as the right answer, and that labels say what the data says."""

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from evals.training.reader.encoding import tokens_of
from evals.training.reader.examples import Example, crop, load, save, sentence_pairs
from evals.training.reader.measure import best_em, best_f1
from evals.training.reader.reading import Run, fit_mix, read_passages, read_sentences
from evals.training.reader.targets import make_batch, sentence_logits
from qa.reading.reader_io import InputWriter, pad


def knowing(writer: InputWriter, examples: list[Example]) -> Run:
    """Give a run that knows the answers."""
    known = {}
    for example in examples:
        parts = [example, *(crop(example, i, i) for i in range(len(example.passage.sentences)))]
        for part in parts:
            for window in writer.write([(part.question, part.passage)])[0]:
                known[tuple(window.ids)] = tokens_of(window, part.answers[0]) if part.answers else None

    def run(inputs: Any) -> tuple[Any, Any]:
        tokens = np.zeros((*inputs["input_ids"].shape, 3))
        whole = np.zeros((len(tokens), 4))
        for row, (ids, mask) in enumerate(zip(inputs["input_ids"], inputs["attention_mask"], strict=True)):
            if ends := known[tuple(ids[: mask.sum()])]:
                tokens[row, ends[0], 0] = tokens[row, ends[1], 1] = 9
                tokens[row, :, 2] = 5
                whole[row, 0] = 5
        return tokens, whole

    return run


@pytest.mark.parametrize("by_sentence", [False, True])
def test_right_logits_are_right_answers(by_sentence: bool, writer: InputWriter, examples: list[Example]) -> None:
    run = knowing(writer, examples)
    if by_sentence:
        found = read_sentences(run, writer, 0, examples, 8, fit_mix(run, writer, 0, examples, 8))
    else:
        found = read_passages(run, writer, 0, examples, 8)
    assert [best_em(*pair) for pair in zip(found, examples, strict=True)] == [1.0] * len(examples)
    assert [best_f1(*pair) for pair in zip(found, examples, strict=True)] == [1.0] * len(examples)


def test_labels_name_the_answer_and_its_sentence(writer: InputWriter, examples: list[Example]) -> None:
    rows = [(writer.write([(each.question, each.passage)])[0][0], each) for each in examples]
    batch = make_batch(rows, 0)
    for (window, example), (start, end), labels in zip(rows, batch.span.tolist(), batch.states, strict=True):
        begin, stop = window.offsets[start - window.first][0], window.offsets[end - window.first][1]
        assert example.passage.text[begin:stop] in example.golds
        assert example.stating
        assert [position for position, label in enumerate(labels) if label == 1] == list(example.stating)
    inside = batch.allowed.sum(1) - 1
    assert inside.tolist() == [len(window.offsets) for window, _ in rows]


def test_a_pack_gives_back_what_was_packed(examples: list[Example], tmp_path: Path) -> None:
    save(examples, tmp_path / "pack.xz")
    assert load(tmp_path / "pack.xz") == examples


def test_sentence_logit_is_the_mean_of_its_tokens() -> None:
    tokens = torch.tensor([[9.0, 1.0, 3.0, 5.0]])
    assert sentence_logits(tokens, torch.tensor([[2, 0, 0, 1]])).tolist() == [[2.0, 5.0, 9.0]]


def test_single_sentences_keep_the_answer_and_its_place(examples: list[Example]) -> None:
    for example in examples:
        stating, *silent = sentence_pairs(example, 2, random.Random(1))
        assert stating.passage.text[slice(*stating.answers[0])] in example.golds
        assert not any(each.answerable for each in silent)


def test_padding_is_a_multiple_of_eight(writer: InputWriter, examples: list[Example]) -> None:
    (windows,) = writer.write([(examples[0].question, examples[0].passage)])
    assert pad(windows, 1)["input_ids"].shape[1] % 8 == 0
