"""Find articles that nearly repeat another, such as wire copy reprinted, so that one of them is cited for all."""

import re
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from index.catalog.reader import StoredArticle
from index.catalog.writer import Catalog

SHINGLE_WORDS = 3
PERMUTATIONS = 128
BANDS = 32  # of 4 values each: two texts of Jaccard similarity .6 share a band with probability .99
MIN_SIMILARITY = 0.6
ROWS_AT_ONCE = 1024
_PRIME = (1 << 31) - 1
_FACTORS, _SHIFTS = np.random.default_rng(1997).integers(1, _PRIME, (2, PERMUTATIONS, 1), np.uint64)
_BAND_FACTORS = np.random.default_rng(1973).integers(1, 1 << 63, PERMUTATIONS // BANDS, np.uint64) * 2 + 1

Signature = npt.NDArray[np.uint32]


def signature_of(text: str) -> bytes:
    """Give the MinHash signature of a text's shingles, `PERMUTATIONS` numbers of 32 bits (Broder 1997)."""
    words = re.findall(r"\w+", text.casefold())
    shingles = {" ".join(words[i : i + SHINGLE_WORDS]) for i in range(max(1, len(words) - SHINGLE_WORDS + 1))}
    hashes = np.array([zlib.crc32(shingle.encode("utf-8", "replace")) for shingle in shingles], np.uint64) % _PRIME
    least = np.full(PERMUTATIONS, _PRIME, np.uint64)
    for start in range(0, len(hashes), 4096):
        permuted = (_FACTORS * hashes[start : start + 4096] + _SHIFTS) % np.uint64(_PRIME)
        least = np.minimum(least, permuted.min(axis=1))
    return least.astype("<u4").tobytes()


def mark_duplicates(catalog: Catalog, changed: set[int] | None = None) -> None:
    """Note for each article which one it nearly repeats, and for each of its passages whether that one says it all.

    Of a family of near-duplicates the one published first is the original. What a passage of a copy adds to it, be it
    one sentence, keeps the passage in retrieval, so nothing that only a copy says is lost. `changed` are the keys of
    the articles written since the last time, None if that is not known. To be called while writing.
    """
    keys, bands = _bands_by_day(catalog)
    signatures = _Signatures(catalog, keys)
    original = {int(keys[copy]): int(keys[first]) for copy, first in _families(bands, signatures.of).items()}
    known = dict(catalog.db.execute("select key, original from articles where original is not null"))
    moved = {key for key in original.keys() | known.keys() if original.get(key) != known.get(key)}
    catalog.db.executemany(
        "update articles set original = ? where key = ?", ((original.get(key), key) for key in moved)
    )
    _mark_passages(catalog, original, None if changed is None else changed | moved)


def also_in(catalog: Catalog, article: StoredArticle, sentence: str) -> tuple[str, ...]:
    """Give the ids of the near-duplicates of an article that say a sentence too."""
    first = article.original or article.key
    family = catalog.db.execute("select id, text from articles where key = ?1 or original = ?1 order by id", (first,))
    wanted = normalised(sentence)
    return tuple(id_ for id_, text in family if id_ != article.id and wanted in normalised(text))


def similarity(one: Signature, other: Signature) -> float:
    """Estimate the Jaccard similarity of two texts' shingles, within about .09 for 19 of 20 pairs."""
    return float((one == other).mean())


class _Signatures:
    """Gives the signatures of articles by their position, for those that are looked at alone."""

    def __init__(self, catalog: Catalog, keys: npt.NDArray[np.int64]) -> None:
        self._catalog = catalog
        self._keys = keys
        self.of = lru_cache(maxsize=64)(self._read)

    def _read(self, position: int) -> Signature:
        key = int(self._keys[position])
        ((signature,),) = self._catalog.db.execute("select signature from articles where key = ?", (key,)).fetchall()
        return np.frombuffer(signature, "<u4")


def _bands_by_day(catalog: Catalog) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint32]]:
    """Give the keys of all articles, the first published first, and a hash of each band, shape (`BANDS`, articles).

    Signatures are four times as large, too large to be held of a million articles.
    """
    count = catalog.counts()[0]
    keys, bands = np.empty(count, np.int64), np.empty((BANDS, count), np.uint32)
    rows = catalog.db.execute("select key, signature from articles order by published is null, published, id")
    start = 0
    while chunk := rows.fetchmany(ROWS_AT_ONCE):
        stop = start + len(chunk)
        keys[start:stop] = [key for key, _ in chunk]
        signatures = np.frombuffer(b"".join(signature for _, signature in chunk), "<u4")
        mixed = signatures.reshape(len(chunk), BANDS, -1) * _BAND_FACTORS
        bands[:, start:stop] = (mixed.sum(axis=2, dtype=np.uint64) >> np.uint64(32)).T
        start = stop
    return keys, bands


def _families(bands: npt.NDArray[np.uint32], signature: Callable[[int], Signature]) -> dict[int, int]:
    """Give for each position that nearly repeats an earlier one the first of its family."""
    parent: dict[int, int] = {}

    def first_of(position: int) -> int:
        while (above := parent.get(position, position)) != position:
            parent[position] = position = parent.get(above, above)
        return position

    for earlier, later in _similar(bands, signature):
        one, other = sorted((first_of(earlier), first_of(later)))
        if one != other:
            parent[other] = one
    return {position: first_of(position) for position in list(parent)}


def _similar(bands: npt.NDArray[np.uint32], signature: Callable[[int], Signature]) -> Iterator[tuple[int, int]]:
    """Give pairs of similar positions, each with the first of those that share a band with it."""
    count = bands.shape[1]
    seen = np.empty(0, np.int64)  # pairs as one number
    for band in bands:
        _, firsts, groups = np.unique(band, return_index=True, return_inverse=True)
        first_alike = firsts[groups]
        later = np.flatnonzero(first_alike != np.arange(count))
        pairs = np.setdiff1d(first_alike[later] * count + later, seen)
        seen = np.union1d(seen, pairs)
        for pair in pairs:
            one, other = divmod(int(pair), count)
            if similarity(signature(one), signature(other)) >= MIN_SIMILARITY:
                yield one, other


def _mark_passages(catalog: Catalog, original: dict[int, int], changed: set[int] | None) -> None:
    families = defaultdict(list)
    for copy, first in original.items():
        families[first].append(copy)
    again: set[int] = set() if changed is None else set(changed)
    repeated: list[int] = []
    for first, copies in families.items():
        if changed is None or not changed.isdisjoint([first, *copies]):
            again.update(copies)
            said = set(_sentences(catalog, first))
            repeated += [passage for copy in copies for passage in _said_passages(catalog, copy, said)]
    if changed is None:
        catalog.db.execute("update passages set repeated = 0 where repeated = 1")
    else:
        catalog.db.executemany(
            "update passages set repeated = 0 where repeated = 1 and article = ?", ((key,) for key in again)
        )
    catalog.db.executemany("update passages set repeated = 1 where id = ?", ((passage,) for passage in repeated))


def _said_passages(catalog: Catalog, key: int, said: set[str]) -> list[int]:
    """Give the passages of an article whose every sentence is among those `said`."""
    sentences = _sentences(catalog, key)
    bounds = catalog.db.execute("select id, first, last from passages where article = ?", (key,))
    return [passage for passage, first, last in bounds if said.issuperset(sentences[first : last + 1])]


def _sentences(catalog: Catalog, key: int) -> list[str]:
    ((text,),) = catalog.db.execute("select text from articles where key = ?", (key,)).fetchall()
    offsets = catalog.db.execute("select start, end from sentences where article = ? order by ordinal", (key,))
    return [normalised(text[start:end]) for start, end in offsets]


def normalised(sentence: str) -> str:
    """Give a sentence as it is compared: case and white space do not count."""
    return " ".join(sentence.split()).casefold()
