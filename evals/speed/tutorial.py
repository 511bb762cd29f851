"""The pipeline of LlamaIndex's citation tutorial, with the models of this project, to compare with.

Chunks of 1,024 tokens with 20 of overlap in Chroma, the 3 most similar ones cut into citation chunks of 512 tokens, and
one prompt that asks for an answer with citations: the defaults of `CitationQueryEngine`
(https://developers.llamaindex.ai/python/examples/query_engine/citation_query_engine/).
"""

from pathlib import Path

import chromadb
from llama_index.core import Document, StorageContext, VectorStoreIndex
from llama_index.core.embeddings import BaseEmbedding
from llama_index.core.llms import LLM
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.query_engine import CitationQueryEngine
from llama_index.vector_stores.chroma import ChromaVectorStore

CHUNK_TOKENS, CHUNK_OVERLAP = 1024, 20
SIMILARITY_TOP_K = 3
CITATION_CHUNK_TOKENS = 512
MAX_REPLY_TOKENS = 256


def open_tutorial(texts: dict[str, str], embedder: BaseEmbedding, llm: LLM, folder: Path) -> CitationQueryEngine:
    """Index the texts in a Chroma folder below `folder` and give the engine that answers from them."""
    client = chromadb.PersistentClient(str(folder / "chroma"))
    collection = client.create_collection("tutorial", embedding_function=None)
    index = VectorStoreIndex.from_documents(
        [Document(text=text, metadata={"file_name": name}) for name, text in texts.items()],
        storage_context=StorageContext.from_defaults(vector_store=ChromaVectorStore(chroma_collection=collection)),
        transformations=[SentenceSplitter(chunk_size=CHUNK_TOKENS, chunk_overlap=CHUNK_OVERLAP)],
        embed_model=embedder,
    )
    engine = CitationQueryEngine.from_args(
        index, llm=llm, similarity_top_k=SIMILARITY_TOP_K, citation_chunk_size=CITATION_CHUNK_TOKENS
    )
    assert isinstance(engine, CitationQueryEngine)
    return engine
