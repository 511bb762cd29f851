"""Where sentences end, in nine languages, by the rules that the evals measure."""

import time

import pytest

from evals.sentences.rules import Rule, own_rules
from evals.sentences.whole import ARTICLES, broken_sentences, marked_articles
from index.sentences import split

RULES = own_rules()


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in split(text)]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.language}: {rule.text[:40]}")
def test_text_is_cut_into_its_sentences(rule: Rule) -> None:
    assert (sentences(rule.text) == rule.sentences) is not rule.fails


@pytest.mark.parametrize(("file", "most"), [("de", 3), ("de-2", 2), ("de-3", 0), ("en", 2), ("en-2", 0), ("en-3", 0)])
def test_sentences_of_newspaper_articles_are_cut_whole(file: str, most: int) -> None:
    articles = list(marked_articles(ARTICLES / f"{file}.txt"))
    assert sum(len(article.sentences) for article in articles) >= 44
    assert sum(len(broken_sentences(article)) for article in articles) <= most


def test_every_language_has_rules_enough_to_tell() -> None:
    languages = {rule.language for rule in RULES}
    assert languages == set("ar de en es fr it ja ru zh".split())
    assert all(sum(rule.language == each for rule in RULES) >= 8 for each in languages)


def test_word_that_the_article_writes_small_begins_a_sentence_behind_an_ordinal() -> None:
    text = "Der Verein kam auf Platz 3. Danach stieg er ab, und erst danach kam Geld. Am 3. Mai war Schluss."
    assert sentences(text) == [
        "Der Verein kam auf Platz 3.",
        "Danach stieg er ab, und erst danach kam Geld.",
        "Am 3. Mai war Schluss.",
    ]


def test_article_without_capitals_is_cut_nonetheless() -> None:
    text = "the ferry was late again. nobody in the queue was told why. we went home. what a day! who pays?"
    assert len(sentences(text)) >= 3


@pytest.mark.parametrize("mark", ["**", "*", "_", '"', "”", "’", ")", "]", "»", "."])
def test_marks_that_close_stay_with_the_sentence_that_they_end(mark: str) -> None:
    text = f"The gate fell in a storm.{mark} Nobody was hurt in the town."
    assert sentences(text) == [f"The gate fell in a storm.{mark}", "Nobody was hurt in the town."]


def test_sentences_within_quotation_marks_and_behind_apostrophes_are_cut() -> None:
    text = "It was the '80s that he couldn't bear. “I've seen hell. I've lived it. I can tell,” he said. She left."
    assert sentences(text) == [
        "It was the '80s that he couldn't bear.",
        "“I've seen hell.",
        "I've lived it.",
        "I can tell,” he said.",
        "She left.",
    ]


def test_sentence_without_a_space_behind_it_is_cut() -> None:
    assert sentences("Gold fell by 0.27%.Silver gained for the fifth day.") == [
        "Gold fell by 0.27%.",
        "Silver gained for the fifth day.",
    ]


def test_line_of_a_transcript_an_entry_and_a_row_keep_what_stands_before_them() -> None:
    lines = ["SMITH: The dyke held.", "10.45 Uhr: Die Brücke ist zu.", "| Kaltau | 5. Juni | 12 |", "Q. Who pays?"]
    assert sentences("\n".join(lines)) == lines


@pytest.mark.parametrize("piece", ["“", "«", "'", "「橋。」", "(", "「", "Dr. ", "5. Juni ", "a. b. ", "x.) ", "3. "])
def test_long_paragraph_takes_no_longer_than_its_length_asks(piece: str) -> None:
    began = time.perf_counter()
    split("Die Brücke ist heute geöffnet. " + piece * (200_000 // len(piece)))
    assert time.perf_counter() - began < 5
