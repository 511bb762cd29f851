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
        condition, values = Filter(source=name).sql()
        return bool(index.catalog.db.execute(f"select 1 from articles where {condition} limit 1", values).fetchone())

    def is_said_of(name: str, others: str) -> bool:
        all_of = " AND ".join(f'"{word}"' for word in words_of(name))
        some_of = " OR ".join(f'"{word}"' for word in words_of(others))
        query = "select 1 from passages_fts where passages_fts match ? limit 1"
        return bool(all_of and some_of and index.catalog.db.execute(query, (f"({all_of}) AND ({some_of})",)).fetchone())

    return follow(act, Before(replace(asked, question=question), plan, answer, has_source, is_said_of))
