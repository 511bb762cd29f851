"""Read a wiki's export (MediaWiki's .xml): its articles as text, without templates, references and other pages."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from index.formats.extract import Extract, UnreadableError
from index.formats.left_out import LeftOut
from index.formats.metadata import from_mapping
from index.formats.wikitext import text_of_wikitext
from index.formats.xml_parts import local_name

MAX_PAGE_CHARS = 10_000_000  # a page of Wikipedia has two million at most

_MEDIA_AND_CATEGORIES = ("-2", "6", "14")  # namespaces whose links are no words of a sentence


@dataclass
class _Site:
    """What an export says of its wiki."""

    name: str = ""
    base: str = ""
    unread: set[str] = field(default_factory=lambda: {"file", "image", "media", "category"})


def read_mediawiki(path: Path) -> Iterator[Extract]:
    """Read the articles under the numbers of their pages; a page's day is that of its revision.

    Raises:
        UnreadableError: it holds no article, is broken, or (at its end) pages are left out: redirects, and those of
            other namespaces.
    """
    site, left_out = _Site(), LeftOut("page")
    found = False
    for number, page in enumerate(_pages(path, site), 1):
        try:
            yield _article(page, str(number), site)
            found = True
        except UnreadableError as error:
            left_out.add(str(number), str(error))
        except RecursionError:
            left_out.add(str(number), "nested too deeply")
    if not found:
        raise left_out.refuse()
    if left_out:
        raise left_out.told()


def _pages(path: Path, site: _Site) -> Iterator[dict[str, str]]:
    """Give the fields of each page as it is read; what was read before is forgotten."""
    from lxml import etree

    tags = ("{*}page", "{*}siteinfo")
    with path.open("rb") as file:
        try:
            events = etree.iterparse(file, tag=tags, huge_tree=True, resolve_entities=False, no_network=True)
            for _, element in events:
                if local_name(element.tag) == "siteinfo":
                    _learn(element, site)
                    continue
                yield _fields_of(element)
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
        except etree.XMLSyntaxError as error:
            raise UnreadableError(f"broken XML: {error.msg}") from None


def _learn(siteinfo: Any, site: _Site) -> None:
    for element in siteinfo.iter():
        name, text = local_name(str(element.tag)), (element.text or "").strip()
        if name == "sitename":
            site.name = text
        elif name == "base":
            site.base = text.rpartition("/")[0]
        elif name == "namespace" and element.get("key") in _MEDIA_AND_CATEGORIES:
            site.unread.add(text.lower())


def _fields_of(page: Any) -> dict[str, str]:
    """Give title, namespace and the last revision's day and text."""
    fields: dict[str, str] = {}
    for element in page.iter():
        name = local_name(str(element.tag))
        if name == "redirect":
            fields[name] = element.get("title") or "another page"
        elif name in ("title", "ns", "timestamp", "text"):
            fields[name] = element.text or ""
    return fields


def _article(page: dict[str, str], number: str, site: _Site) -> Extract:
    if page.get("ns", "0") != "0":
        raise UnreadableError("not of the articles' namespace")
    if "redirect" in page:
        raise UnreadableError("redirects to another page")
    if len(page.get("text", "")) > MAX_PAGE_CHARS:
        raise UnreadableError(f"longer than {MAX_PAGE_CHARS // 1_000_000} million characters")
    text = text_of_wikitext(page.get("text", ""), site.unread)
    if not re.search(r"\w", text):
        raise UnreadableError("holds no text")
    title = page.get("title", "")
    url = f"{site.base}/{quote(title.replace(' ', '_'), safe='/:,()')}" if site.base else ""
    known = {"title": title, "published": page.get("timestamp", ""), "publisher": site.name, "url": url}
    return Extract(text, from_mapping(known, "record"), record=number)
