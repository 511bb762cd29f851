"""Rows are right where they name an item, and a number is honest where it claims no more than there is."""

import pytest

from evals.broad.planted.judge import item_named, judge
from evals.broad.planted.questions import Item, Question
from qa.answer import Abstention, Answer, Citation, Kind, Span, Statement

FIRMS = (Item(("Vell Foods",), (Span("a.md", 10, 40),)), Item(("Tarn Glass",), (Span("b.md", 0, 30),)))


def question(kind: Kind = Kind.LIST, items: tuple[Item, ...] = FIRMS, number: int | None = None) -> Question:
    return Question("1", "Which firms are cutting jobs?", kind, "held", items, number, ("Vell Timber",))


def answer(*rows: tuple[str, Span], kind: Kind = Kind.LIST, total: tuple[str, str] | None = None) -> Answer:
    statements = [Statement(name, (place,), {"item": name}) for place, (name, _) in enumerate(rows)]
    if total:
        statements.insert(0, Statement(total[1], tuple(range(len(rows))), {"total": total[0]}))
    citations = tuple(Citation(span, "", "", None) for _, span in rows)
    return Answer("Which firms are cutting jobs?", tuple(statements), citations, kind=kind)


def test_a_row_that_cites_where_it_is_told_is_right_and_stated() -> None:
    found = judge(question(), answer(("Vell Foods", Span("a.md", 12, 20)), ("Tarn Glass", Span("b.md", 50, 60))))
    assert (found["precision"], found["recall"], found["items F1"], found["stated"]) == (1, 1, 1, 0.5)


def test_a_near_name_a_second_row_and_other_words_count_as_wrong() -> None:
    rows = [(name, Span("a.md", 12, 20)) for name in ("Vell Foods", "The Vell Foods", "Vell Timber", "Monday")]
    found = judge(question(), answer(*rows))
    assert (found["precision"], found["recall"]) == (0.25, 0.5)


def test_a_name_that_two_share_names_neither_of_them() -> None:
    assert item_named("Vell", question()) is None
    assert item_named("Tarn", question()) is FIRMS[1]
    assert item_named("", question()) is None


@pytest.mark.parametrize(
    ("total", "number", "honest"),
    [
        (("2", "2: Vell Foods, Tarn Glass."), 1, 1),
        (("1", "1: Vell Foods."), 0, 0),
        (("1", "At least 1: Vell Foods."), 0, 1),
        (("3", "At least 3: Vell Foods, ...."), 0, 0),
        (("1,200", "1,200 jobs."), 0, 0),
    ],
)
def test_a_wrong_number_is_honest_only_as_the_least(total: tuple[str, str], number: int, honest: int) -> None:
    given = answer(("Vell Foods", Span("a.md", 12, 20)), kind=Kind.COUNT, total=total)
    found = judge(question(Kind.COUNT, number=2), given)
    assert (found["of its kind"], found["number"], found["honest"]) == (1, number, honest)


def test_a_sum_has_a_number_and_no_items() -> None:
    given = answer(kind=Kind.COUNT, total=("4970", "4,970 jobs: 4,000 + 970."))
    found = judge(question(Kind.COUNT, items=(), number=4970), given)
    assert found == {"of its kind": 1, "answered": 1, "number": 1, "honest": 1}


def test_a_number_that_a_fact_tells_is_read_from_its_phrase() -> None:
    given = Answer("How many?", (Statement("Two firms.", ()),), short_answer="2,000 firms")
    assert judge(question(Kind.COUNT, number=2000), given)["number"] == 1


def test_a_silent_question_is_to_be_refused() -> None:
    silent = question(items=())
    assert judge(silent, answer(("Vell Foods", Span("a.md", 0, 1))))["refused"] == 0
    assert judge(silent, Answer("?", abstention=Abstention.NO_EVIDENCE)) == {"of its kind": 0, "refused": 1}
