"""`from qa import ...`: the names, the page about them, and how quickly they come."""

import doctest
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from llama_index.core.query_engine import CustomQueryEngine
from llama_index.core.retrievers import BaseRetriever

import qa
from index import errors
from qa import Folder, UsageError, open_folder
from qa.testing import ScriptedLLM
from tests.support import ROOT

PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
FIRST, REST = PAGE.split("In what follows")
REPLIES = ["Sergei Lavrov [1]", "not stated", "Sergei Lavrov [1]"]


@pytest.fixture
def folder(seeds: Path, tmp_path: Path) -> Iterator[Folder]:
    with open_folder(seeds, ScriptedLLM(replies=REPLIES), index=tmp_path / "index") as folder:
        yield folder


@pytest.fixture(autouse=True)
def own_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_INDEX", str(tmp_path / "own"))
    monkeypatch.chdir(ROOT)


def run_examples(text: str, **names: object) -> int:
    """Run the examples of a page and give their number; a failed one is an exception."""
    examples = doctest.DocTestParser().get_doctest(text, names, "api.md", "docs/api.md", 0)
    doctest.DebugRunner(verbose=False).run(examples)
    return len(examples.examples)


@pytest.mark.model
def test_the_first_example_of_the_page_is_true_of_the_embedded_model() -> None:
    assert run_examples(FIRST) == 5


def test_every_other_example_of_the_page_is_true(folder: Folder) -> None:
    assert run_examples(REST, folder=folder, open_folder=open_folder) > 15


def test_every_error_and_every_name_can_be_imported() -> None:
    kinds = {name for name, kind in vars(errors).items() if isinstance(kind, type)}
    assert kinds <= set(qa.__all__) <= set(dir(qa))
    assert all(getattr(qa, name).__name__ == name for name in qa.__all__)
    with pytest.raises(AttributeError, match="no attribute 'open_fodler'"):
        qa.open_fodler  # noqa: B018


def test_import_of_the_package_loads_no_part_of_it() -> None:
    code = "import sys, qa; print([name for name in sys.modules if name.startswith(('qa.', 'index', 'pydantic'))])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


def test_a_folder_that_is_not_there_or_a_setting_that_is_none_is_refused_at_once(seeds: Path) -> None:
    with pytest.raises(UsageError, match="There is no folder nowhere"):
        open_folder("nowhere")
    with pytest.raises(UsageError, match="did you mean offline"):
        open_folder(seeds, ofline=True)


def test_an_article_that_is_not_there_has_no_text(folder: Folder) -> None:
    folder.sync()
    with pytest.raises(UsageError, match=r"no article gone\.txt"):
        folder.text_of("gone.txt")


def test_llamaindex_takes_them_for_its_own(folder: Folder) -> None:
    assert isinstance(folder.as_retriever(), BaseRetriever)
    assert isinstance(folder.as_query_engine(), CustomQueryEngine)
