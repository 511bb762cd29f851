"""What the reader is given and what its logits say, the same way for its training and for its use.

The layout is [CLS] question [SEP] title, date, sentence before [SEP] passage [SEP], as Devlin et al. 2019 (arXiv
1810.04805, section 4.2) has it with the context put between; only a token of the passage may begin or end an answer,
and position 0 stands for "none" (section 4.3). A passage that is too long is read in windows that overlap.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

MAX_QUESTION_TOKENS = 64
MAX_TITLE_TOKENS = 16
MAX_DATE_TOKENS = 8
MAX_BEFORE_TOKENS = 24
OVERLAP_TOKENS = 96
START, END, STATES = range(3)  # of the logits of a token
ANSWERABLE = 0  # of those of an input
MAX_PHRASE_TOKENS = 30

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Passage:
    """A text of whole sentences (half-open offsets), and what helps to read it: title, date, the sentence before it."""

    text: str
    sentences: tuple[tuple[int, int], ...]
    title: str = ""
    date: str = ""
    before: str = ""


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


@dataclass(frozen=True)
class Mix:
    """The log-odds that a sentence states the answer, from three logits that say so: a logistic regression.

    `span` is the likeliest phrase's less that of none, `head` that of the whole, `states` the mean of the tokens'.
    """

    span: float
    head: float
    states: float
    intercept: float

    def logit(self, span: float, head: float, states: float) -> float:
        """Weigh the three."""
        return self.span * span + self.head * head + self.states * states + self.intercept


class InputWriter:
    """The tokenizer of a BERT-like or MPNet-like encoder, with the layout of its inputs."""

    def __init__(self, tokenizer_json: str, max_tokens: int) -> None:
        self._tokenizer = Tokenizer.from_str(tokenizer_json)
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        # What stands in a text as "[SEP]" is text, else an article could write the frame of its own question.
        self._tokenizer.encode_special_tokens = True
        self._ids: dict[str, int] = self._tokenizer.get_vocab()
        ends = ("[CLS]", "[SEP]") if "[CLS]" in self._ids else ("<s>", "</s>")
        self._cls, self._sep = (self._ids[end] for end in ends)
        self._max_tokens = max_tokens

    def write(self, asked: Sequence[tuple[str, Passage]]) -> list[list[Window]]:
        """Give for each question with its passage the windows of the passage, mostly one."""
        texts = {question for question, _ in asked}
        for _, passage in asked:
            texts |= {passage.text, passage.title, passage.date, passage.before}
        ordered = sorted(texts)
        # encode_batch_fast would give no offsets, and all spans would be lost without a word
        encoded = self._tokenizer.encode_batch(ordered, add_special_tokens=False)
        known = {text: _arrays(found) for text, found in zip(ordered, encoded, strict=True)}
        return [list(self._windows(question, passage, known)) for question, passage in asked]

    def has_token(self, text: str) -> bool:
        """Tell whether a text is one whole token of the vocabulary."""
        return text in self._ids

    def _windows(self, question: str, passage: Passage, known: dict[str, tuple[Array, Array]]) -> Iterator[Window]:
        asked = known[question][0][-MAX_QUESTION_TOKENS:]  # a long one asks at its end
        title, date, before = (known[text][0] for text in (passage.title, passage.date, passage.before))
        context = [title[:MAX_TITLE_TOKENS], date[:MAX_DATE_TOKENS], before[-MAX_BEFORE_TOKENS:]]
        head = np.concatenate([[self._cls], asked, [self._sep], *context, [self._sep]]).astype(np.int32)
        ids, offsets = known[passage.text]
        starts = [start for start, _ in passage.sentences]
        sentence_of = np.maximum(np.searchsorted(starts, offsets[:, 0], side="right") - 1, 0).astype(np.int32)
        room = self._max_tokens - len(head) - 1
        for begin in _window_starts(len(ids), room):
            inside = slice(begin, begin + room)
            whole = np.concatenate([head, ids[inside], [self._sep]]).astype(np.int32)
            types = np.zeros(len(whole), dtype=np.int32)
            types[len(head) :] = 1
            yield Window(whole, types, len(head), offsets[inside], sentence_of[inside])


def pad(windows: Sequence[Window], pad_id: int) -> dict[str, Array]:
    """Give the network's inputs, int64 of shape (windows, tokens); fused kernels want the latter a multiple of 8."""
    longest = -(-max(len(each.ids) for each in windows) // 8) * 8
    shape = (len(windows), longest)
    ids, mask, types = np.full(shape, pad_id, np.int64), np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    for row, window in enumerate(windows):
        length = len(window.ids)
        ids[row, :length], mask[row, :length], types[row, :length] = window.ids, 1, window.types
    return {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}


def likeliest_span(logits: Array, offsets: Array, text: str) -> tuple[int, int, float, float] | None:
    """Give the first and last token of the likeliest phrase, the sum of its logits, and its share among all phrases.

    A phrase has at most `MAX_PHRASE_TOKENS` and cuts no quotation and no brackets in two: of 32,484 gold answers of
    SQuAD and Natural Questions 20 have a quotation mark without the other one, 11 a bracket. None where none is left.
    """
    if not len(offsets):
        return None
    scores = logits[:, None, START] + logits[None, :, END]
    allowed = np.triu(np.ones_like(scores)) - np.triu(np.ones_like(scores), MAX_PHRASE_TOKENS)
    marks = [_marks(text[start:end]) for start, end in offsets]
    before = np.cumsum([(0, 0), *marks], axis=0)
    apart = before[None, 1:] - before[:-1, None]
    is_whole = (apart[..., 0] % 2 == 0) & (apart[..., 1] == 0)
    scores = np.where((allowed > 0) & is_whole, scores, -np.inf)
    if not np.isfinite(scores).any():
        return None
    begin, end = (int(each) for each in np.unravel_index(int(np.argmax(scores)), scores.shape))
    best = scores[begin, end]
    return begin, end, float(best), float(1 / np.exp(scores - best).sum())


def _arrays(encoding: Any) -> tuple[Array, Array]:
    return np.array(encoding.ids, np.int32), np.array(encoding.offsets, np.int32).reshape(-1, 2)


def _window_starts(tokens: int, room: int) -> Iterator[int]:
    begin = 0
    yield begin
    while begin + room < tokens:
        begin += room - min(OVERLAP_TOKENS, room // 2)
        yield begin


def _marks(piece: str) -> tuple[int, int]:
    """Count the quotation marks of a piece of text, and by how many brackets it opens more than it closes."""
    return sum(char in '"“”' for char in piece), sum((char in "([") - (char in ")]") for char in piece)
