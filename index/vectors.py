"""The Chroma collection: the search structure over the catalog's vectors, brought back in step whenever it is not."""

import logging
import math
import shutil
from pathlib import Path

import chromadb
from chromadb.api.shared_system_client import SharedSystemClient
from chromadb.config import Settings as ChromaSettings
from chromadb.errors import ChromaError
from llama_index.core.schema import BaseNode, TextNode
from llama_index.core.vector_stores.types import VectorStoreQuery
from llama_index.vector_stores.chroma import ChromaVectorStore

from index.catalog import Catalog

COLLECTION = "passages"
BATCH_RECORDS = 2000

_log = logging.getLogger(__name__)


class VectorIndex:
    """Passage vectors in a persistent Chroma collection under the catalog's content-addressed ids."""

    def __init__(self, folder: Path) -> None:
        """Open the collection in `folder`; one that Chroma cannot open is set aside and made anew."""
        self._folder = folder
        try:
            self._open()
        except (ChromaError, ValueError, KeyError, OSError) as error:
            _log.warning("The Chroma folder %s is damaged (%s); it is rebuilt from the catalog.", folder, error)
            SharedSystemClient.clear_system_cache()  # it holds the half of a client that did not open
            shutil.rmtree(folder, ignore_errors=True)
            self._open()

    def is_current(self, catalog: Catalog) -> bool:
        """Tell whether the collection was left in step with this state of the catalog."""
        metadata = self._collection.metadata or {}
        return bool(metadata.get("generation") == str(catalog.generation))

    def reconcile(self, catalog: Catalog) -> None:
        """Make the collection hold exactly the catalog's vectors, whatever it holds now; nothing is embedded."""
        generation = str(catalog.generation)
        wanted = catalog.vector_ids()
        present = set(self._collection.get(include=[])["ids"])
        for batch in _batches(sorted(present - wanted)):
            self._collection.delete(ids=batch)
        for batch in _batches(sorted(wanted - present)):
            vectors = catalog.vectors(batch)
            nodes: list[BaseNode] = [
                TextNode(id_=key, text="", embedding=row.tolist()) for key, row in zip(batch, vectors, strict=True)
            ]
            self._store.add(nodes)
        self._collection.modify(metadata={"generation": generation})

    def search(self, vector: list[float], limit: int) -> dict[str, float]:
        """Give the cosine similarity of the `limit` vectors nearest to `vector` by id."""
        result = self._store.query(VectorStoreQuery(query_embedding=vector, similarity_top_k=limit))
        # ChromaVectorStore reports exp(-distance), and the collection's distance is 1 - cosine.
        return {
            key: 1 + math.log(similarity)
            for key, similarity in zip(result.ids or [], result.similarities or [], strict=True)
            if similarity > 0
        }

    def close(self) -> None:
        """Close Chroma's files; without that, a folder made anew in their place cannot be opened by this process."""
        self._client.close()  # type: ignore[attr-defined]

    def _open(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._client = chromadb.PersistentClient(str(self._folder), ChromaSettings(anonymized_telemetry=False))
        self._collection = self._client.get_or_create_collection(
            COLLECTION, embedding_function=None, configuration={"hnsw": {"space": "cosine", "ef_search": 200}}
        )
        self._collection.count()
        self._store = ChromaVectorStore(chroma_collection=self._collection)


def _batches(ids: list[str]) -> list[list[str]]:
    return [ids[start : start + BATCH_RECORDS] for start in range(0, len(ids), BATCH_RECORDS)]
