"""Read a folder of articles: its files, and what each holds, with offsets that the file itself confirms."""

import hashlib
import json
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path, PurePath, PurePosixPath

from index.article_files import SourceFile as SourceFile
from index.article_files import list_files as list_files
from index.formats.encodings import lost_of_it, why_garbled
from index.formats.exports import articles_of
from index.formats.extract import Extract, Metadata, UnreadableError
from index.formats.left_out import LeftOut
from index.formats.metadata import MAX_TITLE_CHARS as MAX_TITLE_CHARS
from index.formats.metadata import from_file_name, from_first_lines, merge, storable
from index.formats.records import SUFFIXES as DUMP_SUFFIXES
from index.formats.records import Fields, read_records
from index.formats.sandbox import SUFFIXES as SANDBOX_SUFFIXES
from index.formats.sandbox import Sandbox
from index.formats.text import SUFFIXES as TEXT_SUFFIXES
from index.formats.text import read_text

FORMATS = (*TEXT_SUFFIXES, *DUMP_SUFFIXES, *SANDBOX_SUFFIXES)
READING = "6"  # raised when files are read otherwise than before, so that an index reads them anew
MAX_MEGABYTES = 20
MAX_MEGABYTES_OF = {
    **dict.fromkeys((".html", ".htm", ".xhtml"), 100),  # pictures may be in the page itself
    **dict.fromkeys((".pdf", ".docx", ".odt", ".rtf", ".epub", ".eml"), 200),
    **dict.fromkeys((".mhtml", ".mht", ".webarchive", ".zip", ".gz"), 200),
    **dict.fromkeys(
        (".jsonl", ".ndjson", ".csv", ".tsv", ".parquet", ".mbox", ".enex", ".xml", ".wiki", ".warc", ".warc.gz"), 4_000
    ),  # read a record at a time
}

MAX_DEPTH = 3  # of files inside files


@dataclass(frozen=True)
class Article:
    """One article: a file, or a record of one that holds many, named `file#record` then.

    `text` is the file decoded, its byte order mark removed and its newlines untouched, or what its format's reader
    extracts: every offset in the product counts code points of it. Sentences begin at `body_start`, behind front matter
    or a date line that is no part of them. `sources` tells for each known field where it was read, and `sha256` is that
    of the text and all fields.
    """

    id: str
    title: str
    text: str
    published: date | None
    path: Path
    sha256: str
    body_start: int = 0
    publisher: str | None = None
    url: str | None = None
    sources: Mapping[str, str] = field(default_factory=dict)
    file: str = field(kw_only=True)


def read_articles(file: SourceFile, sandbox: Sandbox, fields: Fields) -> Iterator[Article]:
    """Read the articles of one file: one, or those of a dump, a feed or a mailbox as they come.

    Each field is known from the document itself, else from the first lines of the text, else from the file's name.

    Raises:
        UnreadableError: it has another format, is too large, is no text, or holds no word; also at some later article,
            where a dump is broken in its middle, and at the end, where what was read is garbled.
    """
    found, garbled = False, None
    for extract in _with_attachments(file, sandbox, fields):
        article = _article(file, extract)
        if re.search(r"\w", article.text[article.body_start :]):
            found = True
            if not garbled and (why := lost_of_it(extract.lost) if extract.lost else why_garbled(article.text)):
                garbled = f"record {extract.record}: {why}" if extract.record else why
            yield article
    if not found:
        raise UnreadableError("holds no text")
    if garbled:
        raise UnreadableError(f"indexed, but {garbled}")


def facts_of_name(article_id: str, file: SourceFile) -> Metadata:
    """Give what a file's name says of its article; of a record only a title, for a dump's date is not that of each."""
    known = from_file_name(PurePosixPath(file.id))
    if article_id == file.id:
        return known
    return Metadata(title=f"{known.title} {article_id[len(file.id) + 1 :]}", sources={"title": "file name"})


def suffix_of(path: PurePath) -> str:
    """Give the ending of a name by which its format is known, such as .warc.gz, in lower case.

    Files of WikiExtractor, as wiki_00, have none.
    """
    if re.fullmatch(r"wiki_\d+", path.name):
        return ".wiki"
    whole = "".join(path.suffixes[-2:]).lower()
    return whole if whole in FORMATS else path.suffix.lower()


def file_sha256(path: Path) -> str:
    """Hash the bytes of a file, by which one that was renamed is known.

    Raises:
        UnreadableError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UnreadableError(error.strerror or str(error)) from error


def _with_attachments(file: SourceFile, sandbox: Sandbox, fields: Fields, depth: int = 0) -> Iterator[Extract]:
    """Read a file, and the files inside it in their places; one that cannot be read is told at the end."""
    left_out = LeftOut("attachment")
    try:
        for extract in _extracts(file, sandbox, fields):
            if extract.attachment is None:
                yield extract
                continue
            try:
                yield from _attached(file, extract, sandbox.inner, fields, depth + 1)
            except UnreadableError as error:
                left_out.add(extract.record, str(error).removeprefix("read but for "))
    except UnreadableError as error:
        raise UnreadableError(f"{error}; {left_out.told()}") if left_out else error from None
    if left_out:
        raise left_out.told()


def _attached(file: SourceFile, found: Extract, sandbox: Sandbox, fields: Fields, depth: int) -> Iterator[Extract]:
    if depth > MAX_DEPTH:
        raise UnreadableError("nested too deeply")
    assert found.attachment is not None
    with tempfile.TemporaryDirectory(prefix="article-qa-") as folder:
        path = Path(folder) / f"attachment{suffix_of(PurePosixPath(found.text))}"
        path.write_bytes(found.attachment)
        inner = SourceFile(file.id, path, len(found.attachment), file.mtime_ns)
        for extract in _with_attachments(inner, sandbox, fields, depth):
            places = (found.record, extract.record)
            yield replace(extract, record="#".join(filter(None, places)) or None)


def _extracts(file: SourceFile, sandbox: Sandbox, fields: Fields) -> Iterator[Extract]:
    suffix = suffix_of(file.path) or (".mbox" if _begins_with_message(file.path) else "")
    if suffix not in FORMATS:
        raise UnreadableError(f"{suffix or 'no suffix'} is not a format that is read yet")
    if file.size > (limit := MAX_MEGABYTES_OF.get(suffix, MAX_MEGABYTES)) * 1_000_000:
        raise UnreadableError(f"larger than {limit} MB" if limit < 1_000 else f"larger than {limit // 1_000} GB")
    if suffix in TEXT_SUFFIXES:
        return articles_of(read_text(file.path), min_documents=2)
    if suffix in DUMP_SUFFIXES:
        return read_records(file.path, fields)
    return sandbox.read(file.path, suffix)


def _begins_with_message(path: Path) -> bool:
    """Tell a mailbox by how it begins; Thunderbird names it after its folder alone: "Inbox"."""
    try:
        with path.open("rb") as opened:
            return (
                re.match(rb"From [^\n]{0,200}\d\d:\d\d:\d\d[^\n]{0,40}\r?\n[A-Za-z][\w-]*:", opened.read(500))
                is not None
            )
    except OSError as error:
        raise UnreadableError(error.strerror or str(error)) from error


def _article(file: SourceFile, extract: Extract) -> Article:
    article_id = file.id if extract.record is None else f"{file.id}#{extract.record}"
    content = storable(extract.text)
    first_lines, body_start = from_first_lines(content, extract.body_start)
    known = merge(extract.metadata, first_lines, facts_of_name(article_id, file))
    return Article(
        id=article_id,
        title=known.title or file.id,
        text=content,
        published=known.published,
        path=file.path,
        sha256=_sha256(content, body_start, known),
        body_start=body_start,
        publisher=known.publisher,
        url=known.url,
        sources=known.sources,
        file=file.id,
    )


def _sha256(content: str, body_start: int, known: Metadata) -> str:
    day = known.published.isoformat() if known.published else None
    fields = [known.title, day, known.publisher, known.url, sorted(known.sources.items())]
    return hashlib.sha256(json.dumps([content, body_start, fields]).encode()).hexdigest()
