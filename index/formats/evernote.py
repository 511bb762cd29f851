"""Read exports of Evernote (.enex): each note is an article; what is attached to it is left out."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from index.formats.extract import Extract, UnreadableError
from index.formats.left_out import LeftOut
from index.formats.metadata import from_mapping
from index.formats.paragraphs import text_of_html

_ENCRYPTED = re.compile(r"<en-crypt\b[^<>]*>[^<]*</en-crypt>")
_FIELDS = {"title": "title", "created": "published", "source-url": "url"}


def read_evernote(path: Path) -> Iterator[Extract]:
    """Read the notes; the day of one is that on which it was made.

    Raises:
        UnreadableError: it holds none, or is broken, or (at its end) notes hold no text.
    """
    left_out = LeftOut("note")
    found = False
    for number, note in enumerate(_notes(path), 1):
        known = {_FIELDS[each.tag]: (each.text or "").strip() for each in note.iter(*_FIELDS)}
        text = text_of_html(_ENCRYPTED.sub(" ", note.findtext("content") or ""))
        if text:
            found = True
            yield Extract(text, from_mapping(known, "note"), record=str(number))
        else:
            left_out.add(str(number), "holds no text")
    if not found:
        raise left_out.refuse() if left_out else UnreadableError("holds no note")
    if left_out:
        raise left_out.told()


def _notes(path: Path) -> Iterator[Any]:
    from lxml import etree

    with path.open("rb") as file:
        try:
            events = etree.iterparse(file, tag="note", huge_tree=True, resolve_entities=False, no_network=True)
            for _, note in events:
                yield note
                note.clear()
                while note.getprevious() is not None:
                    del note.getparent()[0]
        except etree.XMLSyntaxError as error:
            raise UnreadableError(f"broken XML: {error.msg}") from None
