"""Make examples of scenes: a question, sentences that state an answer in other words, sentences that only look so.

    python -m evals.training.reader.scenes --out FOLDER [--fillings 5]

A scene (`*.toml` beside this file, written by hand for this) has questions that ask the same, titles, sentences that
each state an answer (its words in brackets, the sentence before it before `||`), and silent ones with their kind: a
denial, a plan, another year, the other side. Names and numbers are slots, filled anew in each example. Every sixth
scene is held apart. Writes `scenes.xz` and `scenes-held.xz` (see `examples`).
"""

import argparse
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

from evals.training.reader.examples import Example, save
from qa.reading.reader_io import Passage

HERE = Path(__file__).parent
SEED = 1
HELD_EVERY = 6
OTHER_MATTER = "other matter"
_SLOT = re.compile(r"\{(?P<kind>[a-z]+)(?P<number>\d)(?P<last>\.last)?\}")
_TWICE = re.compile(r"\bthe the\b")  # "the {party1}" of the Greens
Scene = dict[str, Any]


def main() -> None:
    """Write both packs and print what is in them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--fillings", type=int, default=5)
    given = parser.parse_args()
    names = tomllib.loads((HERE / "names.toml").read_text(encoding="utf-8"))
    train, held = read_scenes()
    for stem, scenes, times in (("scenes", train, given.fillings), ("scenes-held", held, 1)):
        draw = Random(SEED)
        examples = [each for _ in range(times) for scene in scenes for each in examples_of(scene, scenes, names, draw)]
        save(examples, given.out / f"{stem}.xz")
        print(f"{stem}: {len(examples)}", *Counter(each.kind for each in examples).most_common(), sep="\n  ")


def read_scenes() -> tuple[list[Scene], list[Scene]]:
    """Read the scenes to train on, and those that are held apart."""
    train, held = list[Scene](), list[Scene]()
    for file in sorted(HERE.glob("*.toml")):
        for place, scene in enumerate(tomllib.loads(file.read_text(encoding="utf-8")).get("scenes", ())):
            (held if place % HELD_EVERY == HELD_EVERY - 1 else train).append(scene)
    return train, held


def examples_of(scene: Scene, scenes: Sequence[Scene], names: dict[str, list[str]], draw: Random) -> Iterator[Example]:
    """Give an example of each sentence, with a question, a title and values of the slots that are drawn for it.

    Beside each stands a sentence on another matter, every second one with the same names: what speaks of neither the
    question's words nor of its matter is no answer either.
    """
    for kind, sentence in [("own", each) for each in scene["states"]] + list(map(tuple, scene["silent"])):
        filling = _Filling(names, draw)
        yield _example(scene, kind, sentence, filling, filling)
        if (other := draw.choice(scenes)) is not scene:
            of_other = draw.choice([*other["states"], *(text for _, text in other["silent"])])
            filling = _Filling(names, draw)
            yield _example(scene, OTHER_MATTER, of_other, filling, draw.choice((filling, _Filling(names, draw))))


def _example(scene: Scene, kind: str, sentence: str, asked: "_Filling", told: "_Filling") -> Example:
    """Give the example of a sentence: one filling has the names in it, the same or another one those that are asked."""
    question, title = asked.choose(scene["questions"]), asked.choose(scene["titles"])
    before, _, marked = told.fill(sentence).rpartition("||")
    text, marks = _unmarked(marked.strip())
    passage = Passage(text, ((0, len(text)),), title, "", before.strip())
    states = kind == "own"
    answers = marks if states else ()
    golds = tuple(text[start:end] for start, end in answers)
    stating = (0,) if states else ()
    return Example(question, passage, states, answers, stating, None, 1.0, "scenes", kind, golds)


def _unmarked(marked: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Take the brackets off, and tell where the answer stood between them."""
    if "[" not in marked:
        return marked, ()
    before, rest = marked.split("[")
    answer, after = rest.split("]")
    return before + answer + after, ((len(before), len(before) + len(answer)),)


class _Filling:
    """Values for slots: the same slot has the same value, two of a kind have different ones."""

    def __init__(self, names: dict[str, list[str]], draw: Random) -> None:
        self._names, self._draw = names, draw
        self._values: dict[str, str] = {}

    def choose(self, texts: Sequence[str]) -> str:
        """Draw one of the texts and put the values into it."""
        return self.fill(self._draw.choice(texts))

    def fill(self, text: str) -> str:
        """Put the values into a text."""
        filled = _TWICE.sub("the", _SLOT.sub(self._value, text))
        return filled[:1].upper() + filled[1:] if text.startswith("{") else filled

    def _value(self, slot: re.Match[str]) -> str:
        kind, name = slot["kind"], slot["kind"] + slot["number"]
        while name not in self._values:
            drawn = self._drawn(kind)
            if drawn not in self._values.values():
                self._values[name] = drawn
        return self._values[name].split(" ", 1)[1] if slot["last"] else self._values[name]

    def _drawn(self, kind: str) -> str:
        draw = self._draw
        match kind:
            case "person" | "man" | "woman":
                return f"{self._name(draw.choice(('man', 'woman')) if kind == 'person' else kind)} {self._name('last')}"
            case "firm":
                return self._name("firm_first") + self._name("firm_second")
            case "number":
                return str(draw.choice((draw.randint(2, 30), draw.randint(2, 900))))
            case "big":
                return f"{draw.choice((draw.randint(10, 99) * 100, draw.randint(1000, 900_000))):,}"
            case "percent":
                return draw.choice((str(draw.randint(2, 95)), f"{draw.randint(10, 990) / 10:.1f}"))
            case "year":
                return str(draw.choice((draw.randint(1890, 2026), draw.randint(2000, 2026))))
            case "day":
                return f"{draw.randint(1, 28)} {self._name('month')}"
            case "money":
                return f"{draw.randint(11, 990) / 10:.1f} {draw.choice(('million', 'billion'))} {self._name('money')}"
            case _:
                return self._name(kind)

    def _name(self, of: str) -> str:
        return self._draw.choice(self._names[of])


if __name__ == "__main__":
    main()
