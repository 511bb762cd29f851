"""A folder whose articles hold every payload of the untrusted-text table, and a model that replies them."""

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from llama_index.core.base.llms.types import ChatMessage, ChatResponse, ChatResponseGen, LLMMetadata, MessageRole
from lxml import html as lxml_html

from index.errors import ModelError
from qa.testing import ScriptedLLM
from qa.text import one_line
from tests.support import ROOT

PAYLOADS: dict[str, str] = json.loads((ROOT / "tests" / "support" / "payloads.json").read_text(encoding="utf-8"))
VALUES = list(PAYLOADS.values())
HALF = len(VALUES) // 2
TOGETHER = 8  # payloads in one sentence
LINES = [" ".join(each.splitlines()) for each in VALUES]
CROWDS = [LINES[at : at + TOGETHER] for at in range(0, len(LINES), TOGETHER)]
ON_THE_DAY = "on 3 March 2025"

OWN_TAGS = set(
    "html head meta title link script body a header svg path span nav p main form input button h1 h2 h3 section div "
    "bdi ul ol li details summary b mark table caption thead tbody tr th td textarea label fieldset legend q article "
    "rect output footer kbd time blockquote progress code".split()
)


def strange_in(text: str) -> set[str]:
    """Give what of a page or a part of one is not its own: elements, handlers, links elsewhere, hidden characters."""
    tree = lxml_html.document_fromstring(text)
    elements = [each for each in tree.iter() if isinstance(each.tag, str)]
    strange = {str(each.tag) for each in elements} - OWN_TAGS
    strange |= {name for each in elements for name in each.attrib if name.startswith("on") or name == "style"}
    links = [each.get(name) for each in elements for name in ("href", "src", "action") if each.get(name)]
    hidden = {char for char in text if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")} - set("\r\n")
    return strange | {link for link in links if not re.match(r"/(?!/)|#", link)} | hidden


def told_in(texts: Iterable[str]) -> set[str]:
    """Give the payloads that stand in one of some texts with all that is visible of them."""
    return {each for each in VALUES if any(one_line(each) in text for text in texts)}


def write_articles(folder: Path) -> None:
    """Write an article for each payload, in its name, text, title and facts, in two folders, and some of many."""
    for number, payload in enumerate(VALUES):
        safe = re.sub("[\0/\ud800-\udfff]", "_", payload)[:60]
        half = "first" if number < HALF else "second"
        facts = {"title": f"Owl {payload}", "publisher": f"Press {payload}", "url": f"javascript:alert({payload})"}
        text = f"The owl{number} of Lowmoor sat on the mill {payload} {ON_THE_DAY}.\n\n{payload}\n"
        write(folder / half / f"{number:03} {safe}.jsonl", facts | {"text": text})
    for number, crowd in enumerate(CROWDS):
        text = f"The heron{number} of Highmoor sat on {', '.join(crowd)} {ON_THE_DAY}."
        write(folder / "crowds" / f"{number}.jsonl", {"title": "Herons", "text": text})
    (folder / "<script>alert(1)<script>.pdf").write_bytes(b"%PDF <script>alert(2)</script>")


def write(file: Path, record: dict[str, str]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(record), encoding="utf-8")


class HostileLLM(ScriptedLLM):
    """A strong model whose replies hold the payloads of the articles that it reads.

    Where `says` or `failing` is set, that is its reply to everything, or the text of its error.
    """

    evidence_tokens: int = 3000
    says: str = ""
    failing: str = ""

    @property
    def metadata(self) -> LLMMetadata:
        """Say that it writes much."""
        return LLMMetadata(model_name=f"model {VALUES[-1]}", is_chat_model=True, num_output=4096)

    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """Reply to a prompt of each kind."""
        if self.failing:
            raise ModelError(self.failing)
        reply = self.says or self._reply(str(messages[-1].content))
        return ChatResponse(message=ChatMessage(role=MessageRole.ASSISTANT, content=reply))

    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        """Reply as one piece."""
        yield self.chat(messages, **kwargs)

    def _reply(self, prompt: str) -> str:
        asked = re.search(r"(owl|heron)(\d+) of", prompt.rpartition("Question: ")[2])
        if wanted := re.search("Wanted: (.*)", prompt):
            head = {"timeline": "3 March 2025: ", "comparison": "the owl: "}.get(wanted[1], "")
            told = (
                (number, f"The owl{owl} of Lowmoor sat on the mill {VALUES[owl]}") for number, owl in owls_in(prompt)
            )
            return "\n".join(f"{head}{text} {ON_THE_DAY}. [{number}]" for number, text in told)
        if not asked:
            return "\n".join(f"{VALUES[owl]} [{number}]" for number, owl in owls_in(prompt))
        number = re.search(rf"^\[(\d+)\] .*{asked[1]}{asked[2]} of", prompt, re.MULTILINE)
        said = VALUES[int(asked[2])] if asked[1] == "owl" else ", ".join(CROWDS[int(asked[2])])
        return f"{said} [{number[1]}]" if number else "not stated"


def owls_in(prompt: str) -> Iterator[tuple[str, int]]:
    """Give the numbers of the sentences in a prompt that name an owl, and its own."""
    found = re.findall(r"^\[(\d+)\] .*owl(\d+) of", prompt, re.MULTILINE)
    return ((number, int(owl)) for number, owl in found)
