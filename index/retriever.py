"""Retrieve passages by words and by meaning, the two fused into one score."""

import re
from typing import Any

import numpy as np
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from index.catalog import Catalog, StoredPassage
from index.embedding import Embedder
from index.vectors import VectorIndex

DENSE_WEIGHT = 0.5
CANDIDATES = 50

STOPWORDS = frozenset(
    "a an and any are as at be been but by can could did do does for from had has have he her his how i if in into is "
    "it its many me more most much my no not of on or our she should so some such than that the their them then there "
    "these they this to was we were what when where which who whom whose why will with would you your".split()
)


class HybridRetriever(BaseRetriever):
    """BM25 and dense retrieval, fused by a convex combination of normalised scores.

    A passage's score is `DENSE_WEIGHT` * cosine / best cosine + (1 - `DENSE_WEIGHT`) * BM25 / best BM25, both exact for
    every candidate of either list (Bruch et al. 2022, arXiv 2210.11934, find this better than reciprocal rank fusion).
    """

    def __init__(self, catalog: Catalog, vectors: VectorIndex, embedder: Embedder, top_k: int = 10) -> None:
        super().__init__()
        self._catalog = catalog
        self._vectors = vectors
        self._embedder = embedder
        self._top_k = top_k

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        question = query_bundle.query_str
        vector = query_bundle.embedding or self._embedder.get_query_embedding(question)
        nearest = self._vectors.search(vector, CANDIDATES)
        with self._catalog.reading():
            match = fts_query(question)
            words = self._catalog.search_words(match, CANDIDATES) if match else {}
            found = self._catalog.passages_of_vectors(nearest)
            found += self._catalog.passages(words.keys() - {passage.id for passage in found})
            if not found:
                return []
            dense = self._catalog.vectors([passage.vector_id for passage in found]) @ np.array(vector, np.float32)
            if match:
                words = self._catalog.score_words(match, [passage.id for passage in found])
        lexical = np.array([words.get(passage.id, 0.0) for passage in found])
        scores = DENSE_WEIGHT * _scaled(dense) + (1 - DENSE_WEIGHT) * _scaled(lexical)
        best = np.argsort(-scores, kind="stable")[: self._top_k]
        return [NodeWithScore(node=as_node(found[i]), score=float(scores[i])) for i in best]


def words_of(text: str) -> list[str]:
    """Give the lower-case words of a text that say what it is about."""
    return [word for word in re.findall(r"\w+", text.lower()) if word not in STOPWORDS]


def fts_query(question: str) -> str:
    """Write the FTS5 expression that any content word of the question satisfies."""
    return " OR ".join(f'"{word}"' for word in dict.fromkeys(words_of(question)))


def as_node(passage: StoredPassage) -> TextNode:
    """Present a passage as LlamaIndex's node, its offsets those of the article's text."""
    metadata: dict[str, Any] = {
        "article": passage.article_id,
        "title": passage.title,
        "published": passage.published and passage.published.isoformat(),
        "first_sentence": passage.first,
        "last_sentence": passage.last,
    }
    return TextNode(
        id_=str(passage.id),
        text=passage.text,
        start_char_idx=passage.start,
        end_char_idx=passage.end,
        metadata=metadata,
    )


def _scaled(scores: Any) -> Any:
    """Divide by the best score, so that it is 1; where nothing scores, all are 0."""
    best = scores.max()
    return np.clip(scores, 0, None) / best if best > 0 else np.zeros_like(scores)
