"""What can be asked of a text: whole names, dates and amounts in sentences that stand alone."""

from pathlib import Path

import pytest

from evals.drafting.candidates import Kind, answer_spans, candidates, is_near, is_statement, stands_alone
from index.article_index import ArticleIndex
from qa.question.words import stems
from qa.testing import HashingEmbedding
from tests.support.articles import MakeFolder


def found(sentence: str, text: str = "") -> list[tuple[str, str]]:
    return [(kind.value, sentence[start:end]) for kind, start, end in answer_spans(sentence, text or sentence)]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("The mill in Delmar burned on 3 May 1962.", [("name", "Delmar"), ("date", "3 May 1962")]),
        ("On January 24, 2016 the Denver Broncos won.", [("date", "January 24, 2016"), ("name", "Denver Broncos")]),
        ("The owner paid $4.5 million for 1,200 tons.", [("number", "$4.5 million"), ("number", "1,200")]),
        ("About 12% of nine regions voted.", [("number", "12%"), ("number", "nine")]),
        ("The endowment of $37 billion grew.", [("number", "$37 billion")]),
        ("The University of Chicago hired Ada King.", [("name", "University of Chicago"), ("name", "Ada King")]),
        ("The mayor’s guest was Eva Lund’s son.", [("name", "Eva Lund")]),
        ("It won 23–16 after a 5-time champion left.", []),
        ("The court read Convention No. 81 and chapter 7 again.", [("name", "Convention")]),
        ("Russia launched Iranian drones.", []),
    ],
)
def test_names_dates_and_amounts_are_found_whole(sentence: str, expected: list[tuple[str, str]]) -> None:
    assert found(sentence) == expected


def test_a_word_that_opens_a_sentence_is_a_name_only_where_the_text_has_it_amid_one() -> None:
    assert found("Tirnholm was sold.") == []
    assert found("Tirnholm was sold.", "The isle of Tirnholm was sold. Tirnholm was sold.") == [("name", "Tirnholm")]


@pytest.mark.parametrize(
    "sentence",
    [
        "He met the mayor of Bergen on Monday to talk about the mill.",
        "After this, the mayor of Bergen closed the paper mill for good.",
        "The city of Bergen closed its mill",
        "All rights reserved by the publishers of the Bergen Times in 2019.",
        "In the first weeks after that long and cold winter the mayor of Bergen left.",
        "The mill\x1b[31m in Bergen was closed by the mayor of the town in May.",
        "Too short a line on Bergen.",
    ],
)
def test_what_leans_on_its_context_or_is_boilerplate_is_not_asked_about(sentence: str) -> None:
    assert not (is_statement(sentence) and stands_alone(sentence))


def test_a_sentence_that_says_something_of_a_name_is_asked_about() -> None:
    sentence = "The mayor of Bergen closed the paper mill for good in May 1962."
    assert is_statement(sentence)
    assert stands_alone(sentence)


def test_sentences_that_lean_on_others_are_given_apart(make_folder: MakeFolder, tmp_path: Path) -> None:
    alone = "The mayor of Bergen sold the paper mill to Eva Lund."
    leaning = "In the first weeks after that long winter the paint was paid for by Olga Strand."
    folder = make_folder({"a.txt": f"{alone} {leaning} She gave it to the town and to all of its people in May."})
    index = ArticleIndex(folder, tmp_path / "index", HashingEmbedding())
    index.sync()
    article = index.catalog.article("a.txt")
    assert article is not None
    assert {each.sentence for each in candidates(article, index.catalog)} == {alone}
    assert {each.sentence for each in candidates(article, index.catalog, leaning=True)} == {leaning}
    index.close()


def test_members_of_lists_topics_and_descriptions_are_no_answers(make_folder: MakeFolder) -> None:
    text = (
        "The town council of Bergen met Ada King, Eva Lund and Tom Berg behind the Cambridge campus in May 1962. "
        "The mayor of Bergen said that the Halvorsen Prize went to Olga Strand after the second vote."
    )
    index = ArticleIndex(make_folder({"Bergen.txt": text}), make_folder({}) / "../index", HashingEmbedding())
    index.sync()
    article = index.catalog.article("Bergen.txt")
    assert article is not None
    offered = [(each.kind, each.answer) for each in candidates(article, index.catalog)]
    assert (Kind.DATE, "May 1962") in offered
    assert (Kind.NAME, "Olga Strand") in offered
    assert (Kind.NAME, "Halvorsen Prize") not in {each for each in offered if each[1] == "Cambridge"}
    assert not {"Bergen", "Ada King", "Eva Lund", "Tom Berg", "Cambridge"} & {answer for _, answer in offered}
    for each in candidates(article, index.catalog):
        assert article.text[each.span.start : each.span.end] == each.sentence
        assert each.answer in each.sentence
    index.close()


def test_a_sentence_that_says_the_same_is_near() -> None:
    others = [set(stems("The mill in Delmar burned down on Monday evening."))]
    assert is_near("On Monday evening the Delmar mill burned.", others)
    assert not is_near("Governor Reyes promised money for a new bridge.", others)
