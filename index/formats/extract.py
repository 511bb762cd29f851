"""What a reader of a format gives: texts, and what the file says about them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True)
class Metadata:
    """What is known of an article beside its text; `sources` tells for each known field where it was read."""

    title: str | None = None
    published: date | None = None
    publisher: str | None = None
    url: str | None = None
    sources: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Extract:
    """One article of a file. Its sentences begin at `body_start`; `record` names it where a file holds several.

    Of the file `lost` characters could not be decoded and are U+FFFD.

    With `attachment` it is a file inside the file instead, to be read by its own format: these are its bytes, and
    `text` is its name.
    """

    text: str
    metadata: Metadata = Metadata()
    body_start: int = 0
    record: str | None = None
    attachment: bytes | None = None
    lost: int = 0


class UnreadableError(Exception):
    """Say why a file is no article; the sync skips the file and keeps the reason."""
