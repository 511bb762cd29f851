"""The HTTP API gives the objects of `--json`, the events of a question, and errors that programs read."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from index.errors import IndexBusyError
from qa.cli.main import app
from qa.web.desk import Desk
from tests.qa.web.conftest import ANSWERED, REPLY
from tests.support.articles import MakeFolder
from tests.support.web import desk_of, serving, settings_of

ARTICLE = "000_a545c6f73c904d3a.txt"
STREAM = {"Accept": "text/event-stream"}


def events_of(response: httpx.Response) -> Iterator[tuple[str, object]]:
    """Read server-sent events as the standard has them: fields by the line, an event ended by an empty line."""
    name, data = "", []
    for line in response.iter_lines():
        field, _, value = line.partition(":")
        if field == "event":
            name = value.removeprefix(" ")
        elif field == "data":
            data.append(value.removeprefix(" "))
        elif not line and data:
            yield name, json.loads("\n".join(data))
            name, data = "", []


def test_an_answer_is_the_object_that_the_command_line_prints(
    client: httpx.Client, seeds: Path, own_seed_index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    response = client.post("/api/ask", json={"question": ANSWERED})
    assert response.status_code == 200
    answer = response.json()
    assert answer["short_answer"] == "Sergei Lavrov"
    citation = answer["citations"][0]
    text = client.get(f"/api/articles/{ARTICLE}/text").text
    assert text[citation["start"] : citation["end"]] == citation["quote"]
    listed = CliRunner().invoke(
        app, ["ask", "Which articles are there?", "--json", "--articles", str(seeds), "--index", str(own_seed_index)]
    )
    assert answer.keys() == json.loads(listed.stdout).keys()


def test_an_abstention_is_an_answer_and_no_error(client: httpx.Client) -> None:
    response = client.post("/api/ask", json={"question": "Who won the chess tournament in Oslo?"})
    assert (response.status_code, response.json()["abstained"]) == (200, True)
    assert response.json()["answer"] is None


def test_the_events_of_a_question_come_in_the_order_of_the_work(client: httpx.Client) -> None:
    with client.stream("POST", "/api/ask", json={"question": ANSWERED}, headers=STREAM) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        events = list(events_of(response))
    assert [name for name, _ in events] == ["queued", "sync", "plan", "retrieve", "evidence", "answer", "done"]
    told = dict(events)
    assert told["evidence"][0]["quote"].startswith("Meanwhile, Moscow said")  # type: ignore[index]
    assert told["answer"]["short_answer"] == "Sergei Lavrov"  # type: ignore[index]


def test_an_error_among_the_events_is_a_problem_with_class_and_exit_code(client: httpx.Client) -> None:
    follow_up = {"question": "And the fifth?", "history": ["Which articles are there?"]}
    with client.stream("POST", "/api/ask", json=follow_up, headers=STREAM) as response:
        events = dict(events_of(response))
    assert "answer" not in events
    assert (events["error"]["class"], events["error"]["exit_code"]) == ("UsageError", 2)  # type: ignore[index]
    assert "done" in events


def test_a_follow_up_is_completed_from_the_lines_before_it(seeds: Path, own_seed_index: Path) -> None:
    replies = [REPLY, "What is Sergei Lavrov's job?", "Russian Foreign Minister [1]"]
    with desk_of([settings_of(seeds, own_seed_index)], replies) as desk, serving(desk) as address:
        asked = {"question": "What is his job?", "history": [ANSWERED]}
        with httpx.stream("POST", f"{address}/api/ask", json=asked, headers=STREAM, timeout=30) as response:
            events = list(events_of(response))
    assert [name for name, _ in events].count("answer") == 1
    assert dict(events)["rewrite"] == {"question": "What is Sergei Lavrov's job?"}
    assert dict(events)["answer"]["question"] == "What is Sergei Lavrov's job?"  # type: ignore[index]


def test_the_filter_and_the_kind_are_the_questions_own(client: httpx.Client) -> None:
    later = client.post("/api/ask", json={"question": ANSWERED, "since": "2030-01-01"}).json()
    assert later["abstained"]
    told = client.post("/api/ask", json={"question": "Rubio and Lavrov", "kind": "overview"}).json()
    assert told["kind"] == "overview"


def test_articles_are_listed_filtered_and_read_by_offsets(client: httpx.Client) -> None:
    listed = client.get("/api/articles").json()
    assert (listed["folder"], listed["total"]) == ("seeds", 1)
    assert listed["articles"][0] | {"title": ""} == {
        "article": ARTICLE,
        "title": "",
        "published": "2025-03-16",
        "publisher": None,
        "url": None,
        "characters": 2330,
    }
    assert client.get("/api/articles", params={"until": "2024-01-01"}).json()["total"] == 0
    whole = client.get(f"/api/articles/{ARTICLE}").json()
    part = client.get(f"/api/articles/{ARTICLE}/text", params={"start": 1179, "end": 1413})
    assert part.text == whole["text"][1179:1413]
    assert part.headers["content-type"] == "text/plain; charset=utf-8"
    beyond = client.get(f"/api/articles/{ARTICLE}/text", params={"start": 5, "end": 99999})
    assert (beyond.status_code, beyond.json()["class"]) == (400, "UsageError")


def test_passages_are_found_with_their_offsets(client: httpx.Client) -> None:
    found = client.get("/api/search", params={"q": "ceasefire", "limit": 3}).json()["passages"]
    assert len(found) == 3
    assert found[0]["score"] >= found[1]["score"]
    text = client.get(f"/api/articles/{ARTICLE}/text").text
    assert all(text[each["start"] : each["end"]] == each["text"] for each in found)


def test_the_status_tells_what_is_served(client: httpx.Client) -> None:
    status = client.get("/api/status").json()
    (folder,) = status["folders"]
    assert (folder["name"], folder["indexing"], folder["index"]["articles"], status["waiting"]) == ("seeds", None, 1, 0)


def test_the_status_waits_for_no_index_that_is_only_being_made(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise IndexBusyError("The index is only being made")

    monkeypatch.setattr("index.catalog.sqlite.place.FolderPlace.open", refuse)
    response = client.get("/api/status")
    assert (response.status_code, response.json()["folders"][0]["index"]) == (200, None)


def test_what_changed_is_taken_in(make_folder: MakeFolder, tmp_path: Path) -> None:
    folder = make_folder({"a.txt": "Ada Nowak is the mayor of Tarnow."})
    with desk_of([settings_of(folder, tmp_path / "index")]) as desk, serving(desk) as address:
        make_folder({"b.txt": "Ben Alder chairs the board.", "c.txt": b""})
        report = httpx.post(f"{address}/api/sync").json()
        assert report["added"] == ["b.txt"]
        assert [each["path"] for each in report["skipped"]] == ["c.txt"]
        assert httpx.get(f"{address}/api/articles/b.txt/text").text == "Ben Alder chairs the board."
        assert httpx.get(f"{address}/api/status").json()["folders"][0]["skipped"] == report["skipped"]


def test_folders_of_one_name_are_told_apart(tmp_path: Path) -> None:
    for each in ("one", "other"):
        (tmp_path / each / "news").mkdir(parents=True)
        (tmp_path / each / "news" / "a.txt").write_text(f"The mayor of {each} is Ada Nowak.")
    settings = [settings_of(tmp_path / each / "news", tmp_path / "index" / each) for each in ("one", "other")]
    with desk_of(settings) as desk, serving(desk) as address:
        texts = [
            httpx.get(f"{address}/api/articles/a.txt/text", params={"folder": name}).text for name in ("news", "news-2")
        ]
        assert texts == ["The mayor of one is Ada Nowak.", "The mayor of other is Ada Nowak."]
        missing = httpx.post(f"{address}/api/ask", json={"question": "Who?", "folder": "old"})
    assert (missing.status_code, missing.json()["class"]) == (404, "NotHereError")


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        ({"question": "?!"}, 400, "The question is empty"),
        ({"question": ""}, 422, "question: "),
        ({"question": "x" * 2001}, 422, "at most 2000 characters"),
        ({"question": "Who?", "kind": "riddle"}, 422, "kind: "),
        ({"question": "Who?", "history": ["a"] * 9}, 422, "history: "),
        ({"question": "Who?", "history": ["?"]}, 400, "The question is empty"),
        ({"question": "Who?", "llm": "openai:x"}, 422, "llm: "),
        ({}, 422, "question: Field required"),
    ],
)
def test_what_cannot_be_asked_is_told_as_a_problem(
    client: httpx.Client, body: dict[str, object], status: int, told: str
) -> None:
    response = client.post("/api/ask", json=body)
    problem = response.json()
    assert (response.status_code, problem["status"], problem["exit_code"]) == (status, status, 2)
    assert response.headers["content-type"] == "application/problem+json"
    assert told in problem["detail"]


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/api/nothing", 404), ("GET", "/api/ask", 405)])
def test_a_page_that_is_not_there_is_a_problem_too(client: httpx.Client, method: str, path: str, status: int) -> None:
    response = client.request(method, path)
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")


def test_a_folder_without_articles_is_told_when_it_is_asked(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    from qa.testing import ScriptedLLM

    desk = Desk([settings_of(tmp_path / "empty", tmp_path / "index")], ScriptedLLM(replies=[]))
    with serving(desk) as address:
        response = httpx.post(f"{address}/api/ask", json={"question": ANSWERED}, timeout=30)
        assert (response.status_code, response.json()["exit_code"]) == (409, 10)
        fault = httpx.get(f"{address}/api/status").json()["folders"][0]["indexing"]["fault"]
        assert "holds no article" in fault
