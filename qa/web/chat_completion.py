"""An answer in the form of OpenAI's chat completions, whole and in chunks.

The form is that of https://platform.openai.com/docs/api-reference/chat. Each citation is a `url_citation` annotation:
`start_index` and `end_index` are where in the message the statement stands, half-open and in characters. Beside them
stands where in the article the quote does, in the names that Anthropic's citations have (`document_title`,
`start_char_index`, `end_char_index`, `cited_text`). What OpenAI has no field for stands beside `choices`: `abstained`,
`reason`, `confidence`, `kind`.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from qa.answer import Coverage
from qa.text import one_line

NOT_SAID = "The articles do not say."
NO_TOKENS = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
BESIDE = ("abstained", "reason", "confidence", "kind", "read_as", "did_you_mean")

JsonObject = dict[str, Any]
UrlOf = Callable[[JsonObject], str]

_MARKUP = re.compile(r"!(?=\[)|\](?=[(\[:])|<(?=[A-Za-z/!?])")  # how images, links and HTML begin in Markdown


@dataclass(frozen=True)
class Completion:
    """An answer, as `qa.as_json` gives it, on its way to a client of OpenAI's; `url_of` gives where a citation leads.

    `created` is in seconds since 1970, and `model` what the folder is called.
    """

    id: str
    created: int
    model: str
    answer: JsonObject
    url_of: UrlOf

    def whole(self) -> JsonObject:
        """Give it as one object."""
        message = {"role": "assistant", "content": self.content, "refusal": None, "annotations": self.annotations}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
        return self._head("chat.completion") | {"choices": [choice], "usage": NO_TOKENS} | self._beside()

    def chunks(self, with_usage: bool = False) -> Iterator[JsonObject]:
        """Give it in chunks: who speaks, a line each, the annotations and why it ends; `with_usage` the tokens."""
        usage: JsonObject = {"usage": None} if with_usage else {}
        yield self._chunk({"role": "assistant", "content": ""}) | usage
        for line in self.content.splitlines(keepends=True):
            yield self._chunk({"content": line}) | usage
        if self.annotations:
            yield self._chunk({"annotations": self.annotations}) | usage
        yield self._chunk({}, "stop") | self._beside() | usage
        if with_usage:
            yield self._head("chat.completion.chunk") | {"choices": [], "usage": NO_TOKENS}

    @property
    def content(self) -> str:
        """What is said: a line for each statement, with the numbers of its citations."""
        return "\n".join(spoken(self.answer))

    @property
    def annotations(self) -> list[JsonObject]:
        """Give one for each citation of each statement."""
        annotations, start = [], 0
        for line, statement in zip(_told(self.answer), self.answer["statements"], strict=True):
            place = {"start_index": start, "end_index": start + len(_inert(statement["text"]))}
            annotations += [self._annotation(place, self.answer["citations"][each]) for each in statement["citations"]]
            start += len(line) + 1
        return annotations

    def _annotation(self, place: dict[str, int], citation: JsonObject) -> JsonObject:
        title = one_line(citation["title"])
        cited = {
            "title": title,
            "url": self.url_of(citation),
            "document_title": title,
            "article": citation["article"],
            "start_char_index": citation["start"],
            "end_char_index": citation["end"],
            "cited_text": citation["quote"],
        }
        return {"type": "url_citation", "url_citation": place | cited}

    def _chunk(self, delta: JsonObject, finish_reason: str | None = None) -> JsonObject:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return self._head("chat.completion.chunk") | {"choices": [choice]}

    def _head(self, kind: str) -> JsonObject:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model}

    def _beside(self) -> JsonObject:
        return {name: self.answer[name] for name in BESIDE}


def spoken(answer: JsonObject) -> Iterator[str]:
    """Give an answer as `qa.as_json` does in lines, its statements first; of an abstention why it is one.

    Nothing invisible is in them, and nothing that an article holds is an image, a link or HTML where they are shown as
    Markdown.
    """
    if answer["abstained"]:
        yield NOT_SAID
        yield f"({answer['reason']})"
        if names := answer["did_you_mean"]:
            yield f"Did you mean {' or '.join(map(_inert, names))}?"
    yield from _told(answer)
    yield from (f"Not stated: {_inert(each)}" for each in answer["not_stated"])
    if answer["coverage"]:
        yield f"({Coverage(**answer['coverage']).text})"
    if answer["read_as"]:
        yield f"(Asked as: {_inert(answer['read_as'])})"


def _told(answer: JsonObject) -> Iterator[str]:
    for statement in answer["statements"]:
        marks = "".join(f"[{number + 1}]" for number in statement["citations"])
        yield f"{_inert(statement['text'])} {marks}"


def _inert(text: str) -> str:
    """Give a line with a space behind what would begin an image, a link or HTML."""
    return _MARKUP.sub(r"\g<0> ", one_line(text))
