"""Retrieve passages by words and by meaning, fused into one score."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from index.bm25 import search_words
from index.catalog.rows import StoredPassage
from index.catalog.writer import Catalog
from index.dense import DenseSearch
from index.filter import EVERYTHING, Filter
from index.models.embedding import Embedder

DENSE_WEIGHT, PASSAGE_WEIGHT, ARTICLE_WEIGHT = 0.5, 0.4, 0.1
SCORES = ("dense", "bm25", "bm25_of_article")
CANDIDATES = 50


class HybridRetriever(BaseRetriever):
    """BM25 of the passage, BM25 of its whole article and dense retrieval, fused by a convex combination.

    Each score is divided by the best one of its kind, and all three are exact for every candidate, which are the
    `CANDIDATES` best by words and as many by meaning. Bruch et al. 2022 (arXiv 2210.11934) find this kind of fusion
    better than that of reciprocal ranks.
    """

    def __init__(
        self, catalog: Catalog, dense: DenseSearch, embedder: Embedder, top_k: int = 10, only: Filter = EVERYTHING
    ) -> None:
        super().__init__()
        self._catalog = catalog
        self._dense = dense
        self._embedder = embedder
        self._top_k = top_k
        self._only = only

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        question = query_bundle.query_str
        vector = np.array(query_bundle.embedding or self._embedder.get_query_embedding(question), np.float32)
        asked = search_words(question)
        with self._catalog.reading():
            nearest = self._dense.nearest(vector, CANDIDATES, self._only)
            words = self._catalog.search_passages(asked, CANDIDATES, self._only)
            found = self._catalog.passages(dict.fromkeys([*nearest, *words]))
            if not found:
                return []
            parts = self._score(found, vector, asked)
        scores = parts @ np.array([DENSE_WEIGHT, PASSAGE_WEIGHT, ARTICLE_WEIGHT])
        best = np.argsort(-scores, kind="stable")[: self._top_k]
        return [NodeWithScore(node=as_node(found[i], parts[i]), score=float(scores[i])) for i in best]

    def near(self, question: str, vector: Any) -> list[tuple[StoredPassage, float]]:
        """Give as many passages that are near by meaning, and by words, as are retrieved, each with its cosine."""
        asked = search_words(question)
        with self._catalog.reading():
            nearest = self._dense.nearest(vector, self._top_k, self._only)
            words = self._catalog.search_passages(asked, self._top_k, self._only)
            found = self._catalog.passages(dict.fromkeys([*nearest, *words]))
            cosines = self._catalog.vectors([each.vector_id for each in found]) @ vector if found else []
        return list(zip(found, map(float, cosines), strict=True))

    def _score(self, found: list[StoredPassage], vector: Any, asked: list[str]) -> Any:
        """Give the scores that are fused, of shape (passages, 3), each in [0, 1]."""
        of_meaning = _scaled(self._catalog.vectors([passage.vector_id for passage in found]) @ vector)
        ids = [passage.id for passage in found]
        keys = [passage.article_key for passage in found]
        of_passage = self._catalog.score_passages(asked, ids)
        of_article = self._catalog.score_articles(asked, sorted(set(keys)))
        of_words = _scaled(np.array([of_passage.get(id_, 0.0) for id_ in ids]))
        return np.stack([of_meaning, of_words, _scaled(np.array([of_article.get(key, 0.0) for key in keys]))], axis=1)


def as_node(passage: StoredPassage, scores: Sequence[float]) -> TextNode:
    """Present a passage as LlamaIndex's node, its offsets those of the article's text, `scores` as `SCORES` names."""
    metadata: dict[str, Any] = {
        "article": passage.article_id,
        "title": passage.title,
        "published": passage.published and passage.published.isoformat(),
        "first_sentence": passage.first,
        "last_sentence": passage.last,
        "scores": {name: round(float(score), 4) for name, score in zip(SCORES, scores, strict=True)},
    }
    return TextNode(
        id_=str(passage.id),
        text=passage.text,
        start_char_idx=passage.start,
        end_char_idx=passage.end,
        metadata=metadata,
        excluded_llm_metadata_keys=["first_sentence", "last_sentence", "scores"],
        excluded_embed_metadata_keys=list(metadata),
    )


def _scaled(scores: Any) -> Any:
    """Divide by the best score, so that it is 1; where nothing scores, all are 0."""
    best = scores.max()
    return np.clip(scores, 0, None) / best if best > 0 else np.zeros_like(scores)
