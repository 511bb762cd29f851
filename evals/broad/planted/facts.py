"""Draw the facts of a relation, and word them: alone, several in one sentence, and what only looks like one."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from random import Random
from typing import Any

from evals.broad.planted.relations import Names, Number, Relation, Values, Wording

MENTIONS = (1, 1, 1, 2, 2, 3)  # in how many articles a fact is told beside an enumeration
FACTS_TOGETHER = 3


@dataclass(frozen=True)
class Fact:
    """A fact that is planted; `number` tells it from the others of its relation."""

    relation: str
    number: int
    values: Values


@dataclass(frozen=True)
class Mention:
    """Sentences that belong together; the last one states the facts, if there are any."""

    sentences: tuple[str, ...]
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True)
class Drawn:
    """What is planted of a relation: its facts, their mentions, and the names of what is no fact."""

    relation: Relation
    facts: list[Fact]
    mentions: list[Mention]
    untrue: list[Values]


def draw_facts(relation: Relation, names: Names, draw: Random) -> Drawn:
    """Draw the facts of a relation and word them; every wording of one fact is used where there are enough facts."""
    choices = {slot: cycle(draw.sample(of, len(of))) for slot, of in relation.slots.items() if _is_choice(of)}

    def values() -> Values:
        return {
            slot: next(choices[slot]) if slot in choices else _value(of, names, draw)
            for slot, of in relation.slots.items()
        }

    facts = [Fact(relation.name, number, values()) for number in range(relation.facts)]
    mentions, told = list[Mention](), list[Fact]()
    for place, wording in enumerate(relation.together):
        several = facts[place * FACTS_TOGETHER : (place + 1) * FACTS_TOGETHER]
        told += several
        mentions.append(_together(wording, several, names))
    wordings = cycle(draw.sample(relation.one, len(relation.one)))
    for fact in facts:
        times = draw.choice(MENTIONS) - (fact in told)
        mentions += [Mention(_worded(next(wordings), fact.values, names), (fact,)) for _ in range(times)]
    untrue = [_near(relation, draw.choice(facts), names, draw) for _ in relation.near] + [
        values() for _ in relation.fresh
    ]
    mentions += [
        Mention(_worded(wording, each, names))
        for wording, each in zip([*relation.near, *relation.fresh], untrue, strict=True)
    ]
    return Drawn(relation, facts, mentions, untrue)


def _value(of: Any, names: Names, draw: Random) -> str | Number:
    return names.new(of) if isinstance(of, str) else Number(draw.randrange(of[0], of[1] + 1, of[2]))


def _is_choice(of: Any) -> bool:
    return isinstance(of, list) and isinstance(of[0], str)


def _near(relation: Relation, fact: Fact, names: Names, draw: Random) -> Values:
    """Give a fact's values with another, near name, and with other numbers."""
    numbers = {slot: _value(of, names, draw) for slot, of in relation.slots.items() if not isinstance(of[0], str)}
    name = names.near(str(fact.values[relation.item]), relation.slots[relation.item])
    return fact.values | numbers | {relation.item: name}


def _together(wording: Wording, facts: Sequence[Fact], names: Names) -> Mention:
    each = [wording.each.format(**_filled(fact.values, names)) for fact in facts]
    text = wording.sentences[0].format(each=f"{', '.join(each[:-1])} and {each[-1]}")
    return Mention((capitalised(text),), tuple(facts))


def _worded(wording: Wording, values: Values, names: Names) -> tuple[str, ...]:
    return tuple(capitalised(sentence.format(**_filled(values, names))) for sentence in wording.sentences)


def _filled(values: Values, names: Names) -> Values:
    """Add the pronouns of who stands in the slot `person`."""
    if "person" not in values:
        return values
    subject, of = names.pronouns(str(values["person"]))
    return values | {"person_she": subject, "person_She": subject.capitalize(), "person_her": of}


def capitalised(sentence: str) -> str:
    """Begin a sentence with a capital."""
    return sentence[0].upper() + sentence[1:]
