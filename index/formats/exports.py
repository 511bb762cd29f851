"""Tell exports of press archives, which hold many articles in one file, and take them apart.

Each archive is known by several marks of its form together; any other text stays one article, as it is.
"""

import re
from collections.abc import Iterator

from index.formats.export_document import Document
from index.formats.extract import Extract, UnreadableError
from index.formats.factiva import documents_of_factiva
from index.formats.kindle import documents_of_kindle
from index.formats.nexis import documents_of_nexis
from index.formats.proquest import documents_of_proquest

ARCHIVES = {
    "LexisNexis": documents_of_nexis,
    "ProQuest": documents_of_proquest,
    "Factiva": documents_of_factiva,
    "Kindle": documents_of_kindle,
}

MIN_FULL_CHARS, MAX_WRAPPED_CHARS = 45, 100  # of a line that goes on in the next, and of any line of a wrapped text
IN_THE_MIDDLE = " " * 8
_FIELD_OR_CODE = re.compile(r"[A-Z][A-Za-z -]{1,24}:|[A-Z]{2,3}(?:\s|$)")

# Lines of which every export has one, and few other texts; of the first kind there is one for each document.
_COUNTED = re.compile(
    r"^[^\w\n]*+(?:end of document|ende des dokuments|fin (?:du|del) documento?|do[ck]ument \d+ (?:of|von|de) \d+|"
    r"\d+ (?:of|von|de) \d+ do[ck]ument(?:s|e|en|os)?|(?-i:\w{6,10}\s[A-Z][A-Z0-9]{2,7}\d{10}\w+))"
    r"[^\w\n]*+$",
    re.IGNORECASE | re.MULTILINE,
)
_OTHER = re.compile(
    r"^={10}\r?$|^[^\w\n]*+(?:ProQuest document ID\b|HD(?![\w-])|\w{6,10}\s[A-Z][A-Z0-9]{2,7}\d{10})", re.MULTILINE
)


def articles_of(extract: Extract, min_documents: int = 1) -> Iterator[Extract]:
    """Give the articles of an export of so many documents, or the one that was read where it is none.

    Raises:
        UnreadableError: behind the articles, where documents hold no text, or where a text that is not taken apart has
            the marks of several.
    """
    marks = len(_COUNTED.findall(extract.text))
    found = find_export(extract.text) if marks or _OTHER.search(extract.text) else None
    if found and len(found[1]) >= min_documents:
        yield from numbered(*found)
        return
    yield extract
    if marks > 1 and not found:
        raise UnreadableError(f"read as one article: an export of {marks} documents, in a form that is not known")


def find_export(text: str) -> tuple[str, list[Document]] | None:
    """Name the archive that a text was exported from, and give its documents, if it is an export."""
    lines = [line for each in _unwrapped(text.split("\n")) if (line := " ".join(each.split()))]
    for archive, documents_of in ARCHIVES.items():
        if documents := documents_of(lines):
            return archive, documents
    return None


def _unwrapped(lines: list[str]) -> list[str]:
    """Put the lines of a sentence into one where a text is wrapped, but no field, code or line in the middle."""
    if max(map(len, lines)) > MAX_WRAPPED_CHARS or not any(line.startswith(IN_THE_MIDDLE) for line in lines):
        return lines
    joined: list[str] = []
    last = ""
    for line in lines:
        is_full = (
            len(last.rstrip()) >= MIN_FULL_CHARS and not last.startswith(IN_THE_MIDDLE) and last[-1:] not in ".!?_"
        )
        if is_full and line.strip() and line[:1].isalpha() and not _FIELD_OR_CODE.match(line):
            joined[-1] = f"{joined[-1].rstrip()} {line}"
        else:
            joined.append(line)
        last = line
    return joined


def numbered(archive: str, documents: list[Document]) -> Iterator[Extract]:
    """Give the documents as articles, each with its number where there are several.

    Raises:
        UnreadableError: behind the others, where documents hold no text.
    """
    empty = []
    for number, document in enumerate(documents, 1):
        if document.body:
            yield document.extract(archive, str(number) if len(documents) > 1 else None)
        else:
            empty.append(f"#{number}")
    if empty:
        raise UnreadableError(f"an export of {archive}: {', '.join(empty[:9])} of {len(documents)} hold no text")
