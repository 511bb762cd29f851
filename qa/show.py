"""Show an article as it is indexed, whole or the surroundings of a span of it."""

import re

from index.catalog_reader import CatalogReader, StoredArticle
from index.errors import UsageError
from qa.display import Display
from qa.excerpt import Offsets, windows
from qa.opening import index_folder
from qa.settings import Settings
from qa.status import open_catalog

CONTEXT_CHARS = 600

_SPAN = re.compile(r"(\d{1,15})[:-](\d{1,15})")


def show_article(named: str, span: str | None, settings: Settings, display: Display, text_only: bool) -> None:
    """Show an article, or the very text that offsets count in; with a span what is around it, or its very text.

    The article may be named with its span behind it, as an answer prints it: `article.txt:17-42`.

    Raises:
        UsageError: there is no such article, and the most similar ones are named, or no such span in it.
    """
    catalog = open_catalog(index_folder(settings))
    try:
        article, span = _find(named, span, catalog)
    finally:
        catalog.close()
    if span is None:
        display.show_article(article, text_only)
        return
    offsets = parse_span(span, len(article.text))
    [window] = windows([offsets], article.text, CONTEXT_CHARS)
    display.show_span(article, offsets, window, text_only)


def parse_span(text: str, length: int) -> Offsets:
    """Read `START:END` or `START-END`, half-open character offsets into a text of `length` characters.

    Raises:
        UsageError: it is no such span, is empty, or ends behind the text.
    """
    found = _SPAN.fullmatch(text)
    if not found:
        raise UsageError(f"{text} is no span: give two offsets of characters, as in 17:42")
    start, end = int(found[1]), int(found[2])
    if start >= end:
        raise UsageError(f"The span {text} is empty: its end must be greater than its start")
    if end > length:
        raise UsageError(f"The span {text} ends behind the article, which has {length} characters")
    return start, end


def _find(named: str, span: str | None, catalog: CatalogReader) -> tuple[StoredArticle, str | None]:
    article = catalog.article(named)
    if article is None and span is None and (found := re.fullmatch(rf"(.+):({_SPAN.pattern})", named, re.DOTALL)):
        article, span = catalog.article(found[1]), found[2]
    if article is None:
        from rapidfuzz import process

        near = [found for found, *_ in process.extract(named, catalog.hashes().keys(), limit=3)]
        raise UsageError(f"There is no article {named}" + (f": is it {' or '.join(near)}?" if near else ""))
    return article, span
