"""The questions on forms of articles, and on kinds that failed, stand on quotes that their articles hold."""

import pytest

from evals.cases import Case, load_cases
from index.articles import list_files, read_articles
from index.formats.records import Fields
from index.formats.sandbox import Sandbox
from tests.support import ROOT


def load(name: str) -> list[Case]:
    folder = ROOT / "evals" / name
    with Sandbox() as sandbox:
        files = list_files(folder / "articles")
        texts = {each.id: each.text for file in files for each in read_articles(file, sandbox, Fields())}
    return load_cases(folder / "cases.jsonl", texts.get)


@pytest.mark.parametrize(("name", "least"), [("forms", 28), ("kinds", 76)])
def test_the_cases_load(name: str, least: int) -> None:
    assert len(load(name)) >= least


def test_many_questions_on_forms_were_never_tuned_on() -> None:
    assert sum("held" in each.tags for each in load("forms")) >= 12


def test_a_share_of_each_kind_that_can_be_silent_is() -> None:
    silent = [case.tags[0] for case in load("kinds") if not case.answerable]
    assert len(silent) >= 23
    assert set(silent) == {case.tags[0] for case in load("kinds")}
