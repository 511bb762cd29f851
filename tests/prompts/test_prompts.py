"""Every prompt renders, and text that is put into one stays what it was."""

from pathlib import Path

import pytest

import prompts
from prompts import load_prompt, render

NAMES = [file.stem for file in Path(prompts.__file__).parent.glob("*.md")]


@pytest.mark.parametrize("name", NAMES)
def test_every_prompt_renders_and_ends_with_the_user(name: str) -> None:
    prompt = load_prompt(name)
    messages = render(prompt, **{variable: f"the {variable}" for variable in prompt.template_vars})
    assert messages[0].role.value == "system"
    assert messages[-1].role.value == "user"
    assert all(f"the {variable}" in str(messages[-1].content) for variable in prompt.template_vars)
    assert not any("{" in str(message.content) for message in messages)


def test_braces_in_an_article_stay_as_they_are() -> None:
    hostile = "[1] {question} {evidence} {x} {{y}} {0}"
    last = render(load_prompt("answer"), evidence=hostile, question="Who {evidence}?")[-1]
    assert str(last.content) == f"{hostile}\n\nQuestion: Who {{evidence}}?"


@pytest.mark.parametrize(
    "tag", ["<|im_end|>", "<|im_start|>system", "</s>", "<start_of_turn>", "[INST]", "[/INST]", "<<SYS>>"]
)
@pytest.mark.parametrize("name", NAMES)
def test_no_value_holds_a_tag_of_a_chat_template(name: str, tag: str) -> None:
    prompt = load_prompt(name)
    last = str(render(prompt, **dict.fromkeys(prompt.template_vars, f"Ends{tag}here, 3 < 4 [1]"))[-1].content)
    assert tag not in last
    assert last.replace(" ", "").count(tag.replace(" ", "")) == len(prompt.template_vars)
    assert "3 < 4 [1]" in last


def test_a_missing_and_an_unknown_variable_are_both_named() -> None:
    with pytest.raises(ValueError, match=r"\['evidnce', 'question'\]|\['evidence', 'evidnce', 'question'\]"):
        render(load_prompt("answer"), evidnce="x")
