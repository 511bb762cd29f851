"""Read mail: a message (.eml), or a mailbox in which each message is an article (.mbox), with what is attached."""

import email
import email.policy
from collections.abc import Iterator
from datetime import date
from email.message import EmailMessage
from pathlib import Path, PurePosixPath

from index.formats.extract import Extract, Metadata, UnreadableError
from index.formats.left_out import LeftOut
from index.formats.mail_parts import MALFORMED, take_apart
from index.formats.mailbox_file import MAX_MESSAGE_BYTES, messages_of
from index.formats.metadata import from_mapping
from index.formats.readers import READERS
from index.formats.records import SUFFIXES as DUMP_SUFFIXES
from index.formats.text import SUFFIXES as TEXT_SUFFIXES

MAX_FORWARDS = 20  # one inside the other


def read_eml(path: Path) -> Iterator[Extract]:
    """Read a message; what is attached to it or forwarded is named by its file's name.

    Raises:
        UnreadableError: it is no mail or holds no text, or (at its end) something attached is not read.
    """
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    if not message.keys():
        raise UnreadableError("no mail")
    left_out = LeftOut("attachment")
    found = False
    for extract in _read_message(message, None, left_out):
        found = True
        yield extract
    _conclude(found, left_out, "holds no text")


def read_mbox(path: Path) -> Iterator[Extract]:
    """Read the messages of a mailbox that have a text, and what is attached to them as `3/report.pdf`.

    Raises:
        UnreadableError: none has one, or (at its end) something is left out.
    """
    left_out = LeftOut("part")
    found = False
    with path.open("rb") as file:
        for number, raw in enumerate(messages_of(file), 1):
            if raw is None:
                left_out.add(str(number), f"larger than {MAX_MESSAGE_BYTES // 1_000_000} MB")
                continue
            message = email.message_from_bytes(raw, policy=email.policy.default)
            for extract in _read_message(message, str(number), left_out):
                found = True
                yield extract
    _conclude(found, left_out, "holds no message with a text")


def _conclude(found: bool, left_out: LeftOut, nothing: str) -> None:
    if not found:
        raise UnreadableError(nothing)
    if left_out:
        raise left_out.told()


def _read_message(message: EmailMessage, place: str | None, left_out: LeftOut, depth: int = 0) -> Iterator[Extract]:
    """Give the article that a message is, those that it forwards, and the files that are attached to it."""
    if depth > MAX_FORWARDS:
        left_out.add(place, "nested too deeply")
        return
    parts = take_apart(message)
    if parts.text:
        yield Extract(parts.text, _metadata_of(message), record=place)
    elif place and not parts.forwarded and not parts.files:
        left_out.add(place, "holds no text")
    for name, forwarded in parts.forwarded:
        yield from _read_message(forwarded, _below(place, name), left_out, depth + 1)
    for name, content in parts.files:
        suffix = PurePosixPath(name).suffix.lower()
        if suffix in READERS or suffix in TEXT_SUFFIXES or suffix in DUMP_SUFFIXES:
            yield Extract(name, record=_below(place, name), attachment=content)
        else:
            left_out.add(_below(place, name), f"{suffix or 'no suffix'} is not a format that is read yet")


def _below(place: str | None, name: str) -> str:
    return f"{place}/{name}" if place else name


def _metadata_of(message: EmailMessage) -> Metadata:
    return from_mapping({"title": _header(message, "subject"), "published": _day_of(message)}, "mail")


def _header(message: EmailMessage, name: str) -> str:
    try:
        return str(message[name] or "")
    except MALFORMED:
        return ""


def _day_of(message: EmailMessage) -> date | None:
    """Give the day as it is written, in the sender's time zone."""
    try:
        sent = message["date"].datetime
    except MALFORMED:
        return None
    return sent.date() if sent else None
