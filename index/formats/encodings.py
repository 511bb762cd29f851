"""Decode what declares its encoding, and find texts that were once decoded as another than they were written in."""

import codecs
import re
from collections.abc import Iterable

from index.formats.extract import UnreadableError
from index.formats.text import MAX_LOST_SHARE, decode, is_mostly_utf8, marked_encoding

FEW = 0.001  # of characters that are wrong for the encoding of a text
MIN_LOST = 3
MIN_GARBLED = 3  # characters; fewer may be meant
GARBLED_SHARE = 0.1  # of the characters beyond ASCII

# What UTF-8 is mistaken for. Each makes something else of "é": Ã©, Ă©, Г©, √©, ├⌐, 茅, ﾃｩ, ц╘.
_MISTAKEN_FOR = ("cp1252", "cp1250", "cp1251", "mac_roman", "cp437", "gb18030", "cp932", "koi8_r")
_BEYOND_ASCII = re.compile(r"[^\0-\x7f]+")
_NO_BYTE = "index-no-byte"
_OF_PYTHON = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined"})
_AS_IN_BROWSERS = {"iso8859-1": "cp1252", "ascii": "cp1252", "gb2312": "gb18030", "gbk": "gb18030"}


def decode_declared(raw: bytes, *declared: str | None) -> str:
    """Decode by the byte order mark, as UTF-8, by the first known encoding that is declared, or by what is detected.

    What is UTF-8 by its bytes is hardly anything else: pages are saved anew and keep what they declare. Where few bytes
    are wrong for the encoding, or no other fits better, these become U+FFFD, as in a browser.

    Raises:
        UnreadableError: it is no text in any encoding.
    """
    encoding = marked_encoding(raw) or ("utf-8" if _is_utf8(raw) else _first_known(declared))
    if not encoding:
        return decode(raw)
    text = raw.decode(encoding, "replace")
    if (lost := _share_lost(text)) <= FEW:
        return text
    try:
        return decode(raw)
    except UnreadableError:
        if lost > MAX_LOST_SHARE:
            raise
        return text


def why_garbled(text: str) -> str | None:
    """Say why a text is hardly the one that was written, or nothing.

    Characters were lost, or lines of it are UTF-8 when they are written in an encoding that UTF-8 is mistaken for.
    """
    if text.count("\ufffd") >= MIN_LOST and _share_lost(text) > FEW:
        return lost_of_it(text.count("\ufffd"))
    if text.isascii():
        return None
    lines = [" ".join(_BEYOND_ASCII.findall(line)) for line in text.splitlines() if not line.isascii()]
    garbled = sum(map(_mistaken_chars, lines))
    if garbled >= MIN_GARBLED and garbled >= GARBLED_SHARE * sum(map(_beyond_ascii, lines)):
        return "it looks like UTF-8 that was once read as another encoding"
    return None


def lost_of_it(characters: int) -> str:
    """Say that so many characters of a text are lost."""
    return f"{characters:,} characters of it are lost" if characters > 1 else "a character of it is lost"


def _is_utf8(raw: bytes) -> bool:
    """Tell UTF-8 by its bytes; those of ASCII alone may be of any encoding, such as ISO-2022-JP."""
    return not raw.isascii() and b"\0" not in raw and is_mostly_utf8(raw)


def _first_known(declared: Iterable[str | None]) -> str | None:
    return next(filter(None, map(_known_encoding, declared)), None)


def _known_encoding(declared: str | None) -> str | None:
    try:
        name = codecs.lookup(declared or "").name
        b"".decode(name)
    except (LookupError, ValueError):  # unknown, or no encoding of text
        return None
    if name in _OF_PYTHON:
        return None
    if name.startswith(("utf-16", "utf-32")):  # then the declaration could not have been read: HTML Standard, 13.2.3.2
        return "utf-8"
    return _AS_IN_BROWSERS.get(name, name)


def _share_lost(text: str) -> float:
    return text.count("\ufffd") / max(len(text), 1)


def _beyond_ascii(line: str) -> int:
    return sum(char > "\x7f" for char in line)


def _mistaken_chars(line: str) -> int:
    """Count the characters beyond ASCII of the text that a line was, if it was UTF-8 read as something else."""
    for encoding in _MISTAKEN_FOR:
        raw = line.encode(encoding, _NO_BYTE)
        if is_mostly_utf8(raw):
            return _beyond_ascii(raw.decode("utf-8", "ignore"))
    return 0


def _byte_of(error: UnicodeError) -> tuple[bytes, int]:
    """Write a control character as the byte that Windows-1252 leaves undefined, any other as one that is no UTF-8."""
    assert isinstance(error, UnicodeEncodeError)
    chars = error.object[error.start : error.end]
    return bytes(ord(char) if "\x80" <= char <= "\x9f" else 0xFF for char in chars), error.end


codecs.register_error(_NO_BYTE, _byte_of)
