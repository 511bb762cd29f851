"""Take a message apart: what it shows, the messages that it forwards, the files that are attached to it."""

import mimetypes
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage, MIMEPart
from pathlib import PurePosixPath
from typing import cast

from index.formats.encodings import decode_declared
from index.formats.extract import UnreadableError
from index.formats.mail_quotes import unquoted
from index.formats.paragraphs import decode_html, text_of_html

MAX_NAME_CHARS = 100
MAX_STRAY_SHARE = 0.1  # of characters that belong to no text
MALFORMED = (AttributeError, IndexError, LookupError, TypeError, ValueError)  # raised by the library for bad headers

_STUB_SHARE = 0.5  # of the words of the HTML part: a plain one with fewer is no version of it
_LINK = re.compile(r"https?://\S+")
_FURNITURE = re.compile(
    r"application/(?:pgp-|x?-?pkcs7-)|message/(?!rfc822)|text/(?:calendar|x-vcard|vcard)|multipart/"
)


@dataclass
class Parts:
    """What is in a message: the texts that it shows, in their order, and named below it messages and files."""

    texts: list[str] = field(default_factory=list)
    forwarded: list[tuple[str, EmailMessage]] = field(default_factory=list)
    files: list[tuple[str, bytes]] = field(default_factory=list)
    _names: set[str] = field(default_factory=set)

    @property
    def text(self) -> str:
        return "\n\n".join(filter(None, (each.strip() for each in self.texts)))

    def name(self, wanted: str) -> str:
        """Give a name that no other part has, and that can stand in an article's id."""
        clean = re.sub(r"[\s#]+", " ", "".join(each for each in wanted if each.isprintable())).strip(" .")
        path = PurePosixPath(re.split(r"[/\\]", clean)[-1] or "file")
        stem, name = path.stem[-MAX_NAME_CHARS:], f"{path.stem[-MAX_NAME_CHARS:]}{path.suffix[:MAX_NAME_CHARS]}"
        number = 1
        while name in self._names:
            number += 1
            name = f"{stem}-{number}{path.suffix[:MAX_NAME_CHARS]}"
        self._names.add(name)
        return name


def take_apart(message: EmailMessage) -> Parts:
    """Give the parts of a message; pictures that its HTML shows, signatures and invitations are none of them."""
    parts = Parts()
    _walk(message, parts, is_whole=True)
    return parts


def _walk(part: MIMEPart, parts: Parts, is_whole: bool = False) -> None:
    kind = part.get_content_type()
    if kind == "message/rfc822" and not is_whole:
        name = parts.name(_file_name(part) or "message.eml")
        parts.forwarded += [(name, cast(EmailMessage, each)) for each in _inner(part)]
    elif kind == "multipart/alternative":
        _take_best(_inner(part), parts)
    elif part.is_multipart():
        for each in _inner(part):
            _walk(each, parts)
    elif kind in ("text/plain", "text/html") and (is_whole or not _is_file(part)):
        parts.texts.append(_shown(part))
    elif not is_whole and not _FURNITURE.match(kind) and not (kind.startswith("image/") and not _is_attached(part)):
        suffix = mimetypes.guess_extension(kind) or ""
        parts.files.append((parts.name(_file_name(part) or f"attachment{suffix}"), _bytes_of(part)))


def _take_best(alternatives: list[MIMEPart], parts: Parts) -> None:
    """Take the plain text, unless it is a stub beside what the HTML shows; what else they hold comes with it."""
    taken = [Parts(_names=parts._names) for _ in alternatives]
    for each, into in zip(alternatives, taken, strict=True):
        _walk(each, into)
    is_plain = [each.get_content_type() == "text/plain" for each in alternatives]
    plain = next((each.text for each, flag in zip(taken, is_plain, strict=True) if flag and each.text), "")
    rich = next((each.text for each, flag in zip(reversed(taken), reversed(is_plain), strict=True) if not flag), "")
    parts.texts.append(plain if _words(plain) >= _STUB_SHARE * _words(rich) else rich)
    for one in taken:
        parts.forwarded += one.forwarded
        parts.files += one.files


def _words(text: str) -> int:
    return sum(1 for _ in re.finditer(r"\w+", _LINK.sub(" ", text)))


def _inner(part: MIMEPart) -> list[MIMEPart]:
    payload = part.get_payload()
    return [each for each in payload if isinstance(each, MIMEPart)] if isinstance(payload, list) else []


def _is_file(part: MIMEPart) -> bool:
    return _is_attached(part) or bool(_file_name(part))


def _is_attached(part: MIMEPart) -> bool:
    try:
        return part.get_content_disposition() == "attachment"
    except MALFORMED:
        return False


def _file_name(part: MIMEPart) -> str:
    try:
        return part.get_filename("") or ""
    except MALFORMED:
        return ""


def _bytes_of(part: MIMEPart) -> bytes:
    try:
        return cast(bytes, part.get_payload(decode=True) or b"")
    except MALFORMED:
        return b""


def _shown(part: MIMEPart) -> str:
    try:
        content = _content_of(part)
    except (*MALFORMED, UnreadableError):
        return ""
    is_html = part.get_content_type() == "text/html"
    return text_of_html(content, laid_out=True) if is_html else unquoted("\n".join(_unescaped(content.strip("\r\n"))))


def _content_of(part: MIMEPart) -> str:
    content = _decoded(_bytes_of(part), part)
    if part.get_param("format") == "flowed":  # RFC 3676: a space at the end of a line says that its paragraph goes on
        content = re.sub(r"(?<!^--) \r?\n(?!>)", " ", content, flags=re.MULTILINE)
    return content


def _decoded(raw: bytes, part: MIMEPart) -> str:
    declared = part.get_content_charset()
    try:
        return decode_html(raw, declared) if part.get_content_subtype() == "html" else decode_declared(raw, declared)
    except UnreadableError:
        text = raw.decode("utf-8", "replace").replace("\0", "\ufffd")
        if text.count("\ufffd") > MAX_STRAY_SHARE * len(text):
            raise
        return text  # a stray byte costs itself, not the message


def _unescaped(content: str) -> Iterator[str]:
    """Take the mark off a line ">From ..." that a mailbox put there before the text was encoded; quotations stay."""
    quoted = False
    for line in content.split("\n"):
        yield line[1:] if line.startswith(">From ") and not quoted else line
        quoted = line.startswith(">") and not line.startswith(">From ")
