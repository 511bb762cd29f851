"""A small model of our own that reads a question with one sentence: does it state the answer, and with which words?"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt

from qa.question.script import is_latin
from qa.question.words import stem

MAX_QUESTION_TOKENS = 48
MAX_SENTENCE_TOKENS = 128
MAX_TITLE_TOKENS = 12
MAX_BEFORE_TOKENS = 24
MAX_PHRASE_TOKENS = 24
UNJUDGED_LOGIT = -20.0  # of a sentence that the judge cannot read: it states nothing

Array = npt.NDArray[Any]


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
    def whole(self) -> str:
        """The sentence behind what was asked."""
        return f"{self.asked} {self.text}" if self.asked else self.text


@dataclass(frozen=True)
class Encoded:
    """Token ids and types of a question with a sentence; `first` is where the sentence's tokens begin, behind those
    of what was asked.

    `offsets` are the half-open character offsets of those tokens in the sentence.
    """

    ids: list[int]
    types: list[int]
    first: int
    offsets: list[tuple[int, int]]


def encode(tokenizer: Any, question: str, sentences: Sequence[Context]) -> list[Encoded]:
    """Write each pair as [CLS] question [SEP] sentence [SEP] title, sentence before [SEP]; the sentence has type 1."""
    texts = [question] + [text for each in sentences for text in (each.whole, each.title, each.before)]
    encodings = tokenizer.encode_batch(texts, add_special_tokens=False)
    cls, sep = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
    head = [cls, *encodings[0].ids[:MAX_QUESTION_TOKENS], sep]
    encoded = []
    for i, context in enumerate(sentences):
        said, title, before = encodings[1 + 3 * i : 4 + 3 * i]
        sentence = said.ids[:MAX_SENTENCE_TOKENS]
        behind = [sep, *title.ids[:MAX_TITLE_TOKENS], *before.ids[-MAX_BEFORE_TOKENS:], sep]
        types = [0] * len(head) + [1] * len(sentence) + [0] * len(behind)
        asked = len(context.whole) - len(context.text)
        offsets = [(start - asked, end - asked) for start, end in said.offsets[: len(sentence)] if start >= asked]
        first = len(head) + len(sentence) - len(offsets)
        encoded.append(Encoded([*head, *sentence, *behind], types, first, offsets))
    return encoded


def pad(encoded: Sequence[Encoded]) -> dict[str, Array]:
    """Give the model's inputs, int64 of shape (pairs, longest)."""
    longest = max(len(each.ids) for each in encoded)

    def filled(rows: list[list[int]]) -> Array:
        return np.array([row + [0] * (longest - len(row)) for row in rows], dtype=np.int64)

    return {
        "input_ids": filled([each.ids for each in encoded]),
        "attention_mask": filled([[1] * len(each.ids) for each in encoded]),
        "token_type_ids": filled([each.types for each in encoded]),
    }


@dataclass(frozen=True)
class Judgement:
    """What the judge makes of a sentence: the probability that it states the answer, and the likeliest words of it.

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


class Judge:
    """An ONNX graph with the tokenizer that belongs to it.

    Each processor judges sentences of its own: several at one sentence would wait for each other a hundred times in it,
    by default spinning, which beside a busy process takes three times as long (`docs/speed.md`).
    """

    def __init__(self, graph: bytes, tokenizer: str) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        self._processors = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="judge")
        self._tokenizer = Tokenizer.from_str(tokenizer)
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        # What stands in a text as "[SEP]" is text, else an article could write the frame of its own question.
        self._tokenizer.encode_special_tokens = True

    def judge(self, question: str, sentences: Sequence[Context]) -> list[Judgement]:
        """Judge each sentence, one by one: a batch takes as long, and its int8 scales would mix the sentences.

        It has learnt English: of a sentence that it `can_judge` not it makes nothing.
        """

        def judge_one(encoded: Encoded, sentence: Context) -> Judgement:
            if not can_judge(question, sentence.text):
                return Judgement(UNJUDGED_LOGIT, "", 0.0)
            states, span = self._session.run(None, pad([encoded]))
            return _judgement(float(states[0]), span[0], encoded, sentence.text)

        return list(self._processors.map(judge_one, encode(self._tokenizer, question, sentences), sentences))

    def knows(self, word: str) -> bool:
        """Tell whether a lower-case word, or its English stem, is a whole word of the vocabulary, a common one."""
        forms = (word, stem(word), stem(word) + "e", stem(word)[:-1] + "y")
        return any(self._tokenizer.token_to_id(form) is not None for form in forms)


def can_judge(question: str, sentence: str) -> bool:
    """Tell whether question and sentence are in Latin script, of which alone the judge has learnt to tell anything."""
    return is_latin(question) and is_latin(sentence)


@lru_cache(1)
def load_judge() -> Judge:
    """Open the judge that is shipped."""
    folder = files("qa.reading") / "judge_model"
    return Judge((folder / "model.onnx").read_bytes(), (folder / "tokenizer.json").read_text(encoding="utf-8"))


def _judgement(logit: float, span: Array, encoded: Encoded, sentence: str) -> Judgement:
    """Read the likeliest span of at most `MAX_PHRASE_TOKENS` that begins before it ends and cuts no quotation in two.

    Of 32,484 gold answers of SQuAD and Natural Questions 20 have a quotation mark without the other one, 11 a bracket.
    """
    if not encoded.offsets:
        return Judgement(logit, "", 0.0)
    inside = span[encoded.first : encoded.first + len(encoded.offsets)]
    scores = inside[:, None, 0] + inside[None, :, 1]
    allowed = np.triu(np.ones_like(scores)) - np.triu(np.ones_like(scores), MAX_PHRASE_TOKENS)
    marks = [_marks(sentence[start:end]) for start, end in encoded.offsets]
    before = np.cumsum([(0, 0), *marks], axis=0)
    apart = before[None, 1:] - before[:-1, None]
    is_whole = (apart[..., 0] % 2 == 0) & (apart[..., 1] == 0)
    scores = np.where((allowed > 0) & is_whole, scores, -np.inf)
    if not np.isfinite(scores).any():
        return Judgement(logit, "", 0.0)
    begin, end = np.unravel_index(int(np.argmax(scores)), scores.shape)
    probability = 1 / np.exp(scores - scores[begin, end]).sum()
    phrase = sentence[encoded.offsets[begin][0] : encoded.offsets[end][1]]
    return Judgement(logit, phrase, float(probability))


def _marks(piece: str) -> tuple[int, int]:
    """Count the quotation marks of a piece of text, and by how many brackets it opens more than it closes."""
    return sum(char in '"“”' for char in piece), sum((char in "([") - (char in ")]") for char in piece)
