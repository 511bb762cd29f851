"""A catalog's records in a Chroma collection: brought in step, searched and audited, in a folder and on a server alike.

Chroma is imported only where it is used, for that takes most of a second, and the catalog not at all: the probe, a new
process for every audit, would wait for LlamaIndex.
"""

import random
from collections.abc import Collection as Members
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from index.filter import RecordFilter

if TYPE_CHECKING:
    from chromadb import Collection
    from chromadb.api import ClientAPI
    from chromadb.api.client import Client
    from chromadb.api.collection_configuration import CreateCollectionConfiguration
    from chromadb.config import Settings

    from index.catalog.writer import Catalog
    from index.models.embedding import Vectors

BATCH_RECORDS = 2000
WIDE = 20  # times as many as are wanted are looked through where a filter is by days

HNSW = {
    "space": "cosine",
    "ef_search": 200,  # Chroma's own 100 misses neighbours that 200 finds, a millisecond later
    "max_neighbors": 32,  # by Chroma's own 16 a fresh graph of 200,000 loses nine times as many, of a million .5 %
    "sync_threshold": 1,  # each batch goes to the files: what waits in a log is written to them again by every reader
}

# Deleted records stay in an HNSW graph as dead nodes, and its live ones may become unreachable
# (https://github.com/chroma-core/chroma/issues/7758): beyond this share of changes a collection is built anew.
REBUILD_SHARE = 0.5

SAMPLE_RECORDS = 200
SAMPLE_NEIGHBOURS = 10
MAX_LOST_SHARE = 0.005  # a fresh graph of 200,000 random vectors loses .005 %, one that issue 7758 has hit about 1 %
TIE = 1e-5  # in cosine; what is nearer stands for the same vector


@dataclass(frozen=True)
class Difference:
    """What a collection must lose, gain and correct to hold exactly a catalog's records, by id."""

    gone: set[str]
    new: set[str]
    refiled: set[str]  # the vector is the same, the date is not

    def __len__(self) -> int:
        return len(self.gone) + len(self.new) + len(self.refiled)


@dataclass(frozen=True)
class Sample:
    """How many records a collection should hold, and some of them with their vectors."""

    records: int
    ids: list[str]
    vectors: "Vectors"


def client_settings() -> "Settings":
    """Give the settings of a client that tells nobody and reads no `.env` of the current folder."""
    from chromadb.config import Settings

    return Settings(_env_file=None, anonymized_telemetry=False)


def open_client(folder: Path) -> "Client":
    """Open a Chroma folder, making it when there is none.

    Raises:
        OSError: Chroma cannot open it, as when it is deleted at this moment: its Rust code panics then.
    """
    import chromadb

    try:
        return cast("Client", chromadb.PersistentClient(str(folder), client_settings()))
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # it has no name that could be imported
            raise
        raise OSError(f"Chroma cannot open {folder}: {error}") from error


def open_collection(client: "ClientAPI", name: str) -> "Collection":
    """Open a collection, making it when there is none."""
    configuration = cast("CreateCollectionConfiguration", {"hnsw": HNSW})
    return client.get_or_create_collection(name, embedding_function=None, configuration=configuration)


def compare(collection: "Collection", catalog: "Catalog") -> Difference:
    """Compare what a collection holds with what it should hold; vectors are known by their ids."""
    wanted = catalog.record_ids()
    present = set(collection.get(include=[])["ids"])
    refiled = set()
    for ids in batches(wanted & present):
        _, facts = catalog.records(ids)
        stored = collection.get(ids=ids, include=["metadatas"])
        filed = dict(zip(stored["ids"], stored["metadatas"] or [], strict=True))
        refiled |= {key for key, fact in zip(ids, facts, strict=True) if filed.get(key) != fact}
    return Difference(present - wanted, wanted - present, refiled)


def apply(difference: Difference, collection: "Collection", catalog: "Catalog", limit: int = BATCH_RECORDS) -> None:
    """Make the changes in batches of at most `limit` records."""
    for ids in batches(difference.gone, limit):
        collection.delete(ids=ids)
    for ids in batches(difference.new, limit):
        vectors, facts = catalog.records(ids)
        collection.upsert(ids=ids, embeddings=vectors, metadatas=list(facts))
    for ids in batches(difference.refiled, limit):  # no vector is sent, so the graph stays as it is
        collection.update(ids=ids, metadatas=list(catalog.records(ids)[1]))


def nearest(collection: "Collection", vector: list[float], limit: int, only: RecordFilter) -> dict[str, float]:
    """Give the cosine similarity of the `limit` records of a filter nearest to `vector` by id, best first.

    Chroma finds all that a filter lets through before it searches, among a million for seconds. So of some days, the
    nearest of any day are looked through first; these are enough unless the days are few.
    """
    asked = np.array([vector], np.float32)
    if only.articles is None and (only.since is not None or only.until is not None):
        wide = collection.query(query_embeddings=asked, n_results=WIDE * limit, include=["distances", "metadatas"])
        of_days = {
            key: 1 - distance
            for key, distance, fact in zip(
                wide["ids"][0], (wide["distances"] or [[]])[0], (wide["metadatas"] or [[]])[0], strict=True
            )
            if only.is_of_days(int(cast("int", fact["published"])))
        }
        if len(of_days) >= limit:
            return dict(islice(of_days.items(), limit))
    found = collection.query(query_embeddings=asked, n_results=limit, where=_where(only), include=["distances"])
    distances = (found["distances"] or [[]])[0]
    return {key: 1 - distance for key, distance in zip(found["ids"][0], distances, strict=True)}


def draw_sample(catalog: "Catalog") -> Sample:
    """Draw the records that an audit looks for, the same ones for a state of the catalog."""
    ids = sorted(catalog.record_ids())
    drawn = random.Random(catalog.generation).sample(ids, min(SAMPLE_RECORDS, len(ids)))
    return Sample(len(ids), drawn, catalog.records(drawn)[0] if drawn else np.zeros((0, 1), np.float32))


def audit(collection: "Collection", sample: Sample) -> str | None:
    """Say what is wrong with a collection, None when nothing is.

    `count` alone tells little: the graph may not lead to a record that is there. So all records must be reached when
    all are asked for, and the sampled ones must be found by their own vectors (or by what equals them).
    """
    if (held := collection.count()) != sample.records:
        return f"it holds {held} records instead of {sample.records}"
    if not sample.records:
        return None
    reached = collection.query(query_embeddings=sample.vectors[:1], n_results=sample.records, include=[])["ids"][0]
    lost = sample.records - len(set(reached))
    if lost > sample.records * MAX_LOST_SHARE:
        return f"{lost} of its {sample.records} records cannot be reached"
    missed = _count_missed(collection, sample)
    if missed > len(sample.ids) * MAX_LOST_SHARE:
        return f"{missed} of {len(sample.ids)} records are not found by their own vectors"
    return None


def batches(ids: Members[str], limit: int = BATCH_RECORDS) -> Iterator[list[str]]:
    """Cut ids, sorted, into lists of at most `limit`."""
    ordered = sorted(ids)
    return (ordered[start : start + limit] for start in range(0, len(ordered), limit))


def _where(only: RecordFilter) -> dict[str, Any] | None:
    """Write a filter as Chroma does."""
    conditions: list[dict[str, Any]] = []
    if only.since is not None:
        conditions.append({"published": {"$gte": only.since}})
    if only.until is not None:
        conditions.append({"published": {"$lte": only.until}})
    if only.articles is not None:
        conditions.append({"article": {"$in": list(only.articles)}})
    return {"$and": conditions} if len(conditions) > 1 else (conditions[0] if conditions else None)


def _count_missed(collection: "Collection", sample: Sample) -> int:
    """Count the sampled records that their own vector does not find, ties apart."""
    found = collection.query(query_embeddings=sample.vectors, n_results=SAMPLE_NEIGHBOURS, include=["distances"])
    missed = 0
    for key, vector, ids, distances in zip(
        sample.ids, sample.vectors, found["ids"], found["distances"] or [], strict=True
    ):
        own = 0.0 if vector.any() else 1.0  # nothing is nearer to a vector of zeros, itself included
        distance = distances[ids.index(key)] if key in ids else distances[-1]
        missed += distance > own + TIE
    return missed
