"""Find text and facts in the fields of a record, by the names that a person gives, or by those that fields have."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from dataclasses import fields as fields_of
from datetime import date
from functools import lru_cache
from html import unescape

from index.errors import UsageError
from index.formats.extract import Metadata, UnreadableError
from index.formats.field_names import (
    BESIDE_TEXT,
    GUESSES,
    PLACEHOLDERS,
    SHAPES,
    SUMMARIES,
    TEXT,
    TEXT_ENDS,
    Shape,
)
from index.formats.markup import strip_tags, text_of_markup
from index.formats.metadata import NAMES, bare_name, from_mapping, plain_text, storable

MAX_NAMES_CHARS = 200
MAX_SEARCHED_ITEMS = 100
MAX_MARK_CHARS = 60
MAX_FIELDS_REMEMBERED = 200

LOST_BYTES = "bytes that are no text are lost in it"

_LONE_SURROGATE = re.compile("[\udc80-\udcff]")  # what an undecodable byte is read as, and `storable` makes U+FFFD
_CUT_OFF = re.compile(r"\s*(?:…|\.{3})?\s*\[\+?\d+ char(?:acter)?s\]\s*$")
_LINK = re.compile(r"https?://\S+")
_INNER_TEXT = ("rendered", "text", "value")


@dataclass(frozen=True)
class Fields:
    """Names that a person gives to the fields of their dumps; one that is not given is guessed."""

    title: str | None = None
    text: str | None = None
    published: str | None = None
    publisher: str | None = None
    url: str | None = None


@dataclass(frozen=True)
class Record:
    """A record with its place in the file, what is missing of it, or the reason why there is none at this place."""

    place: str | None
    values: Mapping[str, object]
    broken: str | None = None
    missing: str | None = None


def parse_fields(given: str) -> Fields:
    """Read "text=body,title=headline"; "text=fields.bodyText" leads into an object, "text=3" names a column.

    Raises:
        UsageError: a part of it is no `field=name`, or names a field that articles do not have.
    """
    known_names = [each.name for each in fields_of(Fields)]
    names: dict[str, str] = {}
    for part in filter(str.strip, given.split(",")):
        known, equals, name = (each.strip() for each in part.partition("="))
        if known not in known_names or not equals or not name:
            raise UsageError(
                f'"{part.strip()}" names no field: write for example "text=body,title=headline"; '
                f"articles have the fields {', '.join(known_names)}"
            )
        names[known] = name
    return Fields(**names)


def has_lost_bytes(text: str) -> bool:
    """Tell whether a text was read by `surrogateescape` from bytes that are wrong for its encoding."""
    return not text.isascii() and _LONE_SURROGATE.search(text) is not None


class Values:
    """A record's fields under their names without case, hyphens and underscores, those of inner objects by a dot."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self.names = tuple(values)
        self._bare = _bared(values)
        self.shape = next((each for each in SHAPES if each.marks <= self._bare.keys()), None)

    def get(self, name: str) -> object:
        """Give the value of a field, None where there is none."""
        if (whole := bare_name(name)) in self._bare:
            return self._bare[whole]
        return _inside(self._bare, name.split(".")) if "." in name else None

    @property
    def texts(self) -> tuple[str, ...]:
        """Give the names of this record that are known as those of texts, and those that end as these do."""
        return self.among(TEXT) + (_text_like if len(self.names) <= MAX_FIELDS_REMEMBERED else _text_like.__wrapped__)(
            self.names
        )

    def among(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Give those of `names` that may be fields of this record: records of a dump are alike, the names many."""
        return (_among if len(self.names) <= MAX_FIELDS_REMEMBERED else _among.__wrapped__)(names, self.names)


def text_of(values: Values, fields: Fields) -> tuple[str, str | None]:
    """Give a record's text, as paragraphs where it is HTML, and what is missing of it where it is cut off.

    It is the first text field that has a word, else a summary, else the title of what has an address.

    Raises:
        UnreadableError: there is no such field, or no word in any.
    """
    pieces = list(_pieces(values, fields))
    if not pieces:
        raise no_text(values.names, fields)
    text = next((piece for piece in pieces if re.search(r"\w", piece)), "")
    if not text:
        raise UnreadableError("holds no text")
    if text.strip().lower() in PLACEHOLDERS:
        raise UnreadableError(f"its text was taken away ({text.strip()})")
    if cut := _CUT_OFF.search(text, max(0, len(text) - MAX_MARK_CHARS)):
        return _whole_sentences(text[: cut.start()], values), "only the beginning of its text is there"
    return text, None


def rank_of(values: Mapping[str, object], fields: Fields) -> int:
    """Tell how surely an object is an article: 3 by a text, 2 by a summary, 1 as the title of an address, 0 not."""
    known = Values(values)
    if fields.text:
        return 3 * (_joined(known.get(fields.text)) is not None)
    if known.shape or any(_joined(known.get(name)) is not None for name in known.texts):
        return 3
    has_title = _first(known, GUESSES["title"]) is not None
    if has_title and any(_joined(known.get(name)) is not None for name in known.among(SUMMARIES)):
        return 2
    return int(has_title and _is_linked(known))


def facts_of(values: Values, fields: Fields) -> Metadata:
    """Give title, day, publisher and address of a record."""
    own = values.shape.names if values.shape else {}
    found: dict[str, object] = {}
    names: dict[str, tuple[str, ...]] = {}
    for known in NAMES:
        given = getattr(fields, known)
        candidates = values.among((given,) if given else own.get(known, GUESSES[known]))
        names[known] = tuple(map(bare_name, candidates))
        found |= {bare_name(name): _day(value) for name in candidates if (value := values.get(name)) is not None}
    metadata = from_mapping(found, "record", names)
    return replace(metadata, title=unescape(strip_tags(metadata.title))) if metadata.title else metadata


def names_wanted(fields: Fields) -> set[str]:
    """Give the bare names of all columns that a table is read for."""
    names = {each for guesses in (TEXT, SUMMARIES, *GUESSES.values()) for each in guesses}
    names |= {each for shape in SHAPES for part in (shape.marks, shape.text, *shape.names.values()) for each in part}
    names |= {given for each in fields_of(Fields) if (given := getattr(fields, each.name))}
    return {bare_name(part) for name in names for part in (name, name.partition(".")[0])}


def require_text(names: list[str], fields: Fields) -> None:
    """Refuse a table that has no column for a text.

    Raises:
        UnreadableError: it has none.
    """
    if not rank_of(dict.fromkeys(names, "https://a.example"), fields):
        raise no_text(names, fields)


def no_text(names: Iterable[object], fields: Fields) -> UnreadableError:
    """Give the error for a record or table whose text is not known by its name."""
    shown = ", ".join(map(str, names))[:MAX_NAMES_CHARS] or "none"
    wanted = f'no field is named "{fields.text}"' if fields.text else "no field is known to hold the text"
    return UnreadableError(f"{wanted} (fields: {shown}): name it with --fields text=NAME")


def _pieces(values: Values, fields: Fields) -> Iterator[str]:
    """Give the texts of a record, the surest first; an empty one for a field that is there and empty."""
    if fields.text:
        yield from _texts(values, (fields.text,))
        return
    if values.shape:
        yield _together(values, values.shape)
    else:
        texts = list(_texts(values, values.texts))
        yield from texts
        yield from _texts(values, SUMMARIES)
        if texts:  # an article that could not be had is no headline
            return
    if _is_linked(values):
        yield from (
            title for title in [_first(values, GUESSES["title"])] if title and not _LINK.fullmatch(title.strip())
        )


def _texts(values: Values, names: tuple[str, ...]) -> Iterator[str]:
    for name in values.among(names):
        if (text := _joined(values.get(name))) is not None:
            shown = text_of_markup if bare_name(name).endswith("html") else strip_tags
            yield shown(storable(text))


def _together(values: Values, shape: Shape) -> str:
    """Put the texts of a shape behind each other, without one that another one says too."""
    texts = [text.strip() for text in _texts(values, shape.text)]
    return "\n\n".join(
        text
        for place, text in enumerate(texts)
        if not any(
            text in other and (len(text) < len(other) or at < place) for at, other in enumerate(texts) if at != place
        )
    )


def _whole_sentences(text: str, values: Values) -> str:
    """Give what is whole of a text that breaks off, behind the record's summary where that says something else."""
    from index.sentences import split  # its model is loaded, and hardly a dump needs it

    spans = split(text, 0)
    end = spans[-1][0] if spans else 0
    whole = text[:end].strip()
    summary = next((each.strip() for each in _texts(values, SUMMARIES) if each.strip()), "")
    if summary and not _CUT_OFF.search(summary) and summary not in whole:
        return f"{summary}\n\n{whole}".strip()
    return whole or text


def _is_linked(values: Values) -> bool:
    return any(str(values.get(name) or "").startswith("http") for name in values.among(GUESSES["url"]))


def _first(values: Values, names: tuple[str, ...]) -> str | None:
    return next((text for name in values.among(names) if (text := plain_text(values.get(name))) and text.strip()), None)


def _joined(value: object) -> str | None:
    """Give a field's text; a list of paragraphs is joined, and one of pieces too, some of which are marked."""
    if isinstance(value, list):
        texts = [each for each in value if isinstance(each, str)]
        if texts and any(isinstance(each, Mapping) for each in value):
            return "".join(filter(None, (plain_text(each, ("text",)) for each in value))) or None
        return "\n\n".join(texts) or None
    return plain_text(value, _INNER_TEXT)


def _day(value: object) -> object:
    """Give the date that three numbers are (the `date-parts` of CSL-JSON), any other value as it is."""
    if isinstance(value, list) and len(value) == 3:
        try:
            return date(*map(int, value))
        except (TypeError, ValueError):
            return None
    return value


def _inside(value: object, names: list[str]) -> object:
    if not names:
        return value
    if isinstance(value, Mapping):
        return _inside(_bared(value).get(bare_name(names[0])), names[1:])
    if not isinstance(value, list):
        return None
    if names[0].isdecimal():
        return _inside(next(iter(value[int(names[0]) :]), None), names[1:])
    inner = (_inside(each, names) for each in value[:MAX_SEARCHED_ITEMS])
    return next((each for each in inner if each is not None), None)


@lru_cache(maxsize=256)
def _text_like(own: tuple[str, ...]) -> tuple[str, ...]:
    known = set(map(bare_name, (*TEXT, *SUMMARIES, *(name for names in GUESSES.values() for name in names))))
    words = {name: [each.lower() for each in re.findall(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+", name)] for name in own}
    return tuple(
        name
        for name, parts in words.items()
        if len(parts) > 1 and parts[-1] in TEXT_ENDS and bare_name(name) not in known and not BESIDE_TEXT & set(parts)
    )


@lru_cache(maxsize=256)
def _among(names: tuple[str, ...], own: tuple[str, ...]) -> tuple[str, ...]:
    bare = set(map(bare_name, own))
    return tuple(name for name in names if {bare_name(name), bare_name(name.partition(".")[0])} & bare)


def _bared(values: Mapping[str, object]) -> dict[str, object]:
    return {bare_name(name): value for name, value in reversed(list(values.items()))}
