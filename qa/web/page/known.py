"""What a folder's catalog tells at a glance."""

from dataclasses import dataclass
from datetime import date

from index.catalog.reader import CatalogReader


@dataclass(frozen=True)
class Known:
    """What a folder's catalog tells at a glance; `first` and `last` are days as they are written."""

    articles: int
    first: str
    last: str
    skipped: list[tuple[str, str]]


def known(catalog: CatalogReader) -> Known:
    """Tell how many articles there are, from when, and which files are none."""
    dates = catalog.dates()
    return Known(catalog.counts()[0], _written(dates.first), _written(dates.last), catalog.skipped())


def _written(day: str | None) -> str:
    if not day:
        return ""
    there = date.fromisoformat(day)
    return f"{there.day} {there:%B %Y}"
