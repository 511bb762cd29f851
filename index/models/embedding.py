"""Embed text with a sentence-transformers model, run by onnxruntime.

Importing sentence-transformers and torch costs seconds, onnxruntime half of one. So a model is exported to ONNX once,
pooling and normalisation inside the graph, and the exported file serves questions and passages alike.
"""

import json
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
import numpy.typing as npt
from llama_index.core.base.embeddings.base import BaseEmbedding
from pydantic import PrivateAttr

from index.models.graph import exported
from index.models.sources import Progress

BATCH_TEXTS = 16
COUNTED_TEXTS = 1024

Vectors = npt.NDArray[np.float32]


class Embedder(BaseEmbedding):
    """A LlamaIndex embedding that can also say who it is and how long a text is to it.

    `fingerprint` names the weights: vectors of equal fingerprints are comparable. `max_tokens` is the window in word
    pieces; what is behind it is not read. Vectors have `dimension` numbers and the length 1 where `normalised`.
    """

    fingerprint: str
    dimension: int
    normalised: bool = True
    max_tokens: int = 256

    @abstractmethod
    def count_tokens(self, texts: list[str]) -> list[int]:
        """Count the word pieces of each text, without the ones that frame it."""

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)


@dataclass(frozen=True, eq=False)
class _Opened:
    """Graph and tokenizer of a model for several threads, of which one at a time has the tokenizer."""

    session: Any
    tokenizer: Any
    lock: Lock = field(default_factory=Lock)


_opened: WeakValueDictionary[tuple[object, ...], _Opened] = WeakValueDictionary()
_opening = Lock()


def _open(graph: Path, tokenizer: Path, threads: int) -> _Opened:
    """Open a model, or give it where this process has it open: it takes a hundred megabytes."""
    import onnxruntime
    from tokenizers import Tokenizer

    files = [(str(each.resolve()), each.stat().st_mtime_ns, each.stat().st_size) for each in (graph, tokenizer)]
    key = (*files, threads)
    with _opening:
        opened = _opened.get(key)
        if opened is None:
            options = onnxruntime.SessionOptions()
            options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # `docs/speed.md`
            options.intra_op_num_threads = threads
            session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
            opened = _opened[key] = _Opened(session, Tokenizer.from_file(str(tokenizer)))
        return opened


class OnnxEmbedding(Embedder):
    """A sentence-transformers model as an ONNX graph: texts in, float32 vectors out.

    All of one process that are of the same model share its weights, and may be used by several threads.
    """

    _model: _Opened = PrivateAttr()
    _before_batch: Callable[[], None] | None = PrivateAttr(None)

    def __init__(self, folder: Path, cache: Path, report: Progress | None = None, threads: int = 0) -> None:
        """Open the model in `folder`, exporting it below `cache` unless that was done before, which `report` hears of.

        It computes in so many threads, or in one for each core if 0.

        Raises:
            UsageError: it is no model, or cannot be exported.
        """
        graph, fingerprint = exported(folder, cache, report)
        model = _open(graph, folder / "tokenizer.json", threads)
        config = json.loads((folder / "sentence_bert_config.json").read_text(encoding="utf-8"))
        super().__init__(
            model_name=folder.name,
            embed_batch_size=256,
            fingerprint=fingerprint,
            dimension=model.session.get_outputs()[0].shape[-1],
            max_tokens=config.get("max_seq_length") or 256,
        )
        self._model = model

    def before_batch(self, call: Callable[[], None]) -> None:
        """Have something called before each batch of `BATCH_TEXTS`, as to let other work go first."""
        self._before_batch = call

    def count_tokens(self, texts: list[str]) -> list[int]:
        """Count the word pieces of each text, without the ones that frame it."""
        counts = list[int]()
        for start in range(0, len(texts), COUNTED_TEXTS):  # an encoding takes a hundred times the place of its text
            with self._model.lock:
                self._model.tokenizer.no_padding()
                self._model.tokenizer.no_truncation()
                encodings = self._model.tokenizer.encode_batch_fast(
                    texts[start : start + COUNTED_TEXTS], add_special_tokens=False
                )
            counts += [len(encoding.ids) for encoding in encodings]
        return counts

    def embed(self, texts: list[str]) -> Vectors:
        """Embed texts into an array of shape (len(texts), dimension); texts of like length share a batch."""
        order = sorted(range(len(texts)), key=lambda position: len(texts[position]))
        batches = []
        for start in range(0, len(order), BATCH_TEXTS):
            if self._before_batch:
                self._before_batch()
            with self._model.lock:
                self._model.tokenizer.enable_padding()
                self._model.tokenizer.enable_truncation(self.max_tokens)
                encodings = self._model.tokenizer.encode_batch([texts[i] for i in order[start : start + BATCH_TEXTS]])
            inputs = {
                "input_ids": np.array([encoding.ids for encoding in encodings]),
                "attention_mask": np.array([encoding.attention_mask for encoding in encodings]),
            }
            batches.append(self._model.session.run(None, inputs)[0])
        vectors: Vectors = np.concatenate(batches)[np.argsort(order)]
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.finfo(np.float32).tiny)
        return vectors  # normalised here, since not every model ends in a layer that does it

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embeddings([query])[0]

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return self.embed(texts).tolist()  # type: ignore[no-any-return]
