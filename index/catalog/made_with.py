"""What an index was made with: vectors of another embedder cannot be mixed with it, sentences are cut anew."""

import json
import shlex
from pathlib import Path

from index.catalog.writer import Catalog
from index.errors import UsageError
from index.models.embedding import Embedder
from index.passages import PASSAGE_TOKENS
from index.sentences import SPLITTER


def check_identity(catalog: Catalog, embedder: Embedder, articles: Path) -> None:
    """Compare what the catalog of a folder of articles was made with, or note it in a new one.

    Where another version cut the sentences, the next sync cuts them anew; what has its vector already keeps it.

    Raises:
        UsageError: the embedder, its dimension or its normalisation is another one now.
    """
    now = {
        "embedder": embedder.fingerprint,
        "dimension": embedder.dimension,
        "normalised": embedder.normalised,
        "splitter": f"{SPLITTER}, {PASSAGE_TOKENS} tokens",
    }
    stored = stored_identity(catalog)
    cut_otherwise = "splitter" in stored and stored["splitter"] != now["splitter"]
    if other := [name for name in stored if name != "splitter" and stored[name] != now.get(name)]:
        then = ", ".join(f"{name} {stored[name]}" for name in other)
        here = ", ".join(f"{name} {now.get(name)}" for name in other)
        cure = f"qa index --rebuild {shlex.quote(str(articles))}"
        raise UsageError(f"The index was made with {then}, now it is {here}: run `{cure}` to make it anew")
    if stored != now:
        with catalog.writing():
            if cut_otherwise:
                catalog.forget_hashes()
            catalog.set_meta("identity", json.dumps(now))


def stored_identity(catalog: Catalog) -> dict[str, str | int | bool]:
    """Give what a catalog was made with; nothing yet for a new one."""
    return json.loads(catalog.meta("identity") or "{}")  # type: ignore[no-any-return]
