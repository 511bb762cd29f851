"""Questions on invented passages, and the tokenizer of the encoder that is always at hand."""

from pathlib import Path

import pytest

from evals.training.reader.examples import Example, stating_of
from index.models.manifest import default_models_dir, find_model
from index.models.pull import ensure_model
from index.sentences import split
from qa.reading.reader_io import InputWriter, Passage

PASSAGES = {
    "A ferry sinks": "The ferry sank on Monday. Captain Ida Voss blamed ice. Nobody drowned.",
    "The bridge of Holm": "The old bridge of Holm was closed in 1994. The county paid 2.4 million crowns for another, "
    "which opened on 4 May. Mayor Per Lund called it the end of forty quiet winters.",
    "School keeps its choir": "The school board of Tolne decided on Monday to keep the choir. It has 64 members. "
    "Lara Venn, who conducts it, had collected 1,900 signatures.",
}
ASKED = [
    ("A ferry sinks", "Who blamed ice?", "Ida Voss"),
    ("A ferry sinks", "When did the ferry sink?", "Monday"),
    ("The bridge of Holm", "How much did the county pay?", "2.4 million crowns"),
    ("The bridge of Holm", "When was the old bridge closed?", "1994"),
    ("School keeps its choir", "How many members has the choir?", "64"),
    ("School keeps its choir", "Who conducts the choir?", "Lara Venn"),
]


@pytest.fixture(scope="session")
def tokenizer() -> Path:
    return ensure_model(find_model("all-MiniLM-L6-v2"), default_models_dir()) / "tokenizer.json"


@pytest.fixture(scope="session")
def writer(tokenizer: Path) -> InputWriter:
    return InputWriter(tokenizer.read_text(encoding="utf-8"), 256)


@pytest.fixture(scope="session")
def examples() -> list[Example]:
    passages = {title: Passage(text, tuple(split(text)), title) for title, text in PASSAGES.items()}
    return [make_example(passages[title], question, answer) for title, question, answer in ASKED]


def make_example(passage: Passage, question: str, answer: str) -> Example:
    start = passage.text.index(answer)
    span = (start, start + len(answer))
    stating = stating_of([span], passage.sentences)
    return Example(question, passage, True, (span,), stating, source="invented", golds=(answer,))
