"""Give the text that a page of a wiki shows, of its markup."""

import re
from collections.abc import Iterator
from typing import Any

from index.formats.paragraphs import span
from index.formats.tables import MAX_COLUMNS, Cell, Table
from index.formats.wiki_templates import shown_by

# Elements whose content is no running text: https://www.mediawiki.org/wiki/Help:Formatting, and extensions' own.
_UNREAD = frozenset(
    "ref references gallery math chem score timeline graph imagemap inputbox categorytree templatedata syntaxhighlight "
    "source templatestyles mapframe maplink section style script includeonly indicator".split()
)
MAX_OPEN_ELEMENTS = 200  # that are never closed

_OPENING = re.compile(r"<(?!(?:br|hr|li|dt|dd|p)\b)[a-z]+(?:\s[^<>]*)?(?<!/)>", re.IGNORECASE)
_ELEMENT = re.compile(r"</?[a-z]+(?:\s[^<>]*)?>", re.IGNORECASE)
_BLOCKS = frozenset("p div blockquote center dl ul ol poem h1 h2 h3 h4 h5 h6".split())


def text_of_wikitext(markup: str, unread_namespaces: set[str]) -> str:
    """Give headings, paragraphs, items of lists and rows of tables; links as they are shown; of templates what they
    show inside a sentence.

    Links into `unread_namespaces`, in lower case, are pictures and categories.
    """
    import mwparserfromhell

    if (
        len(_OPENING.findall(markup)) - markup.count("</") > MAX_OPEN_ELEMENTS
    ):  # each costs the parser a pass of the page
        markup = _ELEMENT.sub("", markup)
    text = "".join(_pieces(mwparserfromhell.parse(markup), unread_namespaces))
    text = re.sub(r"__[A-Z]{3,30}__", "", text)
    text = re.sub(r"[ \t\xa0]+", " ", text)
    text = re.sub(r" ?\((?:[ ,;:]|/)*\)", "", text)  # what a template said of pronunciation or names
    text = re.sub(r" +([,.;:])(?=\s|$)", r"\1", text)
    return re.sub(r"\n{3,}", "\n\n", re.sub(r" *\n *", "\n", text)).strip()


def _pieces(code: Any, unread: set[str]) -> Iterator[str]:
    from mwparserfromhell import nodes

    for node in code.nodes:
        if isinstance(node, nodes.Text):
            yield str(node.value)
        elif isinstance(node, nodes.HTMLEntity):
            yield node.normalize()
        elif isinstance(node, nodes.Heading):
            yield f"\n\n{''.join(_pieces(node.title, unread)).strip()}\n\n"
        elif isinstance(node, nodes.Wikilink):
            yield from _link(node, unread)
        elif isinstance(node, nodes.ExternalLink):
            yield from _pieces(node.title, unread) if node.title else ()
        elif isinstance(node, nodes.Template):
            yield shown_by(node, lambda value: "".join(_pieces(value, unread)))
        elif isinstance(node, nodes.Tag):
            yield from _tag(node, unread)


def _link(link: Any, unread: set[str]) -> Iterator[str]:
    target = str(link.title).strip()
    namespace, colon, _ = target.partition(":")
    if colon and namespace.strip().lower() in unread:  # [[:Category:Towns]], with a colon first, is shown
        return
    yield from _pieces(link.text if link.text else link.title, unread)


def _tag(tag: Any, unread: set[str]) -> Iterator[str]:
    name = str(tag.tag).strip().lower()
    if name in _UNREAD:
        return
    if name == "br":
        yield "\n"
    elif name == "table":
        yield f"\n\n{_rows(tag.contents, unread)}\n\n"
    elif tag.contents is not None:
        inner = "".join(_pieces(tag.contents, unread))
        yield f"\n\n{inner.strip()}\n\n" if name in _BLOCKS else inner


def _rows(code: Any, unread: set[str]) -> str:
    """Give a table as Markdown where its header is certain, else a row a line.

    The first row, and a caption, may stand in a table without a row around them.
    """
    table, caption = Table(rows=[[]]), ""
    for node in code.nodes:
        name = str(getattr(node, "tag", "")).strip()
        if name == "tr":
            table.rows += [[_cell(each, unread) for each in node.contents.nodes if _is_cell(each)], []]
        elif _is_cell(node) and str(node.contents).startswith("+"):
            caption = _cell(node, unread).text[1:].strip()
        elif _is_cell(node):
            table.rows[-1].append(_cell(node, unread))
    texts = ([cell.text for cell in row] for row in table.rows)
    rows = table.markdown() or "\n\n".join(" | ".join(row) for row in texts if any(row))
    return f"{caption}\n\n{rows}" if caption else rows


def _is_cell(node: Any) -> bool:
    return str(getattr(node, "tag", "")).strip() in ("td", "th")


def _cell(cell: Any, unread: set[str]) -> Cell:
    text = " ".join("".join(_pieces(cell.contents, unread)).split())
    spans = {str(each.name).strip().lower(): str(each.value or "").strip() for each in cell.attributes}
    columns = min(span(spans.get("colspan")), MAX_COLUMNS)
    return Cell(text, columns, span(spans.get("rowspan")), is_head=str(cell.tag).strip() == "th")
