"""An article that has a surname alone is about whom the question names in full, if no other bears the name."""

from pathlib import Path

import pytest

from index.article_index import ArticleIndex
from qa.answer import Abstention
from qa.ask import ask
from qa.testing import HashingEmbedding, ScriptedLLM
from tests.support.articles import MakeFolder

FIRST = "The strike begins, said Ragna Mikkelsen, the secretary. Mayor Odd Fossum and J. Lervik spoke too."
SECOND = "“Nobody was paid,” said Mikkelsen on Friday. Mayor Fossum promised 400 kroner. Lervik promised ten boats."


def reason(make_folder: MakeFolder, tmp_path: Path, question: str, more: str = "") -> Abstention | None:
    files = {"strike.txt": FIRST, "pay.txt": SECOND} | ({"trainer.txt": more} if more else {})
    index = ArticleIndex(make_folder(dict(files)), tmp_path / "index", HashingEmbedding())
    index.sync()
    numbers = "".join(f"[{number}]" for number in range(1, 9))
    reply = "400 kroner" if "Fossum" in question else "ten boats" if "Lervik" in question else "Nobody was paid"
    abstention = ask(question, index, ScriptedLLM(replies=[f"{reply} {numbers}"])).abstention
    index.close()
    return abstention


@pytest.mark.parametrize(
    "question",
    [
        "What did Ragna Mikkelsen say about pay?",
        "What did R. Mikkelsen say about pay?",
        "What did Odd Fossum promise on Friday?",
        "What did J. Lervik promise?",
    ],
)
def test_a_surname_stands_for_its_only_bearer(make_folder: MakeFolder, tmp_path: Path, question: str) -> None:
    assert reason(make_folder, tmp_path, question) is None


@pytest.mark.parametrize(
    "question", ["What did Bente Mikkelsen say about pay?", "What did B. Mikkelsen say about pay?"]
)
def test_another_first_name_is_another_person(make_folder: MakeFolder, tmp_path: Path, question: str) -> None:
    assert reason(make_folder, tmp_path, question) is Abstention.NAME_MISSING


def test_a_surname_that_two_bear_stands_for_neither(make_folder: MakeFolder, tmp_path: Path) -> None:
    other = "The trainer Bente Mikkelsen left."
    question = "What did Ragna Mikkelsen say about pay?"
    assert reason(make_folder, tmp_path, question, other) is Abstention.UNSUPPORTED  # what "Mikkelsen" said is not read


def test_a_place_is_not_another_one_with_more_to_its_name(make_folder: MakeFolder, tmp_path: Path) -> None:
    index = ArticleIndex(
        make_folder({"a.txt": "East Tarvia votes.", "b.txt": "Grain costs 90 crowns in Tarvia today."}),
        tmp_path / "index",
        HashingEmbedding(),
    )
    index.sync()
    answer = ask("What does grain cost in East Tarvia?", index, ScriptedLLM(replies=["90 crowns [1][2]"]))
    index.close()
    assert answer.abstention is Abstention.UNSUPPORTED
    assert {each.span.article_id for each in answer.evidence} == {"a.txt"}


@pytest.mark.parametrize(
    ("question", "abstention"),
    [
        ("What does the LGF pay?", None),
        ("What does the LGFN pay?", Abstention.NAME_MISSING),
        ("What does the LG pay?", Abstention.NAME_MISSING),
        ("What does Lgf pay?", Abstention.NAME_MISSING),
    ],
)
def test_an_abbreviation_stands_for_the_words_that_it_abbreviates(
    make_folder: MakeFolder, tmp_path: Path, question: str, abstention: Abstention | None
) -> None:
    text = "The League of Guild Fishers pays 90 crowns a day."
    index = ArticleIndex(make_folder({"a.txt": text}), tmp_path / "index", HashingEmbedding())
    index.sync()
    assert ask(question, index, ScriptedLLM(replies=["90 crowns [1]"])).abstention is abstention
    index.close()
