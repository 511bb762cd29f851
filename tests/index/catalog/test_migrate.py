"""Catalogs of other versions: an older one is brought up to date, a later one is left alone."""

import hashlib
import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import numpy as np
import pytest

from index.articles import list_files, read_articles
from index.catalog.made_with import check_identity, stored_identity
from index.catalog.sqlite.migrate import schema_version
from index.catalog.sqlite.schema import SCHEMA_VERSION
from index.catalog.sqlite.writer import SqliteCatalog
from index.errors import IndexBusyError, IndexDamagedError, UsageError
from index.formats.records import Fields
from index.formats.sandbox import Sandbox
from index.passages import group
from index.sentences import split
from index.sync import find_changes, sync
from qa.testing import HashingEmbedding
from tests.support.articles import CountingEmbedding, MakeFolder

FOLDER = Path("news of may")

ARTICLES: dict[str, str | bytes] = {
    "bridge.txt": "2024-05-07\nA bridge for Lowmoor\n\nThe bridge over the Low opened in May. It cost nine million.",
    "bakery.md": "# The bakery in Mill Lane\n\nMarta Quill bakes rye bread at night.",
    "owls.txt": "A pair of barn owls nests in the church tower.",
}

# As version 1 wrote it.
VERSION_1 = """
create table if not exists meta (key text primary key, value text not null);
create table if not exists files (
    path text primary key, size integer not null, mtime_ns integer not null,
    skipped text  -- why the file is no article; null when it is one
);
create table if not exists articles (
    id integer primary key, path text not null unique references files (path), title text not null,
    published text, text text not null, sha256 text not null
);
create table if not exists sentences (
    article integer not null references articles (id) on delete cascade, ordinal integer not null,
    start integer not null, end integer not null,
    primary key (article, ordinal)
) without rowid;
create table if not exists vectors (id text primary key, embedding blob not null) without rowid;
create table if not exists passages (
    id integer primary key, article integer not null references articles (id) on delete cascade,
    first integer not null, last integer not null, start integer not null, end integer not null,
    vector text not null references vectors (id)
);
create index if not exists passages_by_article on passages (article);
create index if not exists passages_by_vector on passages (vector);
create virtual table if not exists passages_fts
    using fts5 (title, body, tokenize = 'porter unicode61 remove_diacritics 2');
insert into meta values ('schema_version', '1');
"""


def make_version_1(path: Path, folder: Path, embedder: HashingEmbedding) -> None:
    """Write the catalog that version 1 made of a folder of texts; it cut and embedded them as this version does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as db, Sandbox() as sandbox:
        db.execute("pragma journal_mode = wal")
        db.execute("pragma foreign_keys = on")
        db.executescript(VERSION_1)
        for file in list_files(folder):
            (article,) = read_articles(file, sandbox, Fields())
            sentences = split(article.text, article.body_start)
            db.execute("insert into files values (?, ?, ?, null)", (file.id, file.size, file.mtime_ns))
            key = db.execute(
                "insert into articles (path, title, published, text, sha256) values (?, ?, ?, ?, ?)",
                (
                    file.id,
                    article.title,
                    article.published and article.published.isoformat(),
                    article.text,
                    hashlib.sha256(file.path.read_bytes()).hexdigest(),
                ),
            ).lastrowid
            for ordinal, (start, end) in enumerate(sentences):
                db.execute("insert into sentences values (?, ?, ?, ?)", (key, ordinal, start, end))
            for passage in group(article, sentences, embedder.count_tokens):
                vector = np.array(embedder.get_text_embedding(passage.embedded_text), "<f4").tobytes()
                db.execute("insert or ignore into vectors values (?, ?)", (passage.id, vector))
                bounds = (passage.first, passage.last, passage.start, passage.end)
                rowid = db.execute(
                    "insert into passages (article, first, last, start, end, vector) values (?, ?, ?, ?, ?, ?)",
                    (key, *bounds, passage.id),
                ).lastrowid
                body = article.text[passage.start : passage.end]
                db.execute(
                    "insert into passages_fts (rowid, title, body) values (?, ?, ?)", (rowid, article.title, body)
                )
        db.execute("insert into meta values ('identity', ?)", (f"{embedder.fingerprint} nupunkt-1",))
        db.execute("insert into meta values ('generation', '1')")
        db.commit()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "index" / "catalog.sqlite"


@pytest.fixture
def old(path: Path, make_folder: MakeFolder, embedder: HashingEmbedding) -> Iterator[Path]:
    """The folder of articles of which a catalog of version 1 lies at `path`."""
    folder = make_folder(ARTICLES)
    make_version_1(path, folder, embedder)
    return folder


def version_of(path: Path) -> int:
    with closing(sqlite3.connect(path)) as db:
        return schema_version(db)


def vectors_of(path: Path) -> dict[str, bytes]:
    with closing(sqlite3.connect(path)) as db:
        return dict(db.execute("select id, embedding from vectors"))


# New ones


def test_new_catalog_is_of_this_version_and_has_a_name_of_its_own(tmp_path: Path) -> None:
    names = set()
    for number in range(3):
        with closing(SqliteCatalog(tmp_path / f"{number}.sqlite")) as catalog:
            names.add(catalog.meta("index_id"))
        assert version_of(tmp_path / f"{number}.sqlite") == SCHEMA_VERSION
    assert None not in names
    assert len(names) == 3


def test_reopened_catalog_keeps_its_name(path: Path) -> None:
    with closing(SqliteCatalog(path)) as catalog:
        name = catalog.meta("index_id")
    with closing(SqliteCatalog(path)) as catalog:
        assert catalog.meta("index_id") == name


# Older ones


def test_catalog_of_version_1_keeps_its_vectors_and_nothing_is_embedded_again(
    old: Path, path: Path, counting: CountingEmbedding
) -> None:
    before = vectors_of(path)
    with closing(SqliteCatalog(path)) as catalog:
        assert version_of(path) == SCHEMA_VERSION
        assert vectors_of(path) == before
        check_identity(catalog, counting, FOLDER)
        report = sync(find_changes(old, catalog), catalog, counting, Fields())
        assert sorted(report.added) == sorted(ARTICLES)
        assert counting.embedded == []
        assert vectors_of(path) == before
        assert catalog.faults() == []
        assert not find_changes(old, catalog)
        article = catalog.article("bridge.txt")
        assert article is not None
        assert (article.title, str(article.published)) == ("A bridge for Lowmoor", "2024-05-07")


def test_only_what_changed_since_version_1_is_embedded(
    old: Path, path: Path, counting: CountingEmbedding, make_folder: MakeFolder
) -> None:
    make_folder({"owls.txt": "A family of kestrels lives under the roof."})
    with closing(SqliteCatalog(path)) as catalog:
        sync(find_changes(old, catalog), catalog, counting, Fields())
    assert [text.splitlines()[-1] for text in counting.embedded] == ["A family of kestrels lives under the roof."]
    assert len(vectors_of(path)) == 3


def test_embedder_of_version_1_is_remembered(old: Path, path: Path) -> None:
    with closing(SqliteCatalog(path)) as catalog:
        assert stored_identity(catalog) == {"embedder": "hashing-1"}
        with pytest.raises(UsageError, match="hashing-2: run `qa index --rebuild 'news of may'` to"):
            check_identity(catalog, HashingEmbedding(fingerprint="hashing-2"), FOLDER)
        check_identity(catalog, HashingEmbedding(), FOLDER)
        assert stored_identity(catalog)["dimension"] == 256


def test_embedder_of_version_1_may_have_spaces_in_its_name(
    make_folder: MakeFolder, path: Path, counting: CountingEmbedding
) -> None:
    embedder = CountingEmbedding(fingerprint="my own model:c0ffee")
    make_version_1(path, make_folder(ARTICLES), embedder)
    with closing(SqliteCatalog(path)) as catalog:
        check_identity(catalog, embedder, FOLDER)
        assert stored_identity(catalog)["embedder"] == "my own model:c0ffee"


def test_catalog_of_version_1_may_be_opened_by_several_at_once(old: Path, path: Path) -> None:
    before = vectors_of(path)
    with ThreadPoolExecutor(8) as pool:
        catalogs = list(pool.map(SqliteCatalog, [path] * 8))
    for catalog in catalogs:
        assert catalog.counts() == (0, 0)
        assert stored_identity(catalog) == {"embedder": "hashing-1"}
        catalog.close()
    assert vectors_of(path) == before


OPENED_WHEN_TOLD = """
import sys
from pathlib import Path
from index.catalog.sqlite.writer import SqliteCatalog
print("ready", flush=True)
for line in sys.stdin:
    catalog = SqliteCatalog(Path(line.rstrip()))
    print(catalog.meta("index_id"), catalog.meta("identity"), flush=True)
"""


def test_new_catalog_and_one_of_version_1_may_be_opened_by_two_processes_at_once(
    old: Path, path: Path, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        processes = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", OPENED_WHEN_TOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
                )
            )
            for _ in range(2)
        ]

        def open_at_once(path: Path) -> str:
            for process in processes:
                process.stdin.write(f"{path}\n")  # type: ignore[union-attr]
                process.stdin.flush()  # type: ignore[union-attr]
            (found,) = {process.stdout.readline() for process in processes}  # type: ignore[union-attr]
            return found

        assert {process.stdout.readline() for process in processes} == {"ready\n"}  # type: ignore[union-attr]
        assert json.loads(open_at_once(path).split(maxsplit=1)[1]) == {"embedder": "hashing-1"}
        for number in range(10):
            assert re.fullmatch("[0-9a-f]{16} None\n", open_at_once(tmp_path / f"{number}.sqlite"))


def test_catalog_of_version_1_is_not_changed_by_one_who_only_reads(old: Path, path: Path) -> None:
    with pytest.raises(UsageError, match=r"older version of qa: run `qa index` to bring it up to date"):
        SqliteCatalog(path, read_only=True)
    assert version_of(path) == 1


def test_catalog_that_is_only_being_made_is_none_of_an_older_version(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as db:
        db.execute("pragma journal_mode = wal")
        with pytest.raises(IndexBusyError, match="only being made"):
            SqliteCatalog(path, read_only=True)


# Later ones


@pytest.mark.parametrize("read_only", [False, True])
def test_catalog_of_a_later_version_is_refused_and_left_as_it_is(path: Path, read_only: bool) -> None:
    with closing(SqliteCatalog(path)) as catalog, catalog.writing():
        catalog.set_meta("schema_version", str(SCHEMA_VERSION + 1))
    with pytest.raises(
        IndexDamagedError,
        match=rf"its schema has version {SCHEMA_VERSION + 1}, not {SCHEMA_VERSION}.*the version of qa",
    ):
        SqliteCatalog(path, read_only)
    assert version_of(path) == SCHEMA_VERSION + 1


def test_version_that_is_no_number_is_damage(path: Path) -> None:
    with closing(SqliteCatalog(path)) as catalog, catalog.writing():
        catalog.set_meta("schema_version", "two")
    with pytest.raises(IndexDamagedError, match="delete that folder"):
        SqliteCatalog(path)
