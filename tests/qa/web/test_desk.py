"""One thread answers, a queue stands before it, and nobody who asks can hold up another."""

import asyncio
import gc
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from index.errors import UsageError
from index.filter import EVERYTHING
from qa.answer import Answer
from qa.settings import Settings, load_settings
from qa.testing import ScriptedLLM
from qa.web import desk as desk_module
from qa.web.desk import Desk, Job, Request
from qa.web.job import MAX_EVENTS, CancelledJobError
from qa.web.problems import EndingError, NotHereError, QueueFullError
from tests.qa.web.conftest import ANSWERED, REPLY
from tests.support.endpoint import Endpoint
from tests.support.endpoint import serving as serving_endpoint
from tests.support.gated_llm import PATIENCE_S, GatedLLM
from tests.support.web import desk_of, settings_of

MINILM_DIMENSION = 384


@pytest.fixture
def settings(seeds: Path, own_seed_index: Path) -> Settings:
    return settings_of(seeds, own_seed_index)


@pytest.fixture
def model() -> GatedLLM:
    return GatedLLM(replies=[REPLY] * 20)


@pytest.fixture
def gated(settings: Settings, model: GatedLLM) -> Iterator[Desk]:
    """A desk whose model waits to be let."""
    with closing(Desk([settings], model)) as desk:
        yield desk
        model.let()


async def events_of(job: Job) -> list[tuple[str, Any]]:
    async with asyncio.timeout(PATIENCE_S):
        return [event async for event in job]


async def first(job: Job, name: str, is_meant: Callable[[Any], bool] = lambda data: True) -> Any:
    """Read on to an event of a name, and give its data."""
    async with asyncio.timeout(PATIENCE_S):
        async for told, data in job:
            if told == name and is_meant(data):
                return data
    raise AssertionError(f"no {name}")


def test_questions_are_answered_in_their_order_and_each_is_told_its_position(gated: Desk, model: GatedLLM) -> None:
    async def ask() -> None:
        running = gated.ask(Request(ANSWERED))
        await model.await_question()
        waiting = [gated.ask(Request(ANSWERED)) for _ in range(3)]
        assert [await first(job, "queued") for job in waiting] == [{"position": number} for number in (1, 2, 3)]
        assert gated.waiting == 4
        ended: list[int] = []

        async def note(number: int, job: Job) -> None:
            await job.answer()
            ended.append(number)

        notes = [asyncio.ensure_future(note(number, job)) for number, job in enumerate([running, *waiting])]
        model.let()
        assert await first(waiting[2], "queued", lambda data: data["position"] < 3)
        await asyncio.gather(*notes)
        assert ended == [0, 1, 2, 3]
        assert gated.waiting == 0

    asyncio.run(ask())


def test_who_leaves_the_queue_frees_a_place_and_those_behind_are_told(gated: Desk, model: GatedLLM) -> None:
    async def ask() -> None:
        gated.ask(Request(ANSWERED))
        await model.await_question()
        leaving, staying = gated.ask(Request(ANSWERED)), gated.ask(Request(ANSWERED))
        leaving.cancel()
        assert await first(staying, "queued", lambda data: data["position"] == 1)
        assert [name for name, _ in await events_of(leaving)] == ["queued", "done"]
        with pytest.raises(asyncio.CancelledError):
            await leaving.answer()
        model.let()
        assert (await staying.answer())["short_answer"] == "Sergei Lavrov"

    asyncio.run(ask())


def test_a_question_that_is_being_answered_ends_at_its_next_event_when_it_is_given_up(
    gated: Desk, model: GatedLLM
) -> None:
    async def ask() -> None:
        running, other = gated.ask(Request(ANSWERED)), gated.ask(Request(ANSWERED))
        await model.await_question()
        running.cancel()
        model.let()
        assert (await other.answer())["short_answer"] == "Sergei Lavrov"
        assert "answer" not in dict(await events_of(running))

    asyncio.run(ask())


def test_beyond_its_bound_the_queue_takes_no_further_question(
    gated: Desk, model: GatedLLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_module, "MAX_WAITING", 2)

    async def ask() -> None:
        gated.ask(Request(ANSWERED))
        await model.await_question()
        waiting = [gated.ask(Request(ANSWERED)) for _ in range(2)]
        with pytest.raises(QueueFullError, match="wait already"):
            gated.ask(Request(ANSWERED))
        waiting[0].cancel()
        gated.ask(Request(ANSWERED))

    asyncio.run(ask())


def test_what_nobody_reads_is_bounded_and_the_answer_comes_all_the_same() -> None:
    async def read() -> list[tuple[str, Any]]:
        job = Job(Request("Who?"), asyncio.get_running_loop())
        for number in range(MAX_EVENTS * 3):
            job.tell("statement", {"text": str(number)})
            job.tell("progress", {"done": number})
            job.tell("queued", {"position": number})
        job.end(Answer("Who?"))
        job.end(CancelledJobError())
        return await events_of(job)

    events = asyncio.run(read())
    assert len(events) <= MAX_EVENTS + 2
    assert [name for name, _ in events[-2:]] == ["answer", "done"]
    assert [data for name, data in events if name == "progress"] == [{"done": MAX_EVENTS * 3 - 1}]


def test_at_its_end_the_desk_waits_for_no_model_and_tells_everybody(settings: Settings, model: GatedLLM) -> None:
    async def ask() -> float:
        desk = Desk([settings], model)
        jobs = [desk.ask(Request(ANSWERED)) for _ in range(3)]
        await model.await_question()
        began = time.monotonic()
        assert not desk.close()
        took = time.monotonic() - began
        for job in jobs:
            told = dict(await events_of(job))
            assert (told["error"]["class"], told["error"]["status"], told["done"]) == ("EndingError", 503, {})
            with pytest.raises(EndingError):
                await job.answer()
        with pytest.raises(EndingError):
            desk.ask(Request(ANSWERED))
        with pytest.raises(EndingError):
            await desk.call(None, lambda catalog: catalog.counts())
        return took

    assert asyncio.run(ask()) < PATIENCE_S / 4
    model.let()


def test_a_line_before_a_question_is_not_asked_again(settings: Settings) -> None:
    replies = [REPLY, "What is Sergei Lavrov's job?", "Russian Foreign Minister [1]"]

    async def ask(desk: Desk) -> None:
        await desk.ask(Request(ANSWERED)).answer()
        job = desk.ask(Request("What is his job?", history=(ANSWERED,)))
        assert (await job.answer())["question"] == "What is Sergei Lavrov's job?"
        names = [name for name, _ in await events_of(job)]
        assert names.count("evidence") == names.count("answer") == names.count("plan") == 1

    with desk_of([settings], replies) as desk:
        asyncio.run(ask(desk))


def test_a_thread_is_derived_anew_where_the_lines_before_are_not_known(settings: Settings) -> None:
    replies = [REPLY, "What is Sergei Lavrov's job?", "Russian Foreign Minister [1]"]

    async def ask(desk: Desk) -> str:
        answer = await desk.ask(Request("What is his job?", history=(ANSWERED,))).answer()
        return str(answer["question"])

    with desk_of([settings], replies) as desk:
        assert asyncio.run(ask(desk)) == "What is Sergei Lavrov's job?"


def test_a_bug_ends_one_question_and_not_the_desk(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    async def ask(desk: Desk, model: ScriptedLLM) -> None:
        events = dict(await events_of(desk.ask(Request(ANSWERED))))
        assert (events["error"]["status"], events["error"]["class"]) == (500, "InternalError")
        assert "pop from empty list" not in str(events)
        model.replies.append(REPLY)
        assert (await desk.ask(Request(ANSWERED)).answer())["short_answer"] == "Sergei Lavrov"

    model = ScriptedLLM(replies=[])
    with closing(Desk([settings], model)) as desk, caplog.at_level(logging.ERROR):
        asyncio.run(ask(desk, model))
    assert "pop from empty list" in caplog.text


def test_folders_that_have_one_model_share_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("one", "other")
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.txt").write_text(f"The mayor of {name} is Ada Nowak.")

    async def ask(desk: Desk) -> None:
        for name in names:
            await desk.ask(Request(f"Who is the mayor of {name}?", folder=name)).answer()

    with serving_endpoint(Endpoint(["Ada Nowak [1]"] * 4)) as endpoint:
        own = {"llm": "openai:some", "llm_url": endpoint.url, "llm_key": "sk"}
        folders = [load_settings(articles=tmp_path / name, index=tmp_path / f"i-{name}", **own) for name in names]
        with closing(Desk(folders)) as desk:
            asyncio.run(ask(desk))
            models = [desk._sessions.session(name).opened_llm for name in names]
    assert models[0] is models[1] is not None
    assert len(endpoint.requests) >= 2


def test_folders_that_have_one_embedder_open_it_once(tmp_path: Path) -> None:
    import onnxruntime

    names = ("one", "other", "third")
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.txt").write_text(f"The mayor of {name} is Ada Nowak.")

    async def use(desk: Desk) -> int:
        for name in names:
            await desk.ask(Request(f"Who is the mayor of {name}?", folder=name)).answer()
            await desk.search(name, "mayor", 1, EVERYTHING)
        gc.collect()
        sessions = [each for each in gc.get_objects() if issubclass(type(each), onnxruntime.InferenceSession)]
        return sum(each.get_outputs()[0].shape[-1] == MINILM_DIMENSION for each in sessions)

    settings = [settings_of(tmp_path / name, tmp_path / f"i-{name}") for name in names]
    with desk_of(settings, ["Ada Nowak [1]"] * 3) as desk:
        assert asyncio.run(use(desk)) == 1


def test_what_cannot_be_asked_is_told_before_it_waits(gated: Desk) -> None:
    async def ask() -> None:
        for request, error in (
            (Request(""), UsageError),
            (Request("Who?", history=("?",)), UsageError),
            (Request("Who?", folder="nowhere"), NotHereError),
        ):
            with pytest.raises(error):
                gated.ask(request)

    asyncio.run(ask())
