"""What an index was made with; vectors and offsets of another make cannot be mixed with it."""

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

    Raises:
        UsageError: the embedder, its dimension, its normalisation or the splitter is another one now.
    """
    now = {
        "embedder": embedder.fingerprint,
        "dimension": embedder.dimension,
        "normalised": embedder.normalised,
        "splitter": f"{SPLITTER}, {PASSAGE_TOKENS} tokens",
    }
    stored = stored_identity(catalog)
    if other := [name for name in stored if stored[name] != now.get(name)]:
        then = ", ".join(f"{name} {stored[name]}" for name in other)
        here = ", ".join(f"{name} {now.get(name)}" for name in other)
        cure = f"qa index --rebuild {shlex.quote(str(articles))}"
        raise UsageError(f"The index was made with {then}, now it is {here}: run `{cure}` to make it anew")
    if stored != now:
        with catalog.writing():
            catalog.set_meta("identity", json.dumps(now))


def stored_identity(catalog: Catalog) -> dict[str, str | int | bool]:
    """Give what a catalog was made with; nothing yet for a new one."""
    return json.loads(catalog.meta("identity") or "{}")  # type: ignore[no-any-return]
