"""Sentences and their offsets, on real prose and on whatever hypothesis makes up."""

import re
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.articles import Article, list_files, read_articles
from index.formats.extract import UnreadableError
from index.formats.records import Fields
from index.formats.sandbox import Sandbox
from index.sentences import MAX_SENTENCE_CHARS, split

# Line ends of every kind, astral and joined emoji, combining marks, bidi controls, a byte order mark inside, quotes,
# and the letters and dots of which abbreviations and sentence ends are made.
PIECES = [
    *("\r\n", "\r", "\n", "\n\n", " ", "  ", "\t", "\xa0", "\u2028", "\x85", "\x0b", "\x0c", "\x1c"),
    *("🦉", "👩‍👧", "🇺🇸", "𝒜", "e\u0301", "\u0301", "\u202e", "\u2066", "\u2069", "\u200b", "\ufeff", "ß", "٣"),
    *(".", "?", "!", "…", "。", '"', "“", "”", "'", "(", ")", "[", "-", "—", "*", "_", "|", "#"),
    *("a", "b", "A", "B", "U.S.", "Mr.", "No.", "3.5", "The", "He", "said", "word", "end.", "x" * 300),
    *("a line that is just about as wide as the lines of a page of plain text are\n",),
]
TEXTS = st.lists(st.sampled_from(PIECES) | st.characters(exclude_categories=["Cs"]), max_size=60).map("".join)


def read_only_article(folder: Path) -> Article:
    (file,) = list_files(folder)
    with Sandbox() as sandbox:
        (article,) = read_articles(file, sandbox, Fields())
    return article


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in split(text)]


@given(TEXTS)
@example("x" * 5000)
@example("x " * 5000)
@example("a" + " " * 2000 + "b")
@example("a" + "?!" * 2000 + "b")
@example("橋。" * 2000)
@example("a」」。！？」)b")
def test_sentences_are_ordered_disjoint_trimmed_short_and_lose_no_word(text: str) -> None:
    spans = split(text)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    for start, end in spans:
        assert text[start:end] == text[start:end].strip()
        assert end - start <= MAX_SENTENCE_CHARS
        assert re.search(r"\w", text[start:end])
    covered = {position for start, end in spans for position in range(start, end)}
    assert {found.start() for found in re.finditer(r"\w", text)} <= covered


@given(TEXTS, st.integers(0, 40))
def test_sentences_begin_where_the_body_begins(text: str, start: int) -> None:
    assert all(begin >= start for begin, _ in split(text, min(start, len(text))))


@given(TEXTS.filter(lambda text: "\0" not in text), st.booleans())
@example("\ufeffThe end.", True)
@example("2025-03-16\r\nThe end.\r\nIt is.", False)
def test_offsets_are_those_of_the_file_as_anyone_opens_it(text: str, has_mark: bool) -> None:
    if not has_mark:
        text = text.lstrip("\ufeff")  # there a first one would be the mark
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "article.txt")
        path.write_bytes(text.encode("utf-8-sig" if has_mark else "utf-8"))
        try:
            article = read_only_article(Path(folder))
        except UnreadableError:  # of punctuation only
            return
        with path.open(encoding="utf-8-sig", newline="") as opened:
            as_anyone_reads_it = opened.read()
    for start, end in split(article.text, article.body_start):
        assert as_anyone_reads_it[start:end] == article.text[start:end] != ""


def test_seed_is_split_at_its_sentences(seeds: Path) -> None:
    article = read_only_article(seeds)
    found = [article.text[start:end] for start, end in split(article.text, article.body_start)]
    assert len(found) == 15
    assert found[2] == '"I think we have a lot of it already discussed very much by both sides, Ukraine and Russia.'
    assert found[3] == "We're already talking about that — dividing up certain assets.\""
    assert (
        found[-1]
        == "On Sunday, Ukraine said Russia launched 90 Iranian-made Shahed drones across nine Ukrainian regions."
    )


def test_initialism_before_a_title_is_no_end() -> None:
    text = "Moscow said U.S. Secretary of State Marco Rubio called. He spoke with Lavrov."
    assert sentences(text) == [
        "Moscow said U.S. Secretary of State Marco Rubio called.",
        "He spoke with Lavrov.",
    ]


def test_initialism_before_a_word_that_begins_sentences_is_an_end() -> None:
    assert sentences("He was born in the U.S. The end came later.") == [
        "He was born in the U.S.",
        "The end came later.",
    ]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r", "\n\n", "\n  \n"])
def test_newline_ends_a_sentence(newline: str) -> None:
    assert sentences(f"A heading without a stop{newline}The text below it.") == [
        "A heading without a stop",
        "The text below it.",
    ]


WRAPPED = """\
The new bridge over the Lowmoor river was opened on Tuesday by the
mayor, who said that it had cost less than was planned and that it
would bring the two halves of the town together at last. It will be
closed to lorries. Cyclists have a lane of their own.

The old bridge will be taken down."""


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_lines_of_hard_wrapped_text_are_joined(newline: str) -> None:
    found = sentences(WRAPPED.replace("\n", newline))
    assert [sentence.split()[-1] for sentence in found] == ["last.", "lorries.", "own.", "down."]
    assert " ".join(found[0].split()).endswith(
        "by the mayor, who said that it had cost less than was planned and that it "
        "would bring the two halves of the town together at last."
    )


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize(
    "around", ["", "A paragraph of running text that is as wide as a page has it, line by line,\n" * 5]
)
def test_rows_of_a_table_are_sentences_however_wide_they_are(newline: str, around: str) -> None:
    head, rule = "| District of the board | Herds in 2024 | 2022 | 2023 |", "|---|---|---|---|"
    rows = ["| Brackendale in the north | 118 | 6,410 | 6,580 |", "| Upper Corley in the west | 64 | 5,720 | 5,890 |"]
    text = newline.join([*around.splitlines(), "Milk a year:", "", head, rule, *rows, "", "That is all."])
    said = [text[start:end] for start, end in split(text)]
    assert [each for each in said if "|" in each] == [head, *rows]


def test_endless_sentence_is_cut_at_spaces() -> None:
    text = "and so on " * 500
    found = sentences(text)
    assert len(text) == 5000
    assert len(found) == 7
    assert all(sentence.split() and set(sentence.split()) == {"and", "so", "on"} for sentence in found)
    assert " ".join(found) == text.strip()


def test_line_without_a_letter_or_digit_is_no_sentence() -> None:
    assert sentences("One.\n* * *\n---\nTwo.") == ["One.", "Two."]


def test_text_without_words_has_no_sentence() -> None:
    assert split("") == split(" \r\n") == split("...") == []


def test_ideographic_stop_ends_a_sentence() -> None:
    assert sentences("市長は火曜日に橋を開通させた。費用は九百万ポンドだった。雨が降った") == [
        "市長は火曜日に橋を開通させた。",
        "費用は九百万ポンドだった。",
        "雨が降った",
    ]


def test_quotation_marks_and_doubled_marks_stay_with_the_sentence_that_they_end() -> None:
    assert sentences("「橋が開いた。」と市長は言った。本当！？そうです。 She said: “你好。” 他走了。") == [
        "「橋が開いた。」と市長は言った。",
        "本当！？",
        "そうです。",
        "She said: “你好。”",
        "他走了。",
    ]


@pytest.mark.parametrize("run", ["?!" * 50, "!" * 200, "." * 80, "-" * 60, "…" * 30, "。" * 40, "🦉" * 25])
def test_no_word_beside_a_long_run_of_marks_is_lost(run: str) -> None:
    text = f"The bridge opened{run} Nobody in Lowmoor had hoped for it. The band{run}played."
    found = sentences(text)
    words = [word for sentence in found for word in re.findall(r"\w+", sentence)]
    assert words == re.findall(r"\w+", text)
    assert all(sentence in text for sentence in found)


def test_long_run_of_marks_ends_a_sentence() -> None:
    assert sentences(f"The bridge opened{'?!' * 30} Nobody had hoped for it.") == [
        f"The bridge opened{'?!' * 30}",
        "Nobody had hoped for it.",
    ]


LONG_PIECES = [
    *("x", "x ", "word. ", "a\n", "U.S. Secretary ", "U.S. The ", "e.g. ", ". ", "\r\n"),
    *(
        "?!",
        "? ! ",
        "a?!",
        'a.")',
        "?!" * 240 + " ",
        "f(x.);",
        "!" * 19 + " ",
        "…",
        "...",
        "。",
        "橋。",
        "「橋。」",
        "』",
        "“",
        "-- ",
        "*",
        "(",
        ".)",
        "🦉",
    ),
]


@pytest.mark.parametrize("piece", LONG_PIECES)
def test_long_text_takes_no_longer_than_its_length_asks(piece: str) -> None:
    began = time.process_time()
    split(piece * (100_000 // len(piece)))
    assert time.process_time() - began < 5, "a regular expression or a loop is quadratic again"
