"""Tell exports of press archives, which hold many articles in one file, and take them apart.

Each archive is known by several marks of its form together; any other text stays one article, as it is.
"""

from collections.abc import Iterator

from index.formats.export_document import Document
from index.formats.extract import Extract, UnreadableError
from index.formats.factiva import documents_of_factiva
from index.formats.nexis import documents_of_nexis
from index.formats.proquest import documents_of_proquest

READERS = {
    "LexisNexis": documents_of_nexis,
    "ProQuest": documents_of_proquest,
    "Factiva": documents_of_factiva,
}


def articles_of(extract: Extract) -> Iterator[Extract]:
    """Give the articles of an export, or the one that was read where it is none.

    Raises:
        UnreadableError: behind the other articles, where documents of the export hold no text.
    """
    lines = [line for each in extract.text.split("\n") if (line := " ".join(each.split()))]
    for archive, documents_of in READERS.items():
        if documents := documents_of(lines):
            yield from _numbered(archive, documents)
            return
    yield extract


def _numbered(archive: str, documents: list[Document]) -> Iterator[Extract]:
    empty = []
    for number, document in enumerate(documents, 1):
        if document.body:
            yield document.extract(archive, str(number) if len(documents) > 1 else None)
        else:
            empty.append(f"#{number}")
    if empty:
        raise UnreadableError(f"an export of {archive}: {', '.join(empty[:9])} of {len(documents)} hold no text")
