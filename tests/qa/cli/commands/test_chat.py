"""A chat answers line by line, completes follow-ups and shows how; on a terminal lines are edited and interrupted."""

import json
import os
import pty
import re
import select
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from prompts import load_prompt
from qa.cli.conversation import HELP
from qa.cli.main import app
from tests.support.endpoint import Endpoint, serving

KEY = "sk-secret-of-the-test"
CALL = "Moscow said U.S. Secretary of State Marco Rubio called Russian Foreign Minister Sergei Lavrov. [1]"
TIMEOUT_S = 200

Chat = Callable[..., Result]


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with serving(Endpoint(["Sergei Lavrov [2]"])) as endpoint:
        yield endpoint


@pytest.fixture(autouse=True)
def own_places(
    endpoint: Endpoint, seeds: Path, own_seed_index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The endpoint is asked of the seed article in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QA_INDEX", str(own_seed_index))
    monkeypatch.setenv("QA_ARTICLES", str(seeds))
    monkeypatch.setenv("QA_LLM", "openai:some-strong-model")
    monkeypatch.setenv("QA_LLM_URL", endpoint.url)
    monkeypatch.setenv("QA_LLM_KEY", KEY)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def chat() -> Chat:
    """Chat through a pipe."""

    def run(*lines: str, arguments: tuple[str, ...] = ()) -> Result:
        return CliRunner().invoke(app, ["chat", *arguments], input="".join(f"{line}\n" for line in lines))

    return run


def test_a_follow_up_is_completed_shown_and_answered_with_citations(chat: Chat, endpoint: Endpoint) -> None:
    endpoint.replies = ["Sergei Lavrov [1]", "What is Sergei Lavrov's job?", "Russian Foreign Minister [1]"]
    result = chat("Who did Rubio call?", "What is his job?")
    assert result.exit_code == 0
    first, second = result.stdout.split("→ What is Sergei Lavrov's job?\n")
    assert first.startswith(CALL)
    assert "[1] 000_a545c6f73c904d3a.txt:1179-1413" in second
    assert "Question: What is Sergei Lavrov's job?" in endpoint.requests[2]["messages"][-1]["content"]


def test_a_question_that_stands_alone_is_asked_as_it_is_with_nothing_of_what_was_said(
    chat: Chat, endpoint: Endpoint
) -> None:
    endpoint.replies = ["Sergei Lavrov [1]", "Steve Witkoff [1]"]
    result = chat("Who did Rubio call?", "", "Who is Trump's special envoy?")
    assert "→" not in result.stdout
    assert "Trump's special envoy is Steve Witkoff. [1]" in result.stdout
    assert "Question: Who did Rubio call?" not in json.dumps(endpoint.requests[1])


def test_what_the_articles_do_not_say_is_said_in_a_chat_too(chat: Chat, endpoint: Endpoint) -> None:
    endpoint.replies = ["Sergei Lavrov [1]", "How long did Rubio talk to Wang Yi?", "not stated"]
    result = chat("Who did Rubio call?", "And how long did he talk?")
    assert "→ How long did Sergei Lavrov talk?\nThe articles do not say.\n" in result.stdout


def test_articles_that_change_meanwhile_are_taken_in(chat: Chat, endpoint: Endpoint, tmp_path: Path) -> None:
    folder = tmp_path / "news"
    folder.mkdir()
    (folder / "a.txt").write_text("Marco Rubio called Sergei Lavrov on Friday.")

    class Mayor(Endpoint):
        def answer(self, request):  # type: ignore[no-untyped-def]
            (folder / "b.txt").write_text("Ada Nowak is the mayor of Tarnow.")
            return super().answer(request)

    with serving(Mayor(["Sergei Lavrov [1]", "Ada Nowak [1]"])) as changing:
        result = chat(
            "Who did Rubio call?",
            "Who is the mayor of Tarnow?",
            arguments=("--articles", str(folder), "--llm-url", changing.url),
        )
    assert "[1] b.txt:0-33" in result.stdout


def test_the_commands_tell_of_the_last_answer(chat: Chat, endpoint: Endpoint) -> None:
    endpoint.replies = ["Sergei Lavrov [1]"] * 2
    result = chat("Who did Rubio call?", "/sources", "/explain", "/help", "/quit", "Who is never asked?")
    assert result.exit_code == 0
    assert "000_a545c6f73c904d3a.txt:1179-1413\n" in result.stdout
    assert "Decision: the first phrase is the answer\n" in result.stdout
    assert 'model: "Sergei Lavrov" in 000_a545c6f73c904d3a.txt:1179-1413' in result.stdout
    assert result.stdout.endswith(HELP + "\n")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("/sources", "Nothing was asked yet"),
        ("/explain", "Nothing was asked yet"),
        ("/save talk.txt", "Nothing was asked yet"),
        ("/frobnicate", "There is no command /frobnicate: /help lists them"),
        ("?!", "The question is empty"),
    ],
)
def test_a_line_that_means_nothing_ends_a_chat_from_a_pipe_as_an_error(chat: Chat, line: str, told: str) -> None:
    result = chat(line)
    assert result.exit_code == 2
    assert told in result.stderr


def test_a_model_that_fails_ends_a_chat_from_a_pipe_with_its_code(chat: Chat, endpoint: Endpoint) -> None:
    endpoint.replies = [500]
    result = chat("Who did Rubio call?")
    assert (result.exit_code, result.stdout) == (4, "")
    assert KEY not in result.output


def test_a_conversation_is_saved_as_it_was_shown_and_nothing_else_is_overwritten(chat: Chat, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("mine")
    result = chat("Who did Rubio call?", "/save talk.txt", "/save talk.txt", "/save other.txt")
    assert (tmp_path / "talk.txt").read_text().startswith(f"> Who did Rubio call?\n{CALL}\n[1] 000_")
    assert result.exit_code == 2
    assert "other.txt is there already: name another file" in result.stderr
    assert other.read_text() == "mine"
    assert "Where to?" in chat("Who did Rubio call?", "/save").stderr
    assert "cannot be written" in chat("Who did Rubio call?", "/save missing/talk.txt").stderr


def test_the_trace_of_a_chat_tells_how_a_question_was_completed_and_no_key(
    chat: Chat, endpoint: Endpoint, tmp_path: Path
) -> None:
    endpoint.replies = ["Sergei Lavrov [1]", "What is Sergei Lavrov's job?", "Russian Foreign Minister [1]"]
    chat("Who did Rubio call?", "What is his job?", arguments=("--trace", "trace.ndjson"))
    text = (tmp_path / "trace.ndjson").read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    second = {line["step"]: line for line in lines if line["question"] == 2}
    assert second["asked"]["text"] == "What is his job?"
    assert second["rewrite"]["found"] == "What is Sergei Lavrov's job?"
    assert {"sync", "retrieve", "evidence", "chat", "generate", "decide", "state"} <= second.keys()
    assert KEY not in text


def test_a_follow_up_on_a_broad_answer_is_shown_as_what_it_is_asked_and_saved_so(
    chat: Chat, endpoint: Endpoint, tmp_path: Path
) -> None:
    endpoint.replies = ["NONE"] * 5
    question = "What do the articles say about the ceasefire?"
    result = chat(question, "as a timeline", "/explain", "/save talk.txt", "only in 2019", "and in March 2025?")
    assert result.exit_code == 0
    account = load_prompt("account").message_templates[0].content
    assert {each["messages"][0]["content"] for each in endpoint.requests} == {account}
    overview, timeline, silent, told = result.stdout.split("→ ")
    assert "[1] 000_a545c6f73c904d3a.txt:" in overview
    assert timeline.startswith(f"{question} (timeline)\n")
    assert "asked for is timeline" in timeline
    assert silent.startswith(
        "What do the articles say about the ceasefire in 2019? (timeline)\nThe articles do not say."
    )
    assert told.startswith("What do the articles say about the ceasefire in March 2025? (timeline)\n")
    assert "[1] 000_a545c6f73c904d3a.txt:" in told
    assert f"> as a timeline\n> {question} (timeline)\n" in (tmp_path / "talk.txt").read_text()


def test_a_fact_asked_after_a_broad_answer_is_asked_word_for_word(chat: Chat, endpoint: Endpoint) -> None:
    endpoint.replies = ["NONE", "Sergei Lavrov [1]"]
    result = chat("What do the articles say about the ceasefire?", "Who did Rubio call?")
    assert "→" not in result.stdout
    assert CALL in result.stdout


def test_one_of_more_things_than_were_told_is_an_error(chat: Chat, endpoint: Endpoint) -> None:
    endpoint.replies = ["NONE"]
    result = chat("What do the articles say about the ceasefire?", "tell me more about number 40")
    assert result.exit_code == 2
    assert "there is no number 40" in result.stderr


def test_a_trace_that_cannot_be_written_is_told_before_the_model_is_asked(chat: Chat, endpoint: Endpoint) -> None:
    for command in (["chat"], ["ask", "Who did Rubio call?"]):
        result = CliRunner().invoke(app, [*command, "--trace", "missing/trace.ndjson"], input="Who did Rubio call?\n")
        assert result.exit_code == 2
        assert "missing/trace.ndjson cannot be written" in result.stderr
    assert endpoint.requests == []


@pytest.mark.model
def test_the_embedded_model_completes_a_follow_up_and_answers_it(chat: Chat) -> None:
    result = chat("Who did Rubio call?", "What is his job?", arguments=("--llm", "local"))
    first, second = result.stdout.split("→ What is Sergei Lavrov's job?\n")
    assert first.startswith(CALL)
    assert "Foreign Minister" in second


# On a terminal


class Terminal:
    """A chat on a terminal of its own."""

    def __init__(self, process: subprocess.Popen[bytes], end: int) -> None:
        self.process = process
        self._end = end
        self.seen = ""

    def type(self, keys: str) -> None:
        os.write(self._end, keys.encode())

    def wait_for(self, text: str) -> str:
        """Give what is shown until a text, which counts once."""
        deadline = time.monotonic() + TIMEOUT_S
        while text not in self.seen:
            assert time.monotonic() < deadline, self.seen
            if select.select([self._end], [], [], 1)[0]:
                shown = os.read(self._end, 65536).decode(errors="replace")
                self.seen += re.sub(r"\x1b\[[\d;?]*[a-zA-Z]|\x1b\]8;[^\x1b]*\x1b\\", "", shown)  # colours and links
        before, _, self.seen = self.seen.partition(text)
        return before


@contextmanager
def terminal() -> Iterator[Terminal]:
    above, below = pty.openpty()
    env = dict(os.environ) | {"TERM": "xterm-256color", "PROMPT_TOOLKIT_NO_CPR": "1"}
    command = [sys.executable, "-m", "qa", "chat"]
    with subprocess.Popen(command, stdin=below, stdout=below, stderr=below, env=env, start_new_session=True) as process:
        os.close(below)
        try:
            yield Terminal(process, above)
        finally:
            process.kill()
            os.close(above)


def test_on_a_terminal_lines_are_edited_and_kept_and_ctrl_d_leaves(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.replies = ["Sergei Lavrov [1]"]
    with terminal() as shown:
        shown.wait_for("/help lists")
        shown.wait_for(">")
        shown.type("Who did Rubio kall?\x1b[D\x1b[D\x1b[D\x1b[D\x7fc")  # four to the left, and k becomes c
        shown.type("\x05\r")
        shown.wait_for("[1] 000_")
        shown.wait_for(">")
        shown.type("\x1b[A\r")  # the line before, which is answered from the cache
        shown.wait_for("[1] 000_")
        shown.wait_for(">")
        shown.type("\x04")
        assert shown.process.wait(TIMEOUT_S) == 0
    (request,) = endpoint.requests
    assert "Question: Who did Rubio call?" in request["messages"][-1]["content"]
    history = tmp_path / "state" / "article-qa" / "chat-history"
    assert "+Who did Rubio call?" in history.read_text()
    assert stat.S_IMODE(history.stat().st_mode) == 0o600


def test_ctrl_c_gives_up_a_line_or_a_question_and_an_error_does_not_end_the_chat(endpoint: Endpoint) -> None:
    endpoint.replies, endpoint.seconds = ["too late", "Sergei Lavrov [1]"], 5.0
    with terminal() as shown:
        shown.wait_for(">")
        shown.type("Who did\x03")
        shown.wait_for(">")
        shown.type("Who did Rubio call?\r")
        deadline = time.monotonic() + TIMEOUT_S
        while not endpoint.requests:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        shown.process.send_signal(signal.SIGINT)
        shown.wait_for("Interrupted.")
        endpoint.seconds = 0.0
        shown.wait_for(">")
        shown.type("/frobnicate\r")
        shown.wait_for("There is no command /frobnicate")
        shown.wait_for(">")
        shown.type("Who did Rubio call?\r")
        shown.wait_for("[1] 000_")
        shown.wait_for(">")
        shown.type("/quit\r")
        assert shown.process.wait(TIMEOUT_S) == 0
