"""Understand a follow-up on a broad answer with the help of what the index holds."""

from dataclasses import replace

from index.article_index import ArticleIndex
from index.bm25 import words_of
from index.filter import Filter
from qa.answer import Answer, Kind
from qa.question.asked import Asked
from qa.question.broad_follow_up import Before, follow
from qa.question.dialogue_act import load_act_classifier
from qa.question.pattern import vector_of
from qa.question.plan import load_planner


def follow_up_of(line: str, asked: Asked, answer: Answer, index: ArticleIndex) -> Asked | None:
    """Give what a line asks after a question and its broad answer, or None where it is no follow-up on that.

    Raises:
        UsageError: it means one of several things that were not told.
    """
    if answer.kind is Kind.FACT:
        return None
    act = load_act_classifier().act(line, vector_of(line, index.embedder))
    question = answer.read_as or asked.question
    plan = asked.plan or load_planner().plan_as(answer.kind, question, vector_of(question, index.embedder))

    def has_source(name: str) -> bool:
        return bool(index.catalog.list_articles(Filter(source=name), 0, 1))

    def is_said_of(name: str, others: str) -> bool:
        all_of, any_of = words_of(name), words_of(others)
        return bool(all_of and any_of) and index.catalog.has_passage_with(all_of, any_of)

    return follow(act, Before(replace(asked, question=question), plan, answer, has_source, is_said_of))
