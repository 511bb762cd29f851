"""The messages of a chat become a question and the lines before it."""

from typing import Any

import pytest

from index.errors import UsageError
from qa.web.chat_request import ChatRequest
from qa.web.job import MAX_HISTORY


def request_of(*messages: tuple[str, Any], **further: Any) -> ChatRequest:
    said = [{"role": role, "content": content} for role, content in messages]
    return ChatRequest.model_validate({"model": "news", "messages": said, **further})


def test_the_last_message_of_the_user_is_the_question_and_those_before_it_the_thread() -> None:
    asked = request_of(
        ("system", "Be brief."), ("user", "Who called?"), ("assistant", "Ada."), ("user", "When?"), ("assistant", "No.")
    ).asked()
    assert (asked.question, asked.history, asked.folder) == ("When?", ("Who called?",), "news")


def test_what_was_no_question_is_left_out_of_the_thread() -> None:
    asked = request_of(("user", "?!"), ("user", "x" * 3000), ("user", ""), ("user", "Who called?"), ("user", "When?"))
    assert asked.asked().history == ("Who called?",)


def test_only_the_last_lines_of_a_long_thread_count() -> None:
    lines = [("user", f"Who called {number}?") for number in range(30)]
    assert request_of(*lines).asked().history == tuple(line for _, line in lines[-MAX_HISTORY - 1 : -1])


def test_parts_of_a_message_are_its_lines() -> None:
    parts = [{"type": "text", "text": "Who called"}, {"type": "text", "text": "Rubio?"}]
    assert request_of(("user", parts)).asked().question == "Who called\nRubio?"


def test_a_picture_is_refused_wherever_it_stands() -> None:
    request = request_of(("user", [{"type": "image_url", "image_url": {}}]), ("user", "Who is that?"))
    with pytest.raises(UsageError, match="'image_url'"):
        request.asked()
