"""A folder is a model for OpenAI's own client, plain and streamed, and its errors are those that the client knows."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from llama_index.core.llms import ChatMessage
from llama_index.llms.openai_like import OpenAILike
from lxml import html as lxml_html

from qa.web.desk import Desk
from tests.qa.web.conftest import ANSWERED, REPLY
from tests.support import ROOT
from tests.support.articles import MakeFolder
from tests.support.gated_llm import PATIENCE_S, GatedLLM
from tests.support.web import desk_of, serving, settings_of

SAYS = "Moscow said U.S. Secretary of State Marco Rubio called Russian Foreign Minister Sergei Lavrov."
UNANSWERABLE = "Who won the chess tournament in Oslo?"
TOKEN = "a-token-of-many-characters"


def asking(*questions: str) -> list[Any]:
    """The messages of a conversation in which these were asked."""
    messages: list[Any] = [{"role": "system", "content": "Answer in French."}]
    for question in questions:
        messages += [{"role": "user", "content": question}, {"role": "assistant", "content": "So and so."}]
    return messages[:-1]


def client_of(address: str, **options: Any) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{address}/v1", **({"api_key": "unused", "max_retries": 0} | options))


@pytest.fixture
def models(address: str) -> Iterator[openai.OpenAI]:
    with client_of(address) as client:
        yield client


def test_the_folders_are_the_models(models: openai.OpenAI) -> None:
    (model,) = models.models.list().data
    assert (model.id, model.object, model.owned_by) == ("seeds", "model", "article-qa")
    assert models.models.retrieve("seeds") == model


def test_an_answer_is_a_completion_whose_annotations_lead_to_the_cited_characters(
    models: openai.OpenAI, address: str
) -> None:
    completion = models.chat.completions.create(model="seeds", messages=asking(ANSWERED))
    (choice,) = completion.choices
    assert (choice.finish_reason, choice.message.role, choice.message.content) == ("stop", "assistant", f"{SAYS} [1]")
    assert completion.model_extra
    assert completion.model_extra["abstained"] is False
    (annotation,) = choice.message.annotations or []
    place = annotation.url_citation
    assert f"{SAYS} [1]"[place.start_index : place.end_index] == SAYS
    assert place.model_extra
    assert place.model_extra["article"] == "000_a545c6f73c904d3a.txt"
    assert (place.model_extra["start_char_index"], place.model_extra["end_char_index"]) == (1179, 1413)
    text = httpx.get(f"{address}/api/articles/{place.model_extra['article']}/text").text
    assert text[1179:1413] == place.model_extra["cited_text"]
    assert place.url == f"{address}/article?id=000_a545c6f73c904d3a.txt&folder=seeds&mark=1.1.1179.1413#c1"


def test_the_address_of_an_annotation_shows_a_person_the_quote_marked(models: openai.OpenAI) -> None:
    completion = models.chat.completions.create(model="seeds", messages=asking(ANSWERED))
    (annotation,) = completion.choices[0].message.annotations or []
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    shown = httpx.get(annotation.url_citation.url, headers=link)
    assert (shown.status_code, shown.headers["content-type"]) == (200, "text/html; charset=utf-8")
    (mark,) = lxml_html.fromstring(shown.text).xpath("//mark[@id='c1']")
    (number,) = mark.xpath("a")
    number.drop_tree()
    assert mark.text_content() == (annotation.url_citation.model_extra or {})["cited_text"]


def test_the_example_of_the_documents_runs(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    page = (ROOT / "docs" / "serve.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    named: dict[str, Any] = {}
    exec(example.replace("http://127.0.0.1:8017", address).replace('"news"', '"seeds"'), named)
    named["client"].close()
    assert capsys.readouterr().out == f"{SAYS} [1] False\n"


def test_an_abstention_is_an_ordinary_completion(models: openai.OpenAI) -> None:
    completion = models.chat.completions.create(model="seeds", messages=asking(UNANSWERABLE))
    (choice,) = completion.choices
    assert choice.finish_reason == "stop"
    assert (choice.message.content or "").startswith("The articles do not say.\n(")
    assert choice.message.annotations == []
    assert completion.model_extra
    assert completion.model_extra["abstained"] is True
    assert completion.model_extra["reason"] in (choice.message.content or "")


def test_a_stream_gives_what_the_whole_is(models: openai.OpenAI) -> None:
    whole = models.chat.completions.create(model="seeds", messages=asking(ANSWERED)).choices[0].message
    options: Any = {"include_usage": True}
    stream = models.chat.completions.create(
        model="seeds", messages=asking(ANSWERED), stream=True, stream_options=options
    )
    *chunks, last = list(stream)
    deltas = [chunk.choices[0].delta for chunk in chunks]
    assert "".join(delta.content or "" for delta in deltas) == whole.content
    annotations = [(delta.model_extra or {}).get("annotations") for delta in deltas]
    assert [each for each in annotations if each] == [[each.model_dump() for each in whole.annotations or []]]
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert (chunks[-1].model_extra or {})["abstained"] is False
    assert (last.choices, last.usage and last.usage.total_tokens) == ([], 0)


def test_the_clients_own_way_to_put_a_stream_together_gives_the_whole(models: openai.OpenAI) -> None:
    with models.chat.completions.stream(model="seeds", messages=asking(ANSWERED)) as stream:
        told = stream.get_final_completion().choices[0].message
    whole = models.chat.completions.create(model="seeds", messages=asking(ANSWERED)).choices[0].message
    assert (told.content, told.annotations) == (whole.content, whole.annotations)


def test_a_stream_ends_as_openais_does_and_is_kept_open_by_comments(client: httpx.Client) -> None:
    asked = {"model": "seeds", "stream": True, "messages": asking(ANSWERED)}
    with client.stream("POST", "/v1/chat/completions", json=asked) as response:
        lines = [line for line in response.iter_lines() if line]
    assert response.headers["content-type"].startswith("text/event-stream")
    assert lines[-1] == "data: [DONE]"
    assert ": queued" in lines
    assert all(line.startswith(("data: {", ": ")) for line in lines[:-1])


def test_the_messages_of_the_user_are_the_thread(seeds: Path, own_seed_index: Path) -> None:
    replies = [REPLY, "What is Sergei Lavrov's job?", "Russian Foreign Minister [1]"]
    with (
        desk_of([settings_of(seeds, own_seed_index)], replies) as desk,
        serving(desk) as address,
        client_of(address) as client,
    ):
        messages = asking("?!", ANSWERED, "What is his job?")
        completion = client.chat.completions.create(model="seeds", messages=messages)
    assert "Russian Foreign Minister" in (completion.choices[0].message.content or "")


def test_a_message_may_come_in_parts_and_the_filter_beside_it(models: openai.OpenAI) -> None:
    parts: Any = [{"role": "user", "content": [{"type": "text", "text": ANSWERED}]}]
    asked = models.chat.completions.create(model="seeds", messages=parts)
    assert asked.choices[0].message.content == f"{SAYS} [1]"
    later = models.chat.completions.create(model="seeds", messages=parts, extra_body={"since": "2030-01-01"})
    assert (later.model_extra or {})["abstained"] is True
    broad = models.chat.completions.create(
        model="seeds", messages=asking("Rubio and Lavrov"), extra_body={"kind": "overview"}
    )
    assert (broad.model_extra or {})["kind"] == "overview"
    content = broad.choices[0].message.content or ""
    places = [each.url_citation for each in broad.choices[0].message.annotations or []]
    assert len({place.start_index for place in places}) > 1
    assert all(content[place.end_index :].startswith(" [") for place in places)


def test_an_unknown_model_gets_openais_404(models: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as raised:
        models.chat.completions.create(model="nothing", messages=asking(ANSWERED))
    with pytest.raises(openai.NotFoundError) as not_retrieved:
        models.models.retrieve("nothing")
    assert not_retrieved.value.body == raised.value.body
    assert raised.value.body == {
        "message": "The model `nothing` does not exist: there are seeds",
        "type": "invalid_request_error",
        "param": "model",
        "code": "model_not_found",
    }


IMAGE = {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:,"}}]}


@pytest.mark.parametrize(
    ("changed", "param", "told"),
    [
        ({"messages": []}, "messages", "at least 1 item"),
        ({"messages": [{"role": "system", "content": "Hi"}]}, None, "No message has the role user"),
        ({"messages": [{"role": "robot", "content": "Hi"}]}, "messages.0.role", "Input should be"),
        ({"messages": [IMAGE]}, None, "a part of type 'image_url'"),
        ({"messages": [{"role": "user", "content": "?!"}]}, None, "The question is empty"),
        ({"messages": [{"role": "user", "content": "x" * 2001}]}, None, "more than the 2,000 read"),
        ({"n": 2}, "n", "Input should be 1"),
        ({"logprobs": True}, "logprobs", "Input should be False"),
        ({"response_format": {"type": "json_object"}}, "response_format.type", "Input should be 'text'"),
        ({"tool_choice": "required"}, "tool_choice", "Input should be 'none' or 'auto'"),
        ({"kind": "riddle"}, "kind", "Input should be"),
        ({"since": "soon"}, "since", "Input should be a valid date"),
        ({"model": None}, "model", "Input should be a valid string"),
    ],
)
def test_what_cannot_be_done_is_refused_and_not_passed_over(
    client: httpx.Client, changed: dict[str, Any], param: str | None, told: str
) -> None:
    response = client.post("/v1/chat/completions", json={"model": "seeds", "messages": asking(ANSWERED)} | changed)
    error = response.json()["error"]
    assert (response.status_code, error["type"], error["param"]) == (400, "invalid_request_error", param)
    assert told in error["message"]


@pytest.mark.parametrize("body", [b'{"model": ', b"\xff\xfe", b"[]", b""])
def test_what_is_no_json_is_refused(client: httpx.Client, body: bytes) -> None:
    headers = {"content-type": "application/json"}
    response = client.post("/v1/chat/completions", content=body, headers=headers)
    assert (response.status_code, response.json()["error"]["type"]) == (400, "invalid_request_error")


def test_what_tunes_a_model_is_not_read(models: openai.OpenAI) -> None:
    tool: Any = {"type": "function", "function": {"name": "f", "parameters": {}}}
    completion = models.chat.completions.create(
        model="seeds", messages=asking(ANSWERED), temperature=2, max_tokens=1, stop="Moscow", seed=7, tools=[tool]
    )
    assert completion.choices[0].message.content == f"{SAYS} [1]"


def test_an_error_of_the_folder_is_one_with_class_and_exit_code(make_folder: MakeFolder, tmp_path: Path) -> None:
    folder = make_folder({"a.txt": "Ada Nowak is the mayor of Tarnow."})
    with desk_of([settings_of(folder, tmp_path / "index")]) as desk, serving(desk) as address:
        (folder / "a.txt").write_bytes(b"")
        asked: Any = {"model": "articles", "messages": asking("Who is the mayor?")}
        with client_of(address) as client:
            with pytest.raises(openai.ConflictError) as raised:
                client.chat.completions.create(**asked)
            assert isinstance(raised.value.body, dict)
            assert (raised.value.body["code"], raised.value.body["exit_code"]) == ("NoArticlesError", 10)
            with (
                client.chat.completions.create(**asked, stream=True) as stream,
                pytest.raises(openai.APIError) as broken,
            ):
                list(stream)
    assert broken.value.code == "NoArticlesError"


def test_a_client_is_told_to_try_again_while_that_helps(seeds: Path, own_seed_index: Path) -> None:
    with desk_of([settings_of(seeds, own_seed_index)]) as desk, serving(desk) as address:
        desk.close()
        asked = {"model": "seeds", "messages": asking(ANSWERED)}
        response = httpx.post(f"{address}/v1/chat/completions", json=asked)
    assert (response.status_code, response.headers["retry-after"]) == (503, "5")
    assert (response.json()["error"]["type"], response.json()["error"]["code"]) == ("server_error", "EndingError")


@pytest.mark.parametrize("is_streamed", [False, True])
def test_who_leaves_frees_the_place_of_the_question(seeds: Path, own_seed_index: Path, is_streamed: bool) -> None:
    model = GatedLLM(replies=[REPLY] * 2)
    asked = {"model": "seeds", "messages": asking(ANSWERED), "stream": is_streamed}

    async def leave(address: str) -> None:
        url = f"{address}/v1/chat/completions"
        async with asyncio.timeout(PATIENCE_S), httpx.AsyncClient(timeout=None) as client:
            first = asyncio.ensure_future(client.post(url, json=asked))
            await model.await_question()
            second = asyncio.ensure_future(client.post(url, json=asked))
            while desk.waiting != 2:
                await asyncio.sleep(0.01)
            second.cancel()
            while desk.waiting != 1:
                await asyncio.sleep(0.01)
            model.let()
            assert SAYS in (await first).text

    with closing(Desk([settings_of(seeds, own_seed_index)], model)) as desk, serving(desk) as address:
        asyncio.run(leave(address))


def test_the_token_is_the_api_key(desk: Desk) -> None:
    with serving(desk, closes=False, token=TOKEN) as address:
        with client_of(address, api_key=TOKEN) as client:
            assert client.models.list().data
        with client_of(address, api_key="wrong") as client, pytest.raises(openai.AuthenticationError):
            client.models.list()


def test_llama_index_takes_a_folder_for_a_model(address: str) -> None:
    with httpx.Client() as client:
        model = OpenAILike(
            model="seeds", api_base=f"{address}/v1", api_key="unused", is_chat_model=True, http_client=client
        )
        asked = [ChatMessage(role="user", content=ANSWERED)]
        said = [
            model.complete(ANSWERED).text,
            "".join(each.delta or "" for each in model.stream_complete(ANSWERED)),
            model.chat(asked).message.content,
            "".join(each.delta or "" for each in model.stream_chat(asked)),
        ]
    assert said == [f"{SAYS} [1]"] * 4
