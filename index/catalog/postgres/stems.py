"""Stems of words, exactly as SQLite's FTS5 gives them: it is asked, for each piece of text between blanks once."""

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from threading import Lock

TOKENIZER = "porter unicode61 remove_diacritics 2"
MAX_STEM_CHARS = 200  # of a stem that is kept, for an index takes no longer ones than 2,700 bytes
MAX_KNOWN_PIECES = 500_000


class Stemmer:
    """Cuts texts into stems.

    Blanks part words for FTS5 too, so a piece between blanks has the same stems wherever it stands, and what was asked
    once is remembered.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: dict[str, tuple[str, ...]] = {}
        self._db = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self._db.execute(f"create virtual table pieces using fts5 (piece, content = '', tokenize = '{TOKENIZER}')")
        self._db.execute("create virtual table stems using fts5vocab (pieces, instance)")

    def stems(self, texts: Sequence[str]) -> list[list[str]]:
        """Give the stems of each text, in their order."""
        pieces = [text.split() for text in texts]
        with self._lock:
            known = self._known
            if new := {piece for each in pieces for piece in each if piece not in known}:
                if len(known) > MAX_KNOWN_PIECES:
                    known.clear()
                    new = {piece for each in pieces for piece in each}
                self._learn(sorted(new))
            return [[stem for piece in each for stem in known[piece]] for each in pieces]

    def counts(self, texts: Sequence[str]) -> list[Counter[str]]:
        """Count the stems of each text."""
        return [Counter(stems) for stems in self.stems(texts)]

    def _learn(self, pieces: list[str]) -> None:
        self._db.execute("begin")
        self._db.executemany("insert into pieces (rowid, piece) values (?, ?)", enumerate(pieces))
        found: list[list[str]] = [[] for _ in pieces]
        for number, stem in self._db.execute('select doc, term from stems order by doc, "offset"'):
            found[number].append(stem[:MAX_STEM_CHARS])
        self._db.execute("rollback")
        self._known.update((piece, tuple(stems)) for piece, stems in zip(pieces, found, strict=True))


STEMMER = Stemmer()


@lru_cache(500_000)
def term_of(stem: str) -> int:
    """Give the hash of 64 bits that stands for a stem in the index."""
    return int.from_bytes(hashlib.blake2b(stem.encode(), digest_size=8).digest(), "big", signed=True)


def terms_of(words: Iterable[str]) -> list[int]:
    """Give the terms of all stems of some words, each once."""
    return list(dict.fromkeys(term_of(stem) for stems in STEMMER.stems(list(words)) for stem in stems))


def counted(counts: Counter[str]) -> Iterator[tuple[int, int]]:
    """Give term and count of each stem, the count as a byte holds it."""
    return ((term_of(stem), min(count, 255)) for stem, count in counts.items())
