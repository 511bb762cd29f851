"""What a batch should come out as, and the loss: of the data's own labels, and of a teacher's logits."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, kl_div, log_softmax, softmax

from evals.training.reader.encoding import tokens_of
from evals.training.reader.examples import VERDICTS, Example
from evals.training.reader.network import ANSWERABLE, END, START, STATES, YES
from qa.reading.reader_io import Window, pad

SHARES = {"span": 1.0, "answerable": 0.5, "states": 1.0, "verdict": 0.5}
UNKNOWN = -100  # the position that cross_entropy ignores
NOWHERE = -1e4

Outputs = tuple[torch.Tensor, torch.Tensor]


@dataclass(frozen=True)
class Batch:
    """Inputs with labels; the last column of `states` and of the sums over sentences takes what is no sentence."""

    inputs: dict[str, torch.Tensor]
    span: torch.Tensor  # (inputs, 2): positions, 0 for none, UNKNOWN
    answerable: torch.Tensor  # (inputs,)
    states: torch.Tensor  # (inputs, sentences + 1): 0, 1, NaN where unknown
    verdict: torch.Tensor  # (inputs,)
    weight: torch.Tensor  # (inputs,)
    allowed: torch.Tensor  # (inputs, tokens): where an answer may begin and end
    sentence_of: torch.Tensor  # (inputs, tokens)

    def to(self, device: torch.device) -> "Batch":
        """Give the batch on another device."""
        inputs = {name: rows.to(device, non_blocking=True) for name, rows in self.inputs.items()}
        others = {name: rows.to(device, non_blocking=True) for name, rows in vars(self).items() if name != "inputs"}
        return Batch(inputs, **others)


def make_batch(rows: Sequence[tuple[Window, Example]], pad_id: int) -> Batch:
    """Put encoded examples together."""
    windows = [window for window, _ in rows]
    inputs = {name: torch.from_numpy(ids) for name, ids in pad(windows, pad_id).items()}
    sentences = max(int(window.sentence_of.max(initial=0)) for window in windows) + 1
    sentence_of = np.full(inputs["input_ids"].shape, sentences)
    for row, window in enumerate(windows):
        sentence_of[row, window.first : window.first + len(window.sentence_of)] = window.sentence_of
    allowed = torch.from_numpy(sentence_of < sentences)
    allowed[:, 0] = True
    return Batch(
        inputs,
        torch.tensor([_span(window, example) for window, example in rows]),
        torch.tensor([float(example.answerable) for _, example in rows]),
        torch.from_numpy(np.stack([_states(window, example, sentences) for window, example in rows])),
        torch.tensor([VERDICTS.index(each.verdict) if each.verdict else UNKNOWN for _, each in rows]),
        torch.tensor([example.weight for _, example in rows]),
        allowed,
        torch.from_numpy(sentence_of),
    )


def loss_of(outputs: Outputs, batch: Batch) -> torch.Tensor:
    """Give the mean loss of the data's labels, by `SHARES` and the examples' weights."""
    starts, ends, states = _read(outputs, batch)
    span = (_cross(starts, batch.span[:, 0]) + _cross(ends, batch.span[:, 1])) / 2
    answerable = binary_cross_entropy_with_logits(outputs[1][:, ANSWERABLE], batch.answerable, reduction="none")
    known = ~batch.states.isnan()
    each = binary_cross_entropy_with_logits(states, batch.states.nan_to_num(), reduction="none") * known
    stating = each.sum(1) / known.sum(1).clamp(min=1)
    verdict = _cross(outputs[1][:, YES:], batch.verdict)
    parts = {"span": span, "answerable": answerable, "states": stating, "verdict": verdict}
    return (batch.weight * sum(SHARES[name] * part for name, part in parts.items())).mean()


def loss_to_teacher(outputs: Outputs, taught: Outputs, batch: Batch) -> torch.Tensor:
    """Give the divergence from a teacher's outputs on the same tokens (Hinton et al. 2015, arXiv 1503.02531)."""
    own, other = _read(outputs, batch), _read(taught, batch)
    spans = (_divergence(a, b) for a, b in zip(own[:2], other[:2], strict=True))
    answerable = binary_cross_entropy_with_logits(outputs[1][:, ANSWERABLE], taught[1][:, ANSWERABLE].sigmoid())
    states = binary_cross_entropy_with_logits(own[2][:, :-1], other[2][:, :-1].sigmoid())
    settled = batch.verdict != UNKNOWN
    verdict = _divergence(outputs[1][settled, YES:], taught[1][settled, YES:]) if settled.any() else 0.0
    return sum(spans) / 2 + SHARES["answerable"] * answerable + SHARES["states"] * states + SHARES["verdict"] * verdict


def sentence_logits(tokens: torch.Tensor, sentence_of: torch.Tensor) -> torch.Tensor:
    """Give each sentence the mean of its tokens' logits, (inputs, sentences + 1)."""
    shape = (len(tokens), int(sentence_of.max()) + 1)
    sums = tokens.new_zeros(shape).scatter_add(1, sentence_of, tokens)
    return sums / tokens.new_zeros(shape).scatter_add(1, sentence_of, torch.ones_like(tokens)).clamp(min=1)


def _read(outputs: Outputs, batch: Batch) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    tokens = outputs[0]
    starts, ends = (tokens[..., i].masked_fill(~batch.allowed, NOWHERE) for i in (START, END))
    return starts, ends, sentence_logits(tokens[..., STATES], batch.sentence_of)


def _cross(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    return cross_entropy(logits, labels, ignore_index=UNKNOWN, reduction="none")


def _divergence(logits: torch.Tensor, taught: torch.Tensor) -> torch.Tensor:
    return kl_div(log_softmax(logits, -1), softmax(taught, -1), reduction="batchmean")


def _span(window: Window, example: Example) -> tuple[int, int]:
    if not example.answerable:
        return 0, 0
    found = tokens_of(window, example.answers[0]) if example.answers else None
    return found or (UNKNOWN, UNKNOWN)


def _states(window: Window, example: Example, sentences: int) -> np.ndarray:
    """Label the window's sentences; one with the answer's words that is not marked may state it too: unknown."""
    labels = np.full(sentences + 1, np.nan, np.float32)
    if example.stating is None:
        return labels
    text = example.passage.text
    golds = [text[begin:end].lower() for begin, end in example.answers]
    for position in np.unique(window.sentence_of):
        said = text[slice(*example.passage.sentences[position])].lower()
        if position in example.stating:
            labels[position] = 1.0
        elif not any(gold in said for gold in golds):
            labels[position] = 0.0
    return labels
