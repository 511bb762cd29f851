"""Write what a message quotes as running text, without the marks before its lines, and leave out signatures."""

import re
from collections.abc import Iterator
from itertools import groupby, pairwise

MIN_WIDTH = 30  # of lines that go on in the next, which are full

_QUOTED = re.compile(r"(?:>[ \t]?)+")
_SIGNATURE = re.compile(r"-- ?\r?")  # RFC 3676, 4.3
_WROTE = re.compile(
    r"(?:[^\n]{0,60}\s)?(?:wrote|writes|schrieb|a écrit|escribió|ha scritto|escreveu|schreef|skrev)\s?:\r?"
)
_ITEM = re.compile(r"[^\w\"'“„«‚‘(]|\d+[.)]\s")


def unquoted(text: str) -> str:
    """Give a plain text whose quotations are paragraphs of their own, their lines joined; each level stands apart."""
    lines = [_levelled(line) for line in text.split("\n")]
    if not any(level or _SIGNATURE.fullmatch(line) for level, line in lines):
        return text
    blocks = []
    for level, each in groupby(lines, key=lambda line: line[0]):
        block = list(_unsigned([line for _, line in each]))
        blocks.append("\n".join(_joined(block, is_quoted=level > 0)).strip("\r\n"))
    return "\n\n".join(filter(str.strip, blocks))


def _levelled(line: str) -> tuple[int, str]:
    found = _QUOTED.match(line)
    return (found[0].count(">"), line[found.end() :]) if found else (0, line)


def _unsigned(lines: list[str]) -> Iterator[str]:
    for line in lines:
        if _SIGNATURE.fullmatch(line):
            return
        yield line


def _joined(lines: list[str], is_quoted: bool) -> Iterator[str]:
    """Put lines of quotations into one where they are full, and who wrote them into one line."""
    whole, width = "", max(map(len, lines), default=0)
    for line, following in pairwise([*lines, ""]):
        whole = f"{whole} {line.strip()}" if whole else line
        first = following.strip().partition(" ")[0]
        is_full = bool(first) and width >= MIN_WIDTH and len(line.rstrip()) + len(first) >= width
        if is_full and ((is_quoted and not _ITEM.match(following)) or _WROTE.fullmatch(following.strip())):
            whole = whole.rstrip()
        else:
            yield whole
            whole = ""
