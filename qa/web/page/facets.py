"""How many articles there are of each month, publisher and folder below, each with the filter that keeps to it."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from index.catalog.rows import Facet as By
from index.catalog.writer import Catalog
from index.filter import Filter, glob_of
from qa.web.page.address import Address

MOST_VALUES = 60
MOST_COUNTED = 500

_counted: dict[tuple[str | None, int, By, Filter], list[tuple[str, int]]] = {}


@dataclass(frozen=True)
class Value:
    """A value of a facet: how many articles have it, the share of the most frequent one in [0, 1], and its address."""

    text: str
    count: int
    share: float
    url: str
    is_set: bool


@dataclass(frozen=True)
class Facet:
    """Something that articles differ in."""

    name: str
    values: tuple[Value, ...]


def facets(catalog: Catalog, address: Address) -> list[Facet]:
    """Count the articles of each value that the other facets of the address leave; one value alone is no facet."""
    found = (_months(catalog, address), _publishers(catalog, address), _folders(catalog, address))
    return [each for each in found if len(each.values) > 1 or any(value.is_set for value in each.values)]


def next_month(first: date) -> date:
    """Give the first day of the month behind that of a first day."""
    return (first + timedelta(days=31)).replace(day=1)


def _months(catalog: Catalog, address: Address) -> Facet:
    rows = _count(catalog, By.MONTH, replace(address, since=None, until=None))
    values = []
    for month, count in rows:
        first = date.fromisoformat(f"{month}-01")
        last = next_month(first) - timedelta(days=1)
        is_set = (address.since, address.until) == (first, last)
        span = {"since": None, "until": None} if is_set else {"since": first, "until": last}
        values.append((f"{first:%B %Y}", count, address.url(**span), is_set))
    return _facet("Month", values)


def _publishers(catalog: Catalog, address: Address) -> Facet:
    rows = _count(catalog, By.PUBLISHER, replace(address, source=None))
    values = []
    for name, count in rows:
        is_set = address.source == name
        values.append((name, count, address.url(source=None if is_set else name), is_set))
    return _facet("Publisher", values)


def _folders(catalog: Catalog, address: Address) -> Facet:
    rows = _count(catalog, By.FOLDER, replace(address, article=None))
    values = []
    for name, count in rows:
        pattern = f"{glob_of(name)}/*"
        is_set = address.article == pattern
        values.append((name, count, address.url(article=None if is_set else pattern), is_set))
    return _facet("Folder", values)


def _count(catalog: Catalog, by: By, address: Address) -> list[tuple[str, int]]:
    """Count the articles of a state of the index once, for that reads all of them."""
    only = address.only
    key = catalog.meta("index_id"), catalog.generation, by, only
    counted = _counted.get(key)
    if counted is None:
        if len(_counted) >= MOST_COUNTED:
            _counted.clear()
        counted = _counted[key] = catalog.count_by(by, only, MOST_VALUES)
    return counted


def _facet(name: str, values: list[tuple[str, int, str, bool]]) -> Facet:
    most = max((count for _, count, _, _ in values), default=1)
    return Facet(name, tuple(Value(text, count, count / most, url, is_set) for text, count, url, is_set in values))
