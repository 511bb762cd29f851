"""Cut a mailbox into its messages, in little memory and where they really begin."""

import re
from collections.abc import Iterator
from itertools import chain, pairwise
from typing import BinaryIO

MAX_MESSAGE_BYTES = 100_000_000
MAX_LINE_BYTES = 1_000_000

_FIELD = re.compile(rb"[!-9;-~]{1,100}:")  # RFC 5322, 3.6.8
_DATED = re.compile(rb"From \S+ .*\d{1,2}:\d{2}")
_ESCAPED = re.compile(rb">+From ")


def messages_of(file: BinaryIO) -> Iterator[bytes | None]:
    """Give the messages of an mbox file (RFC 4155) without their "From" lines, None for one that is too large.

    A line "From ..." of a text, which every program should escape and some do not, begins no message: fields must
    follow it, and a blank line stand before it unless it names a time.
    """
    message: list[bytes] | None = None
    size, blank, begins = 0, True, True
    for line, following in pairwise(chain(_pieces(file), (b"",))):
        if begins and line.startswith(b"From ") and _FIELD.match(following) and (blank or _DATED.match(line)):
            if message is not None:
                yield _whole(message, size)
            message, size = [], 0
        elif message is not None:
            size += len(line)
            if size <= MAX_MESSAGE_BYTES:
                message.append(line[1:] if begins and _ESCAPED.match(line) else line)
        blank, begins = not line.strip(), line.endswith(b"\n")
    if message is not None:
        yield _whole(message, size)


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    while line := file.readline(MAX_LINE_BYTES):
        yield line


def _whole(message: list[bytes], size: int) -> bytes | None:
    return b"".join(message) if size <= MAX_MESSAGE_BYTES else None
