"""The catalogs of invented names and the relations between them, as the data files beside this module hold them."""

import tomllib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

HERE = Path(__file__).parent
STATES = " || "  # before it the name is given, after it what is said of it


class Number(int):
    """A number that a text writes with its thousands set off, or with the format `w` in words up to twelve."""

    def __format__(self, spec: str) -> str:
        words: list[str] = read("words.toml")["numbers"]
        return words[self] if spec == "w" and self < len(words) else f"{int(self):,}"


Values = dict[str, str | Number]


@dataclass(frozen=True)
class Wording:
    """A way to say something: each sentence of it, the last of which states it."""

    sentences: tuple[str, ...]
    each: str = ""  # of several facts in one sentence

    @classmethod
    def of(cls, text: str, each: str = "") -> "Wording":
        """Take a wording apart."""
        return cls(tuple(text.split(STATES)), each)


@dataclass(frozen=True)
class Relation:
    """What facts have in common: how they are told, what is no fact of it, and what is asked of it."""

    name: str
    split: str
    facts: int
    item: str
    slots: dict[str, Any]
    one: list[Wording]
    together: list[Wording]
    near: list[Wording]
    fresh: list[Wording]
    matter: list[str]
    questions: list[dict[str, str]]


class Names:
    """Draws invented names, each once; `drawn` are taken already."""

    def __init__(self, draw: Random, drawn: Collection[str] = ()) -> None:
        self._draw = draw
        self._catalogs = read("names.toml")
        self._left: dict[str, list[str]] = {}
        self.drawn = set(drawn)

    def new(self, catalog: str) -> str:
        """Draw a name of which no part that tells it from others was drawn before.

        Raises:
            IndexError: the catalog has no more.
        """
        parts = self._catalogs[catalog]
        telling = "second" if "second" in parts and parts["near"] == 0 else "first"
        if catalog not in self._left:
            self._left[catalog] = self._draw.sample(parts[telling], len(parts[telling]))
        return self._name(parts, telling, self._left[catalog].pop())

    def near(self, name: str, catalog: str) -> str:
        """Draw a name that shares a part with another; a new one where names have but one part."""
        parts = self._catalogs[catalog]
        if "second" not in parts:
            return self.new(catalog)
        telling = ("second", "first")[parts["near"]]
        shared = next(each for each in parts[telling] if each in name.split())
        return self._name(parts, telling, shared)

    def any(self, catalog: str) -> str:
        """Draw a name that may come again: of two parts one that is not among `drawn`, of one part any."""
        parts = self._catalogs[catalog]
        while True:
            name = " ".join(self._draw.choice(parts[key]) for key in ("first", "second") if key in parts)
            if "second" not in parts or name not in self.drawn:
                return name

    def pronouns(self, name: str) -> tuple[str, str]:
        """Give the pronouns of a person, as subject and as object."""
        return ("she", "her") if name.split()[0] in self._catalogs["person"]["she"] else ("he", "him")

    def _name(self, parts: dict[str, Any], telling: str, part: str) -> str:
        while True:
            name = part
            if "second" in parts:
                other = self._draw.choice(parts["first" if telling == "second" else "second"])
                name = f"{other} {part}" if telling == "second" else f"{part} {other}"
            if name not in self.drawn:
                self.drawn.add(name)
                return name


def load_relations() -> list[Relation]:
    """Load all relations, in the order of their names."""
    return [_relation(path.stem, read(f"relations/{path.name}")) for path in sorted((HERE / "relations").iterdir())]


def read(name: str) -> dict[str, Any]:
    """Read a data file."""
    if name not in _READ:
        _READ[name] = tomllib.loads((HERE / name).read_text(encoding="utf-8"))
    return _READ[name]


_READ: dict[str, dict[str, Any]] = {}


def _relation(name: str, data: dict[str, Any]) -> Relation:
    def wordings(texts: Sequence[str]) -> list[Wording]:
        return [Wording.of(text) for text in texts]

    return Relation(
        name,
        data["split"],
        data["facts"],
        data["item"],
        data["slots"],
        wordings(data["told"]["one"]),
        [Wording.of(each["text"], each["each"]) for each in data["told"]["together"]],
        wordings(data["untrue"]["near"]),
        wordings(data["untrue"]["fresh"]),
        data["beside"]["matter"],
        data["questions"],
    )
