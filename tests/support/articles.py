"""Folders of articles that a test makes, and an embedder that tells what it was asked to embed."""

from collections.abc import Callable
from pathlib import Path

from pydantic import Field

from qa.testing import HashingEmbedding

MakeFolder = Callable[[dict[str, str | bytes]], Path]


class CountingEmbedding(HashingEmbedding):
    """Remember every text that was embedded."""

    embedded: list[str] = Field(default_factory=list)

    def _get_text_embedding(self, text: str) -> list[float]:
        self.embedded.append(text)
        return super()._get_text_embedding(text)
