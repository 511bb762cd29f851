"""Judge the answer to a list or a count: its rows, its number, what it cites, and whether it claims too much."""

import re
from collections.abc import Sequence

from evals.agreement import harmonic_mean
from evals.broad.planted.questions import Item, Question
from evals.spans import touches
from qa.answer import Answer, Kind
from qa.question.words import stems


def judge(question: Question, answer: Answer) -> dict[str, float]:
    """Give the figures that a question has, each in [0, 1]; of a silent one whether the answer abstained.

    A question is answered `of its kind` where it was planned so and the answer has more than one thing to tell.
    `items` are the rows against what is to be named, each thing once; `stated` is the share of the right rows that cite
    a sentence that states it. A number is honest where it is right, or told as the least and not too high.
    """
    figures = {"of its kind": float(answer.kind == question.kind)}
    if question.is_silent:
        return figures | {"refused": float(answer.abstained)}
    figures["answered"] = float(not answer.abstained)
    if question.items:
        figures |= _figures_of_items(question, answer)
    if question.kind is Kind.COUNT and question.number is not None:
        told, is_least = number_of(answer)
        figures["number"] = float(told == question.number)
        if told is not None:
            is_honest = told <= question.number if is_least else told == question.number
            figures["honest"] = float(is_honest)
    return figures


def number_of(answer: Answer) -> tuple[int | None, bool]:
    """Give the number that an answer tells, none where it tells none, and whether it is told as the least."""
    for each in answer.statements:
        if total := each.cells.get("total"):
            return _integer(total), "at least" in each.text.lower()
    return _integer(answer.short_answer or ""), False


def item_named(row: str, question: Question) -> Item | None:
    """Give the item that a row names: the one of all names, near ones among them, that shares most of its words."""
    named = set(stems(row))
    shares = [(_share(set(stems(name)), named), item) for item in question.items for name in item.names]
    best, item = max(shares, key=lambda each: each[0])
    nearest_other = max((_share(set(stems(name)), named) for name in question.others), default=0.0)
    return item if best > nearest_other else None


def _figures_of_items(question: Question, answer: Answer) -> dict[str, float]:
    rows = [each for each in answer.statements if "total" not in each.cells]
    named = [(row, item_named(row.cells.get("item", row.text), question)) for row in rows]
    right = [(row, item) for row, item in named if item]
    found = {item.names for _, item in right}
    precision, recall = len(found) / len(rows) if rows else 0.0, len(found) / len(question.items)
    figures = {"precision": precision, "recall": recall, "items F1": harmonic_mean(precision, recall)}
    if right:
        spans = [([answer.citations[i].span for i in row.citations], item.told) for row, item in right]
        stated = [any(touches(each, told) for each in cited) for cited, told in spans]
        figures["stated"] = sum(stated) / len(stated)
    return figures


def _share(name: set[str], row: set[str]) -> float:
    """Give the share of common words where one holds all of the other, else 0; a row of no word names nothing."""
    return len(name & row) / len(name | row) if row and (name <= row or row <= name) else 0.0


def _integer(text: str) -> int | None:
    found: Sequence[str] = re.findall(r"\d[\d,]*", text)
    return int(found[0].replace(",", "")) if found else None
