"""The questions on what is planted, and what answers each; a seed and a number of articles always give the same."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from random import Random

from evals.broad.planted.articles import Articles, write_articles
from evals.broad.planted.facts import Drawn, draw_facts
from evals.broad.planted.relations import Names, load_relations, read
from qa.answer import Kind, Span


@dataclass(frozen=True)
class Item:
    """What a good answer names, by any of its names, and the sentences that state it."""

    names: tuple[str, ...]
    told: tuple[Span, ...]


@dataclass(frozen=True)
class Question:
    """A question with what answers it: items, a number. `others` are near names that are none of the items."""

    id: str
    text: str
    kind: Kind
    split: str
    items: tuple[Item, ...] = ()
    number: int | None = None
    others: tuple[str, ...] = ()

    @property
    def is_silent(self) -> bool:
        """Tell whether the articles say nothing of it."""
        return not self.items and self.number is None


def plant(number: int, seed: int) -> tuple[Articles, list[Question]]:
    """Make so many articles, copies not counted, and the questions on them."""
    draw, taken, drawn = Random(seed), set[str](), list[Drawn]()
    for relation in load_relations():
        names = Names(draw)
        drawn.append(draw_facts(relation, names, draw))
        taken |= names.drawn
    articles = write_articles(number, drawn, Names(draw, taken), draw)
    return articles, questions_on(drawn, articles)


def questions_on(drawn: Sequence[Drawn], articles: Articles) -> list[Question]:
    """Give the questions on all relations, then those on which nothing is planted."""
    asked = [
        _question(f"{each.relation.name}-{number}", data, each, articles)
        for each in drawn
        for number, data in enumerate(each.relation.questions, 1)
    ]
    silent = enumerate(read("silent.toml")["questions"], 1)
    return asked + [Question(f"silent-{i}", each["text"], Kind(each["kind"]), each["split"]) for i, each in silent]


def _question(id_: str, data: dict[str, str], of: Drawn, articles: Articles) -> Question:
    facts, text = of.facts, data["text"]
    if slot := data.get("filter"):
        chosen = Counter(fact.values[slot] for fact in facts).most_common(1)[0][0]
        facts = [fact for fact in facts if fact.values[slot] == chosen]
        text = text.format(**{slot: chosen})
    question = partial(Question, id_, text, Kind(data["kind"]), of.relation.split)
    if summed := data.get("sum"):
        return question(number=sum(int(fact.values[summed]) for fact in facts))
    told = defaultdict[str, list[Span]](list)
    for fact in facts:
        told[str(fact.values[data["item"]])] += articles.told[fact.relation, fact.number]
    near = {str(values[data["item"]]) for values in (*of.untrue, *(fact.values for fact in of.facts))} - set(told)
    items = tuple(Item((name,), tuple(spans)) for name, spans in told.items())
    return question(items, len(items) if data["kind"] == Kind.COUNT else None, tuple(sorted(near)))
