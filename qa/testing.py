"""Doubles for what costs minutes or money, as real subclasses of the interfaces that they stand in for."""

import math
import re
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    CompletionResponse,
    CompletionResponseGen,
    LLMMetadata,
    MessageRole,
)
from llama_index.core.llms import CustomLLM
from pydantic import Field

from index.bm25 import words_of
from index.models.embedding import Embedder
from qa.question.words import stem

DIMENSION = 256
PIECES_PER_WORD = 1.3


class HashingEmbedding(Embedder):
    """An embedder that ranks by shared words: each word's stem is hashed to one of 256 dimensions and counted.

    It needs no model and gives the same vectors in every process.
    """

    model_name: str = "hashing"
    fingerprint: str = "hashing-1"
    dimension: int = DIMENSION

    def count_tokens(self, texts: list[str]) -> list[int]:
        """Estimate the word pieces of each text from its number of words."""
        return [math.ceil(len(re.findall(r"\w+", text)) * PIECES_PER_WORD) for text in texts]

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)

    def _get_text_embedding(self, text: str) -> list[float]:
        places = [zlib.crc32(stem(word).encode()) % DIMENSION for word in words_of(text)]
        counts = np.bincount(np.array(places, np.intp), minlength=DIMENSION)
        return (counts / (np.linalg.norm(counts) or 1.0)).tolist()  # type: ignore[no-any-return]


class ScriptedLLM(CustomLLM):
    """A language model that replies what it was told to, in order, and keeps the prompts that it was sent."""

    replies: list[str]
    prompts: list[str] = Field(default_factory=list)
    evidence_tokens: int = 155

    @property
    def metadata(self) -> LLMMetadata:
        """Name the model."""
        return LLMMetadata(model_name="scripted", is_chat_model=True)

    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """Give the next reply.

        Raises:
            IndexError: all replies are used.
        """
        self.prompts.append("\n\n".join(str(message.content) for message in messages))
        return ChatResponse(message=ChatMessage(role=MessageRole.ASSISTANT, content=self.replies.pop(0)))

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        """Give the next reply to a bare prompt."""
        reply = self.chat([ChatMessage(role=MessageRole.USER, content=prompt)])
        return CompletionResponse(text=reply.message.content or "")

    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponseGen:
        """Give the next reply as one piece."""
        yield self.complete(prompt)
