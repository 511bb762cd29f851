"""Two readers propose, and the likelier one is believed; a model that tells no probabilities stands alone."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from index.article_index import ArticleIndex
from qa.answer import Evidence, ReadBy, Span
from qa.reading.decision import decide, propose
from qa.reading.language_model import Reading
from qa.reading.reply import parse_reply
from qa.testing import HashingEmbedding
from tests.support.articles import MakeFolder

CALLED = Evidence(
    Span("a.txt", 0, 28), "Rubio called Sergei Lavrov.", "News", None, 2.5, 0.8, 1.5, "Sergei Lavrov", 0.9
)
ACCUSED = Evidence(
    Span("a.txt", 29, 51), "Starmer accused Putin.", "News", date(2025, 3, 16), 1.1, 0.1, -3.0, "Putin", 0.6
)


def proposed(reply: str, probability: float | None) -> list[tuple[ReadBy, str]]:
    reading = Reading(parse_reply(reply), [CALLED, ACCUSED], first_probability=probability)
    return [(by, grounded.phrase) for by, grounded in propose("Who did Rubio call?", reading, [CALLED, ACCUSED])]


def test_the_model_and_the_reader_propose_each_their_phrase() -> None:
    assert proposed("Putin [2]", 0.7) == [(ReadBy.MODEL, "Putin"), (ReadBy.READER, "Sergei Lavrov")]


def test_where_the_model_finds_nothing_the_reader_still_proposes() -> None:
    assert proposed("not stated", 0.7) == [(ReadBy.READER, "Sergei Lavrov")]
    assert proposed("Wang Yi [1]", 0.7) == [(ReadBy.READER, "Sergei Lavrov")]


def test_the_word_of_a_model_that_tells_no_probabilities_stands_alone() -> None:
    assert proposed("not stated", None) == []
    assert proposed("Putin [2]", None) == [(ReadBy.MODEL, "Putin")]


@pytest.mark.parametrize(
    ("stated", "doubted", "probability", "first"),
    [
        (1.5, -3.0, 0.5, ReadBy.READER),
        (1.5, -3.0, 0.7, ReadBy.READER),
        (1.5, -3.0, 0.9, ReadBy.MODEL),
        (1.5, -1.0, 0.7, ReadBy.MODEL),
        (1.5, 1.0, 0.5, ReadBy.MODEL),
        (-1.5, -3.5, 0.5, ReadBy.READER),
        (-1.5, -3.0, 0.5, ReadBy.MODEL),
    ],
)
def test_a_reader_whose_sentence_leads_comes_before_a_model_that_is_not_sure(
    make_folder: MakeFolder, tmp_path: Path, stated: float, doubted: float, probability: float, first: ReadBy
) -> None:
    index = ArticleIndex(
        make_folder({"a.txt": f"{CALLED.text} {ACCUSED.text}"}), tmp_path / "index", HashingEmbedding()
    )
    index.sync()
    evidence = [replace(CALLED, stated=stated), replace(ACCUSED, stated=doubted)]
    reading = Reading(parse_reply("Putin [2]"), evidence, first_probability=probability, refusal_probability=0.01)
    _, found = decide("Who did Rubio call?", reading, evidence, index, None)
    assert [proposal.by for proposal, _ in found] == sorted(ReadBy, key=lambda by: by is not first)


def test_where_both_end_at_the_same_words_the_surer_way_counts(make_folder: MakeFolder, tmp_path: Path) -> None:
    entries = ["09:45 Power is out in 1,200 homes.", "18:20 Power is back in all but 600 homes."]
    index = ArticleIndex(make_folder({"a.txt": "\n\n".join(entries)}), tmp_path / "index", HashingEmbedding())
    index.sync()
    older, newest = (
        Evidence(
            Span("a.txt", start, start + len(text)), text, "", None, 1.0, 0.5, stated, text[6:-1], 0.6, entry=place
        )
        for place, (start, text, stated) in enumerate(((0, entries[0], -1.0), (36, entries[1], -2.5)))
    )
    reading = Reading(parse_reply("600 homes [2]"), [older, newest], first_probability=0.56, refusal_probability=0.04)
    _, found = decide("What is the latest on the power?", reading, [older, newest], index, None)
    assert [proposal.phrase for proposal, _ in found] == ["Power is back in all but 600 homes"] * 2
    assert found[0][0].by is ReadBy.READER


@pytest.mark.parametrize(("overlap", "proposed_by"), [(0.8, [ReadBy.READER]), (0.0, [])])
def test_the_reader_is_not_believed_in_a_sentence_without_the_questions_words(
    make_folder: MakeFolder, tmp_path: Path, overlap: float, proposed_by: list[ReadBy]
) -> None:
    index = ArticleIndex(make_folder({"a.txt": CALLED.text}), tmp_path / "index", HashingEmbedding())
    index.sync()
    evidence = [replace(CALLED, overlap=overlap)]
    reading = Reading(parse_reply("not stated"), evidence, first_probability=0.6, refusal_probability=0.6)
    _, found = decide("Who did Rubio call?", reading, evidence, index, None)
    assert [proposal.by for proposal, _ in found] == proposed_by
