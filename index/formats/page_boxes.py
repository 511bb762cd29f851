"""Take out of a page what stands beside its article: links to others, boxes, repeated quotations, notices."""

import re
from collections.abc import Iterator, Set
from itertools import islice
from typing import Any

from index.formats.page_data import letters_of, linked_data, objects_in

MAX_NOTICE_WORDS = 60
MAX_LABEL_WORDS = 4
MAX_BOX_CHARS = 5_000
MIN_QUOTE_LETTERS = 20
MAX_QUOTES = 200

_SECTIONS = ("aside", "nav")
_ROLES = ("complementary", "navigation")
_HEADINGS = ("h2", "h3", "h4", "h5", "h6")
_MARKED_NOTICE = re.compile(r"pay-?wall|reg-?wall", re.IGNORECASE)
_MARKED_OFFER = re.compile(  # a notice where one can press or write something; else it may be of these things
    r"subscri(?:be|ption)|newsletter|cookie-?(?:banner|bar|consent|law|notice|wall)|consent|gdpr", re.IGNORECASE
)
# What a page says that shows no article, in the languages of most of them.
_NOTICE = re.compile(
    r"\bjavascript\b|unusual traffic from your|\bbefore you continue to\b|\bcookies\b.*\b(?:accept|reject) all\b|"
    r"\b(?:verif(?:y|ying)|checking) (?:that |if )?(?:you are (?:not )?(?:a )?(?:human|robot)|your browser|the site)|"
    r"\b(?:subscribe|sign in|log in|register) (?:now )?to (?:continue|keep) reading|\bsubscribers only\b|"
    r"\balready a subscriber\b|nur für abonnent|jetzt (?:weiter)?lesen mit|réservée? (?:à nos|aux) abonné|"
    r"(?:exclusivo|solo|sólo) para (?:suscriptores|assinantes)|riservat[oa] agli abbonati|только (?:для|по) подпис|"
    r"\bpage (?:you (?:are|were) looking for|not found)\b|\b(?:404|403) (?:error|not found|forbidden)\b|"
    r"seite (?:wurde )?nicht gefunden|page (?:introuvable|n'existe pas)|página no encontrada|страница не найдена",
    re.IGNORECASE | re.DOTALL,
)
_MARKED_QUOTE = re.compile(r"pull-?quote", re.IGNORECASE)
_MOUNTS = frozenset({"root", "app", "__next", "__nuxt", "___gatsby", "app-root", "main-app", "svelte"})
_LABEL_END = re.compile(r"[:|›»→>–—-]\s*$")


def drop_what_is_beside(tree: Any) -> bool:
    """Drop it from the tree, and tell whether a notice was among it: to subscribe, or to let scripts run."""
    from lxml import etree

    _part_credits(tree)
    paid, has_scripts = _paid_selectors(tree), tree.find(".//script[@src]") is not None
    etree.strip_elements(tree, "script", "style", "noscript", "template", with_tail=False)
    whole = len(tree.text_content())
    for element in [*tree.iter(*_SECTIONS), *tree.iterfind(".//*[@role]")]:
        beside = element.tag in _SECTIONS or element.get("role") in _ROLES
        if beside and element.tag != "body" and len(element.text_content()) < whole / 2 and not _holds_article(element):
            _drop(element)
    _drop_quotes(tree)
    _drop_links(tree, whole)
    return _drop_notices(tree, paid, _MOUNTS if has_scripts else frozenset())


def is_notice(text: str, tree: Any) -> bool:
    """Tell whether a text is no article but what a page says that shows none: of scripts, robots, cookies, payment."""
    if len(text.split()) > MAX_NOTICE_WORDS or not _NOTICE.search(text):
        return False
    titles = " ".join(each.text_content() for each in tree.iter("title"))
    return "javascript" not in titles.lower() or "javascript" not in text.lower()


def is_for_subscribers(tree: Any) -> bool:
    """Tell whether the page says that it is not free (schema.org/isAccessibleForFree)."""
    values = (each.get("isAccessibleForFree") for data in linked_data(tree) for each in objects_in(data))
    return any(str(value).lower() == "false" for value in values)


def _part_credits(tree: Any) -> None:
    """Put a space where a caption's credit, set apart by its style alone, would run into the words before it."""
    for caption in tree.iter("figcaption"):
        for part in caption.iter("span", "small", "cite", "em", "i"):
            before = part.getprevious()
            said = part.getparent().text if before is None else before.tail or before.text_content()
            if said and not said[-1].isspace() and part.text_content()[:1].isupper():
                part.text = f" {part.text or ''}"


def _drop(element: Any) -> None:
    if element.getparent() is not None:
        element.drop_tree()


def _holds_article(element: Any) -> bool:
    return next(element.iter("article", "main", "h1"), None) is not None


def _drop_links(tree: Any, whole: int) -> None:
    """Drop paragraphs and boxes that are nothing but links, outer ones first, each with the heading above it."""
    for element in list(tree.iter("p", "ul", "ol", "dl", "div", "section")):
        if _is_links(element) and len(element.text_content()) < whole / 2:
            above = element.getprevious()
            if above is not None and above.tag in _HEADINGS and not (above.tail or "").strip():
                _drop(above)
            _drop(element)


def _is_links(element: Any) -> bool:
    """Tell a box of links, whose other words are headings or a label before a link, as "Read more:"."""
    links = list(element.iter("a"))
    if len(element.text_content()) > MAX_BOX_CHARS:
        return False
    if not any(link.get("href") and link.text_content().strip() for link in links) or _holds_article(element):
        return False
    if any(above.tag == "h2" for link in links for above in link.iterancestors("h2", element.tag)):
        return False
    return all(_is_label(text, holder) for text, holder in _outside_links(element))


def _outside_links(element: Any) -> Iterator[tuple[str, Any]]:
    """Give the words that stand in no link and no heading, each with the element that they stand in."""
    for text in element.xpath(".//text()[not(ancestor::a)]"):
        holder = text.getparent().getparent() if text.is_tail else text.getparent()
        if re.search(r"\w", text) and not any(each.tag in _HEADINGS for each in (holder, *holder.iterancestors())):
            yield str(text), holder


def _is_label(text: str, holder: Any) -> bool:
    is_short = len(text.split()) <= MAX_LABEL_WORDS
    return is_short and (holder.tag in ("b", "strong", "em", "span") or _LABEL_END.search(text) is not None)


def _drop_quotes(tree: Any) -> None:
    """Drop the quotations that repeat words of the running text."""
    quotes = [*tree.iter("blockquote"), *(each for each in tree.iterfind(".//*[@class]") if _is_pull_quote(each))]
    whole = letters_of(tree.text_content()) if quotes else ""
    for quote in quotes[:MAX_QUOTES]:
        parts = [letters_of(each.text_content()) for each in (quote, *quote.iter("p"))]
        if any(len(part) >= MIN_QUOTE_LETTERS and whole.count(part) > 1 for part in parts):
            _drop(quote)


def _is_pull_quote(element: Any) -> bool:
    return _MARKED_QUOTE.search(element.get("class")) is not None


def _paid_selectors(tree: Any) -> str:
    """Give the selectors of what is paid for, which is no notice.

    developers.google.com/search/docs/appearance/structured-data/paywalled-content
    """
    return " ".join(str(each.get("cssSelector", "")) for data in linked_data(tree) for each in objects_in(data))


def _drop_notices(tree: Any, paid: str, mounts: Set[str]) -> bool:
    """Drop short elements that are marked as notices, and what an application says that its scripts would replace."""
    found = False
    for element in list(tree.iter("div", "section", "p", "form", "dialog")):
        names = f"{element.get('class', '')} {element.get('id', '')}"
        is_offer = _MARKED_OFFER.search(names) and next(element.iter("a", "form", "input", "button"), None) is not None
        marked = (is_offer or _MARKED_NOTICE.search(names)) and not any(name in paid for name in names.split())
        is_notice = marked or (element.get("id") in mounts and _is_empty_mount(element))
        if is_notice and not _holds_article(element) and len(element.text_content().split()) <= MAX_NOTICE_WORDS:
            found = found or bool(element.text_content().strip())
            _drop(element)
    return found


def _is_empty_mount(element: Any) -> bool:
    """Tell the element that an application has not filled: it holds no more than a line."""
    return len(list(islice(element.iter("p", "li", "tr", "h1", "h2"), 2))) < 2
