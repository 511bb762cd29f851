"""What many tests need: a folder of articles, an embedder that costs nothing, the seed article."""

import shutil
import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import settings
from typer.testing import CliRunner

from evals.robustness.servers import (
    NO_PGVECTOR,
    NOT_HERE,
    Server,
    find_programs,
    find_programs_with_pgvector,
    serving,
)
from index.article_index import ArticleIndex
from qa.cli.main import app
from qa.testing import HashingEmbedding
from tests.support import ROOT
from tests.support.articles import CountingEmbedding, MakeFolder
from tests.support.browser import Browser
from tests.support.replica import following

settings.register_profile("shared machine", deadline=None)
settings.load_profile("shared machine")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in the background of a shell, which processes would inherit
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def embedder() -> HashingEmbedding:
    return HashingEmbedding()


@pytest.fixture
def counting() -> CountingEmbedding:
    return CountingEmbedding()


@pytest.fixture(scope="session")
def seeds() -> Path:
    """The folder of the seed article, exactly as it was given."""
    return ROOT / "seeds"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server of these tests' own."""
    if find_programs() is None:
        pytest.skip(NOT_HERE)
    with serving() as server:
        yield server


@pytest.fixture(scope="session")
def pgvector() -> Iterator[Server]:
    """A PostgreSQL server of these tests' own that has pgvector."""
    programs = find_programs_with_pgvector()
    if programs is None:
        pytest.skip(NO_PGVECTOR)
    with serving(programs=programs) as server:
        yield server


@pytest.fixture(scope="session")
def follower(postgres: Server) -> Iterator[Server]:
    """A replica of that server, which is only read."""
    with following(postgres) as replica:
        yield replica


@pytest.fixture(scope="session")
def seed_index(seeds: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArticleIndex]:
    """The index of the seed article by the embedder that costs nothing; no test changes it."""
    with closing(ArticleIndex(seeds, tmp_path_factory.mktemp("seed") / "index", HashingEmbedding())) as index:
        index.sync()
        yield index


@pytest.fixture(scope="session")
def indexed_seeds(seeds: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The index of the seed article as `qa index` makes it, with the real embedder; a test that asks copies it."""
    folder = tmp_path_factory.mktemp("indexed") / "index"
    result = CliRunner().invoke(app, ["index", str(seeds), "--index", str(folder)])
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture
def own_seed_index(indexed_seeds: Path, tmp_path: Path) -> Path:
    """A copy of it, where nothing was asked before."""
    return Path(shutil.copytree(indexed_seeds, tmp_path / "index"))


@pytest.fixture
def make_folder(tmp_path: Path) -> MakeFolder:
    """Write files, by their path below a folder of articles, and give the folder; a second call adds to it."""

    def make(files: dict[str, str | bytes]) -> Path:
        folder = tmp_path / "articles"
        folder.mkdir(exist_ok=True)
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return folder

    return make


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    browser = Browser(tmp_path / "profile")
    yield browser
    browser.close()
