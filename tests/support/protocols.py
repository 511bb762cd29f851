"""What the servers of each provider say on the wire, for tests in which one on this machine stands in their place."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

USAGE = {"prompt_tokens": 321, "completion_tokens": 4, "total_tokens": 325}


@dataclass(frozen=True)
class Protocol:
    """How a provider's server replies; `path` is what `llm_url` has behind the server's address.

    `reply` gives the body of a whole reply, `events` the pieces of a streamed one, of which the last ones say why it
    ended. `whole`, `cut` and `withheld` are reasons, `overflow` is what it says of a prompt that it cannot read.
    """

    name: str
    path: str
    chat_path: str
    key_header: str
    key_before: str
    key_variable: str
    reply: Callable[[str, str], dict[str, Any]]
    events: Callable[[Sequence[str], str], list[bytes]]
    whole: str
    cut: str
    withheld: str
    overflow: str

    def error(self, message: str) -> dict[str, Any]:
        """Give the body of a refusal."""
        if self.name == "ollama":
            return {"error": message}
        return {"type": "error", "error": {"type": "some_error", "message": message}}


def _openai_reply(text: str, reason: str) -> dict[str, Any]:
    choice = {"index": 0, "finish_reason": reason, "message": {"role": "assistant", "content": text}}
    return {"id": "1", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice], "usage": USAGE}


def _openai_events(words: Sequence[str], reason: str) -> list[bytes]:
    choices = [{"index": 0, "delta": {"role": "assistant", "content": word}, "finish_reason": None} for word in words]
    choices.append({"index": 0, "delta": {}, "finish_reason": reason})
    head = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m"}
    return [*(_event(head | {"choices": [choice]}) for choice in choices), b"data: [DONE]\n\n"]


def _anthropic_reply(text: str, reason: str) -> dict[str, Any]:
    content = [{"type": "text", "text": text}]
    head = {"id": "1", "type": "message", "role": "assistant", "model": "m", "content": content}
    return head | {"stop_reason": reason, "stop_sequence": None, "usage": {"input_tokens": 321, "output_tokens": 4}}


def _anthropic_events(words: Sequence[str], reason: str) -> list[bytes]:
    begun = _anthropic_reply("", "") | {"content": [], "stop_reason": None}
    deltas = [
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": word}} for word in words
    ]
    ended = {"type": "message_delta", "delta": {"stop_reason": reason}, "usage": {"output_tokens": 4}}
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": begun},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        *deltas,
        {"type": "content_block_stop", "index": 0},
        ended,
        {"type": "message_stop"},
    ]
    return [f"event: {each['type']}\n".encode() + _event(each) for each in events]


def _ollama_reply(text: str, reason: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    counts = {"prompt_eval_count": 321, "eval_count": 4}
    return {"model": "m", "created_at": "", "message": message, "done": True, "done_reason": reason} | counts


def _ollama_events(words: Sequence[str], reason: str) -> list[bytes]:
    head = {"model": "m", "created_at": "", "done": False}
    pieces = [head | {"message": {"role": "assistant", "content": word}} for word in words]
    return [json.dumps(each).encode() + b"\n" for each in (*pieces, _ollama_reply("", reason))]


def _event(fields: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(fields).encode() + b"\n\n"


PROTOCOLS = (
    Protocol(
        name="openai",
        path="/v1",
        chat_path="/v1/chat/completions",
        key_header="Authorization",
        key_before="Bearer ",
        key_variable="OPENAI_API_KEY",
        reply=_openai_reply,
        events=_openai_events,
        whole="stop",
        cut="length",
        withheld="content_filter",
        overflow="This model's maximum context length is 8 tokens (context_length_exceeded)",
    ),
    Protocol(
        name="ollama",
        path="",
        chat_path="/api/chat",
        key_header="Authorization",
        key_before="Bearer ",
        key_variable="OLLAMA_API_KEY",
        reply=_ollama_reply,
        events=_ollama_events,
        whole="stop",
        cut="length",
        withheld="unload",
        overflow="the input length exceeds the context length",
    ),
    Protocol(
        name="anthropic",
        path="",
        chat_path="/v1/messages",
        key_header="x-api-key",
        key_before="",
        key_variable="ANTHROPIC_API_KEY",
        reply=_anthropic_reply,
        events=_anthropic_events,
        whole="end_turn",
        cut="max_tokens",
        withheld="refusal",
        overflow="prompt is too long: 9 tokens > 8 maximum",
    ),
)
