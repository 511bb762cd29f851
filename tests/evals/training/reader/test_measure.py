"""What a trained reader is measured by."""

from evals.training.reader.examples import Example
from evals.training.reader.measure import measure_scenes
from qa.reading.reader_io import Passage


def test_each_kind_of_silent_sentence_is_held_against_all_that_state() -> None:
    kinds = ["own", "own", "denial", "denial", "plan"]
    examples = [Example("Who?", Passage("He.", ((0, 3),)), kind == "own", kind=kind) for kind in kinds]
    assert measure_scenes(examples, [1.0, 3.0, 0.0, 2.0, 4.0]) == {"denial": 0.75, "plan": 0.0}
