"""What is planted stands in the articles where it is said to stand, and the questions know all of it."""

import re

import pytest

from evals.broad.planted.__main__ import INVENTED, written_by_hand
from evals.broad.planted.articles import Articles
from evals.broad.planted.questions import Question, plant
from evals.broad.planted.relations import Number, load_relations, read
from qa.answer import Kind


@pytest.fixture(scope="module")
def planted() -> tuple[Articles, list[Question]]:
    return plant(120, seed=3)


def test_a_seed_always_gives_the_same_and_another_other_names(planted: tuple[Articles, list[Question]]) -> None:
    articles, questions = planted
    again, same = plant(120, seed=3)
    assert again.texts == articles.texts
    assert same == questions
    assert plant(120, seed=4)[0].texts != articles.texts


def test_every_fact_is_told_by_a_whole_sentence(planted: tuple[Articles, list[Question]]) -> None:
    articles, questions = planted
    items = [item for question in questions for item in question.items]
    assert all(item.told for item in items)
    for span in (span for item in items for span in item.told):
        text = articles.texts[span.article_id]
        assert text[span.start - 1].isspace()
        assert text[span.end - 1] in '.”"'
        assert text[span.end].isspace()


def test_an_item_stands_in_the_article_of_its_sentence(planted: tuple[Articles, list[Question]]) -> None:
    articles, questions = planted
    for item in (item for question in questions for item in question.items):
        assert all(item.names[0].lower() in articles.texts[span.article_id].lower() for span in item.told)


def test_no_slot_is_left_open(planted: tuple[Articles, list[Question]]) -> None:
    articles, questions = planted
    assert not [text for text in articles.texts.values() if re.search(r"[{}]|\|\|", text)]
    assert not [question for question in questions if re.search(r"[{}]", question.text)]


def test_near_names_are_none_of_the_items(planted: tuple[Articles, list[Question]]) -> None:
    _, questions = planted
    named = [question for question in questions if question.others]
    assert len(named) > 30
    assert not [q.id for q in named if set(q.others) & {name for item in q.items for name in item.names}]


def test_half_of_the_questions_are_held_and_some_are_silent(planted: tuple[Articles, list[Question]]) -> None:
    _, questions = planted
    assert len(questions) >= 46
    assert sum(question.is_silent for question in questions) >= 6
    held = [question.split == "held" for question in questions]
    assert sum(held) == len(held) // 2


def test_a_sum_adds_each_fact_once(planted: tuple[Articles, list[Question]]) -> None:
    articles, questions = planted
    (total,) = (question.number for question in questions if question.id == "thefts-2")
    words = read("words.toml")["numbers"]
    (together,) = {
        found[0]
        for text in articles.texts.values()
        if (found := re.search(r"The police file lists art thefts at .*?\.\s", text))
    }
    listed = [words.index(word) for word in re.findall(r"\((\w+) paintings\)", together)]
    assert len(listed) == 3
    assert total is not None
    assert sum(listed) < total <= sum(listed) + 5 * 12


def test_every_relation_has_many_wordings_and_things_that_are_none_of_it() -> None:
    relations = load_relations()
    assert len(relations) >= 10
    assert not [each.name for each in relations if len(each.one) < 8 or len(each.near) + len(each.fresh) < 5]


def test_numbers_are_written_as_news_write_them() -> None:
    assert (
        f"{Number(14300)} birds, {Number(7):w} paintings, {Number(40):w} more"
        == "14,300 birds, seven paintings, 40 more"
    )


def test_questions_by_hand_stand_on_quotes_of_their_articles() -> None:
    questions = written_by_hand()
    assert len(questions) >= 10
    assert {question.kind for question in questions} == {Kind.LIST, Kind.COUNT}
    for item in (item for question in questions for item in question.items):
        texts = [(INVENTED / span.article_id).read_bytes().decode()[span.start : span.end] for span in item.told]
        assert all(item.names[-1].lower() in text.lower() for text in texts)
