"""Folders of synthetic articles that can be checked to the letter, and a model that reads only their facts.

Every sentence of an article names its town and its version, so that a passage, a text or an evidence that mixes two
versions shows it, and its first sentence states a fact that no other article or version states.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    CompletionResponse,
    CompletionResponseGen,
    LLMMetadata,
    MessageRole,
)
from llama_index.core.llms import CustomLLM

Content = tuple[int, int]  # the number of a town, the version of its article

_NAMES = "Ada Bela Cora Dana Edda Finn Gita Hugo Ines Jude Kira Lars Mona Nils Olga Pia Rosa Sten Tara Ulla".split()
_PLACES = "marsh ridge field brook stone wood hill mere ford holm".split()
_NOUNS = (
    "bridge harbour council school market railway library river orchard station mill tower garden festival archive "
    "ferry quarry theatre hospital meadow canal bakery lighthouse workshop reservoir".split()
)
_VERBS = "repaired opened painted closed praised measured sold visited planned flooded rebuilt named guarded".split()
_ADJECTIVES = "old new narrow famous quiet northern empty crowded wooden costly wide early public late".split()


def mayor_of(content: Content) -> str:
    """Give the name that the article of this town states in this version, and no other article."""
    number, version = content
    draw = random.Random(f"mayor {number} {version}")
    return f"{draw.choice(_NAMES)} {draw.choice(_NOUNS).capitalize()}{draw.choice(_PLACES)}{number}v{version}"


def question_of(number: int) -> str:
    """Ask for the fact of a town's article."""
    return f"Who is the mayor of Town{number}?"


def text_of(content: Content, sentences: int = 24) -> str:
    """Write the article of a town in a version; versions differ in every sentence and in length."""
    number, version = content
    draw = random.Random(f"text {number} {version}")
    lines = [f"The mayor of Town{number} is {mayor_of(content)}."]
    for _ in range(sentences + draw.randrange(6)):
        first, second, third, fourth = (f"{draw.choice(_NOUNS)}{draw.choice(_PLACES)}" for _ in range(4))
        more = f" near the {draw.choice(_ADJECTIVES)} {fourth}" * draw.randrange(2)
        lines.append(
            f"In Town{number}v{version} the {draw.choice(_ADJECTIVES)} {first} was {draw.choice(_VERBS)} by the "
            f"{second} of {third}{more}."
        )
    paragraphs = [" ".join(lines[start : start + 8]) for start in range(0, len(lines), 8)]
    return "\n\n".join([f"Report on Town{number}", *paragraphs]) + "\n"


def versions_in(text: str) -> set[int]:
    """Give the versions that a text says it has; more than one is a mix."""
    return {int(found) for found in re.findall(r"\dv(\d+)\b", text)}


@dataclass
class Folder:
    """A folder of articles with what each holds, by path; the changes drawn are the same for a `seed`."""

    path: Path
    seed: int = 0
    sentences: int = 24
    contents: dict[str, Content] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._draw = random.Random(self.seed)
        self._numbers = 0

    def add(self, count: int) -> None:
        """Add articles of new towns."""
        for _ in range(count):
            self._numbers += 1
            self._write(f"{self._numbers % 7}/town-{self._numbers:04}.txt", (self._numbers, 1))

    def edit(self, paths: Sequence[str]) -> None:
        """Replace these articles by their next version."""
        for path in paths:
            number, version = self.contents[path]
            self._write(path, (number, version + 1))

    def delete(self, paths: Sequence[str]) -> None:
        """Delete these articles."""
        for path in paths:
            (self.path / path).unlink()
            del self.contents[path]

    def rename(self, paths: Sequence[str]) -> None:
        """Move these articles to new paths."""
        for path in paths:
            number = self.contents[path][0]
            new = f"moved/town-{number:04}-{self._draw.randrange(10**6):06}.txt"
            (self.path / "moved").mkdir(exist_ok=True)
            (self.path / path).rename(self.path / new)
            self.contents[new] = self.contents.pop(path)

    def some(self, count: int) -> list[str]:
        """Draw paths."""
        return self._draw.sample(sorted(self.contents), min(count, len(self.contents)))

    def change(self, adds: int, edits: int, deletes: int, renames: int) -> None:
        """Make changes of each kind to different articles."""
        drawn = self.some(edits + deletes + renames)
        self.edit(drawn[:edits])
        self.delete(drawn[edits : edits + deletes])
        self.rename(drawn[edits + deletes :])
        self.add(adds)

    def _write(self, path: str, content: Content) -> None:
        place = self.path / path
        place.parent.mkdir(parents=True, exist_ok=True)
        draft = place.with_name(f".{place.name}")
        draft.write_text(text_of(content, self.sentences), encoding="utf-8")
        draft.replace(place)
        self.contents[path] = content


class FactReader(CustomLLM):
    """A language model that finds the mayor in the numbered sentences of a prompt, or says that nothing is stated.

    So what it replies is what the index gave it, not what a script knows.
    """

    @property
    def metadata(self) -> LLMMetadata:
        """Name the model."""
        return LLMMetadata(model_name="fact-reader", is_chat_model=True)

    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """Reply with the name that a sentence states."""
        prompt = str(messages[-1].content)
        asked = re.search(r"Question: Who is the mayor of (Town\d+)\?", prompt)
        found = asked and re.search(rf"\[(\d+)\] The mayor of {asked[1]} is (\w+ \w+)\.", prompt)
        reply = f"{found[2]} [{found[1]}]" if found else "not stated"
        return ChatResponse(message=ChatMessage(role=MessageRole.ASSISTANT, content=reply))

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        """Reply to a bare prompt."""
        reply = self.chat([ChatMessage(role=MessageRole.USER, content=prompt)])
        return CompletionResponse(text=reply.message.content or "")

    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponseGen:
        """Give the reply as one piece."""
        yield self.complete(prompt)
