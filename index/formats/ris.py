"""Read the records of RIS, in which databases of papers and newspapers export what was found, with its abstract.

Source: the format's description by Research Information Systems (lines "TI  - Title", a record from TY to ER).
"""

import re
from collections.abc import Iterator
from pathlib import Path

from index.formats.extract import UnreadableError
from index.formats.record_fields import Fields, Record
from index.formats.text import decode

TAGS = {  # the first of them that a record has
    "title": ("TI", "T1", "CT", "BT"),
    "text": ("AB", "N2"),
    "published": ("DA", "PY", "Y1"),
    "publisher": ("T2", "JF", "JO", "JA", "PB"),
    "url": ("UR", "L2"),
}
_LINE = re.compile(r"(?P<tag>[A-Z][A-Z0-9])  -(?: (?P<value>.*))?")


def read_ris(path: Path, fields: Fields) -> Iterator[Record]:
    """Give the records, numbered from 1; what stands in several lines is one. A name of `fields` is a tag.

    Raises:
        UnreadableError: it holds no record.
    """
    number, values, tag = 0, dict[str, list[str]](), ""
    for line in [*decode(path.read_bytes()).splitlines(), "TY  -"]:
        found = _LINE.fullmatch(line.rstrip())
        if found and found["tag"] == "TY":
            if number:
                yield Record(str(number), _named(values))
            number, values, tag = number + 1, {}, ""
        elif found:
            tag = "" if found["tag"] == "ER" else found["tag"]
            values.setdefault(found["tag"], []).append(found["value"] or "")
        elif tag and line.strip():
            values[tag][-1] += f"\n{line.strip()}"
    if number < 2:
        raise UnreadableError("no RIS")


def _named(values: dict[str, list[str]]) -> dict[str, object]:
    """Name what tags hold as articles name it; a tag without a name keeps its own."""
    by_tag: dict[str, object] = {tag: "\n\n".join(filter(None, held)) for tag, held in values.items()}
    named = {name: next((by_tag[tag] for tag in tags if by_tag.get(tag)), "") for name, tags in TAGS.items()}
    named["published"] = str(named["published"]).strip("/ ").replace("/", "-")
    return by_tag | {name: value for name, value in named.items() if value}
