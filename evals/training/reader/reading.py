"""Read with a trained network, of torch or as an ONNX graph: the best answer of a passage, or none, and each sentence.

The best span is the likeliest pair of a start and an end at most `MAX_PHRASE_TOKENS` apart in one window; how surely
the passage answers is the span's score less the null score, and the answerable head's logit (Zhang et al. 2020, arXiv
2001.09694, "rear verification", add such scores).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from evals.training.reader.examples import Example, crop
from qa.reading.reader_io import END, START, STATES, Array, InputWriter, Mix, Window, likeliest_span, pad

NO_LOGIT = -1e4

Run = Callable[[dict[str, Array]], tuple[Array, Array]]


@dataclass(frozen=True)
class Reading:
    """The best phrase of a passage, and logits: that it answers (`span`, `head`), that each sentence states the answer.

    `verdict` are those of yes, no, and not settled.
    """

    phrase: str
    span: float
    head: float
    states: tuple[float, ...]
    verdict: tuple[float, float, float]


def torch_run(network: Any) -> Run:
    """Give a function that runs a network of torch on the device where it is."""
    import torch

    device = next(network.parameters()).device

    def run(inputs: dict[str, Array]) -> tuple[Array, Array]:
        tensors = {name: torch.from_numpy(rows).to(device) for name, rows in inputs.items()}
        with torch.no_grad(), torch.autocast(device.type, dtype=torch.bfloat16, enabled=device.type == "cuda"):
            tokens, whole = network(**tensors)
        return tokens.float().cpu().numpy(), whole.float().cpu().numpy()

    return run


def onnx_run(graph: Path) -> Run:
    """Give a function that runs an ONNX graph, each input by itself: int8 scales would mix a batch's."""
    import onnxruntime

    session = onnxruntime.InferenceSession(graph.read_bytes(), providers=["CPUExecutionProvider"])
    names = {each.name for each in session.get_inputs()}

    def run(inputs: dict[str, Array]) -> tuple[Array, Array]:
        found = []
        for row, mask in enumerate(inputs["attention_mask"]):
            length = int(mask.sum())
            found.append(
                session.run(None, {name: ids[row : row + 1, :length] for name, ids in inputs.items() if name in names})
            )
        longest = inputs["input_ids"].shape[1]
        tokens = [
            np.pad(each[0][0], ((0, longest - each[0].shape[1]), (0, 0)), constant_values=NO_LOGIT) for each in found
        ]
        return np.stack(tokens), np.concatenate([each[1] for each in found])

    return run


def read_passages(run: Run, writer: InputWriter, pad_id: int, examples: Sequence[Example], size: int) -> list[Reading]:
    """Read each example's passage, in windows where it is long: the surest window's answer counts."""
    written = writer.write([(each.question, each.passage) for each in examples])
    windows = [(row, window) for row, own in enumerate(written) for window in own]
    order = sorted(range(len(windows)), key=lambda i: len(windows[i][1].ids))
    best: dict[int, Reading] = {}
    for begin in range(0, len(order), size):
        chosen = [windows[i] for i in order[begin : begin + size]]
        tokens, whole = run(pad([window for _, window in chosen], pad_id))
        for (row, window), token_logits, whole_logits in zip(chosen, tokens, whole, strict=True):
            reading = _read(window, token_logits, whole_logits, examples[row])
            best[row] = _surer(best[row], reading) if row in best else reading
    return [best[row] for row in range(len(examples))]


def read_sentences(
    run: Run, writer: InputWriter, pad_id: int, examples: Sequence[Example], size: int, mix: Mix
) -> list[Reading]:
    """Read each passage sentence by sentence: the one that states the answer most surely by the mix is what counts.

    `states` are then what the mix gives.
    """
    parts = sentences_of(examples)
    readings = read_passages(run, writer, pad_id, [part for _, part in parts], size)
    found: list[list[Reading]] = [[] for _ in examples]
    for (row, _), reading in zip(parts, readings, strict=True):
        found[row].append(reading)
    return [_of_sentences(each, mix) for each in found]


def fit_mix(run: Run, writer: InputWriter, pad_id: int, examples: Sequence[Example], size: int) -> Mix:
    """Fit the mix on the sentences of passages: by which logits does one state the answer to the question?"""
    parts = sentences_of(examples)
    readings = read_passages(run, writer, pad_id, [part for _, part in parts], size)
    logits = [(each.span, each.head, each.states[0]) for each in readings]
    fitted = LogisticRegression(C=1.0).fit(logits, [part.answerable for _, part in parts])
    return Mix(*(round(float(each), 4) for each in (*fitted.coef_[0], fitted.intercept_[0])))


def sentences_of(examples: Sequence[Example]) -> list[tuple[int, Example]]:
    """Give every sentence of the examples' passages as an example, behind the position of the one it is of."""
    return [(row, crop(each, i, i)) for row, each in enumerate(examples) for i in range(len(each.passage.sentences))]


def _read(window: Window, tokens: Array, whole: Array, example: Example) -> Reading:
    inside = tokens[window.first : window.first + len(window.offsets)]
    found = likeliest_span(inside, window.offsets, example.passage.text)
    states = np.full(len(example.passage.sentences), -np.inf)
    for position in np.unique(window.sentence_of):
        states[position] = inside[window.sentence_of == position, STATES].mean()
    return Reading(
        example.passage.text[window.offsets[found[0]][0] : window.offsets[found[1]][1]] if found else "",
        found[2] - float(tokens[0, START] + tokens[0, END]) if found else NO_LOGIT,
        float(whole[0]),
        tuple(states.tolist()),
        (float(whole[1]), float(whole[2]), float(whole[3])),
    )


def _surer(one: Reading, other: Reading) -> Reading:
    best = max(one, other, key=lambda each: each.span + each.head)
    states = tuple(max(pair) for pair in zip(one.states, other.states, strict=True))
    return Reading(best.phrase, best.span, max(one.head, other.head), states, best.verdict)


def _of_sentences(readings: Sequence[Reading], mix: Mix) -> Reading:
    states = tuple(mix.logit(each.span, each.head, each.states[0]) for each in readings)
    return replace(readings[int(np.argmax(states))], states=states)
