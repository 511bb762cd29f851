"""The questions on forms of articles stand on quotes that their articles hold, many of them held apart."""

from evals.cases import load_cases
from index.articles import list_files, read_articles
from index.formats.records import Fields
from index.formats.sandbox import Sandbox
from tests.support import ROOT

FORMS = ROOT / "evals" / "forms"


def test_the_cases_load_and_many_of_them_were_never_tuned_on() -> None:
    with Sandbox() as sandbox:
        files = list_files(FORMS / "articles")
        texts = {each.id: each.text for file in files for each in read_articles(file, sandbox, Fields())}
    cases = load_cases(FORMS / "cases.jsonl", texts.get)
    assert len(cases) >= 28
    assert sum("held" in each.tags for each in cases) >= 12
