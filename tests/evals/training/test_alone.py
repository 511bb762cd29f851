"""What the reader alone is fitted on: its phrases that pass the checks, right or not; no question for yes or no."""

from pathlib import Path

import pytest

from evals.ask_cases import OpenSet
from evals.cases import Case
from evals.question_sets import Format
from evals.training.alone import read_alone
from index.article_index import ArticleIndex
from qa.settings import Settings

ASKED = [
    ("Who did Rubio call?", ("Sergei Lavrov",), True),
    ("Who did Rubio call?", ("Nobody",), False),
    ("Did Rubio call Lavrov?", ("yes",), None),
    ("Who did Blinken call?", (), None),
]


@pytest.mark.parametrize(("question", "answers", "right"), ASKED)
def test_a_phrase_is_right_or_wrong_or_none(
    seed_index: ArticleIndex, question: str, answers: tuple[str, ...], right: bool | None
) -> None:
    case = Case("1", question, answers, (), bool(answers), ("rubio",))
    opened = OpenSet([case], seed_index, None, Format.JSONL, Settings(articles=Path()))
    found = list(read_alone(opened))
    assert [each.right for each in found] == ([] if right is None else [right])
    assert all(each.article == "rubio" and each.signals["stated"] for each in found)
