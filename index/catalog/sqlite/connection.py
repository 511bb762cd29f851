"""The connection to a catalog's file, and what a fault of it means."""

import sqlite3
import time
from pathlib import Path

from index.catalog.sqlite.migrate import check_version, create
from index.errors import ArticleQAError, IndexBusyError, IndexDamagedError

REFUSALS = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_READONLY")
MAX_REASON_CHARS = 200  # SQLite quotes all of a text that it cannot decode
BUSY_TIMEOUT_S = 10


def connect(path: Path, read_only: bool) -> sqlite3.Connection:
    """Open the catalog at `path`, making it when there is none unless `read_only`.

    Raises:
        IndexDamagedError: the file cannot be opened, is no readable catalog, or was made by a later version.
        UsageError: it was made by an older version, and `read_only` forbids to bring it up to date.
        IndexBusyError: it is to be read, and only being made.
    """
    db = _open(path, read_only)
    try:
        if read_only:
            check_version(db)
        else:
            _use_wal(db)
            db.execute("pragma foreign_keys = on")
            create(db)
    except sqlite3.DatabaseError as error:
        db.close()
        raise told(error, path.parent) from error
    except ValueError as error:
        db.close()
        raise IndexDamagedError(
            f"The index at {path.parent} cannot be read ({error}): delete that folder, or use the version of qa "
            "that made it"
        ) from error
    except ArticleQAError:
        db.close()
        raise
    return db


def told(fault: str | sqlite3.Error, folder: Path) -> ArticleQAError:
    """Say what a fault of a catalog, or an error that SQLite raised, means for the index in `folder`."""
    name = getattr(fault, "sqlite_errorname", "")
    reason = str(fault)[:MAX_REASON_CHARS]
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return IndexBusyError(f"Another process is writing the index at {folder}: try again when it is done")
    if name.startswith(REFUSALS) and not name.endswith("_READ"):
        return IndexDamagedError(
            f"The index at {folder} cannot be written ({reason}): what was indexed before is whole; free space, mend "
            "the disk or make that folder writable, and run it again"
        )
    return IndexDamagedError(
        f"The index at {folder} cannot be read ({reason}): delete that folder, or run `qa index --rebuild`, to make it "
        "anew"
    )


def _open(path: Path, read_only: bool) -> sqlite3.Connection:
    place = path.absolute().as_uri() + ("?mode=ro" if read_only else "")
    try:
        if not read_only:
            path.parent.mkdir(parents=True, exist_ok=True)
        return sqlite3.connect(place, uri=True, isolation_level=None, timeout=BUSY_TIMEOUT_S, check_same_thread=False)
    except (OSError, sqlite3.Error) as error:
        raise IndexDamagedError(
            f"The index at {path.parent} cannot be opened ({error}): make that folder writable, or name another "
            "with --index DIR"
        ) from error


def _use_wal(db: sqlite3.Connection) -> None:
    """Let readers go on while one writes; SQLite does not wait here by itself when two processes ask for it at once."""
    patience = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            db.execute("pragma journal_mode = wal")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > patience:
                raise
            time.sleep(0.02)
