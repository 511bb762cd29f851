"""Copy an index between a folder and a database, embedding nothing again."""

import json
from contextlib import closing
from pathlib import Path

from index.catalog.copying import copy_catalog, digest_of
from index.catalog.place import Place
from index.catalog.postgres.url import PostgresUrl
from index.errors import UsageError
from qa.cli.display import Display
from qa.events import progress_of
from qa.opening import open_catalog
from qa.paths import articles_folder, index_named, place_of
from qa.settings import Settings

CATALOG = "catalog.sqlite"


def copy_index(source: str, target: str, settings: Settings, display: Display) -> None:
    """Copy an index and show the digest that both give.

    Raises:
        UsageError: there is nothing to copy, there is an index already where the copy is to be, or a URL names no
            schema and nothing names the folder of articles that it would follow from.
        IndexBusyError: another process writes the copy.
    """
    known = [articles for each in (source, target) if (articles := _articles(each))]
    articles = known[0] if known else None
    if articles is None and settings.articles:
        articles = articles_folder(settings)
    from_place, to_place = _place(source, articles), _place(target, articles)
    with closing(open_catalog(from_place)) as reader, to_place.lock():
        if to_place.exists():
            raise UsageError(f"There is an index at {to_place} already: delete it, or name another place")
        with closing(to_place.open()) as writer:
            copied = copy_catalog(reader, writer, progress_of(display.hear))
            digest = digest_of(writer)
            if digest != digest_of(reader):
                raise UsageError(f"The index at {from_place} changed while it was copied: delete {to_place}, try again")
    facts = {"articles": copied, "from": str(from_place), "to": str(to_place), "digest": digest}
    display.show(f"{copied} articles copied to {to_place}\ndigest {digest}", json.dumps(facts, ensure_ascii=False))


def _articles(named: str) -> Path | None:
    """Give the folder of articles that is named; that of an index is none, nor one that is empty."""
    path = Path(named)
    if PostgresUrl.is_meant(named) or not path.is_dir() or (path / CATALOG).exists():
        return None
    return path if any(path.iterdir()) else None


def _place(named: str, articles: Path | None) -> Place:
    """Give the place that is named: by a URL, by the folder of the index, or by that of its articles."""
    index = index_named(named)
    if isinstance(index, PostgresUrl):
        if index.schema is None and articles is None:
            raise UsageError(
                f"Of which articles is the index at {index}? Name their folder on the other side, or the schema as in "
                "postgresql://host/db?schema=news"
            )
        return place_of(index, articles)
    own = _articles(named)
    return place_of(None, own) if own else place_of(index, None)
