"""Show an article as it is indexed, whole or the surroundings of a span of it."""

import re

from rich.text import Text

from index.catalog.reader import CatalogReader
from index.catalog.rows import StoredArticle
from index.errors import UsageError
from qa.as_json import article_as_dict
from qa.cli.display import Display
from qa.opening import open_catalog
from qa.pages.excerpt import Offsets, windows
from qa.paths import index_place
from qa.settings import Settings
from qa.text import one_line, visible

CONTEXT_CHARS = 600
MARKS = (">>>", "<<<")  # around a span where there is no style

_SPAN = re.compile(r"(\d{1,15})[:-](\d{1,15})")


def show_article(named: str, span: str | None, settings: Settings, display: Display, text_only: bool) -> None:
    """Show an article, or the very text that offsets count in; with a span what is around it, or its very text.

    The article may be named with its span behind it, as an answer prints it: `article.txt:17-42`.

    Raises:
        UsageError: there is no such article, and the most similar ones are named, or no such span in it.
    """
    catalog = open_catalog(index_place(settings))
    try:
        article, span = _find(named, span, catalog)
    finally:
        catalog.close()
    start, end = parse_span(span, len(article.text)) if span else (0, len(article.text))
    quote = article.text[start:end]
    if text_only:
        display.show_exactly(quote)
    elif span:
        text = _facts(article) + _surroundings(article, (start, end), ("", "") if display.has_styles else MARKS)
        display.show_long(text, article_as_dict(article) | {"start": start, "end": end, "quote": quote})
    else:
        display.show_long(_facts(article) + Text(visible(quote).removesuffix("\n")), article_as_dict(article))


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


def _facts(article: StoredArticle) -> Text:
    """Give what is known of an article, a line for each fact, and an empty line."""
    known = ((name, getattr(article, name)) for name in ("title", "published", "publisher", "url"))
    lines = (
        f"{name:<10} {one_line(str(value))} ({article.sources.get(name, 'unknown')})\n"
        for name, value in known
        if value is not None
    )
    return Text("".join(lines) + "\n")


def _surroundings(article: StoredArticle, span: Offsets, marks: tuple[str, str]) -> Text:
    (start, end), size = span, len(article.text)
    [(first, last)] = windows([span], article.text, CONTEXT_CHARS)
    before = ("… " if first else "") + visible(article.text[first:start])
    after = visible(article.text[end:last]) + (" …" if last < size else "")
    quote = visible(article.text[start:end])
    return Text.assemble(
        f"{one_line(article.id)}:{start}-{end} of {size} characters\n\n",
        (before, "dim"),
        (f"{marks[0]}{quote}{marks[1]}", "bold reverse"),
        (after.removesuffix("\n"), "dim"),
    )
