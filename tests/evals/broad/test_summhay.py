"""Accounts of a folder are compared with the insights of their questions."""

import gzip
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from evals.agreement import f1_of_sets, harmonic_mean
from evals.broad.summhay import (
    Said,
    Score,
    best_sentences,
    first_sentences,
    line_of,
    read_lines,
    score,
    sentence_table,
    write_documents,
)
from evals.spans import touches
from index.article_index import ArticleIndex
from qa.answer import Span
from qa.testing import HashingEmbedding

DOCUMENTS = [
    {"id": "a", "text": "The harbour gets a crane. The crane lifts ninety tonnes of granite."},
    {"id": "b", "text": "A storm came on Monday. The crane lifts ninety tonnes of granite."},
    {"id": "c", "text": "Bees swarm in May. Honey is dear this year."},
]
QUERY = {
    "question": "What does the crane lift?",
    "insights": [
        {"text": "The crane lifts ninety tonnes of granite.", "documents": ["a", "b"]},
        {"text": "A diver mended the lock gate.", "documents": ["c"]},
    ],
}


@pytest.fixture
def index(tmp_path: Path) -> Iterator[ArticleIndex]:
    write_documents(DOCUMENTS, tmp_path / "articles")
    with closing(ArticleIndex(tmp_path / "articles", tmp_path / "index", HashingEmbedding())) as opened:
        opened.sync()
        yield opened


def test_an_insight_is_carried_by_a_statement_that_means_the_same(index: ArticleIndex) -> None:
    said = [Said("The crane lifts ninety tonnes of granite.", frozenset({"a.txt"}))]
    found = score(QUERY, lambda _: said, index)
    assert (found.insights, found.carried) == (2, 1)
    assert found.f1_of_carried == pytest.approx(2 / 3)
    assert found.f1_of_all == pytest.approx(1 / 2)


def test_no_statement_carries_nothing(index: ArticleIndex) -> None:
    found = score(QUERY, lambda _: [], index)
    assert (found.carried, found.f1_of_carried, found.f1_of_all) == (0, 0, 0)


def test_the_first_sentences_are_those_of_the_articles_found_best(index: ArticleIndex) -> None:
    assert first_sentences("harbour crane", index)[0] == Said("The harbour gets a crane.", frozenset({"a.txt"}))


def test_bm25_finds_each_wording_once(index: ArticleIndex) -> None:
    with closing(sentence_table(index)) as table:
        texts = [each.text for each in best_sentences("ninety tonnes of granite", table)]
    assert texts == ["The crane lifts ninety tonnes of granite."]


def test_figures_are_sums_over_questions() -> None:
    line = line_of([Score(4, 1, 0.5, 0.2, 1.0), Score(2, 2, 1.0, 0.6, 3.0)])
    assert line.startswith("insights 0.500 [")
    assert "carried insight's documents 0.500 [" in line
    assert "F1 of all documents 0.400 [" in line
    assert line.endswith("median 2.00 s")


def test_gzipped_lines_are_read(tmp_path: Path) -> None:
    path = tmp_path / "documents.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, DOCUMENTS)).encode()))
    assert read_lines(path) == DOCUMENTS


def test_sets_agree_by_what_they_share() -> None:
    assert f1_of_sets({"a", "b"}, {"b", "c", "d"}) == pytest.approx(0.4)
    assert f1_of_sets({"a"}, set()) == 0
    assert harmonic_mean(0, 0) == 0


def test_spans_that_only_touch_do_not_overlap() -> None:
    assert touches(Span("a", 0, 5), [Span("a", 4, 6)])
    assert not touches(Span("a", 0, 5), [Span("a", 5, 6), Span("b", 0, 5)])
