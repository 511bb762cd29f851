"""Read the values of JavaScript that scripts of a page set variables to: literals, and what Nuxt 2 writes of them.

Nuxt 2 calls a function with the values that occur often: `(function(a,b){return {title:a,...}}("...",null))`.
"""

import re
from typing import Any

MAX_DEPTH = 60

_CALLED = re.compile(
    r"\(?\s*(?:function\s*\((?P<names>[\w$,\s]{0,20000})\)\s*\{[^{}]{0,1000}?return|\((?P<few>[\w$,\s]{0,20000})\)\s*=>)"
    r"\s*\(?\s*(?=[{\[])"
)
_ARGUMENTS = re.compile(r"[\s;)}]*\(")
_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|.)", re.DOTALL)
_RUN = re.compile(
    r"(?:async\s+)?(?:function\b[^()]*\([^()]*\)\s*\{|\([\w$,\s]*\)\s*=>|new\s+\w+\()"
    r"|(?:void 0|undefined|null|NaN|!\d)$"
)
_TOKEN = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|[{}\[\]()]", re.DOTALL)


def literal_at(script: str, start: int) -> Any:
    """Give the value that a literal or a called function makes at `start`; None where it is neither."""
    called = _CALLED.match(script, start)
    if called is None and script[start : start + 1] not in ("{", "["):
        return None
    begin = called.end() if called else start
    end = end_of_literal(script, begin)
    value = _read(script[begin:end])
    opening = _ARGUMENTS.match(script, end) if called else None
    if called is None or opening is None:
        return _filled_in(value, {}, 0)
    last = end_of_literal(script, opening.end() - 1)
    names = re.findall(r"[\w$]+", called["names"] or called["few"] or "")
    arguments = _read(f"[{script[opening.end() : last - 1]}]")
    if not isinstance(arguments, list):
        return value
    return _filled_in(value, dict(zip(names, arguments, strict=False)), 0)


def end_of_literal(script: str, start: int) -> int:
    """Give the place behind the bracket that closes the one at `start`."""
    depth = 0
    for found in _TOKEN.finditer(script, start):
        depth += (found[0] in "{[(") - (found[0] in "}])")
        if depth <= 0:
            return found.end()
    return len(script)


def _read(literal: str) -> Any:
    import chompjs

    try:
        return chompjs.parse_js_object(_ESCAPE.sub(_as_in_json, literal), json_params={"strict": False})
    except (ValueError, RecursionError):
        return None


def _as_in_json(escape: re.Match[str]) -> str:
    return f"\\u00{escape[1]}" if escape[1] else escape[0]


def _filled_in(value: Any, arguments: dict[str, Any], depth: int) -> Any:
    """Put the arguments for their names, which are read as texts, and nothing for what is run."""
    if isinstance(value, str):
        return None if _RUN.match(value) else arguments.get(value, value)
    if depth > MAX_DEPTH:
        return None
    if isinstance(value, list):
        return [_filled_in(each, arguments, depth + 1) for each in value]
    if isinstance(value, dict):
        return {name: _filled_in(each, arguments, depth + 1) for name, each in value.items()}
    return value
