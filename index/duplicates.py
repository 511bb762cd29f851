"""Find articles that nearly repeat another, such as wire copy reprinted, so that one of them is cited for all."""

import re
import zlib
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from index.catalog.rows import StoredArticle
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
    original = {keys[copy]: keys[first] for copy, first in _families(bands, signatures.of).items()}
    known = catalog.originals()
    moved = {key for key in original.keys() | known.keys() if original.get(key) != known.get(key)}
    catalog.put_originals({key: original.get(key) for key in moved})
    _mark_passages(catalog, original, None if changed is None else changed | moved)


def also_in(catalog: Catalog, article: StoredArticle, sentence: str) -> tuple[str, ...]:
    """Give the ids of the near-duplicates of an article that say a sentence too."""
    family = catalog.family(article.original or article.key)
    wanted = normalised(sentence)
    return tuple(id_ for id_, text in family if id_ != article.id and wanted in normalised(text))


def similarity(one: Signature, other: Signature) -> float:
    """Estimate the Jaccard similarity of two texts' shingles, within about .09 for 19 of 20 pairs."""
    return float((one == other).mean())


class _Signatures:
    """Gives the signatures of articles by their position, for those that are looked at alone."""

    def __init__(self, catalog: Catalog, keys: Sequence[int]) -> None:
        self._catalog = catalog
        self._keys = keys
        self.of = lru_cache(maxsize=64)(self._read)

    def _read(self, position: int) -> Signature:
        key = self._keys[position]
        return np.frombuffer(self._catalog.signatures_of([key])[key], "<u4")


def _bands_by_day(catalog: Catalog) -> tuple[Sequence[int], npt.NDArray[np.uint32]]:
    """Give the keys of all articles, the first published first, and a hash of each band, shape (`BANDS`, articles).

    Signatures are four times as large, too large to be held of a million articles.
    """
    keys = array("q", catalog.keys_by_day())
    bands = np.empty((BANDS, len(keys)), np.uint32)
    for start in range(0, len(keys), ROWS_AT_ONCE):
        chunk = keys[start : start + ROWS_AT_ONCE]
        found = catalog.signatures_of(chunk)
        signatures = np.frombuffer(b"".join(found[key] for key in chunk), "<u4")
        mixed = signatures.reshape(len(chunk), BANDS, -1) * _BAND_FACTORS
        bands[:, start : start + len(chunk)] = (mixed.sum(axis=2, dtype=np.uint64) >> np.uint64(32)).T
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
    catalog.put_repeated(None if changed is None else again, repeated)


def _said_passages(catalog: Catalog, key: int, said: set[str]) -> list[int]:
    """Give the passages of an article whose every sentence is among those `said`."""
    sentences = _sentences(catalog, key)
    bounds = catalog.passage_bounds(key)
    return [passage for passage, first, last in bounds if said.issuperset(sentences[first : last + 1])]


def _sentences(catalog: Catalog, key: int) -> list[str]:
    return [normalised(sentence) for sentence in catalog.sentence_texts(key)]


def normalised(sentence: str) -> str:
    """Give a sentence as it is compared: case and white space do not count."""
    return " ".join(sentence.split()).casefold()
