"""An answer as its page shows it: statements and their markers, rows, a timeline, and the articles beside them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import compress
from typing import Any

from index.catalog.reader import CatalogReader
from qa.answer import Coverage, Kind
from qa.text import one_line
from qa.web.page.reading import Mark, Shown, shown

HUES = 8
CLOSEST_SHOWN = 3
MARKERS_SHOWN = 5
WHOLE_CHARS = 100_000  # of the first article on a page; the others are fetched whole when they are read
OTHER_WHOLE_CHARS = 12_000
MOST_WHOLE = 12
LEAST_SECONDS = 0.1

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Told:
    """A statement: `phrase` of its text is the short answer. Of its markers the first are shown, then `more`."""

    before: str
    phrase: str
    after: str
    hue: int
    markers: Sequence[Mark]
    more: Sequence[Mark]
    cells: Mapping[str, str]

    @property
    def text(self) -> str:
        """The whole statement."""
        return f"{self.before}{self.phrase}{self.after}"


@dataclass(frozen=True)
class Event:
    """A statement under its day, which is empty where nothing tells it."""

    day: date | None
    said: str
    told: Told


@dataclass(frozen=True)
class Cell:
    """What a row says in a column, and what it is sorted by."""

    text: str
    sort: str
    is_number: bool = False
    is_day: bool = False


@dataclass(frozen=True)
class Row:
    """A statement as a row of a table."""

    cells: Sequence[Cell]
    told: Told


@dataclass(frozen=True)
class Table:
    """Statements that have the same columns."""

    columns: Sequence[str]
    rows: Sequence[Row]


@dataclass(frozen=True)
class Source:
    """An article that is cited, or comes close to an answer, with the marks in it."""

    id: str
    title: str
    day: str | None
    publisher: str | None
    marks: Sequence[Mark]
    also_in: Sequence[str]


@dataclass(frozen=True)
class Answered:
    """All that a page shows of an answer; `answer` is the object that `qa ask --json` prints."""

    answer: Json
    leads: Sequence[Told]
    table: Table | None
    events: Sequence[Event]
    sides: Mapping[str, Sequence[Told]]
    coverage: str
    took: str
    sources: Sequence[Source]
    articles: Sequence[Shown]


def answered(answer: Json, catalog: CatalogReader) -> Answered:
    """Lay out an answer beside the articles that it cites, an abstention beside the sentences that come closest."""
    marks = list(_closest(answer, catalog) if answer["abstained"] else _cited(answer))
    told = [_told(each, hue % HUES + 1, marks, answer) for hue, each in enumerate(answer["statements"])]
    table = _table(told, answer)
    events = [_event(each) for each in told] if answer["kind"] == Kind.TIMELINE else []
    sides = _sides(told) if answer["kind"] == Kind.COMPARE else {}
    in_rows = {id(row.told) for row in table.rows} if table else set()
    leads = [] if events or sides else [each for each in told if id(each) not in in_rows]
    coverage = Coverage(**answer["coverage"]).text if answer["coverage"] else ""
    ids = dict.fromkeys(each.article for each in marks)
    return Answered(
        answer,
        leads,
        table,
        events,
        sides,
        coverage,
        _took(answer),
        [_source(each, marks, answer, catalog) for each in ids],
        list(_articles(list(ids), marks, catalog)),
    )


def _cited(answer: Json) -> Iterator[Mark]:
    """Give the marks of the citations, each in the colour of the first statement that rests on it."""
    hues: dict[int, int] = {}
    for hue, statement in enumerate(answer["statements"]):
        for position in statement["citations"]:
            hues.setdefault(position, hue % HUES + 1)
    for number, each in enumerate(answer["citations"], 1):
        place = each["article"], each["start"], each["end"]
        yield Mark(number, hues.get(number - 1, 1), *place, each["quote"], each["title"], each["published"])


def _closest(answer: Json, catalog: CatalogReader) -> Iterator[Mark]:
    best = sorted(answer["evidence"], key=lambda each: -each["score"])[:CLOSEST_SHOWN]
    for number, each in enumerate(best, 1):
        article = catalog.article(each["article"])
        if article and (quote := article.text[each["start"] : each["end"]]):
            day = article.published.isoformat() if article.published else None
            yield Mark(number, 0, article.id, each["start"], each["end"], quote, article.title, day)


def _told(statement: Json, hue: int, marks: Sequence[Mark], answer: Json) -> Told:
    text, short = one_line(statement["text"]), one_line(answer["short_answer"] or "")
    before, phrase, after = text.partition(short) if short else (text, "", "")
    markers = [marks[position] for position in statement["citations"]]
    cells = {name: one_line(cell) for name, cell in statement.get("cells", {}).items()}
    return Told(before, phrase, after, hue, markers[:MARKERS_SHOWN], markers[MARKERS_SHOWN:], cells)


def _event(told: Told) -> Event:
    day = told.cells.get("day")
    return Event(date.fromisoformat(day) if day else None, told.cells.get("event", told.text), told)


def _sides(told: Sequence[Told]) -> dict[str, list[Told]]:
    sides: dict[str, list[Told]] = {}
    for each in told:
        sides.setdefault(each.cells.get("side", ""), []).append(each)
    return sides


def _table(told: Sequence[Told], answer: Json) -> Table | None:
    """Make a table of the statements that have the columns of most, if they are several."""
    if answer["kind"] not in (Kind.LIST, Kind.COUNT, Kind.FOLDER):
        return None
    shapes = [tuple(each.cells) for each in told if each.cells and "total" not in each.cells]
    if len(shapes) < 2:
        return None
    shape = max(shapes, key=shapes.count)
    alike = [each for each in told if tuple(each.cells) == shape]
    names = [name for name in shape if name != "article" or not any(each.cells.get("title") for each in alike)]
    columns = [name.capitalize() for name in names]
    if "published" not in names:
        columns += ["Articles", "First told"]
    cells = [list(_cells(each, names)) for each in alike]
    says = [any(cell.text for cell in column) for column in zip(*cells, strict=True)]
    rows = [Row(list(compress(row, says)), each) for row, each in zip(cells, alike, strict=True)]
    return Table(list(compress(columns, says)), rows)


def _cells(told: Told, names: Sequence[str]) -> Iterator[Cell]:
    for name in names:
        text = told.cells[name]
        if name == "published":
            yield _day_cell(text)
        else:
            number = text.replace(",", "").replace(".", "", 1).isdecimal()
            yield Cell(text, text.replace(",", "") if number else text.casefold(), number)
    if "published" not in names:
        markers = [*told.markers, *told.more]
        count = str(len({each.article for each in markers}))
        yield Cell(count, count, is_number=True)
        yield _day_cell(min((each.day for each in markers if each.day), default=""))


def _day_cell(day: str) -> Cell:
    return Cell(written(day) if day else "", day, is_day=True)


def written(day: str) -> str:
    """Write an ISO day as a person does: 16 Mar 2025."""
    there = date.fromisoformat(day)
    return f"{there.day} {there:%b %Y}"


def _took(answer: Json) -> str:
    seconds = max(answer["timings_ms"].values(), default=0) / 1000
    return f"{seconds:.1f} s" if seconds >= LEAST_SECONDS else ""


def _source(article_id: str, marks: Sequence[Mark], answer: Json, catalog: CatalogReader) -> Source:
    here = [each for each in marks if each.article == article_id]
    cited = [each for each in answer["citations"] if each["article"] == article_id]
    article = catalog.article(article_id)
    publisher: str | None = cited[0]["publisher"] if cited else article.publisher if article else None
    also = dict.fromkeys(other for each in cited for other in each["also_in"])
    return Source(article_id, here[0].title, here[0].day, publisher, here, list(also))


def _articles(ids: Sequence[str], marks: Sequence[Mark], catalog: CatalogReader) -> Iterator[Shown]:
    for place, each in enumerate(ids):
        whole_chars = WHOLE_CHARS if place == 0 else OTHER_WHOLE_CHARS if place < MOST_WHOLE else 0
        if found := shown(each, marks, catalog, whole_chars):
            yield found
