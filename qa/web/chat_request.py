"""A question in the form of a request for a chat completion, as OpenAI's clients send it."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from index.errors import UsageError
from index.filter import Filter
from qa.answer import Kind
from qa.question.limits import check_question
from qa.web import schemas
from qa.web.job import MAX_HISTORY, Request

MAX_MESSAGES = 1000


class Part(BaseModel):
    """A part of a message."""

    type: str
    text: str | None = None


class Message(BaseModel):
    """A message of a conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[Part] | None = None

    @property
    def text(self) -> str:
        """What it says.

        Raises:
            UsageError: it holds an image or the like.
        """
        if self.content is None or isinstance(self.content, str):
            return self.content or ""
        if other := next((part.type for part in self.content if part.type != "text"), None):
            raise UsageError(f"A message holds a part of type {other[:50]!r}: only text is read")
        return "\n".join(part.text or "" for part in self.content)


class StreamOptions(BaseModel):
    """What is streamed besides the answer."""

    include_usage: bool | None = None


class TextFormat(BaseModel):
    """The form of an answer, which is text."""

    type: Literal["text"]


class ChatRequest(BaseModel):
    """The messages so far, and as a model the name of a folder; besides that which articles are asked, and what for.

    What asks for something else than one answer in words is refused; what only tunes a language model is not read.
    """

    model: str
    messages: Annotated[list[Message], Field(min_length=1, max_length=MAX_MESSAGES)]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    n: Literal[1] | None = None
    logprobs: Literal[False] | None = None
    response_format: TextFormat | None = None
    tool_choice: Literal["none", "auto"] | None = None
    since: date | None = None
    until: date | None = None
    article: Annotated[str | None, Field(max_length=schemas.MAX_PATTERN_CHARS)] = None
    source: Annotated[str | None, Field(max_length=schemas.MAX_NAME_CHARS)] = None
    kind: Kind | None = None

    @property
    def with_usage(self) -> bool:
        """Whether the tokens are to be told at the end of a stream."""
        return bool(self.stream_options and self.stream_options.include_usage)

    def asked(self) -> Request:
        """Give the user's last message as the question, and those before it, if they were questions, as its thread.

        Raises:
            UsageError: no message is the user's, or one is not text.
        """
        lines = [each.text for each in self.messages if each.role == "user"]
        if not lines:
            raise UsageError("No message has the role user: the last one that has is the question")
        history = tuple(line for line in lines[:-1] if _is_question(line))[-MAX_HISTORY:]
        only = Filter(self.since, self.until, self.article, self.source)
        return Request(lines[-1], self.model, only, self.kind, history)


def _is_question(line: str) -> bool:
    try:
        return bool(check_question(line))
    except UsageError:
        return False
