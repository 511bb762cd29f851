"""Read stories of the CNN and Daily Mail corpus: an article, and behind "@highlight" each of its summary's points."""

import re
from collections.abc import Iterator
from pathlib import Path

from index.formats.extract import Extract, Metadata, UnreadableError
from index.formats.text import decode

_HIGHLIGHT = re.compile(r"^@highlight[ \t]*\r?$", re.MULTILINE)


def read_story(path: Path) -> Iterator[Extract]:
    """Read a story: the points of its summary are paragraphs at its end, the first one is its title.

    Raises:
        UnreadableError: it holds no text.
    """
    article, *highlights = (
        " \n".join(each.split("\n")).strip() for each in _HIGHLIGHT.split(decode(path.read_bytes()))
    )
    paragraphs = [" ".join(each.split()) for part in (article, *highlights) for each in re.split(r"\n\s*\n", part)]
    text = "\n\n".join(filter(None, paragraphs))
    if not text:
        raise UnreadableError("holds no text")
    title = " ".join(next(filter(None, highlights), "").split())
    yield Extract(text, Metadata(title, sources={"title": "highlights"}) if title else Metadata())
