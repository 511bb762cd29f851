"""Bringing a catalog in step with its folder."""

import hashlib
import json
import os
import random
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from index.bm25 import search_words
from index.catalog.place import Place
from index.catalog.sqlite.writer import SqliteCatalog
from index.catalog.writer import Catalog
from index.filter import EVERYTHING
from index.formats.records import Fields
from index.sync import SyncReport, find_changes, preview, sync
from qa.testing import HashingEmbedding
from tests.support.articles import CountingEmbedding, MakeFolder
from tests.support.catalogs import MakePlace

BRIDGE = "The bridge over the Lowmoor opened on Tuesday."
BAKERY = "The bakery in Mill Lane sells rye bread."
TITLED_BRIDGE = f"A new bridge\n\n{BRIDGE}"
TITLED_BAKERY = f"A new bakery\n\n{BAKERY}"


def sync_folder(folder: Path, catalog: Catalog, embedder: HashingEmbedding) -> SyncReport:
    report = sync(find_changes(folder, catalog), catalog, embedder, Fields())
    assert catalog.faults() == []
    assert not find_changes(folder, catalog), "the next sync would find a change"
    return report


def found(catalog: Catalog, question: str) -> list[str]:
    """Give the articles of the passages that hold a word of the question, best first."""
    scores = catalog.search_passages(search_words(question), 100, EVERYTHING)
    articles = {passage.id: passage.article_id for passage in catalog.passages(scores)}
    return [articles[key] for key in scores]


def touch(path: Path, seconds: int = 1) -> None:
    """Move the modification time on, and leave the content."""
    changed = path.stat().st_mtime_ns + seconds * 1_000_000_000
    os.utime(path, ns=(changed, changed))


def counts(report: SyncReport) -> tuple[int, int, int, int, int]:
    return len(report.added), len(report.updated), len(report.renamed), len(report.removed), report.unchanged


# New, edited, deleted


def test_new_articles_are_added(make_folder: MakeFolder, catalog: Catalog, counting: CountingEmbedding) -> None:
    report = sync_folder(make_folder({"a.txt": BRIDGE, "b/c.md": BAKERY}), catalog, counting)
    assert report.added == ["a.txt", "b/c.md"]
    assert (report.updated, report.renamed, report.removed, report.unchanged, report.passages) == ([], [], [], 0, 2)
    assert sorted(text.strip() for text in counting.embedded) == [BAKERY, BRIDGE]
    assert catalog.meta("state") == "complete"


def test_unchanged_folder_is_not_read(make_folder: MakeFolder, catalog: Catalog, counting: CountingEmbedding) -> None:
    folder = make_folder({"a.txt": BRIDGE, "b.txt": BAKERY})
    sync_folder(folder, catalog, counting)
    before = (folder / "a.txt").stat().st_mtime_ns
    (folder / "a.txt").write_text(BRIDGE.upper())
    os.utime(folder / "a.txt", ns=(before, before))
    assert not find_changes(folder, catalog), "a file that is unchanged by its size and time was read"


def test_edited_article_replaces_the_old_one(
    make_folder: MakeFolder, catalog: Catalog, counting: CountingEmbedding
) -> None:
    sync_folder(make_folder({"a.txt": BRIDGE, "b.txt": BAKERY}), catalog, counting)
    counting.embedded.clear()
    report = sync_folder(make_folder({"a.txt": BRIDGE.replace("Tuesday", "Wednesday")}), catalog, counting)
    assert report.updated == ["a.txt"]
    assert (report.added, report.unchanged) == ([], 1)
    assert [text.strip() for text in counting.embedded] == [BRIDGE.replace("Tuesday", "Wednesday")]
    assert not found(catalog, "tuesday")
    assert vector_count(catalog) == 2


def test_edited_article_has_only_its_changed_passages_embedded(
    make_folder: MakeFolder, catalog: Catalog, counting: CountingEmbedding
) -> None:
    paragraphs = [f"Paragraph {n} tells of the town of Number{n} at some length. " * 12 for n in range(20)]
    folder = make_folder({"a.txt": "A long story\n\n" + "\n\n".join(paragraphs)})
    passages = sync_folder(folder, catalog, counting).passages
    counting.embedded.clear()
    paragraphs[7] = paragraphs[7].replace("Number7", "Lowmoor")
    report = sync_folder(make_folder({"a.txt": "A long story\n\n" + "\n\n".join(paragraphs)}), catalog, counting)
    assert passages >= 20
    assert counts(report) == (0, 1, 0, 0, 0)
    assert len(counting.embedded) == 1
    assert "Lowmoor" in counting.embedded[0]
    assert vector_count(catalog) == passages


def test_touched_article_is_not_embedded_again(
    make_folder: MakeFolder, catalog: Catalog, counting: CountingEmbedding
) -> None:
    folder = make_folder({"a.txt": BRIDGE})
    sync_folder(folder, catalog, counting)
    counting.embedded.clear()
    touch(folder / "a.txt")
    report = sync_folder(folder, catalog, counting)
    assert (report.updated, report.unchanged, counting.embedded) == ([], 1, [])


def test_deleted_article_is_forgotten_with_its_vectors(
    make_folder: MakeFolder, catalog: Catalog, counting: CountingEmbedding
) -> None:
    folder = make_folder({"a.txt": BRIDGE, "b.txt": BAKERY})
    sync_folder(folder, catalog, counting)
    (folder / "a.txt").unlink()
    report = sync_folder(folder, catalog, counting)
    assert report.removed == ["a.txt"]
    assert report.unchanged == 1
    assert catalog.article("a.txt") is None
    assert not found(catalog, "bridge")
    assert vector_count(catalog) == 1


def test_file_that_is_no_article_is_skipped_with_its_reason(
    make_folder: MakeFolder, catalog: Catalog, counting: CountingEmbedding
) -> None:
    folder = make_folder({"a.txt": BRIDGE, "b.txt": b"\0\1\2", "c.xyz": b"%PDF"})
    report = sync_folder(folder, catalog, counting)
    assert report.added == ["a.txt"]
    assert report.skipped == [("b.txt", "binary, not text"), ("c.xyz", ".xyz is not a format that is read yet")]


def test_article_that_becomes_binary_is_removed_and_skipped(
    make_folder: MakeFolder, catalog: Catalog, counting: CountingEmbedding
) -> None:
    sync_folder(make_folder({"a.txt": BRIDGE, "b.txt": BAKERY}), catalog, counting)
    report = sync_folder(make_folder({"a.txt": b"\0\1\2"}), catalog, counting)
    assert report.removed == ["a.txt"]
    assert report.skipped == [("a.txt", "binary, not text")]
    assert not found(catalog, "bridge")
    assert vector_count(catalog) == 1


def test_skipped_file_that_becomes_text_is_added(
    make_folder: MakeFolder, catalog: Catalog, counting: CountingEmbedding
) -> None:
    sync_folder(make_folder({"a.txt": b"\0\1\2", "b.txt": BAKERY}), catalog, counting)
    report = sync_folder(make_folder({"a.txt": BRIDGE}), catalog, counting)
    assert (report.added, report.skipped) == (["a.txt"], [])


def test_deleted_skipped_file_is_no_removed_article(
    make_folder: MakeFolder, catalog: Catalog, counting: CountingEmbedding
) -> None:
    folder = make_folder({"a.txt": b"\0\1\2", "b.txt": BAKERY})
    sync_folder(folder, catalog, counting)
    (folder / "a.txt").unlink()
    report = sync_folder(folder, catalog, counting)
    assert (report.removed, report.skipped) == ([], [])


def test_same_text_in_two_articles_is_embedded_once(
    make_folder: MakeFolder, catalog: Catalog, counting: CountingEmbedding
) -> None:
    report = sync_folder(make_folder({"a.txt": TITLED_BRIDGE, "b.txt": TITLED_BRIDGE}), catalog, counting)
    assert report.passages == 2
    assert len(counting.embedded) == 1


def test_file_with_a_name_that_is_no_utf_8_is_indexed(
    make_folder: MakeFolder, catalog: Catalog, counting: CountingEmbedding
) -> None:
    folder = make_folder({})
    (folder / os.fsdecode(b"caf\xe9.txt")).write_text(BRIDGE)
    assert sync_folder(folder, catalog, counting).added == ["caf\\xe9.txt"]


def test_many_articles_are_written_in_several_transactions_with_progress(
    make_folder: MakeFolder, catalog: Catalog, counting: CountingEmbedding
) -> None:
    folder = make_folder({f"{number:03}.txt": f"Bridge number {number:03} opened." for number in range(150)})
    heard: list[tuple[str, int, int]] = []
    changes = find_changes(folder, catalog)
    report = sync(changes, catalog, counting, Fields(), lambda *progress: heard.append(progress))
    assert len(report.added) == 150
    assert len(heard) >= 3
    assert {(label, total) for label, _, total in heard} == {("Indexing", 150 * 25)}
    assert [done for _, done, _ in heard] == sorted({done for _, done, _ in heard})
    assert heard[-1][1] == 150 * 25
    assert catalog.generation == len(heard) + 2


# Files whose content cannot be read for a while


@contextmanager
def unreadable(path: Path) -> Iterator[None]:
    """Forbid this process to read a file; root, who may read all, becomes another for the while."""
    root = os.geteuid() == 0
    path.chmod(0)
    if root:
        os.setresuid(65534, 65534, 0)
    try:
        yield
    finally:
        if root:
            os.setresuid(0, 0, 0)
        path.chmod(0o644)


@pytest.fixture
def open_to_all() -> Iterator[Path]:
    """A folder that every user may enter, which one of pytest is not."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        yield Path(folder)


@pytest.mark.skipif(not hasattr(os, "setresuid"), reason="permissions are of another kind here")
def test_file_that_cannot_be_read_is_skipped_until_it_can(
    open_to_all: Path, make_place: MakePlace, counting: CountingEmbedding
) -> None:
    (open_to_all / "articles").mkdir()
    closed = open_to_all / "articles" / "a.txt"
    closed.write_text(BRIDGE)
    (open_to_all / "articles" / "b.txt").write_text(BAKERY)
    with closing(make_place("open").open()) as catalog:
        sync_folder(closed.parent, catalog, counting)
        touch(closed)
        changes = find_changes(closed.parent, catalog)
        with unreadable(closed):
            report = sync(changes, catalog, counting, Fields())
        assert (report.removed, report.skipped) == (["a.txt"], [("a.txt", "Permission denied")])
        assert [file.id for file in find_changes(closed.parent, catalog).files] == ["a.txt"], (
            "a change of permissions changes no modification time"
        )
        report = sync_folder(closed.parent, catalog, counting)
        assert (report.added, report.skipped) == (["a.txt"], [])
        assert found(catalog, "bridge") == ["a.txt"]


# Renamed


def test_renamed_article_is_not_embedded_again(
    make_folder: MakeFolder, catalog: Catalog, counting: CountingEmbedding
) -> None:
    folder = make_folder({"a.txt": TITLED_BRIDGE, "b.txt": BAKERY})
    sync_folder(folder, catalog, counting)
    before = catalog.article("a.txt")
    counting.embedded.clear()
    (folder / "a.txt").rename(folder / "z.txt")
    report = sync_folder(folder, catalog, counting)
    assert report.renamed == [("a.txt", "z.txt")]
    assert counts(report) == (0, 0, 1, 0, 1)
    assert catalog.article("a.txt") is None
    assert before is not None
    assert catalog.article("z.txt") == replace(before, id="z.txt")
    assert counting.embedded == []
    assert found(catalog, "bridge") == ["z.txt"]


def test_renamed_article_gets_title_and_date_of_its_new_name_where_it_has_none_of_its_own(
    make_folder: MakeFolder, catalog: Catalog, counting: CountingEmbedding
) -> None:
    folder = make_folder({"2024-01-01 owls.txt": BRIDGE})
    sync_folder(folder, catalog, counting)
    counting.embedded.clear()
    (folder / "2025").mkdir()
    (folder / "2024-01-01 owls.txt").rename(folder / "2025" / "2025-03-16_kestrels.txt")
    sync_folder(folder, catalog, counting)
    article = catalog.article("2025/2025-03-16_kestrels.txt")
    assert article is not None
    assert (article.title, article.published) == ("kestrels", date(2025, 3, 16))
    assert article.sources == {"title": "file name", "published": "file name"}
    assert counting.embedded == []
    assert (found(catalog, "kestrels"), found(catalog, "owls")) == ([article.id], [])
    assert catalog.score_articles(["kestrels"], [article.key])
    assert not catalog.score_articles(["owls"], [article.key])


def test_renamed_article_keeps_the_title_that_is_its_own_and_loses_a_date_that_was_its_names(
    make_folder: MakeFolder, catalog: Catalog, counting: CountingEmbedding
) -> None:
    folder = make_folder({"2024-01-01.txt": TITLED_BRIDGE})
    sync_folder(folder, catalog, counting)
    (folder / "2024-01-01.txt").rename(folder / "bridge.txt")
    sync_folder(folder, catalog, counting)
    article = catalog.article("bridge.txt")
    assert article is not None
    assert (article.title, article.published, article.sources) == ("A new bridge", None, {"title": "first lines"})


def test_renamed_and_then_edited_article_is_as_one_that_is_new(
    make_folder: MakeFolder, catalog: Catalog, counting: CountingEmbedding, make_place: MakePlace
) -> None:
    folder = make_folder({"a.txt": BRIDGE})
    sync_folder(folder, catalog, counting)
    (folder / "a.txt").rename(folder / "z.txt")
    sync_folder(folder, catalog, counting)
    make_folder({"z.txt": BAKERY})
    assert sync_folder(folder, catalog, counting).updated == ["z.txt"]
    assert state_of(catalog) == state_of_new(folder, make_place("new"))


def test_renamed_and_edited_at_once_is_removed_and_added(
    make_folder: MakeFolder, catalog: Catalog, counting: CountingEmbedding
) -> None:
    folder = make_folder({"a.txt": BRIDGE})
    sync_folder(folder, catalog, counting)
    (folder / "a.txt").rename(folder / "z.txt")
    make_folder({"z.txt": BRIDGE.replace("Tuesday", "a Monday")})
    report = sync_folder(folder, catalog, counting)
    assert (report.removed, report.added, report.renamed) == (["a.txt"], ["z.txt"], [])


def test_renamed_folder_renames_every_article_of_it_also_those_of_equal_text(
    make_folder: MakeFolder, catalog: Catalog, counting: CountingEmbedding
) -> None:
    texts = {"a.txt": BRIDGE, "b.txt": BRIDGE, "c.txt": BAKERY, "deep/d.txt": BRIDGE}
    folder = make_folder({f"old/{name}": text for name, text in texts.items()})
    sync_folder(folder, catalog, counting)
    counting.embedded.clear()
    (folder / "old").rename(folder / "new")
    report = sync_folder(folder, catalog, counting)
    assert sorted(report.renamed) == [(f"old/{name}", f"new/{name}") for name in sorted(texts)]
    assert counts(report) == (0, 0, 4, 0, 0)
    assert counting.embedded == []


def test_article_that_another_reader_reads_under_its_new_name_is_read_anew(
    make_folder: MakeFolder, catalog: Catalog, counting: CountingEmbedding
) -> None:
    folder = make_folder({"a.txt": "\n".join(json.dumps(record) for record in make_records(2))})
    assert sync_folder(folder, catalog, counting).added == ["a.txt"]
    (folder / "a.txt").rename(folder / "a.jsonl")
    report = sync_folder(folder, catalog, counting)
    assert (report.removed, report.added, report.renamed) == (["a.txt"], ["a.jsonl#1", "a.jsonl#2"], [])


def test_two_articles_may_swap_their_names(
    make_folder: MakeFolder, catalog: Catalog, counting: CountingEmbedding
) -> None:
    folder = make_folder({"a.txt": TITLED_BRIDGE, "b.txt": TITLED_BAKERY})
    touch(folder / "b.txt")
    sync_folder(folder, catalog, counting)
    counting.embedded.clear()
    (folder / "a.txt").rename(folder / "c.txt")
    (folder / "b.txt").rename(folder / "a.txt")
    (folder / "c.txt").rename(folder / "b.txt")
    report = sync_folder(folder, catalog, counting)
    assert sorted(report.updated) == ["a.txt", "b.txt"]
    assert (found(catalog, "bridge"), found(catalog, "bakery")) == (["b.txt"], ["a.txt"])
    assert counting.embedded == []


def test_article_may_take_the_name_of_another_that_moves_on(
    make_folder: MakeFolder, catalog: Catalog, counting: CountingEmbedding
) -> None:
    folder = make_folder({"a.txt": TITLED_BRIDGE, "b.txt": TITLED_BAKERY})
    touch(folder / "b.txt")
    sync_folder(folder, catalog, counting)
    counting.embedded.clear()
    (folder / "b.txt").rename(folder / "c.txt")
    (folder / "a.txt").rename(folder / "b.txt")
    sync_folder(folder, catalog, counting)
    assert catalog.hashes().keys() == {"b.txt", "c.txt"}
    assert (found(catalog, "bridge"), found(catalog, "bakery")) == (["b.txt"], ["c.txt"])
    assert counting.embedded == []


# Dumps


def dump(records: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def make_records(count: int = 50) -> list[dict[str, Any]]:
    return [
        {"title": f"Bridge number {n}", "text": f"Bridge number {n} opened. It cost {n} pounds.", "date": "2025-03-16"}
        for n in range(1, count + 1)
    ]


def test_every_record_of_a_dump_is_an_article(
    make_folder: MakeFolder, catalog: Catalog, counting: CountingEmbedding
) -> None:
    report = sync_folder(make_folder({"news.jsonl": dump(make_records())}), catalog, counting)
    assert report.added == [f"news.jsonl#{n}" for n in range(1, 51)]
    article = catalog.article("news.jsonl#7")
    assert article is not None
    assert (article.title, article.published) == ("Bridge number 7", date(2025, 3, 16))


def test_only_the_record_that_changed_is_updated(
    make_folder: MakeFolder, catalog: Catalog, counting: CountingEmbedding
) -> None:
    records = make_records()
    sync_folder(make_folder({"news.jsonl": dump(records)}), catalog, counting)
    counting.embedded.clear()
    records[6]["text"] = "The bakery closed."
    report = sync_folder(make_folder({"news.jsonl": dump(records)}), catalog, counting)
    assert report.updated == ["news.jsonl#7"]
    assert counts(report) == (0, 1, 0, 0, 49)
    assert [text.splitlines()[-1] for text in counting.embedded] == ["The bakery closed."]
    assert vector_count(catalog) == 50


def test_records_that_vanish_are_removed(
    make_folder: MakeFolder, catalog: Catalog, counting: CountingEmbedding
) -> None:
    records = make_records()
    sync_folder(make_folder({"news.jsonl": dump(records)}), catalog, counting)
    counting.embedded.clear()
    report = sync_folder(make_folder({"news.jsonl": dump(records[:48])}), catalog, counting)
    assert report.removed == ["news.jsonl#49", "news.jsonl#50"]
    assert counts(report) == (0, 0, 0, 2, 48)
    assert counting.embedded == []


def test_renamed_dump_moves_all_its_records(
    make_folder: MakeFolder, catalog: Catalog, counting: CountingEmbedding
) -> None:
    records = [*make_records(), {"text": BAKERY}]
    folder = make_folder({"news.jsonl": dump(records)})
    sync_folder(folder, catalog, counting)
    counting.embedded.clear()
    (folder / "old").mkdir()
    (folder / "news.jsonl").rename(folder / "old" / "archive.jsonl")
    report = sync_folder(folder, catalog, counting)
    assert sorted(report.renamed) == sorted((f"news.jsonl#{n}", f"old/archive.jsonl#{n}") for n in range(1, 52))
    assert counts(report) == (0, 0, 51, 0, 0)
    assert catalog.hashes().keys() == {f"old/archive.jsonl#{n}" for n in range(1, 52)}
    assert [each and each.title for each in map(catalog.article, ("old/archive.jsonl#7", "old/archive.jsonl#51"))] == [
        "Bridge number 7",
        "archive 51",
    ]
    assert counting.embedded == []


def test_broken_record_leaves_the_others(
    make_folder: MakeFolder, catalog: Catalog, counting: CountingEmbedding
) -> None:
    lines = dump(make_records(3)).splitlines(keepends=True)
    sync_folder(make_folder({"news.jsonl": "".join(lines)}), catalog, counting)
    lines[1] = '{"title": "Bridge number 2", "te\n'
    report = sync_folder(make_folder({"news.jsonl": "".join(lines)}), catalog, counting)
    assert (report.removed, report.unchanged) == (["news.jsonl#2"], 2)
    assert report.skipped == [("news.jsonl", "read but for line 2 (no JSON: Invalid control character)")]


def test_dump_that_breaks_off_keeps_what_was_read_before(
    make_folder: MakeFolder, catalog: Catalog, counting: CountingEmbedding
) -> None:
    whole = dump(make_records(3)).encode("utf-16")
    folder = make_folder({"news.jsonl": whole + b"\0"})
    report = sync_folder(folder, catalog, counting)
    assert report.added == ["news.jsonl#1", "news.jsonl#2", "news.jsonl#3"]
    assert report.skipped == [("news.jsonl", "broken utf-16: truncated data")]
    counting.embedded.clear()
    report = sync_folder(make_folder({"news.jsonl": whole}), catalog, counting)
    assert (counts(report), report.skipped, counting.embedded) == ((0, 0, 0, 0, 3), [], [])


# Interrupted


class FailingEmbedding(CountingEmbedding):
    """Give up after a number of texts, as where the memory is full or a key of the keyboard was hit."""

    left: int

    def _get_text_embedding(self, text: str) -> list[float]:
        if self.left == 0:
            raise KeyboardInterrupt
        self.left -= 1
        return super()._get_text_embedding(text)


@pytest.mark.parametrize("texts", [0, 1, 43, 100, 149])
def test_interrupted_sync_leaves_a_whole_index_of_fewer_articles_and_the_next_goes_on(
    make_folder: MakeFolder, catalog: Catalog, counting: CountingEmbedding, texts: int, make_place: MakePlace
) -> None:
    folder = make_folder({f"{number:03}.txt": f"Bridge number {number} opened." for number in range(150)})
    with pytest.raises(KeyboardInterrupt):
        sync(find_changes(folder, catalog), catalog, FailingEmbedding(left=texts), Fields())
    written, passages = catalog.counts()
    assert written == passages <= texts
    assert (written > 0) == (texts >= 43)
    assert catalog.faults() == []
    assert catalog.meta("state") == "syncing"
    assert set(found(catalog, "bridge")) == set(sorted(catalog.hashes())[:100])

    report = sync_folder(folder, catalog, counting)
    assert counts(report) == (150 - written, 0, 0, 0, written)
    assert len(counting.embedded) == 150 - written
    assert catalog.meta("state") == "complete"
    assert state_of(catalog) == state_of_new(folder, make_place("new"))


def test_dump_interrupted_in_its_middle_is_gone_on_with(
    make_folder: MakeFolder, catalog: Catalog, counting: CountingEmbedding
) -> None:
    folder = make_folder({"news.jsonl": dump(make_records(200))})
    with pytest.raises(KeyboardInterrupt):
        sync(find_changes(folder, catalog), catalog, FailingEmbedding(left=100), Fields())
    written = catalog.counts()[0]
    assert 0 < written < 200
    report = sync_folder(folder, catalog, counting)
    assert counts(report) == (200 - written, 0, 0, 0, written)
    assert len(counting.embedded) == 200 - written


def test_edit_interrupted_in_its_middle_leaves_every_article_wholly_old_or_wholly_new(
    make_folder: MakeFolder, catalog: Catalog, counting: CountingEmbedding
) -> None:
    folder = make_folder({"news.jsonl": dump(make_records(200))})
    sync_folder(folder, catalog, counting)
    records = make_records(200)
    for record in records:
        record["text"] = record["text"].replace("Bridge", "Tunnel").replace("pounds", "crowns")
    make_folder({"news.jsonl": dump(records)})
    with pytest.raises(KeyboardInterrupt):
        sync(find_changes(folder, catalog), catalog, FailingEmbedding(left=100), Fields())
    texts = [article.text for article in map(catalog.article, catalog.hashes()) if article]
    new = [text for text in texts if "Tunnel" in text]
    assert len(texts) == 200
    assert 0 < len(new) < 200
    assert all(("Tunnel" in text) == ("crowns" in text) for text in texts)
    assert all(catalog.sentences(article_id, 0, 9) for article_id in catalog.hashes())
    assert catalog.faults() == []
    counting.embedded.clear()
    assert len(sync_folder(folder, catalog, counting).updated) == 200 - len(new) == len(counting.embedded)


# Previews


def test_preview_of_a_folder_that_was_never_indexed_adds_its_files(make_folder: MakeFolder) -> None:
    folder = make_folder({"a.txt": BRIDGE, "b/c.md": BAKERY})
    assert preview(folder, None).added == ["a.txt", "b/c.md"]


def test_preview_changes_nothing_and_agrees_with_what_the_sync_then_does(
    make_folder: MakeFolder, catalog: Catalog, counting: CountingEmbedding, place: Place
) -> None:
    folder = make_folder(
        {
            "edited.txt": BRIDGE,
            "touched.txt": BAKERY,
            "renamed.txt": "The owls nest in the tower.",
            "deleted.txt": "The council voted.",
            "kept.txt": "Tea is served at four.",
            "skipped.txt": b"\0\1\2",
            "deleted and skipped.txt": b"\0\1\2\3",
            "mended.txt": b"\0\1\2\3\4",
        }
    )
    sync_folder(folder, catalog, counting)
    touch(folder / "touched.txt")
    (folder / "renamed.txt").rename(folder / "new name.txt")
    (folder / "deleted.txt").unlink()
    (folder / "deleted and skipped.txt").unlink()
    make_folder({"edited.txt": BRIDGE.replace("Tuesday", "Friday"), "new.txt": "A mill burned.", "mended.txt": "Ash."})
    before = (content_of(catalog), catalog.generation)
    counting.embedded.clear()
    with closing(place.open(read_only=True)) as reader:
        foreseen = preview(folder, reader)
    assert (content_of(catalog), catalog.generation) == before
    assert counting.embedded == []
    done = sync_folder(folder, catalog, counting)
    assert foreseen.added == done.added == ["mended.txt", "new.txt"]
    assert foreseen.updated == done.updated == ["edited.txt"]
    assert foreseen.renamed == done.renamed == [("renamed.txt", "new name.txt")]
    assert foreseen.removed == done.removed == ["deleted.txt"]
    assert foreseen.unchanged == done.unchanged == 2


def content_of(catalog: Catalog) -> Any:
    """Give all that a catalog holds; of a SQLite file the hash of its bytes, the log of what is written included."""
    if not isinstance(catalog, SqliteCatalog):
        return list(catalog.whole_articles()), catalog.files(), catalog.skipped()
    names = (catalog.path, catalog.path.with_name(catalog.path.name + "-wal"))
    return {name.name: hashlib.sha256(name.read_bytes()).hexdigest() for name in names if name.exists()}


# Whatever happens to the folder, the catalog is as one that is made of it anew


def vector_count(catalog: Catalog) -> int:
    return len(catalog.all_vectors()[0])


def state_of(catalog: Catalog) -> dict[str, Any]:
    """Give all that a catalog knows of each article, but keys, and of passages their vectors."""
    whole = list(catalog.whole_articles())
    ids = {each.key: each.id for each in whole}
    return {
        each.id: (
            *(each.title, each.published, each.text, each.sources),
            ids.get(each.original or 0),
            each.sentences,
            sorted((part.first, part.last, part.start, part.end, part.repeated) for part in each.passages),
        )
        for each in whole
    }


def state_of_new(folder: Path, place: Place) -> dict[str, Any]:
    with closing(place.open()) as catalog:
        sync_folder(folder, catalog, HashingEmbedding())
        state = state_of(catalog)
    place.delete()
    return state


def wire_copy(chance: random.Random) -> str:
    """Give a story that agencies reprint: one of three, with another headline, a sentence less or one more."""
    story = chance.randrange(3)
    sentences = [
        f"Story {story} says in sentence {n} that mill {n * (story + 2)} was {'sold burnt'.split()[n % 2]}."
        for n in range(14)
    ]
    end = chance.choice([sentences[:-1], sentences, [*sentences, f"Neighbour {chance.randrange(99)} saw it."]])
    head = chance.choice(["", "2025-03-16\n", "2024-11-02\n"])
    return f"{head}Headline {chance.randrange(5)}\n\n" + "\n\n".join(
        " ".join(end[i : i + 5]) for i in range(0, len(end), 5)
    )


def any_file(chance: random.Random) -> tuple[str, str]:
    name = f"{chance.choice('abcdefgh')}{chance.choice(['', ' 2023-05-06'])}"
    folder = chance.choice(["", "one/", "two/"])
    if chance.random() < 0.25:
        records = [{"text": wire_copy(chance), "date": f"2025-01-{chance.randrange(1, 28):02}"} for _ in range(3)]
        return f"{folder}{name}.jsonl", dump(records[: chance.randrange(1, 4)])
    text = wire_copy(chance) if chance.random() < 0.8 else f"Nothing of note {chance.random()}."
    return f"{folder}{name}.txt", text


def change(folder: Path, chance: random.Random, clock: Iterator[int]) -> None:
    """Write, rename, delete or touch a file."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    action = chance.choice(["write", "write", "write", "rename", "delete", "touch"]) if files else "write"
    if action == "write":
        name, text = any_file(chance)
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    else:
        path = chance.choice(files)
        if action == "rename":
            name = any_file(chance)[0]
            (folder / name).parent.mkdir(exist_ok=True)
            path = path.rename((folder / name).with_suffix(path.suffix))
        elif action == "delete":
            path.unlink()
            return
    stamp = next(clock)
    os.utime(path, ns=(stamp, stamp))


@pytest.mark.parametrize("seed", range(8))
def test_catalog_after_any_changes_is_as_one_made_anew(
    seed: int, tmp_path: Path, catalog: Catalog, make_place: MakePlace
) -> None:
    chance = random.Random(seed)
    clock = iter(range(10**18, 10**19, 10**9))
    folder = tmp_path / "articles"
    folder.mkdir()
    for _ in range(12):
        for _ in range(chance.randrange(1, 6)):
            change(folder, chance, clock)
        report = sync_folder(folder, catalog, HashingEmbedding())
        state = state_of(catalog)
        assert state == state_of_new(folder, make_place("new"))
        assert len(state) == len(report.added) + len(report.updated) + len(report.renamed) + report.unchanged
        assert catalog.word_faults() == []
