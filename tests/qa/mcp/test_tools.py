"""The tools give the objects of `--json` with links to the characters that carry them, and errors that are errors."""

import asyncio
import json
import unicodedata
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from mcp import Client

from qa.answer import Answer, Citation, Evidence, Span, Statement
from qa.as_json import answer_as_dict
from qa.mcp.articles import Addresses
from qa.mcp.content import content_of_answer, content_of_articles, content_of_passages
from qa.mcp.server import build_mcp
from qa.mcp.tools import MAX_CHARACTERS
from qa.web.desk import Desk
from tests.qa.web.conftest import ANSWERED, REPLY
from tests.support import ROOT
from tests.support.articles import MakeFolder
from tests.support.assistant import PATIENCE_S, call, links_of, object_of, read, talk, text_of
from tests.support.gated_llm import GatedLLM
from tests.support.web import desk_of, settings_of

ARTICLE = "000_a545c6f73c904d3a.txt"
UNANSWERABLE = "Who won the chess tournament in Oslo?"
PAYLOADS: dict[str, str] = json.loads((ROOT / "tests" / "support" / "payloads.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def server(desk: Desk) -> Any:
    return build_mcp(desk)


def test_an_answer_is_the_object_of_json_and_each_citation_a_link_to_its_characters(server: Any) -> None:
    result = call(server, "ask", question=ANSWERED)
    answer = object_of(result)
    assert answer.keys() == answer_as_dict(Answer("Who?")).keys()
    assert answer["short_answer"] == "Sergei Lavrov"
    links = links_of(result)
    assert len(links) == len(answer["citations"]) == 1
    for link, citation in zip(links, answer["citations"], strict=True):
        assert read(server, link.uri) == citation["quote"]
        assert link.name == f"{citation['article']}:{citation['start']}-{citation['end']}"
    assert text_of(result).startswith(f"{answer['statements'][0]['text']} [1]\n[1] {ARTICLE}:1179-1413, ")


def test_a_broad_answer_links_all_that_it_rests_on(server: Any) -> None:
    result = call(server, "ask", question="Rubio and Lavrov", kind="overview")
    answer = object_of(result)
    assert (answer["kind"], len(answer["citations"]) > 1) == ("overview", True)
    assert [read(server, link.uri) for link in links_of(result)] == [each["quote"] for each in answer["citations"]]
    assert "of 1 articles" in text_of(result)


def test_an_abstention_is_an_answer_that_links_nothing(server: Any) -> None:
    result = call(server, "ask", question=UNANSWERABLE)
    answer = object_of(result)
    assert (answer["abstained"], answer["answer"], links_of(result)) == (True, None, [])
    assert text_of(result).startswith(f"The articles do not say.\n({answer['reason']})\nClosest, but no answer:\n- ")


def test_a_follow_up_is_completed_from_the_lines_before_it(seeds: Path, own_seed_index: Path) -> None:
    replies = [REPLY, "What is Sergei Lavrov's job?", "Russian Foreign Minister [1]"]
    with desk_of([settings_of(seeds, own_seed_index)], replies) as desk:
        asked = call(build_mcp(desk), "ask", question="What is his job?", history=[ANSWERED])
    assert object_of(asked)["question"] == "What is Sergei Lavrov's job?"


def test_the_filter_of_a_question_is_its_own(server: Any) -> None:
    assert object_of(call(server, "ask", question=ANSWERED, since="2030-01-01"))["abstained"]
    assert object_of(call(server, "list_articles", until="2024-01-01"))["total"] == 0
    assert object_of(call(server, "list_articles", article="other/*"))["articles"] == []


def test_what_is_found_is_linked_to_its_characters(server: Any) -> None:
    result = call(server, "search", query="ceasefire", limit=3)
    passages = object_of(result)["passages"]
    assert [read(server, link.uri) for link in links_of(result)] == [each["text"] for each in passages]
    assert len(passages) == 3
    assert sorted(passages, key=lambda each: -each["score"]) == passages


def test_articles_are_listed_and_the_status_tells_of_their_folder(server: Any) -> None:
    (listed,) = object_of(call(server, "list_articles"))["articles"]
    assert (listed["article"], listed["published"], listed["characters"]) == (ARTICLE, "2025-03-16", 2330)
    status = call(server, "status")
    (folder,) = object_of(status)["folders"]
    assert (folder["name"], folder["index"]["articles"], folder["skipped"]) == ("seeds", 1, [])
    assert text_of(status) == "seeds: 1 articles, dated from 2025-03-16 to 2025-03-16"


def test_an_article_is_read_by_the_offsets_of_citations(server: Any, seeds: Path) -> None:
    with (seeds / ARTICLE).open(encoding="utf-8", newline="") as file:
        text = file.read()
    whole = object_of(call(server, "read_article", article=ARTICLE))
    assert (whole["text"], whole["start"], whole["end"], whole["characters"]) == (text, 0, len(text), len(text))
    part = object_of(call(server, "read_article", article=ARTICLE, start=1179, end=1413))
    assert (part["text"], part["start"], part["end"]) == (text[1179:1413], 1179, 1413)


def test_a_long_article_is_read_in_pieces(make_folder: MakeFolder, tmp_path: Path) -> None:
    text = "The mill of Lowmoor stands. " * 1500
    with desk_of([settings_of(make_folder({"mill.txt": text}), tmp_path / "index")]) as desk:
        server = build_mcp(desk)
        pieces, end = "", 0
        while end < len(text):
            piece = object_of(call(server, "read_article", article="mill.txt", start=end))
            assert 0 < len(piece["text"]) <= MAX_CHARACTERS
            pieces, end = pieces + piece["text"], piece["end"]
    assert pieces == text


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        ("ask", {"question": "?!"}, "The question is empty"),
        ("ask", {"question": "x" * 2001}, "at most 2000 characters"),
        ("ask", {}, "Field required"),
        ("ask", {"question": "Who?", "kind": "riddle"}, "'fact', 'list'"),
        ("ask", {"question": "Who?", "since": "soon"}, "valid date"),
        ("ask", {"question": "Who?", "folder": "old"}, "There is no folder of that name: there are seeds"),
        ("ask", {"question": "And the fifth?", "history": ["Which articles are there?"]}, ""),
        ("search", {"query": "..."}, "The question is empty"),
        ("search", {"query": "mill", "limit": 0}, "greater than or equal to 1"),
        ("search", {"query": "mill", "folder": "old"}, "There is no folder"),
        ("list_articles", {"folder": "old"}, "There is no folder"),
        ("read_article", {"article": "000.txt"}, f"There is no article 000.txt: is it {ARTICLE}?"),
        ("read_article", {"article": "../../etc/passwd"}, "There is no article ../../etc/passwd"),
        ("read_article", {"article": ARTICLE, "start": 9, "end": 9}, "has no characters 9 to 9: it has 2330"),
        ("read_article", {"article": ARTICLE, "start": 5000}, "has no characters 5000 to"),
        ("read_article", {"article": ARTICLE, "end": 5000}, "has no characters 0 to 5000"),
        ("no_such_tool", {}, "no_such_tool"),
    ],
)
def test_an_error_is_an_error(server: Any, tool: str, arguments: dict[str, Any], told: str) -> None:
    result = call(server, tool, **arguments)
    assert result.is_error
    assert result.structured_content is None
    assert told in text_of(result)


@pytest.mark.parametrize(
    ("tool", "arguments"), [("ask", {"question": "Who?"}), ("search", {"query": "mill"}), ("list_articles", {})]
)
def test_a_folder_of_nothing_is_an_error_and_no_empty_list(
    make_folder: MakeFolder, tmp_path: Path, tool: str, arguments: dict[str, Any]
) -> None:
    folder = make_folder({"empty.txt": b""})
    with closing(Desk([settings_of(folder, tmp_path / "index")], GatedLLM(replies=[]))) as desk:
        result = call(build_mcp(desk), tool, **arguments)
        while "in a moment" in text_of(result):
            result = call(build_mcp(desk), tool, **arguments)
    assert result.is_error
    assert "no readable article" in text_of(result)


def test_a_bug_is_an_error_that_tells_nothing_of_itself(
    seeds: Path, own_seed_index: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with desk_of([settings_of(seeds, own_seed_index)], []) as desk:
        result = call(build_mcp(desk), "ask", question=ANSWERED)
    assert result.is_error
    assert text_of(result) == "Error executing tool ask"
    assert "pop from empty list" in caplog.text


def test_what_goes_on_is_told_to_who_wants_to_know(seeds: Path, own_seed_index: Path) -> None:
    model = GatedLLM(replies=[REPLY] * 2)
    heard: dict[int, list[tuple[float, str | None]]] = {0: [], 1: []}

    async def ask(client: Client, number: int) -> None:
        async def hear(progress: float, total: float | None, message: str | None) -> None:
            heard[number].append((progress, message))

        await client.call_tool("ask", {"question": ANSWERED}, progress_callback=hear)

    async def ask_twice(client: Client) -> None:
        first = asyncio.ensure_future(ask(client, 0))
        await model.await_question()
        second = asyncio.ensure_future(ask(client, 1))
        while not heard[1]:
            await asyncio.sleep(0.01)
        model.let()
        await asyncio.gather(first, second)

    with closing(Desk([settings_of(seeds, own_seed_index)], model)) as desk:
        talk(build_mcp(desk), ask_twice)
    told = [message for _, message in heard[0]]
    assert (told[-1], any("before this one" in str(message) for message in told)) == ("Reading 2 sentences", False)
    assert heard[1] == [(1, "1 question before this one"), (2, "Reading 2 sentences")]


def test_who_gives_a_question_up_frees_its_place(seeds: Path, own_seed_index: Path) -> None:
    model = GatedLLM(replies=[REPLY] * 2)

    async def give_up(client: Client) -> list[int]:
        waiting: list[int] = []
        first = asyncio.ensure_future(client.call_tool("ask", {"question": ANSWERED}))
        await model.await_question()
        second = asyncio.ensure_future(client.call_tool("ask", {"question": ANSWERED}))
        for wanted in (2, 1):
            async with asyncio.timeout(PATIENCE_S):
                while desk.waiting != wanted:
                    await asyncio.sleep(0.01)
            waiting.append(desk.waiting)
            second.cancel()
        model.let()
        await first
        return waiting

    with closing(Desk([settings_of(seeds, own_seed_index)], model)) as desk:
        assert talk(build_mcp(desk), give_up) == [2, 1]


def test_several_folders_are_told_apart(tmp_path: Path) -> None:
    for name in ("news", "minutes"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.txt").write_text(f"The mayor in the {name} is Ada Nowak.", encoding="utf-8")
    settings = [settings_of(tmp_path / name, tmp_path / f"index of {name}") for name in ("news", "minutes")]
    with desk_of(settings) as desk:
        server = build_mcp(desk)
        (link,) = links_of(call(server, "search", query="mayor", folder="minutes"))
        assert link.uri == "article://a.txt?start=0&end=38&folder=minutes"
        assert read(server, link.uri) == "The mayor in the minutes is Ada Nowak."
        assert read(server, "article://a.txt") == "The mayor in the news is Ada Nowak."
        assert text_of(call(server, "status")).splitlines() == ["news: 1 articles", "minutes: 1 articles"]


@pytest.mark.parametrize("name", PAYLOADS)
def test_nothing_invisible_reaches_an_assistant_as_text(name: str) -> None:
    payload = PAYLOADS[name]
    storable = payload.encode("utf-8", "replace").decode()
    span = Span(f"a {storable}.txt", 0, 5)
    cited = Citation(span, payload, f"Title {payload}", None)
    read_besides = Evidence(span, payload, f"Title {payload}", None, 1.0)
    told = Answer("Who?", (Statement(payload, (0,)),), (cited,), (read_besides,), read_as=payload)
    found = {"article": span.article_id, "start": 0, "end": 5, "title": payload, "published": None, "text": payload}
    listed = found | {"publisher": payload, "characters": 5}
    for content in (
        content_of_answer(told, Addresses()),
        content_of_passages([found], Addresses()),
        content_of_articles([listed], 1),
    ):
        seen = [line for each in content for line in lines_of(each)]
        assert not [char for line in seen for char in line if unicodedata.category(char) in ("Cc", "Cf", "Cs")]


def lines_of(block: Any) -> Sequence[str]:
    """What of a block is shown to a person or a model."""
    if block.type == "text":
        return block.text.split("\n")
    return [block.name, block.title, block.description, block.uri]
