"""Read saved feeds, RSS and Atom: each entry is an article."""

import email.utils
import io
import re
from codecs import BOM_UTF8
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from index.formats.extract import Extract, UnreadableError
from index.formats.left_out import LeftOut
from index.formats.metadata import from_mapping
from index.formats.paragraphs import decode_html, text_of_html

_NO_POSTS = frozenset(
    "attachment nav_menu_item revision wp_template wp_template_part wp_global_styles wp_navigation wp_block "
    "custom_css oembed_cache customize_changeset user_request acf-field acf-field-group".split()
)
_SHORTCODE = re.compile(
    r"[ \t]{0,9}\[/?(?:caption|gallery|embed|audio|video|playlist|su_\w+|vc_\w+|et_pb_\w+)\b[^\]]{0,2000}\][ \t]{0,9}"
)
_APPEARED_FIRST = re.compile(
    r"\n\n(?:The post|Der Beitrag|L[’']article|La entrada|L[’']articolo|O post|Het bericht)\s[^\n]{1,300}\s"
    r"(?:appeared first on|"
    r"erschien zuerst auf|est apparu en premier sur|se publicó primero en|proviene da|apareceu primeiro em|"
    r"verscheen eerst op)\s[^\n]{1,150}\s*\Z"
)


def read_feed(path: Path) -> Iterator[Extract]:
    """Read the entries in the order of the file; one without text has its title for a text, or is left out.

    Raises:
        UnreadableError: it is no feed, or none of its entries has a text, or (at its end) an export of WordPress has
            what is no post: pictures, menus, revisions.
    """
    import feedparser

    # A stream: what feedparser is given otherwise, it may take for an address or a file's name.
    # Its byte order mark is stronger than an encoding that the file declares.
    file = io.BytesIO(BOM_UTF8 + decode_html(path.read_bytes()).encode("utf-8", "replace"))
    feed = feedparser.parse(file, sanitize_html=False, resolve_relative_uris=False)
    if not feed.get("version"):
        raise UnreadableError("no RSS or Atom feed")
    found, left_out = False, LeftOut("item")
    for number, entry in enumerate(feed.entries, 1):
        title = text_of_html(entry.get("title", ""))
        kind = entry.get("wp_post_type", "post")
        if kind in _NO_POSTS:
            left_out.add(str(number), f"WordPress: {kind}")
            continue
        text = _without_furniture(_text_of(entry), is_wordpress="wp_post_type" in entry) or title
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
        raise left_out.refuse() if left_out else UnreadableError("a feed without entries")
    if left_out:
        raise left_out.told()


def _without_furniture(text: str, is_wordpress: bool) -> str:
    """Leave out what WordPress puts into texts: marks for its own use, and the last line of each entry of its feeds."""
    text = _SHORTCODE.sub(" ", text) if is_wordpress else text
    return _APPEARED_FIRST.sub("", text).strip()


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
