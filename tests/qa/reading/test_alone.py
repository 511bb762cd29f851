"""Where the reader is sure no language model is asked; where it is not, the model is."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from index.article_index import ArticleIndex
from qa.answer import Abstention, Evidence, ReadBy, Span
from qa.as_json import answer_as_dict
from qa.ask import ask
from qa.reading.alone import read_alone
from qa.reading.decision import MAX_LEAD, readers_signals
from qa.testing import HashingEmbedding, ScriptedLLM
from tests.support.articles import MakeFolder

TEXT = "Rubio called Sergei Lavrov. Starmer accused Putin."
CALLED = Evidence(Span("a.txt", 0, 27), TEXT[:27], "News", None, 2.5, 1.0, 6.0, "Sergei Lavrov", 0.99)
ACCUSED = Evidence(Span("a.txt", 28, 50), TEXT[28:], "News", None, 1.1, 0.1, -6.0, "Putin", 0.6)


class Beside(ScriptedLLM):
    """A model that is asked only what the reader is not sure of."""

    after_reader: bool = True


@pytest.fixture
def index(make_folder: MakeFolder, tmp_path: Path) -> Iterator[ArticleIndex]:
    index = ArticleIndex(make_folder({"a.txt": TEXT}), tmp_path / "index", HashingEmbedding())
    index.sync()
    yield index
    index.close()


def test_a_sure_phrase_is_the_answer(index: ArticleIndex) -> None:
    decision = read_alone("Who did Rubio call?", [CALLED, ACCUSED], index, None)
    assert decision
    abstention, [(proposal, grounded)] = decision
    assert (abstention, proposal.by, proposal.phrase) == (None, ReadBy.READER, "Sergei Lavrov")
    assert grounded.evidence == CALLED


@pytest.mark.parametrize(
    ("question", "sure"),
    [
        ("Who did Rubio call?", 0.1),  # it is not sure
        ("Did Rubio call Lavrov?", 0.99),  # yes or no
        ("Wen hat Rubio angerufen?", 0.99),  # a language that it has not learnt
        ("Who did Witkoff call?", 0.99),  # a name that the article has not
    ],
)
def test_what_it_is_not_sure_of_is_left_to_the_model(index: ArticleIndex, question: str, sure: float) -> None:
    called = replace(CALLED, stated=6.0 if sure > 0.5 else -1.0, phrase_probability=sure, overlap=sure)
    assert read_alone(question, [called, ACCUSED], index, None) is None


def test_where_no_sentence_states_it_at_all_it_refuses(index: ArticleIndex) -> None:
    evidence = [replace(CALLED, stated=-12.0), replace(ACCUSED, stated=-13.0)]
    assert read_alone("Who did Rubio call?", evidence, index, None) == (Abstention.NOT_STATED, [])


def test_whoever_accepts_no_error_has_the_model_asked(index: ArticleIndex) -> None:
    likely = replace(CALLED, stated=1.0, phrase_probability=0.8)
    assert read_alone("Who did Rubio call?", [likely, ACCUSED], index, None)
    assert read_alone("Who did Rubio call?", [likely, ACCUSED], index, 0.0) is None


def test_the_lead_is_over_the_next_sentence() -> None:
    assert readers_signals([ACCUSED, replace(CALLED, stated=-4.0)])["lead"] == 2.0
    assert readers_signals([CALLED, ACCUSED])["lead"] == readers_signals([CALLED])["lead"] == MAX_LEAD


def test_the_answer_tells_who_read(seed_index: ArticleIndex) -> None:
    llm = Beside(replies=["Sergei Lavrov [1]"])
    by_reader = ask("What was the name of the Russian foreign minister who was called by Marco Rubio?", seed_index, llm)
    by_model = ask("Did Rubio call Lavrov?", seed_index, llm)
    always = ask("Who did Rubio call?", seed_index, ScriptedLLM(replies=["Sergei Lavrov [1]"]))
    assert [answer_as_dict(each)["read_by"] for each in (by_reader, by_model, always)] == ["reader", "model", "model"]
    assert len(llm.prompts) == 1
