"""An answer to take along: as Markdown with footnotes, and its rows as CSV."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from qa.text import one_line

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # with which a spreadsheet begins to compute (OWASP, CSV injection)

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|!~&^$])")
_AT_START = re.compile(r"^(\s*)([-+=.:]|\d+[.)])")
_NUMBER = re.compile(r"[-+]?[\d.,]+")

Json = Mapping[str, Any]


def as_markdown(answer: Json) -> str:
    """Write an answer with a footnote for each citation; what articles say is text in it, never markup."""
    lines = [f"**{_plain(answer['question'])}**", ""]
    if answer["abstained"]:
        return "\n".join([*lines, f"The articles do not say: {_plain(answer['reason'])}.", ""])
    is_list = len(answer["statements"]) > 1
    for each in answer["statements"]:
        notes = "".join(f"[^{position + 1}]" for position in each["citations"])
        lines.append(f"{'- ' if is_list else ''}{_plain(each['text'])}{notes}")
    lines += [f"- Not stated: {_plain(each)}" for each in answer["not_stated"]]
    lines.append("")
    lines += [f"[^{number}]: {_footnote(each)}" for number, each in enumerate(answer["citations"], 1)]
    return "\n".join(lines) + "\n"


def as_csv(answer: Json) -> str:
    """Write a row for each statement: its cells, or its text, then where the articles say so."""
    columns = list(dict.fromkeys(name for each in answer["statements"] for name in each.get("cells", {})))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([_harmless(name) for name in ("statement", *columns, "articles", "places", "quote")])
    for each in answer["statements"]:
        cited = [answer["citations"][position] for position in each["citations"]]
        cells = [each.get("cells", {}).get(name, "") for name in columns]
        articles = " | ".join(dict.fromkeys(one["article"] for one in cited))
        places = " | ".join(f"{one['article']}:{one['start']}-{one['end']}" for one in cited)
        writer.writerow([_harmless(text) for text in (each["text"], *cells, articles, places, cited[0]["quote"])])
    return out.getvalue()


def _footnote(citation: Json) -> str:
    facts = [citation["title"], citation["publisher"], citation["published"]]
    place = f"{citation['article']}:{citation['start']}-{citation['end']}"
    return f"“{_plain(citation['quote'])}” {', '.join(_known(facts))} ({_plain(place)})"


def _known(facts: Sequence[str | None]) -> Iterator[str]:
    return (_plain(fact) for fact in facts if fact)


def _plain(text: str) -> str:
    """Give a text on one line with each character that Markdown or HTML would read as markup escaped."""
    escaped = _MARKUP.sub(r"\\\1", one_line(text))
    escaped = re.sub(r"(?i)\b(https?|ftp|mailto|www)([:.])", r"\1\\\2", escaped)  # else GitHub makes a link of it
    return _AT_START.sub(lambda found: f"{found[1]}{found[2][:-1]}\\{found[2][-1]}", escaped)


def _harmless(text: str) -> str:
    line = one_line(text)
    return f"'{line}" if line.startswith(FORMULA) and not _NUMBER.fullmatch(line) else line
