"""Take the tags off a text field that holds HTML; whole pages are read elsewhere."""

import re
from collections.abc import Iterator

_BLOCKS = frozenset(
    "address article aside blockquote body dd div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header hr html li "
    "main ol p pre section table tr ul".split()
)
_UNREAD = frozenset("head script style noscript template".split())
_TAG = re.compile(
    r"</?(?:a|b|br|div|em|h[1-6]|i|img|li|ol|p|section|span|strong|table|td|tr|ul|article|blockquote|html|body|figure)"
    r"(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_CHARS_PER_TAG = 1_000


def strip_tags(text: str) -> str:
    """Give the words of a text that clearly is HTML, its blocks as paragraphs; any other text stays as it is."""
    return text_of_markup(text) if _is_html(text) else text


def _is_html(text: str) -> bool:
    """Tell by a tag at the very start, or by several: a text that mentions <p> once is no HTML."""
    if _TAG.match(text.lstrip()[:1_000]):
        return True
    return sum(1 for _ in _TAG.finditer(text)) >= max(3, len(text) / _CHARS_PER_TAG)


def text_of_markup(markup: str) -> str:
    """Give the words of markup, its blocks as paragraphs."""
    from lxml import etree, html

    try:
        root = html.document_fromstring(markup)
    except (etree.LxmlError, ValueError):  # nothing but a comment, or characters that XML does not know
        return markup
    etree.strip_tags(root, etree.Comment, etree.ProcessingInstruction)
    text = "".join(_pieces(root))
    return re.sub(r" *\n[ \n]*\n *", "\n\n", re.sub(r" *\n *", "\n", text)).strip()


def _pieces(root: object) -> Iterator[str]:
    from lxml import etree

    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        if element.tag in _BLOCKS:
            yield "\n\n"
        if event == "start":
            if element.tag in _UNREAD:
                walk.skip_subtree()
            elif element.tag == "br":
                yield "\n"
            if element.tag not in _UNREAD:
                yield re.sub(r"\s+", " ", element.text or "")
        elif element is not root:
            yield re.sub(r"\s+", " ", element.tail or "")
