"""Read saved feeds, RSS and Atom: each entry is an article."""

import email.utils
import io
from codecs import BOM_UTF8
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from index.formats.extract import Extract, UnreadableError
from index.formats.metadata import from_mapping
from index.formats.paragraphs import decode_html, text_of_html


def read_feed(path: Path) -> Iterator[Extract]:
    """Read the entries in the order of the file; one without text has its title for a text, or is left out.

    Raises:
        UnreadableError: it is no feed, or none of its entries has a text.
    """
    import feedparser

    # A stream: what feedparser is given otherwise, it may take for an address or a file's name.
    # Its byte order mark is stronger than an encoding that the file declares.
    file = io.BytesIO(BOM_UTF8 + decode_html(path.read_bytes()).encode("utf-8", "replace"))
    feed = feedparser.parse(file, sanitize_html=False, resolve_relative_uris=False)
    if not feed.get("version"):
        raise UnreadableError("no RSS or Atom feed")
    found = False
    for number, entry in enumerate(feed.entries, 1):
        title = text_of_html(entry.get("title", ""))
        text = _text_of(entry) or title
        if text:
            found = True
            known = {
                "title": title,
                "published": _day_of(entry, "published") or _day_of(entry, "updated"),
                "publisher": text_of_html(feed.feed.get("title", "")),
                "url": entry.get("link"),
            }
            yield Extract(text, from_mapping(known, "feed"), record=str(number))
    if not found:
        raise UnreadableError("a feed without entries")


def _text_of(entry: Any) -> str:
    """Give the longest text of an entry: many feeds have a summary beside the content, some use the fields at will."""
    details = [*entry.get("content", []), entry.get("summary_detail", {})]
    return max((_shown(each.get("value", ""), each.get("type")) for each in details), key=len)


def _shown(value: str, kind: str | None) -> str:
    return value.strip() if kind == "text/plain" else text_of_html(value)


def _day_of(entry: Any, name: str) -> date | None:
    """Give the day as the feed writes it, in its own time zone; feedparser knows it in that of Greenwich."""
    written, parsed = entry.get(name, ""), entry.get(f"{name}_parsed")
    if not parsed:
        return None
    for read in (email.utils.parsedate_to_datetime, datetime.fromisoformat):
        try:
            return read(written).date()
        except ValueError:
            continue
    return date(*parsed[:3])
