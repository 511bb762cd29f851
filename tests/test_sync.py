"""Bringing a catalog in step with its folder."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from conftest import CountingEmbedding, MakeFolder

from index.catalog import Catalog
from index.sync import SyncReport, find_changes, sync
from qa.testing import HashingEmbedding

BRIDGE = "The bridge over the Lowmoor opened on Tuesday."
BAKERY = "The bakery in Mill Lane sells rye bread."


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with closing(Catalog(tmp_path / "catalog.sqlite")) as catalog:
        yield catalog


def sync_folder(folder: Path, catalog: Catalog, embedder: HashingEmbedding) -> SyncReport:
    return sync(find_changes(folder, catalog), catalog, embedder)


def touch(path: Path) -> None:
    """Move the modification time on by a second, and leave the content."""
    changed = path.stat().st_mtime_ns + 1_000_000_000
    os.utime(path, ns=(changed, changed))


def test_new_articles_are_added(make_folder: MakeFolder, catalog: Catalog, counting: CountingEmbedding) -> None:
    report = sync_folder(make_folder({"a.txt": BRIDGE, "b/c.md": BAKERY}), catalog, counting)
    assert report.added == ["a.txt", "b/c.md"]
    assert (report.updated, report.removed, report.unchanged, report.passages) == ([], [], 0, 2)
    assert sorted(text.strip() for text in counting.embedded) == [BAKERY, BRIDGE]


def test_unchanged_folder_is_not_read(make_folder: MakeFolder, catalog: Catalog, counting: CountingEmbedding) -> None:
    folder = make_folder({"a.txt": BRIDGE, "b.txt": BAKERY})
    sync_folder(folder, catalog, counting)
    changes = find_changes(folder, catalog)
    assert not changes
    assert changes.unchanged == 2


def test_edited_article_replaces_the_old_one(
    make_folder: MakeFolder, catalog: Catalog, counting: CountingEmbedding
) -> None:
    sync_folder(make_folder({"a.txt": BRIDGE, "b.txt": BAKERY}), catalog, counting)
    counting.embedded.clear()
    report = sync_folder(make_folder({"a.txt": BRIDGE.replace("Tuesday", "Wednesday")}), catalog, counting)
    assert report.updated == ["a.txt"]
    assert (report.added, report.unchanged) == ([], 1)
    assert [text.strip() for text in counting.embedded] == [BRIDGE.replace("Tuesday", "Wednesday")]
    assert not catalog.search_words("tuesday", 10)
    assert len(catalog.vector_ids()) == 2


def test_touched_article_is_not_embedded_again(
    make_folder: MakeFolder, catalog: Catalog, counting: CountingEmbedding
) -> None:
    folder = make_folder({"a.txt": BRIDGE})
    sync_folder(folder, catalog, counting)
    counting.embedded.clear()
    touch(folder / "a.txt")
    report = sync_folder(folder, catalog, counting)
    assert (report.updated, report.unchanged, counting.embedded) == ([], 1, [])
    assert not find_changes(folder, catalog)


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
    assert not catalog.search_words("bridge", 10)
    assert len(catalog.vector_ids()) == 1


def test_moved_article_is_not_embedded_again(
    make_folder: MakeFolder, catalog: Catalog, counting: CountingEmbedding
) -> None:
    folder = make_folder({"a.txt": f"A new bridge\n\n{BRIDGE}", "b.txt": BAKERY})
    sync_folder(folder, catalog, counting)
    counting.embedded.clear()
    (folder / "a.txt").rename(folder / "z.txt")
    sync_folder(folder, catalog, counting)
    assert catalog.article("a.txt") is None
    assert catalog.article("z.txt") == ("A new bridge", None, f"A new bridge\n\n{BRIDGE}")
    assert counting.embedded == []


def test_file_that_is_no_article_is_skipped_with_its_reason(
    make_folder: MakeFolder, catalog: Catalog, counting: CountingEmbedding
) -> None:
    folder = make_folder({"a.txt": BRIDGE, "b.txt": b"\0\1\2", "c.pdf": b"%PDF"})
    report = sync_folder(folder, catalog, counting)
    assert report.added == ["a.txt"]
    assert report.skipped == [("b.txt", "binary, not text"), ("c.pdf", ".pdf is not a format that is read yet")]
    assert not find_changes(folder, catalog), "a skipped file is read again though it did not change"


def test_article_that_becomes_binary_is_removed_and_skipped(
    make_folder: MakeFolder, catalog: Catalog, counting: CountingEmbedding
) -> None:
    sync_folder(make_folder({"a.txt": BRIDGE, "b.txt": BAKERY}), catalog, counting)
    report = sync_folder(make_folder({"a.txt": b"\0\1\2"}), catalog, counting)
    assert report.removed == ["a.txt"]
    assert report.skipped == [("a.txt", "binary, not text")]
    assert not catalog.search_words("bridge", 10)
    assert len(catalog.vector_ids()) == 1


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
    text = f"A new bridge\n\n{BRIDGE}"
    report = sync_folder(make_folder({"a.txt": text, "b.txt": text}), catalog, counting)
    assert report.passages == 2
    assert len(counting.embedded) == 1


def test_file_with_a_name_that_is_no_utf_8_is_indexed(
    make_folder: MakeFolder, catalog: Catalog, counting: CountingEmbedding
) -> None:
    folder = make_folder({})
    (folder / os.fsdecode(b"caf\xe9.txt")).write_text(BRIDGE)
    assert sync_folder(folder, catalog, counting).added == ["caf\\xe9.txt"]
    assert not find_changes(folder, catalog)


def test_many_articles_are_written_in_several_transactions_with_progress(
    make_folder: MakeFolder, catalog: Catalog, counting: CountingEmbedding
) -> None:
    folder = make_folder({f"{number:03}.txt": f"Bridge number {number} opened." for number in range(150)})
    heard: list[tuple[str, int, int]] = []
    report = sync(find_changes(folder, catalog), catalog, counting, lambda *progress: heard.append(progress))
    assert len(report.added) == 150
    assert heard == [("Indexing", 64, 150), ("Indexing", 128, 150), ("Indexing", 150, 150)]
    assert catalog.generation == 3
