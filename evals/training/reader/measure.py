"""Measure a trained reader, each question on its own paragraph (the published setting of SQuAD 2.0).

    python -m evals.training.reader.measure ENCODER RUN --held held.xz [scenes-held.xz] --measured measured.xz \
        [--questions 600]

Prints EM and F1 of the questions that have an answer with the best phrase always given (HasAns), and of all questions
at the threshold that is best on the held-apart articles, with the shares right of both kinds; the AUC of telling
answerable from impossible questions by each score and by the logistic mix of them that the held-apart articles fit;
how often the gold sentence is first; on BoolQ's dev questions how often yes and no are told apart; on news sentences
held apart, HasAns; on scenes held apart the AUC of what states an answer against each kind of what does not.
`--questions` takes an even sample. Metrics as in SQuAD 2.0's script (Rajpurkar et al. 2018).
"""

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from evals.squad_metrics import exact_match, f1
from evals.training.reader.examples import VERDICTS, Example, load
from evals.training.reader.reading import Reading, Run, fit_mix, onnx_run, read_passages, read_sentences, torch_run
from evals.training.reader.weights import Settings, open_trained
from qa.reading.reader_io import InputWriter

BATCH = 32


def main() -> None:
    """Read all sets, print the figures and write them into the run's folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("encoder", type=Path)
    parser.add_argument("run", type=Path)
    parser.add_argument("--held", type=Path, nargs="+", required=True)
    parser.add_argument("--measured", type=Path, required=True)
    parser.add_argument("--form", choices=("passages", "sentences"), default="passages")
    parser.add_argument("--questions", type=int, default=600)
    parser.add_argument("--graph", type=Path, help="an ONNX graph to measure in place of the weights")
    given = parser.parse_args()
    settings = Settings(**json.loads((given.run / "settings.json").read_text()))
    run, pad_id = _runner(given)
    writer = InputWriter((given.encoder / "tokenizer.json").read_text(encoding="utf-8"), settings.max_tokens)
    held, measured = [each for pack in given.held for each in load(pack)], sample(load(given.measured), given.questions)
    fitted_on = sample([each for each in held if each.source == "squad2-dev"], given.questions)
    mix = fit_mix(run, writer, pad_id, fitted_on, BATCH)

    def readings(examples: Sequence[Example]) -> list[Reading]:
        if given.form == "passages":
            return read_passages(run, writer, pad_id, examples, BATCH)
        return read_sentences(run, writer, pad_id, examples, BATCH, mix)

    fitted = Answering(fitted_on, readings(fitted_on))
    began = time.time()
    found = readings(measured)
    figures: dict[str, Any] = {
        "form": given.form,
        "mix": asdict(mix),
        "graph": given.graph and given.graph.name,
        "n": len(measured),
    }
    figures |= {"seconds a question": (time.time() - began) / len(measured)} | measure(measured, found, fitted)
    for source in ("boolq", "qamr-wikinews"):
        chosen = sample([each for each in held if each.source == source], given.questions // 2)
        figures[source] = _measure_held(chosen, readings(chosen))
    if scenes := [each for each in held if each.source == "scenes"]:
        figures["scenes"] = measure_scenes(scenes, fitted.scores(readings(scenes)))
    text = json.dumps(figures, indent=1, default=float)
    (given.run / f"figures-{given.form}{'-graph' if given.graph else ''}.json").write_text(text)
    print(text)


class Answering:
    """A mix of a reading's scores, and the threshold above which it is answered, fitted on held-apart questions."""

    def __init__(self, examples: Sequence[Example], readings: Sequence[Reading]) -> None:
        labels = [each.answerable for each in examples]
        self._mix = LogisticRegression(C=1.0).fit(scores_of(readings), labels)
        scores = self.scores(readings)
        f1s = [best_f1(reading, each) for reading, each in zip(readings, examples, strict=True)]
        ways = [(np.mean(_credits(scores, f1s, labels, at)), at) for at in np.quantile(scores, np.linspace(0, 1, 101))]
        self.threshold = float(max(ways)[1])

    def scores(self, readings: Sequence[Reading]) -> Any:
        """Give how surely each passage answers."""
        return self._mix.decision_function(scores_of(readings))


def scores_of(readings: Sequence[Reading]) -> Any:
    """Give the scores of each reading that tell whether the passage answers: span, head, best sentence."""
    return np.array([[each.span, each.head, max(each.states)] for each in readings])


def measure(examples: Sequence[Example], readings: Sequence[Reading], fitted: Answering) -> dict[str, Any]:
    """Give the figures of questions with and without answers."""
    labels = [each.answerable for each in examples]
    f1s = [best_f1(reading, each) for reading, each in zip(readings, examples, strict=True)]
    ems = [best_em(reading, each) for reading, each in zip(readings, examples, strict=True)]
    scores = fitted.scores(readings)
    f1_credits = np.array(_credits(scores, f1s, labels, fitted.threshold))
    answerable = np.array(labels)
    golds = [(each, reading) for each, reading in zip(examples, readings, strict=True) if each.stating]
    first = [int(np.argmax(reading.states)) in (each.stating or ()) for each, reading in golds]
    parts = dict(zip(("span", "head", "states"), scores_of(readings).T, strict=True))
    return {
        "HasAns, always answered": {"EM": np.mean(np.array(ems)[answerable]), "F1": np.mean(np.array(f1s)[answerable])},
        "at the fitted threshold": {
            "EM": np.mean(_credits(scores, ems, labels, fitted.threshold)),
            "F1": f1_credits.mean(),
            "HasAns F1": f1_credits[answerable].mean(),
            "NoAns": f1_credits[~answerable].mean(),
        },
        "AUC": {name: roc_auc_score(labels, part) for name, part in parts.items()}
        | {"mix": roc_auc_score(labels, scores)},
        "gold sentence first": np.mean(first),
    }


def measure_scenes(examples: Sequence[Example], scores: Any) -> dict[str, float]:
    """Give the AUC of the scores of sentences that state an answer against those of each kind that state none."""
    by_kind = defaultdict[str, list[float]](list)
    for example, score in zip(examples, scores, strict=True):
        by_kind[example.kind].append(score)
    stating = by_kind.pop("own")
    labels = {kind: [1] * len(stating) + [0] * len(silent) for kind, silent in by_kind.items()}
    return {kind: roc_auc_score(labels[kind], [*stating, *silent]) for kind, silent in by_kind.items()}


def sample(examples: list[Example], count: int) -> list[Example]:
    """Give every k-th example, about `count` of them."""
    return examples[:: max(1, len(examples) // count)] if count else examples


def best_f1(reading: Reading, example: Example) -> float:
    """Give the best token F1 of the phrase over the gold answers, 0 where there is none."""
    return f1(reading.phrase, example.golds) if example.golds else 0.0


def best_em(reading: Reading, example: Example) -> float:
    """Tell whether the phrase is one of the gold answers."""
    return exact_match(reading.phrase, example.golds) if example.golds else 0.0


def _runner(given: argparse.Namespace) -> tuple[Run, int]:
    network = open_trained(given.encoder, given.run)
    if given.graph:
        return onnx_run(given.graph), network.pad_id
    import torch

    return torch_run(network.to("cuda" if torch.cuda.is_available() else "cpu")), network.pad_id


def _credits(scores: Any, found: Sequence[float], labels: Sequence[bool], threshold: float) -> list[float]:
    """Give each question's credit: of an answered one its F1 or EM, of an unanswered one 1 if that is right."""
    rows = zip(scores, found, labels, strict=True)
    return [value * label if score >= threshold else float(not label) for score, value, label in rows]


def _measure_held(examples: Sequence[Example], readings: Sequence[Reading]) -> dict[str, Any]:
    if examples[0].verdict:
        told = [
            VERDICTS[int(np.argmax(each.verdict[:2]))] == example.verdict
            for each, example in zip(readings, examples, strict=True)
        ]
        return {
            "n": len(told),
            "yes or no right": np.mean(told),
            "settled": np.mean([np.argmax(r.verdict) < 2 for r in readings]),
        }
    pairs = list(zip(readings, examples, strict=True))
    first = [int(np.argmax(reading.states)) in (each.stating or ()) for reading, each in pairs]
    means = {name: np.mean([score(*pair) for pair in pairs]) for name, score in (("EM", best_em), ("F1", best_f1))}
    return {"n": len(pairs), **means, "gold sentence first": np.mean(first)}


if __name__ == "__main__":
    main()
