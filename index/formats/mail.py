"""Read mail: a message (.eml), or a mailbox in which each message is an article (.mbox)."""

import email
import email.policy
import mailbox
import re
from collections.abc import Iterator
from datetime import date
from email.message import EmailMessage, MIMEPart
from pathlib import Path
from typing import IO, cast

from index.formats.encodings import decode_declared
from index.formats.extract import Extract, Metadata, UnreadableError
from index.formats.metadata import from_mapping
from index.formats.paragraphs import decode_html, text_of_html

_MALFORMED = (AttributeError, LookupError, TypeError, ValueError)  # what the standard library raises for bad headers


def read_eml(path: Path) -> Iterator[Extract]:
    """Read a message.

    Raises:
        UnreadableError: it holds no text.
    """
    with path.open("rb") as file:
        message = _parse(file)
    if not message.keys():
        raise UnreadableError("no mail")
    text = _text_of(message)
    if not text:
        raise UnreadableError("holds no text")
    yield Extract(text, _metadata_of(message))


def read_mbox(path: Path) -> Iterator[Extract]:
    """Read the messages of a mailbox that have a text.

    Raises:
        UnreadableError: none has one.
    """
    path.stat()  # its error says what is wrong, mailbox's own does not
    found = False
    messages = mailbox.mbox(path, factory=_parse, create=False)  # type: ignore[arg-type]  # the stub knows no policy
    try:
        for number, message in enumerate(cast(Iterator[EmailMessage], messages), 1):
            if text := _text_of(message):
                found = True
                yield Extract(text, _metadata_of(message), record=str(number))
    finally:
        messages.close()
    if not found:
        raise UnreadableError("holds no message with a text")


def _parse(file: IO[bytes]) -> EmailMessage:
    return email.message_from_binary_file(file, policy=email.policy.default)


def _text_of(message: EmailMessage) -> str:
    """Give the plain text of a message or, without one, what its HTML shows; attachments are no part of it."""
    for kind in ("plain", "html"):
        try:
            part = message.get_body((kind,))
            content = _content_of(part) if part else ""
        except (*_MALFORMED, UnreadableError):
            continue
        if text := (text_of_html(content) if kind == "html" else content.strip()):
            return text
    return ""


def _content_of(part: MIMEPart) -> str:
    raw = cast(bytes, part.get_payload(decode=True))
    declared = part.get_content_charset()
    content = decode_html(raw, declared) if part.get_content_subtype() == "html" else decode_declared(raw, declared)
    if part.get_param("format") == "flowed":  # RFC 3676: a space at the end of a line says that its paragraph goes on
        content = re.sub(r"(?<!^--) \r?\n(?!>)", " ", content, flags=re.MULTILINE)
    return content


def _metadata_of(message: EmailMessage) -> Metadata:
    return from_mapping({"title": _header(message, "subject"), "published": _day_of(message)}, "mail")


def _header(message: EmailMessage, name: str) -> str:
    try:
        return str(message[name] or "")
    except _MALFORMED:
        return ""


def _day_of(message: EmailMessage) -> date | None:
    """Give the day as it is written, in the sender's time zone."""
    try:
        sent = message["date"].datetime
    except _MALFORMED:
        return None
    return sent.date() if sent else None
