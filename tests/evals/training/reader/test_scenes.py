"""The scenes that the reader learns from are whole: every slot is filled, every answer stands in its sentence."""

import itertools
import re
import tomllib
from random import Random

from evals.training.reader.examples import Example
from evals.training.reader.scenes.__main__ import HERE, OTHER_MATTER, examples_of, read_scenes

NAMES = tomllib.loads((HERE / "names.toml").read_text(encoding="utf-8"))
SCENE = {
    "questions": ["Who owns {firm1}?"],
    "titles": ["{firm1}"],
    "states": ["{town1} lay still. || All of {firm1} belongs to [{person1}], says {person1.last}."],
    "silent": [["plan", "{person1} wants to buy {firm2}, not {firm1}."]],
}
OTHER = {"states": ["[{person1}] sang in {town1}."], "silent": [["denial", "{person1} did not sing."]]}


def test_slot_has_one_value_and_two_slots_have_two() -> None:
    stated, silent = examples_of(SCENE, [SCENE], NAMES, Random(3))
    assert f"All of {_asked_of(stated)} belongs to " in stated.passage.text
    assert stated.passage.title == _asked_of(stated)
    assert silent.passage.text.count(_asked_of(silent)) == 1


def test_answer_stands_where_the_brackets_stood() -> None:
    stated, silent = examples_of(SCENE, [SCENE], NAMES, Random(3))
    (start, end), text = stated.answers[0], stated.passage.text
    assert text[start:end] == stated.golds[0]
    assert text.endswith(f"{text[start:end].split(' ', 1)[1]}.")
    assert stated.passage.before.endswith("lay still.")
    assert (stated.answerable, silent.answerable, silent.kind) == (True, False, "plan")


def test_sentence_on_another_matter_states_nothing() -> None:
    others = [each for each in examples_of(SCENE, [OTHER], NAMES, Random(3)) if each.kind == OTHER_MATTER]
    assert len(others) == 2
    assert all(re.search("sang|sing", each.passage.text) for each in others)
    assert not any(each.answerable or each.answers or each.stating for each in others)


def test_every_slot_of_every_scene_is_filled() -> None:
    train, held = read_scenes()
    assert len(held) > 100
    for scene in [*train, *held]:
        for example in examples_of(scene, train, NAMES, Random(1)):
            texts = (example.question, example.passage.text, example.passage.title, example.passage.before)
            assert not any(mark in text for text in texts for mark in "{}[]|"), texts


def test_every_scene_states_and_is_silent() -> None:
    for scene in itertools.chain(*read_scenes()):
        assert len(scene["states"]) >= 3, scene["questions"]
        assert len(scene["silent"]) >= 5, scene["questions"]


def _asked_of(example: Example) -> str:
    return example.question.removeprefix("Who owns ").removesuffix("?")
