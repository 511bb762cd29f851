"""A small model of our own that reads a question with one sentence: does it state the answer, and with which words?"""

import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np

from qa.question.script import is_latin
from qa.question.words import stem
from qa.reading.reader_io import (
    ANSWERABLE,
    END,
    START,
    STATES,
    Array,
    InputWriter,
    Mix,
    Passage,
    Window,
    likeliest_span,
    pad,
)

MAX_TOKENS = 256
UNREAD_LOGIT = -20.0  # of a sentence that the reader cannot read: it states nothing


@dataclass(frozen=True)
class Context:
    """A sentence with what helps to read it: the one before it and the title of its article.

    `asked` is the question that it answers in an interview: it is read as one with the sentence, but the phrase is of
    the sentence.
    """

    text: str
    before: str = ""
    title: str = ""
    asked: str = ""

    @property
    def passage(self) -> Passage:
        """The sentence behind what was asked, as one."""
        whole = f"{self.asked} {self.text}" if self.asked else self.text
        return Passage(whole, ((0, len(whole)),), self.title, before=self.before)


@dataclass(frozen=True)
class SentenceReading:
    """What the reader makes of a sentence: the probability that it states the answer, and the likeliest words of it.

    `logit` is that of the probability. `phrase` is verbatim from the sentence, `phrase_probability` the share that it
    has among all phrases of the sentence.
    """

    logit: float
    phrase: str
    phrase_probability: float

    @property
    def probability(self) -> float:
        """The probability that the sentence states the answer, in [0, 1]."""
        return float(1 / (1 + np.exp(-self.logit)))


class SentenceReader:
    """An ONNX graph (see `evals.training.reader`) with the tokenizer and the mix that belong to it.

    Each processor reads sentences of its own: several at one sentence would wait for each other a hundred times in it,
    by default spinning, which beside a busy process takes three times as long (`docs/speed.md`).
    """

    def __init__(self, graph: bytes, tokenizer: str, mix: Mix) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        self._processors = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="reader")
        self._writer = InputWriter(tokenizer, MAX_TOKENS)
        self._mix = mix

    def read(self, question: str, sentences: Sequence[Context]) -> list[SentenceReading]:
        """Read each sentence, one by one: a batch takes as long, and its int8 scales would mix the sentences.

        It has learnt English: of a sentence that it `can_read` not it makes nothing. Of a sentence that is too long for
        it the beginning is read.
        """

        def read_one(windows: list[Window], sentence: Context) -> SentenceReading:
            if not can_read(question, sentence.text):
                return SentenceReading(UNREAD_LOGIT, "", 0.0)
            inputs = {name: row[:, : len(windows[0].ids)] for name, row in pad(windows[:1], 0).items()}
            tokens, whole = self._session.run(None, inputs)
            return _read(tokens[0], float(whole[0, ANSWERABLE]), windows[0], sentence, self._mix)

        written = self._writer.write([(question, each.passage) for each in sentences])
        return list(self._processors.map(read_one, written, sentences))

    def knows(self, word: str) -> bool:
        """Tell whether a lower-case word, or its English stem, is a whole word of the vocabulary, a common one."""
        forms = (word, stem(word), stem(word) + "e", stem(word)[:-1] + "y")
        return any(map(self._writer.has_token, forms))


def can_read(question: str, sentence: str) -> bool:
    """Tell whether question and sentence are in Latin script, of which alone the reader has learnt to tell anything."""
    return is_latin(question) and is_latin(sentence)


@lru_cache(1)
def load_reader() -> SentenceReader:
    """Open the reader that is shipped."""
    folder = files("qa.reading") / "reader_model"
    graph, tokenizer = (folder / "model.onnx").read_bytes(), (folder / "tokenizer.json").read_text(encoding="utf-8")
    return SentenceReader(graph, tokenizer, Mix(**json.loads((folder / "mix.json").read_text(encoding="utf-8"))))


def _read(tokens: Array, head: float, window: Window, sentence: Context, mix: Mix) -> SentenceReading:
    said_from = len(sentence.passage.text) - len(sentence.text)
    inside = tokens[window.first : window.first + len(window.offsets)]
    own = np.flatnonzero(window.offsets[:, 0] >= said_from)
    found = likeliest_span(inside[own], window.offsets[own] - said_from, sentence.text)
    if found is None:
        return SentenceReading(UNREAD_LOGIT, "", 0.0)
    begin, end, score, share = found
    logit = mix.logit(score - float(tokens[0, START] + tokens[0, END]), head, float(inside[:, STATES].mean()))
    start, stop = window.offsets[own[begin]][0] - said_from, window.offsets[own[end]][1] - said_from
    return SentenceReading(logit, sentence.text[start:stop], share)
