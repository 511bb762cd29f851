"""Read what WikiExtractor makes of a Wikipedia: files such as wiki_00, with an element <doc> or a line of JSON each."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

from index.formats.extract import Extract
from index.formats.left_out import LeftOut
from index.formats.metadata import from_mapping
from index.formats.records import Fields, read_records

MAX_ARTICLE_CHARS = 20_000_000

_OPENING = re.compile(r"<doc\s[^\n]*>\s*$")
_ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')


def read_wiki_extractor(path: Path) -> Iterator[Extract]:
    """Read the articles in their order, without the title that each begins with.

    Raises:
        UnreadableError: it holds no article, or (at its end) some hold no text.
    """
    with path.open("rb") as file:
        is_json = file.read(1) == b"{"
    if is_json:
        yield from read_records(path, Fields(), ".jsonl")
        return
    left_out = LeftOut("article")
    found = False
    for number, (opening, body) in enumerate(_documents(path), 1):
        known = {name: unescape(value) for name, value in _ATTRIBUTE.findall(opening)}
        title = known.get("title", "")
        text = re.sub(r"\n{3,}", "\n\n", unescape(body)).strip()
        if text.partition("\n")[0].strip() == title:
            text = text.partition("\n")[2].strip()
        if not re.search(r"\w", text):
            left_out.add(str(number), "holds no text")
            continue
        found = True
        yield Extract(text, from_mapping({"title": title, "url": known.get("url", "")}, "record"), record=str(number))
    if not found:
        raise left_out.refuse()
    if left_out:
        raise left_out.told()


def _documents(path: Path) -> Iterator[tuple[str, str]]:
    opening, lines, size = "", [""], 0
    with path.open(encoding="utf-8-sig", errors="replace", newline=None) as file:
        while line := file.readline(MAX_ARTICLE_CHARS):
            size += len(line)
            if not opening and _OPENING.match(line):
                opening, lines, size = line, [], 0
            elif opening and line.strip() == "</doc>":
                yield opening, "".join(lines)
                opening = ""
            elif opening and size <= MAX_ARTICLE_CHARS:
                lines.append(line)
    if opening:
        yield opening, "".join(lines)
