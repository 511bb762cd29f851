"""What an index was made with: vectors of another embedder cannot be mixed with it, sentences are cut anew."""

import json
import shlex
from collections.abc import Mapping
from pathlib import Path

from index.articles import READING
from index.catalog.writer import Catalog
from index.errors import UsageError
from index.formats.records import SUFFIXES as DUMP_SUFFIXES
from index.formats.records import Fields
from index.models.embedding import Embedder
from index.passages import PASSAGE_TOKENS
from index.sentences import SPLITTER


def check_identity(catalog: Catalog, embedder: Embedder, articles: Path) -> None:
    """Compare what the catalog of a folder of articles was made with, or note it in a new one.

    Where another version cut the sentences, the next sync cuts them anew; what has its vector already keeps it.

    Raises:
        UsageError: the embedder, its dimension or its normalisation is another one now.
    """
    check_made_with(catalog, identity_of(embedder), articles)


def check_made_with(catalog: Catalog, now: Mapping[str, str | int | bool], articles: Path) -> None:
    """Do as `check_identity` with what `identity_of` gave, as in another process.

    Raises:
        UsageError: the embedder, its dimension or its normalisation is another one now.
    """
    stored = stored_identity(catalog)
    _refuse_other(stored, now, articles)
    if stored != now:
        with catalog.writing():
            stored = stored_identity(catalog)  # asked again, for another indexer may have noted its own meanwhile
            _refuse_other(stored, now, articles)
            if "splitter" in stored and stored["splitter"] != now["splitter"]:
                catalog.forget_hashes()
            catalog.set_meta("identity", json.dumps(now))


def identity_of(embedder: Embedder) -> dict[str, str | int | bool]:
    """Give what an index is made with by an embedder and this version."""
    return {
        "embedder": embedder.fingerprint,
        "dimension": embedder.dimension,
        "normalised": embedder.normalised,
        "splitter": f"{SPLITTER}, {PASSAGE_TOKENS} tokens",
    }


def reads_otherwise(catalog: Catalog, fields: Fields) -> bool:
    """Tell whether the files were read by another version, or dumps with other names of their fields."""
    return catalog.meta("fields") != repr(fields) or catalog.meta("reading") != READING


def note_reading(catalog: Catalog, fields: Fields) -> None:
    """Have files read again that another version read otherwise, and dumps whose fields have got other names."""
    if catalog.meta("reading") != READING:
        with catalog.writing():
            catalog.forget_stamps(("",))
            catalog.set_meta("reading", READING)
    if catalog.meta("fields") != repr(fields):
        with catalog.writing():
            catalog.forget_stamps(DUMP_SUFFIXES)
            catalog.set_meta("fields", repr(fields))


def stored_identity(catalog: Catalog) -> dict[str, str | int | bool]:
    """Give what a catalog was made with; nothing yet for a new one."""
    return json.loads(catalog.meta("identity") or "{}")  # type: ignore[no-any-return]


def _refuse_other(stored: Mapping[str, object], now: Mapping[str, object], articles: Path) -> None:
    if other := [name for name in stored if name != "splitter" and stored[name] != now.get(name)]:
        then = ", ".join(f"{name} {stored[name]}" for name in other)
        here = ", ".join(f"{name} {now.get(name)}" for name in other)
        cure = f"qa index --rebuild {shlex.quote(str(articles))}"
        raise UsageError(f"The index was made with {then}, now it is {here}: run `{cure}` to make it anew")
