"""Grouping whole sentences into passages that an embedder reads to their end."""

from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from index.articles import Article, list_files, read_articles
from index.formats.records import Fields
from index.formats.sandbox import Sandbox
from index.passages import WINDOW_TOKENS, Passage, group
from index.sentences import Offsets, split
from qa.testing import HashingEmbedding


def article(text: str, title: str = "A bridge for Lowmoor", published: date | None = None) -> Article:
    return Article("a.txt", title, text, published, Path("a.txt"), "0" * 64, file="a.txt")


def passages_of(article: Article, embedder: HashingEmbedding) -> tuple[list[Offsets], list[Passage]]:
    sentences = split(article.text, article.body_start)
    return sentences, group(article, sentences, embedder.count_tokens)


PARAGRAPH = " ".join(
    f"In the year {year} the Lowmoor bridge was crossed by {year * 7} carts." for year in range(1900, 1912)
)
LONG = "\n".join(PARAGRAPH.replace("19", str(century)) for century in range(11, 17))


def test_passages_are_whole_consecutive_sentences_and_leave_none_out(embedder: HashingEmbedding) -> None:
    sentences, passages = passages_of(article(LONG), embedder)
    assert len(passages) > 3
    assert (passages[0].first, passages[-1].last) == (0, len(sentences) - 1)
    assert all(after.first == before.last + 1 for before, after in pairwise(passages))
    for passage in passages:
        assert (passage.start, passage.end) == (sentences[passage.first][0], sentences[passage.last][1])
        assert LONG[passage.start : passage.end] in passage.embedded_text


@pytest.mark.parametrize(
    "title", ["A bridge for Lowmoor", "Who b c d " * 15 + "at last"], ids=["short title", "long title"]
)
def test_passage_with_its_title_and_date_fits_the_window(title: str, embedder: HashingEmbedding) -> None:
    _, passages = passages_of(article(LONG, title, date(2025, 3, 16)), embedder)
    assert all(passage.embedded_text.startswith(f"{title} (2025-03-16)\n") for passage in passages)
    assert max(embedder.count_tokens([passage.embedded_text for passage in passages])) <= WINDOW_TOKENS


def test_rules_between_sentences_count_for_the_window() -> None:
    text = f"\n{'-' * 90}\n".join(f"Table {number} follows." for number in range(8))
    sentences = split(text)

    def count_characters(texts: list[str]) -> list[int]:
        return [len(text.replace(" ", "")) for text in texts]

    passages = group(article(text, "T"), sentences, count_characters)
    assert len(sentences) == 8
    assert max(count_characters([passage.embedded_text for passage in passages])) <= WINDOW_TOKENS


def test_passage_ends_with_its_paragraph(embedder: HashingEmbedding) -> None:
    sentence = "The mayor opened the new bridge over the river on Tuesday in the rain. "
    text = sentence * 6 + "\n" + sentence * 6
    _, passages = passages_of(article(text), embedder)
    assert [text[passage.start : passage.end].count("mayor") for passage in passages] == [6, 6]


def test_small_paragraphs_share_a_passage(embedder: HashingEmbedding) -> None:
    text = "The bridge opened.\n\nIt is long.\n\nIt was costly."
    _, (passage,) = passages_of(article(text), embedder)
    assert text[passage.start : passage.end] == text


def test_sentence_longer_than_the_window_is_a_passage_of_its_own(embedder: HashingEmbedding) -> None:
    text = "It rained. A " + "a " * 300 + "end. It rained again."
    sentences, passages = passages_of(article(text), embedder)
    assert [(passage.first, passage.last) for passage in passages] == [(0, 0), (1, 1), (2, 2)]
    assert len(sentences) == 3


def test_title_without_a_word_says_nothing(embedder: HashingEmbedding) -> None:
    _, (passage,) = passages_of(article("The bridge opened.", "000 a545c6f73c904d3a", date(2025, 3, 16)), embedder)
    assert passage.embedded_text == "(2025-03-16)\nThe bridge opened."


def test_same_text_has_the_same_id_wherever_it_stands(embedder: HashingEmbedding) -> None:
    _, (one,) = passages_of(article("The bridge opened."), embedder)
    _, (other,) = passages_of(article("\n\n   The bridge opened.\n"), embedder)
    assert one.id == other.id
    assert one.start != other.start


def test_edit_changes_the_id_of_the_touched_passage_only(embedder: HashingEmbedding) -> None:
    _, before = passages_of(article(LONG), embedder)
    _, after = passages_of(article(LONG.replace("1305 the Lowmoor", "1305 the old Lowmoor")), embedder)
    changed = [position for position, (old, new) in enumerate(zip(before, after, strict=True)) if old.id != new.id]
    assert len(changed) == 1
    assert "1305 the old" in after[changed[0]].embedded_text


def test_title_is_part_of_the_id(embedder: HashingEmbedding) -> None:
    _, (one,) = passages_of(article("The bridge opened.", "Lowmoor"), embedder)
    _, (other,) = passages_of(article("The bridge opened.", "Highmoor"), embedder)
    assert one.id != other.id


def test_passages_of_the_seed_begin_at_its_first_sentence(seeds: Path, embedder: HashingEmbedding) -> None:
    (file,) = list_files(seeds)
    with Sandbox() as sandbox:
        (seed,) = read_articles(file, sandbox, Fields())
    sentences, passages = passages_of(seed, embedder)
    assert passages[0].embedded_text.startswith("(2025-03-16)\nU.S. President Donald Trump said")
    assert passages[-1].last == len(sentences) - 1


def test_article_without_sentences_has_no_passage(embedder: HashingEmbedding) -> None:
    assert group(article("..."), [], embedder.count_tokens) == []
