"""The catalog: a real SQLite file, written in transactions, searched by words."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from index.articles import Article, SourceFile
from index.catalog import Catalog
from index.errors import IndexDamagedError
from index.passages import group
from index.sentences import split
from qa.testing import HashingEmbedding


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "index" / "catalog.sqlite"


@pytest.fixture
def catalog(path: Path) -> Iterator[Catalog]:
    with closing(Catalog(path)) as catalog:
        yield catalog


def put(catalog: Catalog, name: str, text: str, embedder: HashingEmbedding) -> None:
    """Write an article as the sync does; the caller holds the transaction."""
    article = Article(name, name.removesuffix(".txt"), text, date(2025, 3, 16), Path(name), str(hash(text)))
    sentences = split(text)
    passages = group(article, sentences, embedder.count_tokens)
    vectors = embedder.get_text_embedding_batch([passage.embedded_text for passage in passages])
    catalog.put_vectors([passage.id for passage in passages], np.array(vectors, np.float32))
    catalog.put_article(SourceFile(name, Path(name), len(text), 1), article, sentences, passages)


def found(catalog: Catalog, words: str) -> list[str]:
    """Give the articles in which the words are found, best first."""
    scores = catalog.search_words(words, 10)
    passages = {passage.id: passage.article_id for passage in catalog.passages(scores)}
    return [passages[key] for key in scores]


def rows(path: Path) -> dict[str, int]:
    """Count the rows of every table with a connection of our own."""
    with closing(sqlite3.connect(path)) as database:
        tables = ("files", "articles", "sentences", "passages", "passages_fts", "vectors")
        return {table: database.execute(f"select count(*) from {table}").fetchone()[0] for table in tables}


def test_article_comes_back_as_it_was_put(catalog: Catalog, embedder: HashingEmbedding) -> None:
    text = "The bridge 🌉 opened.\r\nIt cost nine million."
    with catalog.writing():
        put(catalog, "bridge.txt", text, embedder)
    (passage,) = catalog.passages(catalog.search_words("million", 10))
    assert catalog.article("bridge.txt") == ("bridge", date(2025, 3, 16), text)
    assert [text[start:end] for start, end in catalog.sentences("bridge.txt", 0, 9)] == [
        "The bridge 🌉 opened.",
        "It cost nine million.",
    ]
    assert passage.text == text[passage.start : passage.end] == text
    assert (passage.article_id, passage.title, passage.published) == ("bridge.txt", "bridge", date(2025, 3, 16))
    assert catalog.passages_of_vectors([passage.vector_id]) == [passage]
    assert catalog.vectors([passage.vector_id])[0] == pytest.approx(
        embedder.get_text_embedding("bridge (2025-03-16)\n" + text)
    )


def test_words_are_found_by_their_stem_without_accents_and_in_titles(
    catalog: Catalog, embedder: HashingEmbedding
) -> None:
    with catalog.writing():
        put(catalog, "bridge.txt", "It was opened in Zürich.", embedder)
        put(catalog, "bakery.txt", "It sells bread.", embedder)
    assert found(catalog, "opening") == ["bridge.txt"]
    assert found(catalog, "zurich") == ["bridge.txt"]
    assert found(catalog, "bakery") == ["bakery.txt"]


def test_passage_that_says_it_more_often_is_first(catalog: Catalog, embedder: HashingEmbedding) -> None:
    with catalog.writing():
        put(catalog, "one.txt", "Bread is sold here, and cakes, and tea, and milk, and butter.", embedder)
        put(catalog, "two.txt", "Bread and bread and bread.", embedder)
        put(catalog, "three.txt", "A bridge opened.", embedder)
    scores = catalog.search_words("bread", 10)
    assert found(catalog, "bread") == ["two.txt", "one.txt"]
    assert catalog.score_words("bread", list(scores)) == pytest.approx(scores)
    assert min(scores.values()) > 0


def test_article_put_again_replaces_the_old_one(catalog: Catalog, path: Path, embedder: HashingEmbedding) -> None:
    with catalog.writing():
        put(catalog, "a.txt", "The bridge opened.", embedder)
    with catalog.writing():
        put(catalog, "a.txt", "The bakery closed.", embedder)
        catalog.drop_unused_vectors()
    assert found(catalog, "bridge") == []
    assert found(catalog, "bakery") == ["a.txt"]
    assert set(rows(path).values()) == {1}


def test_removed_article_leaves_nothing(catalog: Catalog, path: Path, embedder: HashingEmbedding) -> None:
    with catalog.writing():
        put(catalog, "a.txt", "The bridge opened.", embedder)
    with catalog.writing():
        catalog.remove("a.txt")
        catalog.drop_unused_vectors()
    assert found(catalog, "bridge") == []
    assert set(rows(path).values()) == {0}


def test_vector_of_a_text_that_two_articles_share_stays_with_the_other(
    catalog: Catalog, path: Path, embedder: HashingEmbedding
) -> None:
    with catalog.writing():
        put(catalog, "news/a.txt", "The bridge opened.", embedder)
        put(catalog, "news/b.txt", "The bridge opened.", embedder)
        shared = rows(path)
        catalog.remove("news/b.txt")
        catalog.drop_unused_vectors()
    assert shared["vectors"] == 0, "another connection sees a transaction that is not committed"
    assert catalog.counts() == (1, 1)
    assert rows(path)["vectors"] == 1


def test_failed_transaction_leaves_nothing(catalog: Catalog, path: Path, embedder: HashingEmbedding) -> None:
    def write_and_fail() -> None:
        with catalog.writing():
            put(catalog, "a.txt", "The bridge opened.", embedder)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_and_fail()
    assert set(rows(path).values()) == {0}
    assert catalog.generation == 0
    assert catalog.files() == {}


def test_every_transaction_is_a_generation(catalog: Catalog) -> None:
    for _ in range(3):
        with catalog.writing():
            pass
    assert catalog.generation == 3


def test_reading_sees_one_state_whatever_is_written_meanwhile(
    catalog: Catalog, path: Path, embedder: HashingEmbedding
) -> None:
    with closing(Catalog(path)) as writer, catalog.reading():
        assert catalog.counts() == (0, 0)
        with writer.writing():
            put(writer, "a.txt", "The bridge opened.", embedder)
        assert catalog.counts() == (0, 0)
    assert catalog.counts() == (1, 1)


def test_skipped_file_is_kept_with_its_reason(catalog: Catalog) -> None:
    file = SourceFile("a.txt", Path("a.txt"), 7, 11)
    with catalog.writing():
        catalog.put_file(file, "binary, not text")
    assert catalog.skipped() == [("a.txt", "binary, not text")]
    assert catalog.files() == {"a.txt": (7, 11)}
    with catalog.writing():
        catalog.put_file(file)
    assert catalog.skipped() == []


def test_reopened_catalog_keeps_what_was_written(path: Path, embedder: HashingEmbedding) -> None:
    with closing(Catalog(path)) as catalog, catalog.writing():
        put(catalog, "a.txt", "The bridge opened.", embedder)
    with closing(Catalog(path)) as catalog:
        assert found(catalog, "bridge") == ["a.txt"]
        assert catalog.generation == 1


def test_many_ids_are_looked_up_at_once(catalog: Catalog) -> None:
    ids = [f"{number:032}" for number in range(2500)]
    with catalog.writing():
        catalog.put_vectors(ids, np.eye(2500, 4, dtype=np.float32))
    assert catalog.vector_ids(ids) == catalog.vector_ids() == set(ids)
    assert catalog.vectors(ids[::-1]).tolist() == np.eye(2500, 4)[::-1].tolist()


def test_new_catalog_may_be_opened_by_several_at_once(path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        catalogs = list(pool.map(Catalog, [path] * 8))
    for catalog in catalogs:
        assert catalog.counts() == (0, 0)
        catalog.close()


@pytest.mark.parametrize("content", [b"no database at all " * 500, b"SQLite format 3\0" + b"\xff" * 8000])
def test_file_that_is_no_database_is_damage(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(IndexDamagedError, match=r"cannot be read \(.*\): delete that folder"):
        Catalog(path)


def test_catalog_of_another_version_is_damage(catalog: Catalog, path: Path) -> None:
    with catalog.writing():
        catalog.set_meta("schema_version", "0")
    with pytest.raises(IndexDamagedError, match="was made by another version: delete that folder"):
        Catalog(path)
