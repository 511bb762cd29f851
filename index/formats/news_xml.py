"""Read the news of agencies and papers: NITF, NewsML-G2 and NewsML 1."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from index.formats.extract import Extract, UnreadableError
from index.formats.left_out import LeftOut
from index.formats.metadata import from_mapping
from index.formats.paragraphs import Paragraphs
from index.formats.xml_parts import local_name

# NewsML-G2 (https://iptc.org/standards/newsml-g2), then NewsML 1, under which name each has what an article is made of.
_ITEMS = ("newsItem", "NewsItem")
_HEADLINES = ("hl1", "headline", "HeadLine", "title")
_BYLINES = ("byline", "by", "ByLine")
_DATELINES = ("dateline", "DateLine")
_CONTENTS = ("body.content", "body", "inlineData", "inlineXML", "DataContent")
_DAYS = (
    "date.release",
    "story.date",
    "date.issue",
    "contentCreated",
    "firstCreated",
    "versionCreated",
    "FirstCreated",
    "DateId",
)
_PUBLISHERS = ("provider", "doc.copyright", "pubdata", "copyrightHolder", "Provider")
_PUBLISHER_NAMES = ("literal", "holder", "name", "FormalName")
_AS_HTML = {"hl1": "h1", "hl2": "h2", "media": "script", "head": "head", "tr": "tr", "block": "div", "note": "aside"}


def read_news(path: Path) -> Iterator[Extract]:
    """Read a story, or each item of a message that has a text; byline and dateline are paragraphs before it.

    Raises:
        UnreadableError: it is broken, or holds no text, or (at its end) items are left out.
    """
    root = _parse(path.read_bytes())
    items = [each for each in root.iter() if _name(each) in _ITEMS] or [root]
    left_out = LeftOut("item")
    found = False
    for number, item in enumerate(items, 1):
        place = str(number) if len(items) > 1 else None
        if text := _text_of(item):
            found = True
            yield Extract(text, from_mapping(_facts_of(item), "document"), record=place)
        else:
            left_out.add(place, "holds no text")
    if not found:
        raise left_out.refuse()
    if left_out:
        raise left_out.told()


def _parse(raw: bytes) -> Any:
    from lxml import etree

    try:
        return etree.fromstring(raw, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    except etree.XMLSyntaxError as error:
        raise UnreadableError(f"broken XML: {error.msg}") from None


def _text_of(item: Any) -> str:
    content = _first(item, _CONTENTS)
    if content is None:
        return ""
    body = _shown(content)
    before = (_shown(each) for names in (_BYLINES, _DATELINES) if (each := _first(item, names)) is not None)
    return "\n\n".join([*(each for each in before if each and each not in body), body]) if body else ""


def _facts_of(item: Any) -> dict[str, object]:
    headline, day, publisher = (_first(item, names) for names in (_HEADLINES, _DAYS, _PUBLISHERS))
    facts: dict[str, object] = {}
    if headline is not None:
        facts["title"] = _shown(headline)
    if day is not None:
        facts["published"] = day.get("norm") or " ".join("".join(day.itertext()).split())
    if publisher is not None:
        named = next((value for name in _PUBLISHER_NAMES if (value := publisher.get(name))), "")
        facts["publisher"] = named or _shown(publisher).partition("\n")[0]
    return facts


def _first(item: Any, names: tuple[str, ...]) -> Any:
    """Give the first element of the surest name; an item of a message inside the item is not looked into."""
    found: dict[str, Any] = {}
    for element in item.iter():
        found.setdefault(_name(element), element)
    return next((found[name] for name in names if name in found), None)


def _shown(root: Any) -> str:
    """Give the paragraphs of an element; pictures and what is said of them are not read."""
    from lxml import etree

    shown = Paragraphs()
    for event, element in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        name = _AS_HTML.get(_name(element), _name(element))
        if event == "start":
            shown.start(name)
            shown.data(element.text or "")
        else:
            if event == "end":
                shown.end(name)
            shown.data((element.tail or "") if element is not root else "")
    shown.close()
    return shown.text


def _name(element: Any) -> str:
    return local_name(element.tag) if isinstance(element.tag, str) else ""
