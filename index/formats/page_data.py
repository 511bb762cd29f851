"""Find the article in the data of a page: JSON-LD, and the JSON that its scripts make what is shown of.

Sources: schema.org/articleBody; Next.js and Nuxt (`<script type="application/json">`), `window.__X__ = {...}`; the
blocks of ProseMirror, Slate, Portable Text and Contentful, which are objects with `type` and `text` or `children`.
"""

import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from index.formats.extract import Metadata
from index.formats.field_names import TEXT
from index.formats.hydration import pushed_data, revived
from index.formats.markup import strip_tags
from index.formats.metadata import NAMES, bare_name, from_mapping, plain_text
from index.formats.script_literals import end_of_literal, literal_at

MAX_SCRIPT_CHARS = 10_000_000
MAX_OBJECTS = 100_000
MAX_DEPTH = 60
MAX_MENDED = 200  # of the values that a script sets variables to
MIN_CHARS = 40  # of a text that has no title beside it
GRAM_CHARS = 16
MOST_SHOWN = 0.8  # of a text: then the page shows it
MAX_SHOWN_OF_OWN, MAX_SHOWN = 2.0, 0.5  # times the text: a page that shows more of something else is no stub of it

_LINKED_DATA = "application/ld+json"
_BODY_NAMES = (
    *(*map(bare_name, TEXT), "html", "bodyhtml", "contenthtml", "paragraphs", "blocks", "contentblocks", "richtext"),
    *("contentelements", "bodyelements"),
)
# Where the text of a block stands, the surest first.
_BLOCK_NAMES = (
    *("text", "value", "html", "content", "children", "paragraphs", "blocks", "body", "nodes", "elements", "rendered"),
    *("contentelements", "model", "root", "document", "items"),
)
_INLINE_TYPES = frozenset("text span link hyperlink a b i em strong mark fragment".split())
_UNREAD_TYPE = re.compile(r"image|video|audio|photo|gallery|embed|related|promo|newsletter|advert|^ad$|social", re.I)
_ASSIGNED = re.compile(
    r"(?:\b(?:window|self|globalThis)(?:\.[\w$]{1,100}|\[[\"'][\w$]{1,100}[\"']\])|\b(?:var|let|const)\s+[\w$]{1,100})"
    r"\s*=\s*(?P<parse>JSON\.parse\(\s*)?(?=[{\[\"(]|function\b)"
)
_WINDOWS = ("window", "self", "globalThis")
_UNDEFINED = re.compile(r"(?<=[:,\[])\s*(?:undefined|void 0|NaN)(?=\s*[,}\]])")
_TRAILING_COMMA = re.compile(r",(?=\s*[}\]])")
_AROUND_JSON = re.compile(r"^\s*(?:<!--|//|/\*|<!\[CDATA\[|\*/|\s)*|(?:-->|//|/\*|\]\]>|\*/|;|\s)*$")
_ARTICLE_BODY = re.compile(r'"articleBody"\s*:\s*(?=")')
_DECODER = json.JSONDecoder(strict=False)


@dataclass(frozen=True)
class Body:
    """The text of an article in a page's data; `is_own`: of the article that the page is of, not of any other."""

    text: str
    metadata: Metadata
    is_own: bool


def better_than_shown(tree: Any, shown: str) -> Body | None:
    """Give the article in the page's data where what the page shows is a stub of it or something else, or nothing."""
    bodies = list(_bodies(tree))
    found = max(bodies, key=lambda body: (body.is_own, len(body.text)), default=None)
    if found is None:
        return None
    letters, shown_letters = letters_of(found.text), letters_of(shown)
    limit = MAX_SHOWN_OF_OWN if found.is_own else MAX_SHOWN
    if len(shown_letters) > limit * len(letters) or _share_shown(letters, shown_letters) >= MOST_SHOWN:
        return None
    return found


def linked_data(tree: Any) -> Iterator[Any]:
    """Give the values of the JSON-LD; what is no JSON is mended where it is clear how, else left out."""
    yield from (value for _, value in _linked_scripts(tree) if value is not None)


def drop_broken_data(tree: Any) -> None:
    """Drop the JSON-LD that is no JSON, of which trafilatura takes pieces with their spaces gone."""
    for script in [script for script, value in _linked_scripts(tree) if value is None]:
        script.drop_tree()


def objects_in(value: Any) -> Iterator[dict[str, Any]]:
    """Give the objects of a JSON value, outer ones first, no more than `MAX_OBJECTS`."""
    level = [value]
    left = MAX_OBJECTS
    while level and left > 0:
        inner: list[Any] = []
        for each in level:
            if isinstance(each, dict):
                left -= 1
                yield each
                inner += each.values()
            elif isinstance(each, list):
                inner += each
        level = [each for each in inner if isinstance(each, dict | list)]


def _linked_scripts(tree: Any) -> Iterator[tuple[Any, Any]]:
    for script in tree.iterfind(f'.//script[@type="{_LINKED_DATA}"]'):
        yield script, _loaded(_AROUND_JSON.sub("", (script.text or "")[:MAX_SCRIPT_CHARS]))


def _bodies(tree: Any) -> Iterator[Body]:
    titles = [letters_of(element.text_content()) for element in islice(tree.iter("title", "h1"), 20)]
    titles += [letters_of(meta.get("content", "")) for meta in tree.iterfind('.//meta[@property="og:title"]')]
    for value in linked_data(tree):
        for each in objects_in(value):
            if text := _plain(plain_text(each.get("articleBody")) or ""):
                yield Body(text, from_mapping(each, "page data"), is_own=_is_titled(each, titles, unless_titled=True))
    for script, value in _linked_scripts(tree):
        if value is None:
            yield from (Body(text, Metadata(), is_own=True) for text in _quoted_bodies(script.text or ""))
    for value in _script_data(tree):
        for each in objects_in(value):
            if text := _body_of(each):
                is_own = _is_titled(each, titles)
                if is_own or len(text) >= MIN_CHARS:
                    yield Body(text, from_mapping(each, "page data") if is_own else Metadata(), is_own)


def _is_titled(values: Mapping[str, Any], titles: list[str], unless_titled: bool = False) -> bool:
    """Tell whether an object has a title that the page has too; `unless_titled`: or none at all."""
    bare = {bare_name(name): value for name, value in values.items()}
    own = [letters_of(text) for name in (*NAMES["title"], "name") if (text := plain_text(bare.get(name)))]
    own = [each for each in own if each]
    if not own or not any(titles):
        return bool(own) or unless_titled
    return any(each in title or (title and title in each) for each in own for title in titles)


def _script_data(tree: Any) -> Iterator[Any]:
    for script in tree.iter("script"):
        text = (script.text or "")[:MAX_SCRIPT_CHARS]
        kind = script.get("type", "").partition(";")[0].strip().lower()
        if kind == "application/json":
            value = _loaded(_AROUND_JSON.sub("", text))
            yield revived(value) if script.get("id") == "__NUXT_DATA__" else value
        elif kind in ("", "text/javascript", "application/javascript", "module"):
            yield from (_assigned(text, each, n < MAX_MENDED) for n, each in enumerate(_ASSIGNED.finditer(text)))
    yield from pushed_data((script.text or "")[:MAX_SCRIPT_CHARS] for script in tree.iter("script"))


def _assigned(script: str, found: re.Match[str], may_be_mended: bool) -> Any:
    """Give what a variable is set to where that is JSON, a text of JSON that is parsed, or of a window a literal."""
    start = found.end()
    value = None if script[start] in "(f" else _first_value(script, start)
    if value is None and may_be_mended:
        value = _first_value(_UNDEFINED.sub("null", script[start : end_of_literal(script, start)]), 0)
        if value is None and found[0].startswith(_WINDOWS):
            value = literal_at(script, start)
    return _loaded(value) if isinstance(value, str) and found["parse"] else value


def _first_value(text: str, start: int) -> Any:
    try:
        return _DECODER.raw_decode(text, start)[0]
    except (ValueError, RecursionError):
        return None


def _loaded(text: str) -> Any:
    for json_text in (text, _TRAILING_COMMA.sub("", _UNDEFINED.sub("null", text))):
        try:
            return _DECODER.raw_decode(json_text)[0]
        except (ValueError, RecursionError):
            continue
    return None


def _quoted_bodies(text: str) -> Iterator[str]:
    """Give the texts named `articleBody` in what is no JSON, such as one with a quotation mark too many elsewhere."""
    for found in islice(_ARTICLE_BODY.finditer(text), 20):
        value = _first_value(text, found.end())
        if isinstance(value, str) and (body := _plain(value)):
            yield body


def _body_of(values: Mapping[str, Any]) -> str:
    """Give the longest text of an object's fields that are named as bodies are."""
    named = (value for name, value in values.items() if bare_name(name) in _BODY_NAMES)
    return max(("\n\n".join(_paragraphs(value)) for value in named), key=len, default="")


def _paragraphs(value: Any, depth: int = 0) -> list[str]:
    if isinstance(value, str):
        return [text] if (text := _plain(value)) and not re.fullmatch(r"\S*://\S*|#?[\w/.-]+", text) else []
    if depth > MAX_DEPTH:
        return []
    if isinstance(value, list):
        return [text for each in value for text in _paragraphs(each, depth + 1)]
    if not isinstance(value, dict) or _UNREAD_TYPE.search(_type_of(value)) or _is_link(value):
        return []
    bare = {bare_name(name): inner for name, inner in value.items()}
    inner = (bare[name] for name in _BLOCK_NAMES if bare.get(name))
    return next(filter(None, (_inner_paragraphs(value, each, depth) for each in inner)), [])


def _inner_paragraphs(holder: Mapping[str, Any], inner: Any, depth: int) -> list[str]:
    """Give the paragraphs of a block; pieces of one, such as a bold word, are put together."""
    if not _type_of(holder) or not isinstance(inner, list) or not any(map(_is_piece, inner)):
        return _paragraphs(inner, depth + 1)
    return [text] if (text := _plain("".join(_piece(each, depth + 1) for each in inner))) else []


def _is_piece(value: Any) -> bool:
    return isinstance(value, dict) and (_type_of(value) in _INLINE_TYPES or (not _type_of(value) and "text" in value))


def _piece(value: Any, depth: int) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and depth <= MAX_DEPTH:
        return "".join(_piece(each, depth + 1) for each in value)
    if isinstance(value, dict):
        return next(
            (_piece(value[name], depth) for name in _BLOCK_NAMES if isinstance(value.get(name), str | list)), ""
        )
    return ""


def _type_of(value: Mapping[str, Any]) -> str:
    return next((text for name in ("type", "_type", "nodeType") if isinstance(text := value.get(name), str)), "")


def _is_link(value: Mapping[str, Any]) -> bool:
    return any(isinstance(value.get(name), str) for name in ("url", "href")) and _type_of(value) not in _INLINE_TYPES


def _plain(text: str) -> str:
    """Give a text without its markup, which may be written as entities, and its paragraphs apart."""
    text = strip_tags(text)
    if "&" in text:
        text = strip_tags(html.unescape(text))
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ")
    return re.sub(r"\s*\n\s*\n\s*", "\n\n", re.sub(r"[ \t]+", " ", text)).strip()


def letters_of(text: str) -> str:
    """Give a text without what differs from one copy of it to another: spaces, punctuation, case."""
    return re.sub(r"[\W_]+", "", text).casefold()


def _share_shown(letters: str, shown: str) -> float:
    """Give the share of a text that stands in what is shown, whatever its script, spaces and punctuation."""
    size = min(GRAM_CHARS, len(letters))
    there = {shown[start : start + size] for start in range(len(shown) - size + 1)}
    grams = [letters[start : start + size] for start in range(len(letters) - size + 1)]
    return sum(gram in there for gram in grams) / max(len(grams), 1)
