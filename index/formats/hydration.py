"""Read the data that scripts make a page of where it is no plain JSON: that of Next.js' app router, and of Nuxt 3.

Sources: the wire format of React Server Components (react-server-dom: rows `id:value`, texts as `id:Tlength,text`), and
devalue's `stringify`, in which numbers are places of one list.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

MAX_DEPTH = 60
MAX_VALUES = 100_000

_PUSHED = re.compile(r"__next_f\s*\.push\(\s*(?=\[\s*1\s*,)")
_ROW = re.compile(r"([0-9a-f]{1,8}):(?:T([0-9a-f]{1,8}),)?")
_REFERENCE = re.compile(r"\$([0-9a-f]{1,8})")
_DECODER = json.JSONDecoder(strict=False)


def pushed_data(scripts: Iterator[str]) -> Iterator[Any]:
    """Give the values of what the scripts of a page push for Next.js, with the texts that they refer to."""
    stream = "".join(piece for script in scripts for piece in _pieces(script))
    texts: dict[str, str] = {}
    values: list[Any] = []
    at = 0
    while at < len(stream):
        row = _ROW.match(stream, at)
        if row and row[2]:
            size = int(row[2], 16)  # in bytes, so that no more characters
            texts[row[1]] = stream[row.end() : row.end() + size].encode()[:size].decode("utf-8", "ignore")
            at = row.end() + len(texts[row[1]])
            continue
        end = stream.find("\n", at)
        end = len(stream) if end < 0 else end
        values += _decoded(stream[row.end() : end]) if row else []
        at = end + 1
    yield from (_with_texts(value, texts) for value in values)


def revived(values: Any) -> Any:
    """Give the value that devalue wrote as a list, or the value itself where it is no such list."""
    if not isinstance(values, list) or not values or isinstance(values[0], bool | str):
        return values
    left = [MAX_VALUES]
    return _revived(values, 0, left, 0)


def _pieces(script: str) -> Iterator[str]:
    for found in _PUSHED.finditer(script):
        try:
            pushed = _DECODER.raw_decode(script, found.end())[0]
        except (ValueError, RecursionError):
            continue
        if len(pushed) > 1 and isinstance(pushed[1], str):
            yield pushed[1]


def _decoded(text: str) -> list[Any]:
    try:
        return [_DECODER.raw_decode(text)[0]] if text[:1] in ("[", "{") else []
    except (ValueError, RecursionError):
        return []


def _with_texts(value: Any, texts: Mapping[str, str], depth: int = 0) -> Any:
    if isinstance(value, str):
        found = _REFERENCE.fullmatch(value)
        return texts.get(found[1], value) if found else value
    if depth > MAX_DEPTH:
        return None
    if isinstance(value, list):
        return [_with_texts(each, texts, depth + 1) for each in value]
    if isinstance(value, dict):
        return {name: _with_texts(each, texts, depth + 1) for name, each in value.items()}
    return value


def _revived(values: list[Any], place: Any, left: list[int], depth: int) -> Any:
    left[0] -= 1
    if not isinstance(place, int) or isinstance(place, bool) or not 0 <= place < len(values):
        return None
    if left[0] < 0 or depth > MAX_DEPTH:
        return None
    value = values[place]
    if isinstance(value, dict):
        return {name: _revived(values, each, left, depth + 1) for name, each in value.items()}
    if isinstance(value, list):
        parts = value[1:] if value and isinstance(value[0], str) else value  # ["Reactive", 3]
        return [_revived(values, each, left, depth + 1) for each in parts]
    return value
