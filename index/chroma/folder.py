"""The vectors in a Chroma folder: a search structure over the catalog, rebuilt from it and never mourned.

    chroma/current.json     the stamp: which folder is current, and how its files were left
    chroma/12-5f0c9a1e/     the Chroma folder of generation 12

What readers may have open is never written to. A writer changes a copy, has it audited, stamps it and then deletes what
it replaces, so a kill or a full disk at any moment leaves the old one in force.
"""

import logging
import secrets
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from index.catalog.writer import Catalog
from index.chroma.collection import (
    REBUILD_SHARE,
    apply,
    compare,
    draw_sample,
    nearest,
    open_client,
    open_collection,
)
from index.chroma.probe import probe
from index.chroma.stamp import STAMP_FILE, Stamp, digests, read_stamp, seal, write_stamp
from index.errors import VectorStoreError
from index.filter import EVERY_RECORD, RecordFilter

if TYPE_CHECKING:
    from chromadb import Collection
    from chromadb.api.client import Client

COLLECTION = "passages"
RETRY_SHARE = 0.1  # of records come or gone, after which Chroma is tried again with vectors that it lost before

# Whenever Chroma opens a folder it inserts a row here, to take SQLite's write lock. With this trigger it takes the lock
# and leaves the file as it is, so that reading a folder does not look like damage to it.
_NO_ROW_FOR_A_LOCK = (
    "create trigger if not exists no_row_for_a_lock before insert on acquire_write begin select raise(ignore); end"
)

_log = logging.getLogger(__name__)


class ChromaIndex:
    """The catalog's vectors in a Chroma folder below `folder`; nothing is opened before the first search."""

    name = "Chroma"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._opened: tuple[Stamp, Client, Collection] | None = None

    def exists(self) -> bool:
        """Tell whether it was ever filled."""
        return read_stamp(self._folder) is not None

    def is_current(self, catalog: Catalog) -> bool:
        """Tell whether the folder was left in step with this state of the catalog and is as it was left."""
        stamp = read_stamp(self._folder)
        if stamp is None or stamp.generation != catalog.generation:
            return False
        return bool(stamp.unsound) or stamp.fits(self._folder)

    def is_intact(self) -> bool:
        """Tell whether the folder holds, byte for byte, what its writer left; reads all of it."""
        stamp = read_stamp(self._folder)
        return stamp is not None and (bool(stamp.unsound) or stamp.is_intact(self._folder))

    def reconcile(self, catalog: Catalog) -> None:
        """Hold exactly the catalog's records, whatever is held now; the caller keeps other writers away.

        Raises:
            VectorStoreError: the disk or Chroma refused to write; what was there before stays.
        """
        try:
            with self._telling("written"):
                self._folder.mkdir(parents=True, exist_ok=True)
                stamp = self._verify()
                if stamp is None or stamp.generation != catalog.generation:
                    stamp = self._renew(stamp, catalog)
                write_stamp(self._folder, stamp)
        finally:
            self._sweep()

    def search(self, vector: list[float], limit: int, only: RecordFilter = EVERY_RECORD) -> dict[str, float]:
        """Give the cosine similarity of the `limit` records of a filter nearest to `vector` by id, best first.

        Raises:
            VectorStoreError: there is no sound folder, or Chroma cannot read it.
        """
        with self._lock:
            while True:
                stamp = read_stamp(self._folder)
                try:
                    with self._telling("read"):
                        found = nearest(self._collection(stamp), vector, limit, only)
                except VectorStoreError:
                    self._close()
                    if read_stamp(self._folder) == stamp:
                        raise
                    continue
                # In a folder that is being deleted Chroma finds less and says nothing; its stamp was replaced before.
                if read_stamp(self._folder) == stamp:
                    return found

    def examine(self, catalog: Catalog) -> tuple[str, str | None]:
        """Say in what state the folder is and, unless it is well, what to do."""
        stamp = read_stamp(self._folder)
        if stamp is None:
            lost = self._folder.is_dir() and any(self._folder.iterdir())
            cure = "run `qa index`: it is made from the catalog"
            return ("its stamp is lost", cure) if lost else ("not filled yet", None)
        if stamp.unsound:
            return f"not used, for {stamp.unsound}; the catalog's own vectors are searched", None
        if not stamp.fits(self._folder):
            return "its files are not as they were left", "run `qa index`: it is rebuilt from the catalog"
        if stamp.generation != catalog.generation:
            return "behind the catalog, until `qa index` runs or a question needs it", None
        return f"{stamp.records} vectors, in step", None

    def close(self) -> None:
        """Close what a search opened."""
        with self._lock:
            self._close()

    def _verify(self) -> Stamp | None:
        """Give the stamp if the folder holds what it held when it was stamped; one that does not is given up."""
        stamp = read_stamp(self._folder)
        if stamp is None:
            if any(self._folder.iterdir()):
                _log.warning("The Chroma folder %s has no stamp; it is rebuilt from the catalog.", self._folder)
            return None
        if stamp.unsound or stamp.is_intact(self._folder):
            return stamp
        with suppress(OSError):
            files = seal(self._folder / stamp.folder)
            if digests(files) == digests(stamp.files):
                return replace(stamp, files=files)
        _log.warning("The Chroma folder %s is damaged; it is rebuilt from the catalog.", self._folder)
        (self._folder / STAMP_FILE).unlink()
        return None

    def _renew(self, old: Stamp | None, catalog: Catalog) -> Stamp:
        """Write this state of the catalog, from the old folder where that holds most of it."""
        records = len(catalog.record_ids())
        if old and old.unsound and abs(records - old.records) <= RETRY_SHARE * old.records:
            return replace(old, generation=catalog.generation)
        updated = self._update(old, catalog, records) if old and not old.unsound else None
        return updated or self._build(catalog, records)

    def _update(self, old: Stamp, catalog: Catalog, records: int) -> Stamp | None:
        """Change a copy of the old folder; None where one built anew is better."""
        target = self._new_folder(catalog)
        try:
            with self._telling("changed"):
                for name in old.files or {}:
                    (target / name).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(self._folder / old.folder / name, target / name)
                with closing(open_client(target)) as client:
                    collection = client.get_collection(COLLECTION, embedding_function=None)
                    difference = compare(collection, catalog)
                    changes = old.changes + len(difference)
                    if changes > REBUILD_SHARE * records:
                        return None
                    apply(difference, collection, catalog)
        except VectorStoreError as error:
            _log.warning("%s; it is built anew.", error)
            return None
        stamp = _audit(target, catalog, Stamp(catalog.generation, records, target.name, changes))
        if stamp.unsound:
            _log.warning("The Chroma folder %s is built anew: %s.", self._folder, stamp.unsound)
            return None
        return stamp

    def _build(self, catalog: Catalog, records: int) -> Stamp:
        """Fill an empty folder from the catalog; what Chroma loses even so is left to the exact scan."""
        self._sweep()
        target = self._new_folder(catalog)
        with closing(open_client(target)) as client:
            collection = open_collection(client, COLLECTION)
            apply(compare(collection, catalog), collection, catalog)
        stamp = _audit(target, catalog, Stamp(catalog.generation, records, target.name))
        if stamp.unsound:
            _log.warning("Chroma cannot serve these %d vectors, for %s; it is not used.", records, stamp.unsound)
        return stamp

    def _new_folder(self, catalog: Catalog) -> Path:
        """Name a folder that never was: Chroma keeps what it opened by its path, also when the files are others now."""
        return self._folder / f"{catalog.generation}-{secrets.token_hex(4)}"

    def _sweep(self) -> None:
        """Delete all but what the stamp names."""
        stamp = read_stamp(self._folder)
        kept = {STAMP_FILE, stamp.folder} if stamp else set()
        with suppress(OSError):
            for path in self._folder.iterdir():
                if path.is_dir() and path.name not in kept:
                    shutil.rmtree(path, ignore_errors=True)
                elif path.name not in kept:
                    path.unlink()

    def _collection(self, stamp: Stamp | None) -> "Collection":
        """Open the collection of a stamp, unless it is open."""
        if self._opened and self._opened[0] == stamp:
            return self._opened[2]
        self._close()
        if stamp is None or not stamp.folder:
            reason = (stamp and stamp.unsound) or "run `qa index`"
            raise VectorStoreError(f"The Chroma folder {self._folder} holds no vectors: {reason}")
        if not stamp.is_intact(self._folder):
            raise VectorStoreError(f"The Chroma folder {self._folder} is damaged: run `qa index` to rebuild it")
        client = open_client(self._folder / stamp.folder)
        try:
            self._opened = (stamp, client, client.get_collection(COLLECTION, embedding_function=None))
        except BaseException:
            client.close()
            raise
        return self._opened[2]

    def _close(self) -> None:
        if self._opened:
            self._opened[1].close()
            self._opened = None

    @contextmanager
    def _telling(self, done: str) -> Iterator[None]:
        """Turn what Chroma and the disk raise into the product's error, the cause named."""
        try:
            yield
        except Exception as error:
            from chromadb.errors import ChromaError

            if not isinstance(error, ChromaError | OSError | ValueError):
                raise
            cause = str(error)
            if isinstance(error, ChromaError) and done != "read":
                # Of a full disk Chroma says no more than that it "failed to apply logs to the hnsw segment writer".
                cause += f"; {shutil.disk_usage(self._folder).free / 1e6:,.1f} MB of its disk are free"
            raise VectorStoreError(f"The Chroma folder {self._folder} cannot be {done} ({cause})") from error


def _audit(target: Path, catalog: Catalog, stamp: Stamp) -> Stamp:
    """Complete the stamp of a folder that was written and closed; that of an unsound one says why instead."""
    _keep_readers_from_writing(target)
    stamp = replace(stamp, files=seal(target))
    unsound = probe(target, COLLECTION, draw_sample(catalog))
    if unsound is None and not stamp.fits(target.parent):
        unsound = "this version of Chroma changes the files that it reads"
    return replace(stamp, folder="", files=None, unsound=unsound) if unsound else stamp


def _keep_readers_from_writing(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "chroma.sqlite3")) as db:
        try:
            if db.execute("select 1 from sqlite_master where name = 'acquire_write'").fetchone():
                db.execute(_NO_ROW_FOR_A_LOCK)
        except sqlite3.Error as error:
            raise OSError(str(error)) from error
