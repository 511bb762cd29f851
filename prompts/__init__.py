"""The prompts, each a Markdown file beside this one: `## system`, `## user` and `## assistant` open its messages."""

import re
from functools import cache
from pathlib import Path

from llama_index.core.base.llms.types import ChatMessage, MessageRole
from llama_index.core.prompts import ChatPromptTemplate

_CONTROL = re.compile(r"<(?=\S)|\[(?=/?[A-Za-z])")
_MESSAGE = re.compile(r"^## (system|user|assistant)\n(.*?)\s*(?=^## |\Z)", re.MULTILINE | re.DOTALL)


@cache
def load_prompt(name: str) -> ChatPromptTemplate:
    """Load the prompt `NAME.md`; its variables are written `{so}`.

    Raises:
        FileNotFoundError: there is no such prompt.
    """
    text = Path(__file__).with_name(f"{name}.md").read_text(encoding="utf-8")
    messages = [ChatMessage(role=MessageRole(role), content=content) for role, content in _MESSAGE.findall(text)]
    return ChatPromptTemplate(message_templates=messages)


def render(prompt: ChatPromptTemplate, **values: str) -> list[ChatMessage]:
    """Fill in a prompt's variables; what the values themselves hold in braces stays as it is.

    A model reads the text of a message with the special tokens of its chat template in it, such as `<|im_end|>`, `</s>`
    or `[INST]`. So that a value cannot end its message, what begins like one gets a space behind its first character.

    Raises:
        ValueError: a variable has no value, or a value no variable; the message lists all of them.
    """
    if wrong := set(prompt.template_vars) ^ values.keys():
        raise ValueError(f"prompt variables without a value, or values without a variable: {sorted(wrong)}")
    return prompt.format_messages(None, **{name: _CONTROL.sub(r"\g<0> ", value) for name, value in values.items()})
