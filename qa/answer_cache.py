"""Answers that were given before, kept for as long as nothing that decides them has changed.

They lie in `answers.sqlite` beside the catalog, which they are no part of: a cache that is locked, damaged or gone is
none, and never an error. Neither numpy nor LlamaIndex is loaded here, so that a question that was asked before is
answered in a fraction of the time that they take to load.
"""

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path

from pydantic import TypeAdapter

from index.catalog.reader import CatalogReader
from qa.answer import Answer, Kind
from qa.question.asked import Asked
from qa.settings import Settings

MAX_ANSWERS = 2_000  # of some 6 KB each
MAX_ANSWER_CHARS = 100_000
LOCK_TIMEOUT_S = 0.2
READ_WHOLE_BYTES = 1_000_000  # of code and prompts; what is larger is a model, known by its size and time
PACKAGES = ("index", "prompts", "qa")
RUNTIMES = ("onnxruntime", "xllamacpp")
STATE = ("schema_version", "index_id", "generation", "synced", "identity", "fields")

_TABLE = "create table if not exists answers (key text primary key, answer text not null, used integer not null)"
_NOW = "(select coalesce(max(used), 0) + 1 from answers)"
_OLDEST = "select key from answers order by used desc limit -1 offset ?"


class AnswerCache:
    """Answers by key in an index's folder; of more than `max_answers` those go that were not asked for longest."""

    def __init__(self, index_folder: Path, max_answers: int = MAX_ANSWERS) -> None:
        self.file = index_folder / "answers.sqlite"
        self._max_answers = max_answers

    def get(self, key: str, catalog: CatalogReader) -> Answer | None:
        """Give the answer kept under `key`, if every citation still stands in the catalog's text."""
        kept = self._run((f"update answers set used = {_NOW} where key = ? returning answer", (key,)))
        with suppress(ValueError):
            answer = _answers().validate_json(kept) if kept else None
            return answer if answer and stands(answer, catalog) else None
        return None

    def put(self, key: str, answer: Answer) -> None:
        """Keep an answer, unless it would not come back exactly as it is."""
        kept = _answers().dump_json(answer).decode()
        with suppress(ValueError):
            if len(kept) > MAX_ANSWER_CHARS or _answers().validate_json(kept) != answer:
                return
            self._run(
                (f"insert or replace into answers values (?, ?, {_NOW})", (key, kept)),
                (f"delete from answers where key in ({_OLDEST})", (self._max_answers,)),
            )

    def _run(self, *statements: tuple[str, tuple[str | int, ...]]) -> str | None:
        """Run statements and give the last one's first value, None where none can run; a damaged file is deleted."""
        try:
            with closing(sqlite3.connect(self.file, timeout=LOCK_TIMEOUT_S)) as db, db:
                db.execute("pragma synchronous = off")  # a power cut may cost the cache, not every answer a flush
                db.execute(_TABLE)
                (*_, row) = [db.execute(sql, values).fetchone() for sql, values in statements]
                return str(row[0]) if row else None
        except sqlite3.OperationalError:
            return None
        except sqlite3.DatabaseError:
            with suppress(OSError):
                self.file.unlink(missing_ok=True)
            return None


def key_of(
    asked: Asked, kind: Kind | None, settings: Settings, models: list[Path], catalog: CatalogReader
) -> str | None:
    """Give the key that changes with all that decides an answer: index, models, settings, prompts and code.

    `models` are the files that answer, known by size and time. There is no key while one of them is missing, or while
    a sync of the index is unfinished.
    """
    if catalog.meta("state") != "complete":
        return None
    try:
        files = [(str(path.resolve()), path.stat().st_size, path.stat().st_mtime_ns) for path in models]
    except OSError:
        return None
    state = [catalog.meta(name) for name in STATE]
    told = sorted([*map(repr, asked.told.spans), *asked.told.texts])
    question = [asked.question, repr(asked.plan), repr(asked.only), told, kind]
    facts = [*question, settings.model_dump_json(), files, state, _code()]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def stands(answer: Answer, catalog: CatalogReader) -> bool:
    """Tell whether the quote of each citation is what the catalog's text has at its place."""
    return all(
        (catalog.text_of(each.span.article_id) or "")[each.span.start : each.span.end] == each.quote
        for each in answer.citations
    )


@cache
def _answers() -> TypeAdapter[Answer]:
    return TypeAdapter(Answer)


@cache
def _code() -> str:
    """Hash the product's own files, and name the versions of what runs the models."""
    digest = hashlib.sha256()
    for path in code_files():
        status = path.stat()
        small = status.st_size <= READ_WHOLE_BYTES
        content = path.read_bytes() if small else repr((status.st_size, status.st_mtime_ns)).encode()
        digest.update(f"{path}:{len(content)}:".encode() + content)
    return " ".join([digest.hexdigest(), *map(version, RUNTIMES)])


def code_files() -> Iterator[Path]:
    """Give the product's own files, models and prompts among them."""
    for package in PACKAGES:
        for parent, folders, names in os.walk(Path(__file__).parent.parent / package):
            folders[:] = sorted(each for each in folders if each != "__pycache__")
            yield from (Path(parent, name) for name in sorted(names))
