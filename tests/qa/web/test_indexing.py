"""Folders are taken in while they are asked, and questions go before."""

import asyncio
import shutil
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from index.errors import IndexBusyError
from index.filter import EVERYTHING
from qa.testing import ScriptedLLM
from qa.web import indexing
from qa.web.desk import Desk, Request
from qa.web.indexing import Indexing
from qa.web.problems import EndingError
from tests.qa.web.test_desk import first
from tests.support.articles import MakeFolder
from tests.support.gated_llm import PATIENCE_S
from tests.support.web import desk_of, settings_of


class PausedDesk(Desk):
    """A desk whose folders are taken in as far as their first articles, and further only when it is let."""

    def __init__(self, *arguments: Any) -> None:
        self.let = threading.Event()
        super().__init__(*arguments)

    def _tell_progress(self, name: str) -> None:
        super()._tell_progress(name)
        progress = self._indexing.of(name)
        if progress and progress.articles:
            assert self.let.wait(PATIENCE_S)


def test_a_folder_that_is_being_taken_in_is_asked_of_what_is_there(make_folder: MakeFolder, tmp_path: Path) -> None:
    folder = make_folder({f"{number:03}.txt": f"The mayor of Town{number} is Ada Nowak." for number in range(300)})

    async def ask(desk: PausedDesk) -> None:
        early = desk.ask(Request("Who is the mayor of Town7?"))
        assert (await first(early, "progress"))["total"] == 300
        answer = await early.answer()
        assert answer["citations"][0]["article"] == "007.txt"
        (progress,) = desk.indexing
        assert 0 < progress.articles == progress.done < progress.total == 300
        assert progress.seconds_left
        desk.let.set()
        await desk.sync(None)
        assert desk.indexing == []
        assert (await desk.ask(Request("Who is the mayor of Town299?")).answer())["citations"]

    desk = PausedDesk([settings_of(folder, tmp_path / "index")], ScriptedLLM(replies=["Ada Nowak [1]"] * 5))
    with closing(desk):
        asyncio.run(ask(desk))


def test_a_question_goes_before_the_folder_that_is_being_taken_in(
    make_folder: MakeFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "STAND_BACK_S", PATIENCE_S)
    asked, answered = threading.Event(), threading.Event()

    def is_asked() -> bool:
        asked.set()
        return not answered.is_set()

    settings = settings_of(make_folder({"a.txt": "The mayor of Tarnow is Ada Nowak."}), tmp_path / "index")
    taking_in = Indexing({"news": settings}, lambda name: None, is_asked)
    done = taking_in.sync("news")
    assert asked.wait(PATIENCE_S)
    with pytest.raises(TimeoutError):
        done.result(0.2)
    answered.set()
    assert done.result(PATIENCE_S).unchanged == 1
    taking_in.close().join(PATIENCE_S)


def test_a_fault_of_taking_in_is_told_until_a_question_has_done_it(make_folder: MakeFolder, tmp_path: Path) -> None:
    folder, index = make_folder({"a.txt": "The mayor of Tarnow is Ada Nowak."}), tmp_path / "index"
    index.mkdir()

    async def ask(desk: Desk) -> None:
        with pytest.raises(IndexBusyError):
            await desk.sync(None)
        assert "is writing this index" in desk.indexing[0].fault
        lock.release()
        assert (await desk.ask(Request("Who is the mayor of Tarnow?")).answer())["short_answer"] == "Ada Nowak"
        assert desk.indexing == []

    lock = FileLock(index / "lock")
    with lock, closing(Desk([settings_of(folder, index)], ScriptedLLM(replies=["Ada Nowak [1]"]))) as desk:
        asyncio.run(ask(desk))


def test_who_waits_for_a_folder_is_told_that_the_desk_ends(make_folder: MakeFolder, tmp_path: Path) -> None:
    folder = make_folder({f"{number:03}.txt": f"The mayor of Town{number} is Ada Nowak." for number in range(300)})
    desk = PausedDesk([settings_of(folder, tmp_path / "index")], ScriptedLLM(replies=[]))

    async def sync() -> None:
        orders = [asyncio.ensure_future(desk.sync(None)) for _ in range(3)]
        while not (desk.indexing and desk.indexing[0].articles):
            await asyncio.sleep(0.02)
        desk.let.set()
        await asyncio.to_thread(desk.close)
        for told in await asyncio.gather(*orders, return_exceptions=True):
            assert isinstance(told, EndingError)

    asyncio.run(sync())


def test_an_index_that_is_made_anew_meanwhile_is_opened_anew(make_folder: MakeFolder, tmp_path: Path) -> None:
    folder, index = make_folder({"a.txt": "The mayor of Tarnow is Ada Nowak."}), tmp_path / "index"
    question = Request("Who is the mayor of Tarnow?")

    async def ask(desk: Desk) -> None:
        assert (await desk.ask(question).answer())["short_answer"] == "Ada Nowak"
        await desk.search(None, "mayor", 1, EVERYTHING)
        shutil.rmtree(index)
        make_folder({"a.txt": "Since May the mayor of Tarnow is Ben Alder."})
        await desk.sync(None)
        assert (await desk.ask(question).answer())["short_answer"] == "Ben Alder"
        assert "Ben Alder" in (await desk.search(None, "mayor", 1, EVERYTHING))[0]["text"]

    with desk_of([settings_of(folder, index)], ["Ada Nowak [1]", "Ben Alder [1]"]) as desk:
        asyncio.run(ask(desk))
