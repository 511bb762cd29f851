"""A document of an archive's export: its head, of which no sentence is cited, and its text."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from index.formats.dates import parse_written
from index.formats.extract import Extract
from index.formats.metadata import from_mapping

_TO_YEAR = re.compile(r".*?(?<!\d)\d{4}(?!\d)")


@dataclass(frozen=True)
class Document:
    """The lines of a document's head and of its text, and the fields that its head has: title, paper, day, address."""

    head: Sequence[str]
    body: Sequence[str]
    fields: Mapping[str, object] = field(default_factory=dict)

    def extract(self, archive: str, record: str | None) -> Extract:
        """Give the document as an article whose sentences begin behind its head."""
        head = "".join(f"{line}\n\n" for line in self.head)
        body = re.sub(r"(?<=\|)\n\n(?=\|)", "\n", "\n\n".join(self.body))  # rows of a table stand together
        return Extract(head + body, from_mapping(self.fields, archive), len(head), record)


def day_of_line(line: str) -> date | None:
    """Give the day that a line begins with, whatever follows its year: a weekday, a time, an edition."""
    to_year = _TO_YEAR.match(line)
    return parse_written(line) or (parse_written(to_year[0]) if to_year else None)
