"""Tell by its root what a file of XML is: a feed, a dump of a wiki, or an agency's news."""

from collections.abc import Callable, Iterator
from pathlib import Path

from index.formats.extract import Extract, UnreadableError
from index.formats.feeds import read_feed
from index.formats.mediawiki import read_mediawiki
from index.formats.news_xml import read_news
from index.formats.xml_parts import local_name

MAX_MEGABYTES = 20  # of what is read as a whole; a wiki is read page by page

_NEWS_ROOTS = ("nitf", "newsMessage", "newsItem", "NewsML")
_READERS: dict[str, Callable[[Path], Iterator[Extract]]] = {
    "mediawiki": read_mediawiki,
    **dict.fromkeys(_NEWS_ROOTS, read_news),
}


def read_xml(path: Path) -> Iterator[Extract]:
    """Read a file by the reader for its root; what has another root, or is broken, as a feed.

    Raises:
        UnreadableError: it is none of these, or too large.
    """
    root = _root_of(path)
    if root != "mediawiki" and path.stat().st_size > MAX_MEGABYTES * 1_000_000:
        raise UnreadableError(f"larger than {MAX_MEGABYTES} MB")
    yield from _READERS.get(root, read_feed)(path)


def _root_of(path: Path) -> str:
    from lxml import etree

    with path.open("rb") as file:
        try:
            events = etree.iterparse(file, events=("start",), resolve_entities=False, no_network=True)
            return local_name(next(iter(events))[1].tag)
        except (etree.XMLSyntaxError, StopIteration):
            return ""
