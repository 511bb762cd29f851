"""A model that a test lets reply when it wants, so that a question goes on for as long as that."""

import asyncio
import threading
from collections.abc import Sequence
from typing import Any

from llama_index.core.base.llms.types import ChatMessage, ChatResponse
from pydantic import PrivateAttr

from qa.testing import ScriptedLLM

PATIENCE_S = 60


class GatedLLM(ScriptedLLM):
    """A model that begins to reply only when it is let; it tells when it was asked."""

    _gate: threading.Event = PrivateAttr(default_factory=threading.Event)
    _asked: threading.Event = PrivateAttr(default_factory=threading.Event)

    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        self._asked.set()
        assert self._gate.wait(PATIENCE_S)
        return super().chat(messages, **kwargs)

    def let(self) -> None:
        """Let it reply from here on."""
        self._gate.set()

    async def await_question(self) -> None:
        """Wait until it is asked."""
        assert await asyncio.to_thread(self._asked.wait, PATIENCE_S)
