"""An answer is kept for as long as nothing that decides it has changed; a cache that cannot be used is none."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from index.article_index import ArticleIndex
from index.filter import EVERYTHING, Filter
from qa.answer import Abstention, Answer, Citation, Evidence, Kind, Span, Statement
from qa.answer_cache import AnswerCache, key_of
from qa.question.asked import Asked
from qa.settings import Settings
from qa.testing import HashingEmbedding
from tests.support.articles import MakeFolder

TEXT = "The mayor of Tarnow, Ewa Brzoza, opened the new bridge on Friday."
SPAN = Span("mayor.txt", 0, 32)
ANSWER = Answer(
    question="Who is the mayor?",
    statements=(Statement("Ewa Brzoza", (0,)),),
    citations=(Citation(SPAN, TEXT[:32], "mayor", date(2025, 3, 16), "The Crier", None, ("copy.txt",)),),
    evidence=(Evidence(SPAN, TEXT[:32], "mayor", None, 0.1 + 0.2, overlap=1 / 3),),
    short_answer="Ewa Brzoza",
    confidence=0.1,
    model="a model",
    prompt_tokens=99,
    timings_ms={"total": 4000},
)


@pytest.fixture
def index(make_folder: MakeFolder, tmp_path: Path) -> Iterator[ArticleIndex]:
    with closing(ArticleIndex(make_folder({"mayor.txt": TEXT}), tmp_path / "index", HashingEmbedding())) as index:
        index.sync()
        yield index


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.gguf"
    path.write_bytes(b"weights")
    return path


def key(
    index: ArticleIndex,
    model: Path,
    question: str = "Who?",
    only: Filter = EVERYTHING,
    kind: Kind | None = None,
    **given: object,
) -> str:
    found = key_of(Asked(question, only=only), kind, Settings(**given), [model], index.catalog)  # type: ignore[arg-type]
    assert found
    return found


@pytest.mark.parametrize(
    "answer", [ANSWER, Answer("Who?", abstention=Abstention.NOT_STATED), replace(ANSWER, confidence=None)]
)
def test_an_answer_comes_back_exactly_as_it_was(index: ArticleIndex, answer: Answer) -> None:
    AnswerCache(index.folder).put("key", answer)
    assert AnswerCache(index.folder).get("key", index.catalog) == answer
    assert AnswerCache(index.folder).get("another", index.catalog) is None


def test_a_question_that_was_asked_longest_ago_goes_first(index: ArticleIndex) -> None:
    cache = AnswerCache(index.folder, max_answers=2)
    cache.put("one", ANSWER)
    cache.put("two", ANSWER)
    assert cache.get("one", index.catalog)
    cache.put("three", ANSWER)
    assert [bool(cache.get(name, index.catalog)) for name in ("one", "two", "three")] == [True, False, True]


def test_an_answer_whose_quote_does_not_stand_in_the_text_is_not_given(index: ArticleIndex) -> None:
    citation = replace(ANSWER.citations[0], quote="The mayor of Gdynia, Ewa Brzoza,")
    AnswerCache(index.folder).put("key", replace(ANSWER, citations=(citation,)))
    assert AnswerCache(index.folder).get("key", index.catalog) is None


def test_an_answer_that_json_would_alter_is_not_kept(index: ArticleIndex) -> None:
    AnswerCache(index.folder).put("key", replace(ANSWER, confidence=float("nan")))
    assert AnswerCache(index.folder).get("key", index.catalog) is None


def test_the_key_changes_with_whatever_decides_an_answer(
    index: ArticleIndex, model: Path, make_folder: MakeFolder
) -> None:
    keys = [
        key(index, model),
        key(index, model, "who?"),
        key(index, model, only=Filter(article="2025/*")),
        key(index, model, only=Filter(since=date(2025, 1, 1))),
        key(index, model, llm="local:0.5b"),
        key(index, model, llm_url="http://localhost/v1"),
        key(index, model, max_error=0.1),
        key(index, model, kind=Kind.OVERVIEW),
    ]
    assert key(index, model) == keys[0]
    model.write_bytes(b"other weights")
    keys.append(key(index, model))
    make_folder({"mayor.txt": TEXT.replace("Ewa Brzoza", "Jan Brzoza")})
    index.sync()
    keys.append(key(index, model))
    make_folder({"ferry.txt": "The ferry sank."})
    index.sync()
    keys.append(key(index, model))
    (index.articles / "ferry.txt").unlink()
    index.sync()
    keys.append(key(index, model))
    assert len(set(keys)) == len(keys)


def test_the_key_of_an_endpoint_does_not_hold_its_secret(
    index: ArticleIndex, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QA_LLM_KEY", "sk-one")
    assert "sk-one" not in Settings().model_dump_json()


def test_while_a_sync_is_unfinished_or_a_model_is_missing_there_is_no_key(index: ArticleIndex, model: Path) -> None:
    model.unlink()
    assert key_of(Asked("Who?"), None, Settings(), [model], index.catalog) is None
    model.write_bytes(b"weights")
    with index.catalog.writing():
        index.catalog.set_meta("state", "syncing")
    assert key_of(Asked("Who?"), None, Settings(), [model], index.catalog) is None


@pytest.mark.parametrize("content", [b"", b"no database at all" * 100, b"SQLite format 3\x00" + bytes(5000)])
def test_a_damaged_cache_is_none_and_is_made_anew(index: ArticleIndex, content: bytes) -> None:
    cache = AnswerCache(index.folder)
    cache.file.write_bytes(content)
    assert cache.get("key", index.catalog) is None
    cache.put("key", ANSWER)
    cache.put("key", ANSWER)
    assert cache.get("key", index.catalog) == ANSWER


def test_what_is_no_answer_in_the_cache_is_not_given(index: ArticleIndex) -> None:
    cache = AnswerCache(index.folder)
    cache.put("key", ANSWER)
    with closing(sqlite3.connect(cache.file)) as db, db:
        db.execute("update answers set answer = '{\"question\": 3}'")
    assert cache.get("key", index.catalog) is None


def test_a_locked_cache_is_none(index: ArticleIndex) -> None:
    cache = AnswerCache(index.folder)
    cache.put("key", ANSWER)
    with closing(sqlite3.connect(cache.file, isolation_level=None)) as db:
        db.execute("begin exclusive")
        assert cache.get("key", index.catalog) is None
        cache.put("other", ANSWER)
        db.execute("rollback")
    assert cache.get("key", index.catalog) == ANSWER
    assert cache.get("other", index.catalog) is None


def test_a_cache_that_cannot_be_written_is_none(index: ArticleIndex, tmp_path: Path) -> None:
    cache = AnswerCache(tmp_path / "nowhere")
    cache.put("key", ANSWER)
    assert cache.get("key", index.catalog) is None
    assert not (tmp_path / "nowhere").exists()
