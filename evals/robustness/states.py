"""In which state an index is that a kill or a cut has left, and whether who met it ended well."""

from evals.robustness.folders import Folder, text_of
from evals.robustness.processes import Outcome
from index.article_index import ArticleIndex
from index.catalog.postgres.pgvector import PgVector
from index.catalog.writer import Catalog
from index.chroma.server import ChromaServer
from index.chroma.stamp import read_stamp
from index.dense import NoStore
from index.errors import IndexUnreachableError, VectorStoreError

UNFINISHED = " with something unfinished beside it"
CLEAR = tuple(f"{error.__module__}.{error.__name__}: " for error in (IndexUnreachableError, VectorStoreError))
CLEAR_OF_COMMAND = f"exit code {IndexUnreachableError.exit_code}: "


def is_clear(outcome: Outcome) -> bool:
    """Tell whether a process that lost its server ended well, or in the error of the product that says so."""
    told = outcome.raised.strip().rpartition("\n")[2]
    is_told = told.startswith(CLEAR) or outcome.raised.startswith(CLEAR_OF_COMMAND)
    return not outcome.fault or (is_told and "Traceback" not in outcome.stderr)


def catalog_state(catalog: Catalog, old: Folder, new: Folder) -> str:
    """Say which state of the folder a catalog holds."""
    held = {path: article.text for path in catalog.hashes() if (article := catalog.article(path))}
    for name, folder in (("old", old), ("new", new)):
        if held == {path: text_of(content, folder.sentences) for path, content in folder.contents.items()}:
            return name
    return "between" if held else "empty"


def chroma_state(index: ArticleIndex) -> str:
    """Say what an index's Chroma or pgvector holds, and whether it is in step with the catalog."""
    if isinstance(index.store, NoStore):
        return "none"
    if isinstance(index.store, ChromaServer | PgVector):
        return "in step" if index.store.is_current(index.catalog) else "behind"
    chroma = index.folder / "chroma"
    stamp = read_stamp(chroma)
    if stamp is None:
        return "no stamp"
    unfinished = [path for path in chroma.iterdir() if path.name not in ("current.json", stamp.folder)]
    in_step = "in step" if stamp.generation == index.catalog.generation else "behind"
    return in_step + (UNFINISHED if unfinished else "")
