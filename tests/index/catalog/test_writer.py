"""The catalog: a real SQLite file, written in transactions, searched by words."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from index.articles import Article, SourceFile
from index.catalog.place import Place
from index.catalog.rows import NO_DATE, ReadFile, StoredArticle, WrittenArticle
from index.catalog.writer import Catalog
from index.duplicates import signature_of
from index.filter import EVERYTHING
from index.formats.extract import Metadata
from index.passages import group
from index.sentences import split
from qa.testing import HashingEmbedding
from tests.support.catalogs import lose_articles, run_sql

DAY = date(2025, 3, 16)


def put(catalog: Catalog, name: str, text: str, embedder: HashingEmbedding, file: str | None = None) -> int:
    """Write an article as the sync does and give its key; the caller holds the transaction."""
    article = Article(
        id=name,
        title=name.removesuffix(".txt"),
        text=text,
        published=DAY,
        path=Path(file or name),
        sha256=str(len(text)),
        sources={"title": "file name", "published": "first lines"},
        file=file or name,
    )
    sentences = split(text)
    passages = group(article, sentences, embedder.count_tokens)
    vectors = embedder.get_text_embedding_batch([passage.embedded_text for passage in passages])
    catalog.put_vectors([passage.id for passage in passages], np.array(vectors, np.float32))
    (key,) = catalog.put_articles([WrittenArticle(article, signature_of(text), sentences, passages)])
    return key


def search(catalog: Catalog, words: str) -> dict[int, float]:
    return catalog.search_passages(words.split(" OR "), 10, EVERYTHING)


def found(catalog: Catalog, words: str) -> list[str]:
    """Give the articles in which the words are found, best first."""
    scores = search(catalog, words)
    passages = {passage.id: passage.article_id for passage in catalog.passages(scores)}
    return [passages[key] for key in scores]


def rows(place: Place) -> dict[str, int]:
    """Count what is there with a connection of our own."""
    with closing(place.open(read_only=True)) as catalog:
        whole = list(catalog.whole_articles())
        return {
            "files": catalog.count_files(),
            "articles": len(whole),
            "sentences": sum(len(each.sentences) for each in whole),
            "passages": sum(len(each.passages) for each in whole),
            "vectors": len(catalog.all_vectors()[0]),
        }


def check_word_search(catalog: Catalog) -> None:
    assert catalog.word_faults() == []


def test_article_comes_back_as_it_was_put(catalog: Catalog, embedder: HashingEmbedding) -> None:
    text = "The bridge 🌉 opened.\r\nIt cost nine million."
    with catalog.writing():
        key = put(catalog, "bridge.txt", text, embedder)
    (passage,) = catalog.passages(search(catalog, "million"))
    assert catalog.article("bridge.txt") == StoredArticle(
        key=key,
        id="bridge.txt",
        title="bridge",
        published=DAY,
        publisher=None,
        url=None,
        text=text,
        original=None,
        sources={"title": "file name", "published": "first lines"},
    )
    assert catalog.article("bakery.txt") is None
    assert [text[start:end] for start, end in catalog.sentences("bridge.txt", 0, 9)] == [
        "The bridge 🌉 opened.",
        "It cost nine million.",
    ]
    assert len(catalog.sentences("bridge.txt", -1, 2**31)) == 2
    assert passage.text == text[passage.start : passage.end] == text
    assert (passage.article_id, passage.article_key, passage.title, passage.published) == (
        "bridge.txt",
        key,
        "bridge",
        DAY,
    )
    assert catalog.vectors([passage.vector_id])[0] == pytest.approx(
        embedder.get_text_embedding("bridge (2025-03-16)\n" + text)
    )


def test_record_of_a_passage_stands_for_its_article_date_and_vector(
    catalog: Catalog, embedder: HashingEmbedding
) -> None:
    with catalog.writing():
        key = put(catalog, "a.txt", "The bridge opened.", embedder)
        catalog.put_day("a.txt", None, {})
        other = put(catalog, "b.txt", "The bakery closed.", embedder)
    (passage,) = catalog.passages(search(catalog, "bakery"))
    record = f"{other}-{passage.vector_id}"
    assert record in catalog.record_ids()
    assert catalog.passages_of_records([record, "99-stranger", f"{key}-{passage.vector_id}"]) == [passage]
    ids = sorted(catalog.record_ids())
    vectors, facts = catalog.records(ids)
    assert vectors.tolist() == catalog.vectors([each.split("-")[1] for each in ids]).tolist()
    assert facts == [{"article": key, "published": NO_DATE}, {"article": other, "published": 20250316}]


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
    scores = search(catalog, "bread")
    assert found(catalog, "bread") == ["two.txt", "one.txt"]
    assert catalog.score_passages(["bread"], list(scores)) == pytest.approx(scores)
    assert min(scores.values()) > 0


def test_whole_article_is_scored_by_words_of_all_its_passages(catalog: Catalog, embedder: HashingEmbedding) -> None:
    filling = "Nothing else of note was said in the hall that evening by anyone who had come to listen. " * 12
    with catalog.writing():
        both = put(catalog, "both.txt", f"The bridge opened.\n\n{filling}\n\nThe mayor slept.", embedder)
        one = put(catalog, "one.txt", f"The bridge opened.\n\n{filling}\n\nThe vicar slept.", embedder)
        none = put(catalog, "none.txt", "Tea is served at four.", embedder)
    scores = catalog.score_articles(["bridge", "mayor"], [both, one, none])
    assert set(scores) == {both, one}
    assert scores[both] > scores[one] > 0


def test_article_put_again_replaces_the_old_one_under_its_key(
    catalog: Catalog, place: Place, embedder: HashingEmbedding
) -> None:
    with catalog.writing():
        key = put(catalog, "a.txt", "The bridge opened.", embedder)
    with catalog.writing():
        again = put(catalog, "a.txt", "The bakery closed.", embedder)
        catalog.drop_unused_vectors()
    assert again == key
    assert found(catalog, "bridge") == []
    assert found(catalog, "bakery") == ["a.txt"]
    assert catalog.score_articles(["bridge", "bakery"], [key]).keys() == {key}
    assert catalog.score_articles(["bridge"], [key]) == {}
    assert set(rows(place).values()) == {1}
    check_word_search(catalog)


def test_removed_file_leaves_nothing(catalog: Catalog, place: Place, embedder: HashingEmbedding) -> None:
    with catalog.writing():
        put(catalog, "a.csv#1", "The bridge opened.", embedder, file="a.csv")
        put(catalog, "a.csv#2", "The bakery closed.", embedder, file="a.csv")
    assert catalog.hashes("a.csv").keys() == {"a.csv#1", "a.csv#2"}
    with catalog.writing():
        catalog.remove_file("a.csv")
        catalog.drop_unused_vectors()
    assert found(catalog, "bridge") == []
    assert set(rows(place).values()) == {0}
    check_word_search(catalog)


def test_removed_article_leaves_the_others_of_its_file(
    catalog: Catalog, place: Place, embedder: HashingEmbedding
) -> None:
    with catalog.writing():
        put(catalog, "a.csv#1", "The bridge opened.", embedder, file="a.csv")
        put(catalog, "a.csv#2", "The bakery closed.", embedder, file="a.csv")
        catalog.remove_article("a.csv#1")
        catalog.drop_unused_vectors()
    assert found(catalog, "bridge OR bakery") == ["a.csv#2"]
    assert set(rows(place).values()) == {1}
    check_word_search(catalog)


def test_key_of_a_removed_article_is_never_given_again(catalog: Catalog, embedder: HashingEmbedding) -> None:
    with catalog.writing():
        old = put(catalog, "a.txt", "The bridge opened.", embedder)
        catalog.remove_file("a.txt")
        new = put(catalog, "b.txt", "The bridge opened.", embedder)
    assert new != old, "a record that a vector store did not forget would stand for another article"


def test_renamed_file_keeps_keys_passages_and_vectors(
    catalog: Catalog, place: Place, embedder: HashingEmbedding
) -> None:
    with catalog.writing():
        keys = [put(catalog, f"old/a.csv#{n}", f"Bridge number {n} opened.", embedder, "old/a.csv") for n in (1, 2)]
    records, before = catalog.record_ids(), rows(place)
    with catalog.writing():
        catalog.rename_file("old/a.csv", "new/ä.csv")
    assert catalog.hashes("old/a.csv") == {}
    assert catalog.hashes().keys() == {"new/ä.csv#1", "new/ä.csv#2"}
    assert [each and each.key for each in map(catalog.article, catalog.hashes())] == keys
    assert catalog.files().keys() == {"new/ä.csv"}
    assert (catalog.record_ids(), rows(place)) == (records, before)
    assert catalog.faults() == []


def test_retitled_article_is_found_by_its_new_title_only(catalog: Catalog, embedder: HashingEmbedding) -> None:
    with catalog.writing():
        key = put(catalog, "bakery.txt", "It sells bread.", embedder)
        known = Metadata("The mill", date(2024, 1, 2), sources={"title": "file name", "published": "file name"})
        catalog.retitle("bakery.txt", known)
    article = catalog.article("bakery.txt")
    assert article is not None
    assert (article.title, article.published, article.sources) == (known.title, known.published, known.sources)
    assert found(catalog, "bakery") == []
    assert found(catalog, "mill") == ["bakery.txt"]
    assert catalog.score_articles(["mill"], [key]).keys() == {key}
    check_word_search(catalog)


def test_vector_of_a_text_that_two_articles_share_stays_with_the_other(
    catalog: Catalog, place: Place, embedder: HashingEmbedding
) -> None:
    with catalog.writing():
        put(catalog, "news/a.txt", "The bridge opened.", embedder)
        put(catalog, "news/b.txt", "The bridge opened.", embedder)
        shared = rows(place)
        catalog.remove_file("news/b.txt")
        catalog.drop_unused_vectors()
    assert shared["vectors"] == 0, "another connection sees a transaction that is not committed"
    assert catalog.counts() == (1, 1)
    assert rows(place)["vectors"] == 1


def test_failed_transaction_leaves_nothing(catalog: Catalog, place: Place, embedder: HashingEmbedding) -> None:
    def write_and_fail() -> None:
        with catalog.writing():
            put(catalog, "a.txt", "The bridge opened.", embedder)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_and_fail()
    assert set(rows(place).values()) == {0}
    assert catalog.generation == 0
    assert catalog.files() == {}


def test_every_transaction_is_a_generation(catalog: Catalog) -> None:
    for _ in range(3):
        with catalog.writing():
            pass
    assert catalog.generation == 3


def test_reading_sees_one_state_whatever_is_written_meanwhile(
    catalog: Catalog, place: Place, embedder: HashingEmbedding
) -> None:
    with closing(place.open()) as writer, catalog.reading():
        assert catalog.counts() == (0, 0)
        with writer.writing():
            put(writer, "a.txt", "The bridge opened.", embedder)
        with catalog.reading():  # inside of another one, as an answer's retrievals are
            assert catalog.counts() == (0, 0)
        assert catalog.counts() == (0, 0)
    assert catalog.counts() == (1, 1)


def test_skipped_file_is_kept_with_its_reason(catalog: Catalog) -> None:
    file = SourceFile("a.txt", Path("a.txt"), 7, 11)
    with catalog.writing():
        catalog.put_files([ReadFile(file, skipped="binary, not text")])
    assert catalog.skipped() == [("a.txt", "binary, not text")]
    assert catalog.files() == {"a.txt": (7, 11)}
    assert catalog.file_hashes() == {}
    with catalog.writing():
        catalog.put_files([ReadFile(file, "c0ffee")])
    assert catalog.skipped() == []
    assert catalog.file_hashes() == {"a.txt": "c0ffee"}


def test_file_of_an_article_that_was_put_alone_has_to_be_read_again(
    catalog: Catalog, embedder: HashingEmbedding
) -> None:
    with catalog.writing():
        put(catalog, "a.csv#1", "The bridge opened.", embedder, file="a.csv")
    assert catalog.files() == {"a.csv": (-1, -1)}
    with catalog.writing():
        catalog.put_files([ReadFile(SourceFile("a.csv", Path("a.csv"), 7, 11), "c0ffee")])
        put(catalog, "a.csv#2", "The bakery closed.", embedder, file="a.csv")
    assert catalog.files() == {"a.csv": (7, 11)}


def test_forgotten_stamps_are_those_of_the_suffixes_whatever_their_case(catalog: Catalog) -> None:
    names = ["a.csv", "B.CSV", "c.jsonl", "csv", "d.csv.txt"]
    with catalog.writing():
        catalog.put_files([ReadFile(SourceFile(name, Path(name), 7, 11)) for name in names])
        catalog.forget_stamps([".csv", ".jsonl"])
    assert {name for name, (_, mtime_ns) in catalog.files().items() if mtime_ns == -1} == {"a.csv", "B.CSV", "c.jsonl"}


def test_reopened_catalog_keeps_what_was_written(place: Place, embedder: HashingEmbedding) -> None:
    with closing(place.open()) as catalog, catalog.writing():
        put(catalog, "a.txt", "The bridge opened.", embedder)
    with closing(place.open()) as catalog:
        assert found(catalog, "bridge") == ["a.txt"]
        assert catalog.generation == 1
    with closing(place.open(read_only=True)) as catalog:
        assert found(catalog, "bridge") == ["a.txt"]


def test_read_only_catalog_writes_nothing(catalog: Catalog, place: Place) -> None:
    with (
        closing(place.open(read_only=True)) as reader,
        pytest.raises(Exception, match=r"read-?only"),
        reader.writing(),
    ):
        pass


def test_many_ids_are_looked_up_at_once(catalog: Catalog) -> None:
    ids = [f"{number:032}" for number in range(2500)]
    with catalog.writing():
        catalog.put_vectors(ids, np.eye(2500, 4, dtype=np.float32))
    assert catalog.vector_ids([*ids, "stranger"]) == set(ids)
    assert catalog.vectors(ids[::-1]).tolist() == np.eye(2500, 4)[::-1].tolist()


def test_new_catalog_may_be_opened_by_several_at_once(place: Place) -> None:
    with ThreadPoolExecutor(8) as pool:
        catalogs = list(pool.map(lambda _: place.open(), range(8)))
    for catalog in catalogs:
        assert catalog.counts() == (0, 0)
        catalog.close()


def test_whole_catalog_has_no_fault(catalog: Catalog, embedder: HashingEmbedding) -> None:
    with catalog.writing():
        put(catalog, "a.txt", "The bridge 🌉 opened. It cost nine million.", embedder)
    assert catalog.faults() == []


def test_faults_of_a_catalog_are_named(catalog: Catalog, embedder: HashingEmbedding) -> None:
    with catalog.writing():
        put(catalog, "a.txt", "The bridge opened. It cost nine million.", embedder)
        run_sql(catalog, "update articles set text = 'The bridge'")
    assert catalog.faults() == ["a sentence of a.txt ends behind its text"]
    lose_articles(catalog)
    assert catalog.faults() == ["an entry refers to one that is not there"]


def test_vector_that_lost_a_part_is_a_fault(catalog: Catalog, embedder: HashingEmbedding) -> None:
    with catalog.writing():
        for name in ("a", "b", "c"):
            put(catalog, f"{name}.txt", f"The bridge {name} opened and cost nine million.", embedder)
    torn = max(catalog.all_vectors()[0])
    vector = catalog.vectors([torn])
    for part in (0.0, np.nan):
        vector[0, 128:] = part
        with catalog.writing():
            run_sql(catalog, "update vectors set embedding = ? where id = ?", vector.tobytes(), torn)
        assert catalog.faults() == ["1 vectors are not as they were written"]


def test_vectors_of_an_embedder_that_makes_them_of_any_length_are_no_fault(catalog: Catalog) -> None:
    with catalog.writing():
        catalog.put_vectors(["a", "b", "c"], np.array([[3, 4], [1, 1], [0, 0]], np.float32))
    assert catalog.faults() == []
