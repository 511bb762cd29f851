"""Read web pages: the text of the article without what stands around it, and what the page says about it."""

import re
from collections.abc import Iterator
from copy import deepcopy
from itertools import islice
from pathlib import Path
from typing import Any

from index.formats.dates import in_doubt, parse_date
from index.formats.export_page import articles_of_page
from index.formats.extract import Extract, Metadata, UnreadableError
from index.formats.metadata import from_first_lines, from_mapping, merge
from index.formats.page_boxes import drop_what_is_beside, is_for_subscribers, is_notice
from index.formats.page_data import better_than_shown, drop_broken_data, linked_data
from index.formats.paragraphs import Paragraphs, decode_html, paragraphs_of_html, parsable, text_of_html
from index.formats.shown import as_shown

MAX_ELEMENTS = 100_000  # of a page that may be an article with things around it; a larger one is read as a whole
MAX_BYLINE_CHARS = 120
MAX_DATED_ELEMENTS = 30
MAX_TEASER_WORDS = 30  # what is shown of a page for subscribers; more than a notice has is some of its text
SINGLE_FILE_CHARS = 4_000

_DATA_URI = re.compile(rb"data:[\w.+-]+/[\w.+-]+(?:;[\w=.-]+)*;base64,[A-Za-z0-9+/=]*", re.IGNORECASE)
_SINGLE_FILE = re.compile(r"<!--\s*Page saved with SingleFile\s+url:\s*(\S+)")
_ARTICLE_TYPE = re.compile(r"Article|Posting|Report|Review|Recipe")
_DATE_NAMES = frozenset(
    "articlepublished articlepublishedtime articlepublisheddate articlepublicationdate articlepostdate bt:pubdate "
    "btpubdate citationdate citationonlinedate citationpublicationdate cxenseparserecspublishtime date dateissued "
    "datepublished dcdate dcdateissued dcdatepublication dcissued dctermsdate dctermsissued displaydate docdate "
    "mediatorpublishedtime ogarticlepublishedtime ogdatepublished ogpubdate ogpublishdate ogpublishedtime "
    "originalpublicationdate parselypubdate pdate pubdate publicationdate publishdate publisheddate publishedtime "
    "publishtime rnewsdatepublished sailthrudate shareaholicarticlepublishedtime vrpublishedtime".split()
)
_DATED = re.compile(r"(?:^|[\s_-])(?:date|dateline|pub-?date|published|posted|post-?date|byline)(?:$|[\s_-])", re.I)
_UPDATED = re.compile(r"modif|updat|revis", re.IGNORECASE)
_BESIDE = re.compile(r"comment|related|recommend|sidebar|widget|teaser|promo|popular|latest|more-", re.IGNORECASE)
_INLINE = frozenset({"a", "abbr", "b", "em", "font", "i", "small", "span", "strong"})
_URL_DATE = re.compile(r"/(\d{4})/(\d{1,2})/(\d{1,2})(?:/|$)")


def read_html(path: Path) -> Iterator[Extract]:
    """Read a page, or the articles of one that an archive has exported.

    Raises:
        UnreadableError: it is no text, or shows none, or nothing but a notice.
    """
    markup = decode_html(_DATA_URI.sub(b"data:,", path.read_bytes()))
    tree = _parse(markup)
    articles = articles_of_page(markup, tree)
    if (first := next(articles, None)) is not None:
        yield first
        yield from articles
    else:
        yield _read(markup, tree, Metadata())


def read_page(raw: bytes, declared: str | None = None, known: Metadata = Metadata()) -> Extract:  # noqa: B008  # frozen
    """Read a page; `declared` is the encoding that who sent it named, `known` what is known where it says nothing.

    Raises:
        UnreadableError: it is no text, or shows none, or nothing but a notice.
    """
    markup = decode_html(_DATA_URI.sub(b"data:,", raw), declared)
    return _read(markup, _parse(markup), known)


def _read(markup: str, tree: Any, known: Metadata) -> Extract:
    known = merge(known, _saved_by_single_file(markup))
    if tree is None:
        if text := text_of_html(markup):
            return Extract(text, known)
        raise UnreadableError("holds no text")
    text, has_notice = _shown_text(tree, markup)
    body = better_than_shown(tree, text)
    drop_broken_data(tree)
    metadata = _metadata_of(tree)
    if body:
        return Extract(body.text, merge(metadata, body.metadata, known))
    if is_notice(text, tree):
        raise UnreadableError("holds no text but a notice: of scripts, robots, cookies, subscription or an error")
    if not text and has_notice:
        raise UnreadableError("holds no text but a notice, to subscribe or to let scripts run")
    if not text:
        raise UnreadableError("holds no text")
    if len(text.split()) <= MAX_TEASER_WORDS and is_for_subscribers(tree):
        raise UnreadableError("holds no text but what is shown to those who do not subscribe")
    return Extract(text, merge(metadata, known))


def _shown_text(tree: Any, markup: str) -> tuple[str, bool]:
    """Give the text of the article, or where there is none all that is shown, and whether a notice was left out."""
    cleaned = deepcopy(tree)
    has_notice = drop_what_is_beside(cleaned)
    shown = _paragraphs_of_tree(cleaned)
    whole = shown.text
    text = as_shown(_article_text(cleaned), shown) or whole
    if text or has_notice:
        return (text, has_notice) if _has_more_than_title(text, tree) or not has_notice else ("", True)
    return text_of_html(markup), False


def _has_more_than_title(text: str, tree: Any) -> bool:
    titles = {" ".join(each.text_content().split()) for each in tree.iter("title", "h1", "h2", "header")}
    return any(" ".join(paragraph.split()) not in titles for paragraph in text.split("\n\n") if paragraph)


def _paragraphs_of_tree(tree: Any) -> Paragraphs:
    from lxml import etree

    return paragraphs_of_html(etree.tostring(tree, encoding="unicode", method="html"))


def _saved_by_single_file(markup: str) -> Metadata:
    """Read the address in the comment that SingleFile puts at a page's head; when it was saved dates no article."""
    found = _SINGLE_FILE.search(markup[:SINGLE_FILE_CHARS])
    return from_mapping({"url": found[1]}, "html") if found else Metadata()


def _parse(markup: str) -> Any:
    """Give a page's tree, or None where there is none, or one too large or too deep to look for an article in."""
    from lxml import etree, html

    parser = html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        tree = html.document_fromstring(parsable(markup), parser)
    except (etree.LxmlError, ValueError):
        return None
    too_deep = any(error.type_name == "ERR_RESOURCE_LIMIT" for error in parser.error_log)
    too_large = next(islice(tree.iter(), MAX_ELEMENTS, None), None) is not None
    return None if too_deep or too_large else tree


def _article_text(tree: Any) -> str:
    """Give the text of the article as trafilatura finds it, or nothing; `tree` is changed."""
    from lxml import etree
    from trafilatura import bare_extraction
    from trafilatura.settings import Document

    _keep_what_is_shown(tree)
    try:
        found = bare_extraction(tree, favor_recall=True, include_comments=False, include_tables=True)
    except (RecursionError, ValueError):  # the latter for characters that XML does not know, written as &#1;
        return ""
    if not isinstance(found, Document):
        return ""
    shown = Paragraphs()
    for event, element in etree.iterwalk(found.body, events=("start", "end")):
        tag = "h2" if element.tag == "head" else element.tag
        if event == "start":
            shown.start(tag, element.attrib)
            shown.data(element.text or "")
        else:
            shown.end(tag)
            shown.data(element.tail or "")
    shown.close()
    return shown.text


def _keep_what_is_shown(tree: Any) -> None:
    """Rename elements that trafilatura drops with their words: a <time> in a sentence, captions, a form around all."""
    for element in tree.iter("time", "output", "ins"):
        element.tag = "span"
    for element in tree.iter("figure"):
        element.tag = "div"
    for element in tree.iter("figcaption"):
        element.tag = "p"
    half = len(tree.text_content()) / 2
    for element in tree.iter("form"):
        if len(element.text_content()) > half:
            element.tag = "div"


def _metadata_of(tree: Any) -> Metadata:
    from trafilatura import extract_metadata

    try:
        # Its date is not used: without a better one it takes any date of the page, or a year and the first of January.
        found = extract_metadata(tree, date_config={"extensive_search": False, "original_date": True})
    except (RecursionError, ValueError):
        return Metadata()
    known = {"title": found.title, "publisher": found.sitename, "url": found.url}
    return from_mapping(known | {"published": _published(tree, found.url)}, "html")


def _published(tree: Any, url: str | None) -> object:
    """Find the day of publication where pages state it, as it is written; a day that only the text mentions is none.

    One that may be either of two days is given where no other is stated.
    """
    doubtful = None
    for read in (_dates_of_json, _dates_of_meta, _dates_of_elements):
        for value in read(tree):
            if parse_date(value):
                return value
            doubtful = doubtful or (value if in_doubt(value) else None)
    found = _URL_DATE.search(url or "")
    return parse_date("-".join(found.groups())) if found else doubtful


def _dates_of_json(tree: Any) -> Iterator[object]:
    """Give `datePublished` of the JSON-LD, that of an article before that of a page or a site."""
    others: list[object] = []
    for value in linked_data(tree):
        for node in _nodes(value):
            if _ARTICLE_TYPE.search(str(node.get("@type"))) and "datePublished" in node:
                yield node["datePublished"]
            elif "datePublished" in node:
                others.append(node["datePublished"])
    yield from others


def _nodes(value: object) -> Iterator[dict[str, object]]:
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, dict):
            yield each
            yield from _nodes([each.get("@graph"), each.get("mainEntity")])
        elif isinstance(each, list):
            yield from _nodes(each)


def _dates_of_meta(tree: Any) -> Iterator[object]:
    for meta in tree.iter("meta"):
        names = (meta.get(attribute, "") for attribute in ("property", "name", "itemprop"))
        if any(re.sub(r"[\W_]+", "", name).lower() in _DATE_NAMES for name in names):
            yield meta.get("content")


def _dates_of_elements(tree: Any) -> Iterator[object]:
    """Give the days of the elements that hold nothing but a date or a byline, those marked as published first."""
    for element in tree.iterfind('.//*[@itemprop="datePublished"]'):
        yield element.get("content") or element.get("datetime") or element.text_content()
    dated = [element for element in tree.iter("time", "span", "div", "p", "small", "li", "abbr") if _is_dated(element)]
    for element in dated[:MAX_DATED_ELEMENTS]:
        text = " ".join(element.text_content().split())
        if len(text) <= MAX_BYLINE_CHARS and not _is_beside(element):
            yield element.get("datetime") or from_first_lines(f"{text}\n")[0].published


def _is_dated(element: Any) -> bool:
    marks = f"{element.get('class', '')} {element.get('itemprop', '')} {element.get('id', '')}"
    if _UPDATED.search(marks):
        return False
    if element.tag != "time":
        return _DATED.search(marks) is not None
    around = next(above for above in element.iterancestors() if above.tag not in _INLINE)
    return len(" ".join(around.xpath("text()"))) <= MAX_BYLINE_CHARS  # not one within a paragraph


def _is_beside(element: Any) -> bool:
    """Tell whether an element belongs to something other than the article: a comment, a list of related ones."""
    return any(
        above.tag in ("aside", "nav", "footer") or _BESIDE.search(f"{above.get('class', '')} {above.get('id', '')}")
        for above in element.iterancestors()
        if above.tag not in ("body", "html")
    )
