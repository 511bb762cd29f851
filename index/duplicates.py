"""Find articles that nearly repeat another, such as wire copy reprinted, so that one of them is cited for all."""

import re
import zlib
from collections import defaultdict
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from index.catalog.rows import StoredArticle
from index.catalog.writer import Catalog

SHINGLE_WORDS = 3
PERMUTATIONS = 128
BANDS = 32  # of 4 values each: two texts of Jaccard similarity .6 share a band with probability .99
MIN_SIMILARITY = 0.6
_PRIME = (1 << 31) - 1
_FACTORS, _SHIFTS = np.random.default_rng(1997).integers(1, _PRIME, (2, PERMUTATIONS, 1), np.uint64)

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
    rows = catalog.signatures()
    keys = [key for key, _, _ in rows]
    signatures = np.frombuffer(b"".join(row[1] for row in rows), "<u4").reshape(-1, PERMUTATIONS)
    original = {keys[copy]: keys[first] for copy, first in _families(signatures).items()}
    moved = {key for key, _, known in rows if original.get(key) != known}
    catalog.put_originals({key: original.get(key) for key in moved})
    _mark_passages(catalog, original, set(keys) if changed is None else changed | moved)


def also_in(catalog: Catalog, article: StoredArticle, sentence: str) -> tuple[str, ...]:
    """Give the ids of the near-duplicates of an article that say a sentence too."""
    family = catalog.family(article.original or article.key)
    wanted = normalised(sentence)
    return tuple(id_ for id_, text in family if id_ != article.id and wanted in normalised(text))


def similarity(one: Signature, other: Signature) -> float:
    """Estimate the Jaccard similarity of two texts' shingles, within about .09 for 19 of 20 pairs."""
    return float((one == other).mean())


def _families(signatures: Signature) -> dict[int, int]:
    """Give for each position that nearly repeats an earlier one the first of its family."""
    parent = list(range(len(signatures)))

    def first_of(position: int) -> int:
        while parent[position] != position:
            parent[position] = parent[parent[position]]
            position = parent[position]
        return position

    for earlier, later in _similar(signatures):
        one, other = sorted((first_of(earlier), first_of(later)))
        parent[other] = one
    return {position: first_of(position) for position in range(len(parent)) if first_of(position) != position}


def _similar(signatures: Signature) -> Iterable[tuple[int, int]]:
    """Give pairs of similar positions, each with the first of those that share a band with it."""
    width = PERMUTATIONS // BANDS
    seen: set[tuple[int, int]] = set()
    for band in range(0, PERMUTATIONS, width):
        columns = np.ascontiguousarray(signatures[:, band : band + width]).view(f"V{4 * width}").ravel()
        _, firsts, groups = np.unique(columns, return_index=True, return_inverse=True)
        for later in np.flatnonzero(firsts[groups] != np.arange(len(columns))):
            pair = (int(firsts[groups[later]]), int(later))
            if pair not in seen:
                seen.add(pair)
                if similarity(signatures[pair[0]], signatures[pair[1]]) >= MIN_SIMILARITY:
                    yield pair


def _mark_passages(catalog: Catalog, original: dict[int, int], changed: set[int]) -> None:
    families = defaultdict(list)
    for copy, first in original.items():
        families[first].append(copy)
    repeated: list[int] = []
    for first, copies in families.items():
        if not changed.isdisjoint([first, *copies]):
            changed = changed | set(copies)
            said = set(_sentences(catalog, first))
            repeated += [passage for copy in copies for passage in _said_passages(catalog, copy, said)]
    catalog.put_repeated(changed, repeated)


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
