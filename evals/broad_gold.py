"""What a good answer to a broad question holds, as a person writes it down."""

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from evals.checked_lines import FilledText, shorten
from evals.quotes import QuoteFields, TextOf, find_all, no_article
from qa.answer import Kind, Span

PARTS = "parts"  # a question of several parts, which are facts
KINDS = (*map(str, Kind), PARTS)
BROAD_KINDS = KINDS[1:]


@dataclass(frozen=True)
class Point:
    """Something that a good answer says, and where articles say it; without a text the articles are silent on it."""

    text: str | None
    evidence: tuple[Span, ...]


@dataclass(frozen=True)
class Item:
    """Something that a good answer lists, under any of its names, and where articles name it."""

    names: tuple[str, ...]
    evidence: tuple[Span, ...]


@dataclass(frozen=True)
class BroadGold:
    """What a good answer holds; nothing of it where the articles are silent.

    `articles` are those that it cites, and `optional_articles` those that it may cite.
    """

    points: tuple[Point, ...] = ()
    items: tuple[Item, ...] = ()
    number: float | None = None
    articles: tuple[str, ...] = ()
    optional_articles: tuple[str, ...] = ()

    @property
    def said(self) -> tuple[Point, ...]:
        """The points that the articles say."""
        return tuple(each for each in self.points if each.text is not None)

    @property
    def silent_parts(self) -> int:
        """The number of the parts or sides on which the articles are silent."""
        return len(self.points) - len(self.said)

    @property
    def is_empty(self) -> bool:
        """Tell whether the articles are silent on all that is asked."""
        return not (self.said or self.items or self.number is not None or self.articles)

    @property
    def evidence(self) -> tuple[Span, ...]:
        """The spans of all points and items."""
        of_each = [each.evidence for each in self.points] + [each.evidence for each in self.items]
        return tuple(dict.fromkeys(span for spans in of_each for span in spans))


class PointFields(BaseModel):
    """A point as a person gives it; what else stands beside it (a day, a side) is the person's own note."""

    model_config = ConfigDict(strict=True, extra="ignore")

    text: FilledText | None
    evidence: list[QuoteFields]


class ItemFields(BaseModel):
    """An item as a person gives it, with whatever note beside it."""

    model_config = ConfigDict(strict=True, extra="ignore")

    names: list[FilledText]
    evidence: list[QuoteFields]


class BroadFields(BaseModel):
    """The fields of a case that a broad question has."""

    model_config = ConfigDict(strict=True, extra="forbid")

    kind: str | None = None
    points: list[PointFields] = []
    items: list[ItemFields] = []
    number: float | None = None
    articles: list[FilledText] = []
    articles_optional: list[FilledText] = []

    @property
    def is_broad(self) -> bool:
        """Tell whether a kind is given, and not that of a fact."""
        return self.kind in BROAD_KINDS


def find_gold(fields: BroadFields, text_of: TextOf) -> tuple[BroadGold, list[str]]:
    """Find what a person wrote down in the articles; give what is wrong with it, too."""
    faults, points, items = list(_faults(fields, text_of)), list[Point](), list[Item]()
    for point in fields.points:
        spans, lost = find_all(point.evidence, text_of)
        points.append(Point(point.text, spans))
        faults += lost
    for item in fields.items:
        spans, lost = find_all(item.evidence, text_of)
        items.append(Item(tuple(item.names), spans))
        faults += lost
    articles, optional = tuple(fields.articles), tuple(fields.articles_optional)
    return BroadGold(tuple(points), tuple(items), fields.number, articles, optional), faults


def _faults(fields: BroadFields, text_of: TextOf) -> Iterator[str]:
    given = [name for name in ("points", "items", "number", "articles", "articles_optional") if _is_given(fields, name)]
    if fields.kind is not None and fields.kind not in KINDS:
        yield f"there is no kind {shorten(fields.kind)}: use one of {', '.join(KINDS)}"
    elif given and not fields.is_broad:
        yield f"only a broad question has {given[0]}: give its kind, one of {', '.join(BROAD_KINDS)}"
    for number, point in enumerate(fields.points):
        if point.text is None and point.evidence:
            yield f"points.{number} has evidence but no text: give the text, or leave the evidence empty"
        if point.text is not None and not point.evidence:
            yield f"points.{number} has no evidence: quote where the articles say it"
    for number, item in enumerate(fields.items):
        if not item.names:
            yield f"items.{number}.names must not be empty"
    yield from (no_article(each) for each in (*fields.articles, *fields.articles_optional) if text_of(each) is None)


def _is_given(fields: BroadFields, name: str) -> bool:
    return getattr(fields, name) not in (None, [])
