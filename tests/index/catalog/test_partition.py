"""A network that is cut between who reads or writes an index and its servers, as namespaces of this machine."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from evals.robustness.network import NO_NAMESPACES, Cut, Network, can_be_made, enter, laid
from evals.robustness.processes import Process
from evals.robustness.servers import NOT_HERE, Chroma, Server, find_programs, serving
from index.article_index import ArticleIndex
from index.catalog.postgres.place import PostgresPlace
from index.catalog.postgres.url import PostgresUrl
from index.errors import IndexUnreachableError, VectorStoreError
from qa.testing import HashingEmbedding
from tests.support.articles import MakeFolder

TOLD_WITHIN_S = 5.0
FREE_WITHIN_S = 10.0


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    if not can_be_made():
        pytest.skip(NO_NAMESPACES)
    with laid() as network:
        yield network


@pytest.fixture(scope="module")
def server(network: Network) -> Iterator[Server]:
    """A PostgreSQL in the server's namespace; its socket is reached from everywhere."""
    if find_programs() is None:
        pytest.skip(NOT_HERE)
    with serving({"listen_addresses": network.server_address}, network.inside(network.server)) as server:
        yield server


@pytest.fixture
def far(network: Network, server: Server, tmp_path: Path) -> Iterator[PostgresPlace]:
    """An index's place as who is in the client's namespace reaches it; the way is whole again at the end."""
    yield PostgresPlace(PostgresUrl.parse(f"{server.url_at(network.server_address)}?schema=cut"), tmp_path)
    network.heal()


def far_away(network: Network, function: Callable[[], Any]) -> Process:
    """Run a function in the client's namespace."""

    def work() -> Any:
        enter(network.client)
        return function()

    return Process(work)


def told(act: Callable[[], Any]) -> float:
    """Give the seconds until it is told that the index cannot be reached."""
    began = time.monotonic()
    with pytest.raises(IndexUnreachableError, match="cannot be reached"):
        act()
    return time.monotonic() - began


@pytest.mark.parametrize("kind", list(Cut))
def test_reader_is_told_within_five_seconds_and_answered_when_the_way_is_healed(
    network: Network, far: PostgresPlace, kind: Cut
) -> None:
    def read() -> list[float]:
        with closing(far.open()), closing(far.open()), closing(far.open()) as catalog:  # two stay in the pool
            catalog.counts()
        catalog = far.open()
        seconds = []

        def read_while_it_is_cut() -> None:
            with catalog.reading():
                catalog.counts()
                network.cut(kind)
                catalog.counts()

        seconds.append(told(read_while_it_is_cut))
        seconds.append(told(catalog.counts))
        network.heal()
        assert catalog.counts() == (0, 0)
        return seconds

    outcome = far_away(network, read).wait()
    assert not outcome.fault, outcome.fault
    assert max(outcome.value) < TOLD_WITHIN_S


def test_connections_of_a_pool_are_not_tried_one_after_the_other(network: Network, far: PostgresPlace) -> None:
    def read() -> float:
        opened = [far.open() for _ in range(4)]
        for catalog in opened:
            catalog.close()
        time.sleep(0.5)  # they are given back by a thread
        network.cut(Cut.SILENT)
        return told(far.open)

    outcome = far_away(network, read).wait()
    assert not outcome.fault, outcome.fault
    assert outcome.value < TOLD_WITHIN_S


def test_answer_that_does_not_come_is_told(network: Network, far: PostgresPlace) -> None:
    def wait_for_an_answer() -> float:
        catalog = far.open()
        asked = Process(lambda: (time.sleep(1), network.cut(Cut.SILENT)))
        seconds = told(lambda: catalog.database.execute("select pg_sleep(30)"))
        assert not asked.wait().fault
        return seconds

    outcome = far_away(network, wait_for_an_answer).wait()
    assert not outcome.fault, outcome.fault
    assert outcome.value < 1 + TOLD_WITHIN_S


@pytest.mark.parametrize("kind", list(Cut))
def test_index_can_be_written_again_soon_after_its_writer_was_cut_off(
    network: Network, far: PostgresPlace, server: Server, kind: Cut, tmp_path: Path
) -> None:
    near = PostgresPlace(PostgresUrl.parse(f"{server.url}&schema=cut"), tmp_path)

    def write() -> None:
        with closing(far.open()) as catalog, far.lock(), catalog.writing():
            catalog.set_meta("fields", "never kept")
            network.cut(kind)
            time.sleep(FREE_WITHIN_S * 2)

    writer = far_away(network, write)
    end = time.monotonic() + FREE_WITHIN_S
    while near.writer() is None and time.monotonic() < end:
        time.sleep(0.05)
    while near.writer() is not None and time.monotonic() < end:
        time.sleep(0.05)
    with near.lock(), closing(near.open()) as catalog, catalog.writing():
        assert catalog.meta("fields") != "never kept"
        catalog.set_meta("fields", "kept")
    writer.kill()
    writer.wait()


def test_question_is_answered_where_chroma_is_cut_off(
    network: Network, make_folder: MakeFolder, tmp_path: Path
) -> None:
    articles = make_folder({f"{number}.txt": f"Owl {number} nests in the tower." for number in range(9)})
    chroma = Chroma(tmp_path / "chroma", network.server_address, network.inside(network.server))
    chroma.start()

    def ask() -> list[float]:
        seconds = []
        with closing(ArticleIndex(articles, tmp_path / "index", HashingEmbedding(), chroma=chroma.url)) as index:
            index.sync()
            index.sync_store()
            whole = [each.node.text for each in index.retriever().retrieve("Where does owl 3 nest?")]
            network.cut(Cut.SILENT)
            for _ in range(3):
                began = time.monotonic()
                found = [each.node.text for each in index.retriever().retrieve("Where does owl 3 nest?")]
                seconds.append(time.monotonic() - began)
                assert found == whole
            with pytest.raises(VectorStoreError, match="start it, or set"):
                index.store.is_current(index.catalog)
            network.heal()
            assert index.store.is_current(index.catalog)
        return seconds

    outcome = far_away(network, ask).wait()
    network.heal()
    chroma.stop()
    assert not outcome.fault, outcome.fault
    assert outcome.value[0] < TOLD_WITHIN_S
    assert max(outcome.value[1:]) < 1


def test_command_names_what_to_do_and_ends_with_12(network: Network, far: PostgresPlace, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The bridge opened.", encoding="utf-8")
    network.cut(Cut.SILENT)
    command = [sys.executable, "-m", "qa", "status", "--articles", str(tmp_path), "--index", str(far)]
    environment = os.environ | {"XDG_DATA_HOME": str(tmp_path / "data")}
    inside = network.inside(network.client)
    done = subprocess.run([*inside, *command], capture_output=True, text=True, env=environment)
    assert done.returncode == 12, done.stderr
    assert "cannot be reached (connection timeout expired): start the database" in " ".join(done.stderr.split())
