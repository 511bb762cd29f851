"""Write questions with passages as token ids, and read spans back: for training, for testing, and for the graph.

The layout is [CLS] question [SEP] title, date, sentence before [SEP] passage [SEP], as Devlin et al. 2019 (arXiv
1810.04805, section 4.2) has it with the context put between; only a token of the passage may begin or end an answer,
and position 0 stands for "none" (section 4.3). A passage that is too long is read in windows that overlap.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from evals.training.reader.examples import Example, Passage, Span

MAX_QUESTION_TOKENS = 64
MAX_TITLE_TOKENS = 16
MAX_DATE_TOKENS = 8
MAX_BEFORE_TOKENS = 24
OVERLAP_TOKENS = 96

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Window:
    """A stretch of a passage, encoded: tokens `first` and on are the passage's, at the character `offsets` given.

    `sentence_of` gives for each of those tokens the position of its sentence.
    """

    ids: Array
    types: Array
    first: int
    offsets: Array
    sentence_of: Array


class Encoder:
    """The tokenizer of a BERT-like or MPNet-like encoder, with the layout of its inputs."""

    def __init__(self, tokenizer_json: Path, max_tokens: int) -> None:
        self._tokenizer = Tokenizer.from_file(str(tokenizer_json))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        # What stands in a text as "[SEP]" is text, else an article could write the frame of its own question.
        self._tokenizer.encode_special_tokens = True
        ids = self._tokenizer.get_vocab()
        self._cls, self._sep = (ids["[CLS]"], ids["[SEP]"]) if "[CLS]" in ids else (ids["<s>"], ids["</s>"])
        self._max_tokens = max_tokens
        self._known: dict[str, tuple[Array, Array]] = {"": (np.zeros(0, np.int32), np.zeros((0, 2), np.int32))}

    def prepare(self, examples: Sequence[Example]) -> None:
        """Encode all texts of the examples at once, in parallel, and forget the others'."""
        passages = {example.passage for example in examples}
        texts = {example.question for example in examples}.union(
            *((each.text, each.title, each.date, each.before) for each in passages)
        )
        texts.discard("")
        # encode_batch_fast would give no offsets, and all spans would be lost without a word
        encoded = self._tokenizer.encode_batch(sorted(texts), add_special_tokens=False)
        self._known = {"": self._known[""]}
        for text, found in zip(sorted(texts), encoded, strict=True):
            self._known[text] = (np.array(found.ids, np.int32), np.array(found.offsets, np.int32).reshape(-1, 2))

    def windows(self, question: str, passage: Passage, titled: bool = True) -> Iterator[Window]:
        """Give the windows of a passage, mostly one."""
        asked = self._tokens(question)[0][:MAX_QUESTION_TOKENS]
        title, date, before = (self._tokens(text)[0] for text in (passage.title, passage.date, passage.before))
        context = np.concatenate(
            [title[:MAX_TITLE_TOKENS] if titled else title[:0], date[:MAX_DATE_TOKENS], before[-MAX_BEFORE_TOKENS:]]
        )
        head = np.concatenate([[self._cls], asked, [self._sep], context, [self._sep]]).astype(np.int32)
        ids, offsets = self._tokens(passage.text)
        starts = [start for start, _ in passage.sentences]
        sentence_of = np.maximum(np.searchsorted(starts, offsets[:, 0], side="right") - 1, 0).astype(np.int32)
        room = self._max_tokens - len(head) - 1
        for begin in _window_starts(len(ids), room):
            inside = slice(begin, begin + room)
            whole = np.concatenate([head, ids[inside], [self._sep]]).astype(np.int32)
            types = np.zeros(len(whole), dtype=np.int32)
            types[len(head) :] = 1
            yield Window(whole, types, len(head), offsets[inside], sentence_of[inside])

    def _tokens(self, text: str) -> tuple[Array, Array]:
        """Give ids and character offsets."""
        if text not in self._known:
            found = self._tokenizer.encode(text, add_special_tokens=False)
            self._known[text] = (np.array(found.ids, np.int32), np.array(found.offsets, np.int32).reshape(-1, 2))
        return self._known[text]


def tokens_of(window: Window, answer: Span) -> tuple[int, int] | None:
    """Give the first and last token (positions in the whole input) of an answer, None where the window cuts it."""
    inside = np.flatnonzero((window.offsets[:, 1] > answer[0]) & (window.offsets[:, 0] < answer[1]))
    if not len(inside) or window.offsets[inside[0], 0] > answer[0] or window.offsets[inside[-1], 1] < answer[1]:
        return None
    return window.first + int(inside[0]), window.first + int(inside[-1])


def window_of(encoder: Encoder, example: Example, titled: bool) -> Window:
    """Give the window to learn from: the first one with the best answer, else the first."""
    windows = list(encoder.windows(example.question, example.passage, titled))
    holding = (each for each in windows if example.answers and tokens_of(each, example.answers[0]))
    return next(holding, windows[0])


def pad(windows: Sequence[Window], pad_id: int) -> dict[str, Array]:
    """Give the network's inputs, int64 of shape (windows, tokens); fused kernels want the latter a multiple of 8."""
    longest = -(-max(len(each.ids) for each in windows) // 8) * 8
    shape = (len(windows), longest)
    ids, mask, types = np.full(shape, pad_id, np.int64), np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    for row, window in enumerate(windows):
        length = len(window.ids)
        ids[row, :length], mask[row, :length], types[row, :length] = window.ids, 1, window.types
    return {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}


def _window_starts(tokens: int, room: int) -> Iterator[int]:
    begin = 0
    yield begin
    while begin + room < tokens:
        begin += room - OVERLAP_TOKENS
        yield begin
